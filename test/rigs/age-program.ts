// The real `age`, for tests of what both sides write.
import { execFileSync, spawnSync } from 'node:child_process';

/** For `skipIf`: whether tests that need a program are skipped. A line says why; under CI they run, and fail, where CI can install it. */
export function skipsWithout(program: 'age' | 'sops'): boolean {
  if (spawnSync(program, ['--version']).status === 0) return false;
  console.warn(`skipped: there is no \`${program}\` here to read and write with`);
  // Debian has no package of SOPS.
  return program === 'sops' || process.env['CI'] === undefined;
}

/** What a program prints for an input. */
export function printed(words: readonly string[], input: Uint8Array | string, environment = process.env): Buffer {
  const [program = '', ...rest] = words;
  return execFileSync(program, rest, { input, env: environment, stdio: ['pipe', 'pipe', 'ignore'] });
}
