import { expect, test } from 'vitest';
import type { State } from '../../src/core/module.js';
import { changeLines, show } from '../../src/report/diff.js';
import { plain } from '../../src/report/theme.js';

function lines(before: Partial<State>, after: Partial<State>): readonly string[] {
  return changeLines({ before, after }, plain);
}

test('a new file is shown as added as a whole', () => {
  expect(lines({ content: null }, { content: 'a\nb' })).toEqual([
    '--- before: content (absent)',
    '+++ after: content',
    '@@ -0,0 +1,2 @@',
    '+a',
    '+b',
    '\\ No newline at end of file',
  ]);
});

test('only the neighbourhood of a change is shown', () => {
  const old = Array.from({ length: 40 }, (_, at) => `line ${at}`);
  const changed = old.map((line) => (line === 'line 20' ? 'other' : line));
  const shown = lines({ content: `${old.join('\n')}\n` }, { content: `${changed.join('\n')}\n` });
  expect(shown).toHaveLength(3 + 3 + 2 + 3);
  expect(shown).toContain('-line 20');
  expect(shown).not.toContain(' line 10');
});

test('a changed line end is visible', () => {
  expect(lines({ content: 'a\n' }, { content: 'a\r\n' })).toContain('+a␍');
});

test('rows without a counterpart are lines of a table', () => {
  expect(
    lines(
      { rows: [] },
      {
        rows: [
          { id: 1, name: '日本' },
          { id: 22, name: null },
        ],
      },
    ),
  ).toEqual(['rows:', '  id | name', '+ 1  | 日本', '+ 22 | null']);
});

test('maps are compared key by key, and equal keys are left out', () => {
  expect(lines({ env: { a: 1, b: 2 } }, { env: { a: 1, b: 3, c: [1] } })).toEqual([
    'env:',
    '  b: 2 -> 3',
    '  c: absent -> [1]',
  ]);
});

function numbered(word: string): string {
  return Array.from({ length: 60_000 }, (_, at) => `${word} ${at * 7919}`).join('\n');
}

test('two large files that share nothing do not hold the run up', { timeout: 60_000 }, () => {
  expect(lines({ content: numbered('a') }, { content: numbered('b') }).length).toBeLessThan(410);
});

test.each([
  [null, 'absent'],
  ['', '""'],
  [' x', '" x"'],
  ['x', 'x'],
  [0, '0'],
  [{ a: '\u001b' }, '{"a":"\\u001b"}'],
])('%j is shown as %s', (value, shown) => {
  expect(show(value)).toBe(shown);
});
