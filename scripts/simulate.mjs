// Compiles the simulator beside the packages, where its imports are found, and hands it the words of the command line.
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const out = `${root}node_modules/.cache/simulate-${process.pid}`;
try {
  const flags = ['--noEmit', 'false', '--outDir', out, '--rootDir', root];
  // Its complaints about types are those of `npm run types`, which is where they belong.
  spawnSync(process.execPath, [`${root}node_modules/typescript/bin/tsc`, '-p', `${root}tsconfig.json`, ...flags]);
  const { simulate } = await import(pathToFileURL(`${out}/test/rigs/simulator/command-line.js`).href);
  process.exitCode = await simulate(process.argv.slice(2));
} finally {
  rmSync(out, { recursive: true, force: true });
}
