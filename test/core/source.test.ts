import { describe, expect, test } from 'vitest';
import { lineText, positionOf, whereIs } from '../../src/core/source.js';

const of = (text: string) => ({ path: 'site.yml', text });

describe('the position of an offset', () => {
  test.each([
    ['the start', 'a\nb', 0, '1:1'],
    ['the end of a line', 'ab\nc', 2, '1:3'],
    ['the start of the next', 'ab\nc', 3, '2:1'],
    ['the end of a text without a line end', 'ab\nc', 4, '2:2'],
    ['the end of a text with one', 'ab\n', 3, '2:1'],
    ['an empty text', '', 0, '1:1'],
    ['after empty lines', '\n\n\nx', 3, '4:1'],
    ['a carriage return, which belongs to its line', 'ab\r\ncd', 2, '1:3'],
    ['the line after one', 'ab\r\ncd', 5, '2:2'],
    ['a carriage return alone, which ends no line', 'ab\rcd', 4, '1:5'],
    ['after a character outside of the BMP, which counts as two', '\u{1f600}x', 2, '1:3'],
    ['after one of three bytes, which counts as one', '\u20acx', 1, '1:2'],
    ['after a byte order mark, which counts', '\ufeffx', 1, '1:2'],
    ['after a separator of lines that editors do not break at', 'a\u2028b', 2, '1:3'],
  ])('%s', (_title, text, offset, expected) => {
    const { line, column } = positionOf(of(text), offset);
    expect(`${line}:${column}`).toBe(expected);
  });

  test('is that of counting, at every offset', () => {
    const source = of('one\r\n\ntwo \u{1f600}\n\n\nthree');
    for (let offset = 0; offset <= source.text.length; offset += 1) {
      const before = source.text.slice(0, offset).split('\n');
      expect(positionOf(source, offset)).toEqual({ line: before.length, column: (before.at(-1) ?? '').length + 1 });
    }
  });

  test('is asked of each source for itself', () => {
    expect([positionOf(of('a\nb'), 2), positionOf(of('abc'), 2)]).toEqual([
      { line: 2, column: 1 },
      { line: 1, column: 3 },
    ]);
  });
});

describe('the text of a line', () => {
  test.each([
    ['the first', 'a\nb', 1, 'a'],
    ['the last, without a line end', 'a\nb', 2, 'b'],
    ['the last, with one', 'a\nb\n', 2, 'b'],
    ['the empty one after it', 'a\nb\n', 3, ''],
    ['one that is not there', 'a\nb', 3, ''],
    ['before the first', 'a\nb', 0, ''],
    ['with CRLF', 'a\r\nb\r\n', 1, 'a'],
    ['the last with a carriage return and no line end', 'a\r\nb\r', 2, 'b'],
    ['with a carriage return inside', 'a\rb\nc', 1, 'a\rb'],
    ['with spaces around', '  a  \nb', 1, '  a  '],
    ['of an empty text', '', 1, ''],
    ['outside of the BMP', 'a\n\u{1f600}\u20ac', 2, '\u{1f600}\u20ac'],
  ])('%s', (_title, text, line, expected) => {
    expect(lineText(of(text), line)).toBe(expected);
  });
});

test('a place is a link for terminals: file:line:column of its start', () => {
  expect(whereIs({ source: of('a: 1\n  b: 2\n'), start: 7, end: 8 })).toBe('site.yml:2:3');
});
