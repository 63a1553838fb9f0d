// Keeps what was measured: the figures themselves, the page and the picture.
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pageOf } from './page.js';
import { pictureOf } from './picture.js';
import type { Results } from './results.js';

function put(file: string, text: string): void {
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
}

/** Writes benchmarks.json, benchmarks.md and benchmarks.svg into a folder. */
export function writeResults(folder: string, results: Results): void {
  put(join(folder, 'benchmarks.json'), `${JSON.stringify(results, undefined, 1)}\n`);
  put(join(folder, 'benchmarks.md'), pageOf(results));
  put(join(folder, 'benchmarks.svg'), pictureOf(results));
}
