// What is quoted arrives as it was: asked of the real shells of this machine.
import { execFileSync } from 'node:child_process';
import type { StdioOptions } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { shellWord, shellWords, sqlIdentifier } from '../../src/core/quote.js';
import { shellsHere } from '../rigs/local-senses.js';
import type { Shell } from '../rigs/local-senses.js';

const base = mkdtempSync(join(tmpdir(), 'playbook-quote-'));
afterAll(() => rmSync(base, { recursive: true }));

// Bash takes a socket as its input for a login over the network, and would read its start-up files.
const stdio: StdioOptions = ['ignore', 'pipe', 'inherit'];

/** The words that a shell gives to a program for a command line. */
function wordsBy({ path, programs }: Shell, line: string): readonly string[] {
  const script = join(base, 'script');
  writeFileSync(script, `for word in ${line}; do printf '%s\\0' "$word"; done\n`);
  const out = execFileSync(path, [script], { cwd: base, env: { PATH: programs, LC_ALL: 'C' }, stdio });
  return out.toString('utf8').split('\0').slice(0, -1);
}

const odd = [
  '',
  ' ',
  "'",
  "''",
  "it's",
  '"',
  '\\',
  "\\'",
  'a\\',
  '$HOME',
  '$(id)',
  '`id`',
  '~',
  '~root',
  '*',
  '?',
  '[a-z]',
  '{a,b}',
  '!',
  '!!',
  '#no comment',
  '-n',
  '--',
  'a=b',
  '=ls',
  'if',
  ';',
  '&',
  '|',
  '<in',
  '>out',
  '2>&1',
  '(',
  '\n',
  'ends with a line end\n',
  '\r\n',
  '\t',
  '\u001b[31m',
  '%s',
  '\u00e4\u20ac\u{1f600}',
  '\u00a0',
  'a/b.c:d,e@f+g%h_i-j',
];

/** Any text that a POSIX word can hold: everything but NUL. */
const words = fc.array(
  fc
    .oneof(
      fc.constantFrom(...odd),
      fc.string({ unit: 'binary', maxLength: 20 }),
      fc.string({ unit: fc.constantFrom("'", '\\', '"', '$', '`', ' ', '\n', 'a', '!', '*'), maxLength: 20 }),
    )
    .map((word) => word.replaceAll('\0', '')),
  { maxLength: 30 },
);

describe.each(shellsHere(base).map((shell) => [shell.name, shell] as const))('a word in %s', (_name, shell) => {
  test('is what it was', () => {
    expect(wordsBy(shell, shellWords(odd))).toEqual(odd);
  });

  test('is what it was, for any text', () => {
    // A failure of fast-check prints its seed and the smallest example.
    fc.assert(
      fc.property(words, (each) => {
        expect(wordsBy(shell, shellWords(each))).toEqual(each);
      }),
      { numRuns: 40 },
    );
  });

  test('is what it was when quoted twice, as for a shell that starts another', () => {
    const inner = `printf '%s\\0' ${shellWords(odd)}`;
    const said = execFileSync(shell.path, ['-c', `${shellWord(shell.path)} -c ${shellWord(inner)}`], {
      env: { PATH: shell.programs },
      stdio,
    });
    expect(said.toString().split('\0').slice(0, -1)).toEqual(odd);
  });
});

test.each([
  ['plain-word_1.2/3:4,5@6+7%8', 'plain-word_1.2/3:4,5@6+7%8'],
  ['a=b', 'a=b'],
  // zsh reads `=ls` as the path of `ls`.
  ['=ls', "'=ls'"],
  ['', "''"],
  ['a b', "'a b'"],
  ["it's", `'it'\\''s'`],
  ['a\n', "'a\n'"],
])('%j is written %s', (word, written) => {
  expect(shellWord(word)).toBe(written);
});

test('no words are no text', () => {
  expect(shellWords([])).toBe('');
});

test.each([
  ['plain', '"plain"'],
  ['With Spaces', '"With Spaces"'],
  ['a"b""c', '"a""b""""c"'],
  ['', '""'],
  ["it's", `"it's"`],
])('the name %j is %s in SQL', (name, written) => {
  expect(sqlIdentifier(name)).toBe(written);
});
