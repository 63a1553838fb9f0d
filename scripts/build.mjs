// Compiles src to dist. The new one is made beside the old and takes its place at once: a stale file of an earlier
// layout must not stay importable, and what runs meanwhile (a lab, another test) must not find nothing.
import { execFileSync } from 'node:child_process';
import { existsSync, renameSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = `${root}dist`;
const fresh = `${dist}.new-${process.pid}`;
const old = `${dist}.old-${process.pid}`;
try {
  execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json', '--outDir', fresh], {
    cwd: root,
    stdio: 'inherit',
  });
  if (existsSync(dist)) renameSync(dist, old);
  renameSync(fresh, dist);
} catch (error) {
  // The compiler has said on standard error what is wrong; anything else is a surprise.
  if (error.status === undefined) throw error;
  process.exitCode = error.status;
} finally {
  rmSync(fresh, { recursive: true, force: true });
  rmSync(old, { recursive: true, force: true });
}
