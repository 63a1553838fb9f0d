// Which shells there are to test with. One that is missing is skipped loudly; those that CI installs must be there in CI.
import { spawnSync } from 'node:child_process';

/** What `.ci/install-lab-packages` brings, beside the shells of every Debian. */
const ofCi: ReadonlySet<string> = new Set(['busybox', 'ksh', 'zsh', 'fish', 'csh', 'tcsh']);

/** Whether a shell is here. */
export function hasShell(name: string): boolean {
  if (spawnSync(name, name === 'busybox' ? ['true'] : ['-c', 'true']).status === 0) return true;
  if (process.env['CI'] !== undefined && ofCi.has(name)) throw new Error(`no ${name} to test with, and this is CI`);
  console.warn(`SKIPPED: ${name} is not installed, so nothing is tested with it`);
  return false;
}
