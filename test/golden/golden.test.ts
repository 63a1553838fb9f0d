// Every case is one text file: prose, files, a command, and exactly what it prints.
// `UPDATE_GOLDEN=1` writes what was printed into the cases; read the difference before you commit it.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { expect, test } from 'vitest';
import { parseCase, printCase, runCase } from './golden-case.js';

const directory = new URL('./cases/', import.meta.url);
const cases = readdirSync(directory).filter((name) => name.endsWith('.txt'));
const update = (process.env['UPDATE_GOLDEN'] ?? '') !== '';

// A case may run several commands, and a busy machine takes its time for each.
test.concurrent.each(cases.map((name) => [basename(name, '.txt')] as const))(
  '%s',
  async (name) => {
    const file = new URL(`${name}.txt`, directory);
    const text = readFileSync(file, 'utf8');
    const golden = parseCase(text);
    const seen = printCase({ ...golden, ...(await runCase(golden)) });
    if (update) writeFileSync(file, seen);
    expect(seen).toBe(update ? seen : text);
  },
  120_000,
);
