// Compiles the bench beside the packages and hands it the words of the command line: `npm run bench -- --help`.
import { spawnSync } from 'node:child_process';
import { copyFileSync, rmSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const out = `${root}node_modules/.cache/bench-${process.pid}`;
try {
  const compiler = `${root}node_modules/typescript/bin/tsc`;
  spawnSync(process.execPath, [compiler, '-p', `${root}scripts/bench`, '--outDir', out], { stdio: 'inherit' });
  copyFileSync(`${root}scripts/bench/host-init`, `${out}/host-init`);
  const { bench } = await import(pathToFileURL(`${out}/command-line.js`).href);
  process.exitCode = await bench(process.argv.slice(2), root);
} finally {
  rmSync(out, { recursive: true, force: true });
}
