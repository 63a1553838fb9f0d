// Every code that the program raises is explained, every explained code is raised, and a golden case shows it:
// a code in an output that nobody can look up is worth nothing.
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { globSync } from 'tinyglobby';
import { describe, expect, test } from 'vitest';
import { codes } from '../src/core/codes/index.js';
import { codesPage } from '../src/report/codes.js';
import { parseCase } from './golden/golden-case.js';

const root = join(import.meta.dirname, '..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

/** Literals of the same shape that are no codes. */
const otherWords = [
  'application/json',
  'application/x-www-form-urlencoded',
  'bin/postgres',
  'text/css',
  'text/plain',
  'var/log',
  'var/tmp',
];

/** Codes that no command line can raise in a test without a person or a world, and where they are tested instead. */
const elsewhere: Readonly<Record<string, { readonly why: string; readonly test?: string }>> = {
  'inventory/none': {
    why: 'the command line says `cli/no-inventory` before; this is what the library says',
    test: 'test/load/inventory.test.ts',
  },
  'variable/unresolved': {
    why: 'a variable of another host is resolved when a task is bound, in the middle of a run',
    test: 'test/load/template.test.ts',
  },
  'cli/no-password': { why: 'needs a terminal and a person who types nothing', test: 'test/cli/ask-passwords.test.ts' },
};

/** All of the lab needs its daemon, its databases or its Service Center; these are raised by its own tests. */
const labTests = ['lab/already-running', 'lab/not-empty', 'lab/unknown-host'];

const raised = new Map<string, readonly string[]>();
for (const file of globSync('src/**/*.ts', { cwd: root, ignore: ['src/core/codes/**'] })) {
  const literals = read(file).matchAll(/(?<!from |import\(|import )'([a-z]+(?:-[a-z]+)*\/[a-z0-9]+(?:-[a-z0-9]+)*)'/g);
  for (const [, code = ''] of literals) raised.set(code, [...(raised.get(code) ?? []), file]);
}

const cases = globSync('test/golden/cases/*.txt', { cwd: root }).map((file) => ({
  name: basename(file, '.txt'),
  golden: parseCase(read(file)),
}));

/** The golden cases in whose output a code stands. */
function casesOf(code: string): typeof cases {
  const head = new RegExp(`^(?:error|warning): .*  ${code}$`, 'm');
  return cases.filter(({ golden }) => head.test(golden.stderr));
}

describe('codes', () => {
  test('what is raised is explained', () => {
    const unknown = [...raised].filter(([code]) => !codes.has(code) && !otherWords.includes(code));
    expect(unknown, 'codes without an entry below src/core/codes/').toEqual([]);
  });

  test('what is explained is raised', () => {
    expect([...codes.keys()].filter((code) => !raised.has(code))).toEqual([]);
    expect(
      otherWords.filter((word) => !raised.has(word)),
      'words that are not there any more',
    ).toEqual([]);
  });

  test('no code is put together at run time, where this test could not see it', () => {
    const made = globSync('src/**/*.ts', { cwd: root }).filter((file) =>
      /\b(?:error|warning|problem)\(\s*`[a-z-]+\//.test(read(file)),
    );
    expect(made).toEqual([]);
  });

  test('what loading and the command line can raise is raised by a golden case', () => {
    const without = [...codes.keys()].filter((code) => casesOf(code).length === 0);
    const excused = new Set([...Object.keys(elsewhere), ...without.filter((code) => code.startsWith('lab/'))]);
    expect(without.filter((code) => !excused.has(code))).toEqual([]);
    expect(
      Object.keys(elsewhere).filter((code) => !without.includes(code)),
      'excuses that are not needed',
    ).toEqual([]);
  });

  test('what no golden case can raise is raised by the test that is named', () => {
    const named = Object.entries(elsewhere).flatMap(([code, { test: file }]) =>
      file === undefined ? [] : [[code, file]],
    );
    const untested = named.filter(([code = '', file = '']) => !read(file).includes(code));
    expect(untested).toEqual([]);
    const lab = globSync('test/lab/*.test.ts', { cwd: root }).map(read).join('\n');
    expect(labTests.filter((code) => !lab.includes(`'${code}'`))).toEqual([]);
  });

  test('an entry is a sentence that says what is wrong, and one that says what to do', () => {
    const bad = [...codes].filter(
      ([, { means, help, example }]) => !/^\S.*[.]$/.test(means) || !/^\S.*[.]$/.test(help) || example.trim() === '',
    );
    expect(bad).toEqual([]);
  });

  test('the example of a code stands in a golden case that raises it', () => {
    const wrong = [...codes]
      .filter(([code]) => casesOf(code).length > 0)
      .filter(([code, { example }]) => !casesOf(code).some(({ golden }) => holds(golden, example)))
      .map(([code]) => code);
    expect(wrong).toEqual([]);
  });

  test('docs/errors.md is fresh: `npm run errors` writes it', () => {
    expect(read('docs/errors.md')).toBe(codesPage(codes));
  });
});

function holds({ files, command }: (typeof cases)[number]['golden'], example: string): boolean {
  const texts = [command, ...files.map(([, content]) => content)];
  return texts.some((text) => `\n${text}\n`.includes(`\n${example}\n`));
}
