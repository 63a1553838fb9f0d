import { array, assert, constantFrom, oneof, property, string } from 'fast-check';
import { expect, test } from 'vitest';
import { columnsOf, cutTo, padTo, safeLine, safeLines } from '../../src/report/text.js';

test('no text can make a terminal do anything', () => {
  const dangerous = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;
  const nasty = oneof(
    string({ unit: 'binary' }),
    constantFrom('\u001b]52;c;aGk=\u0007', '\u009b2J', '\u202etxt.exe', '\ud800', '\r\n\r', '\u2028'),
  );
  assert(
    property(array(nasty), (parts) => {
      const text = parts.join('');
      expect(safeLine(text)).not.toMatch(dangerous);
      for (const line of safeLines(text)) expect(line).not.toMatch(dangerous);
    }),
  );
});

test('harmless text stays as it is', () => {
  for (const text of ['plain', 'Grüße', '日本語', 'e\u0301', '👩‍🚀', 'a\u00a0b']) expect(safeLine(text)).toBe(text);
});

test.each([
  ['', 0],
  ['abc', 3],
  ['Grüße', 5],
  ['日本', 4],
  ['e\u0301', 1],
  ['👩‍🚀', 2],
  ['\u001b[31mred\u001b[39m', 3],
])('%j takes %i columns', (text, columns) => {
  expect(columnsOf(text)).toBe(columns);
  expect(columnsOf(padTo(text, 10))).toBe(10);
});

test('what is cut is never wider than allowed', () => {
  expect(cutTo('日本語', 4)).toBe('日…');
  expect(cutTo('abcdef', 6)).toBe('abcdef');
  expect(cutTo('abcdef', 5)).toBe('abcd…');
});

test('a line of any length is measured and cut in no time', { timeout: 60_000 }, () => {
  expect(columnsOf('日'.repeat(200_000))).toBe(400_000);
  expect(cutTo('é'.repeat(200_000), 80)).toBe(`${'é'.repeat(79)}…`);
});
