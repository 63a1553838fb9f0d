import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  editProperties,
  pairsOf,
  parseProperties,
  printProperties,
} from '../../../src/modules/shared/java-properties.js';
import { javaLoad } from '../../rigs/java-load.js';

const edit = (text: string, changes: Record<string, string | null>): string =>
  printProperties(editProperties(parseProperties(text), new Map(Object.entries(changes))));

describe('editing a .properties file', () => {
  it.each<[string, string, Record<string, string | null>, string]>([
    ['a value', 'a=1\nb=2\n', { b: '3' }, 'a=1\nb=3\n'],
    ['line ends of Windows', '# x\r\na=1\r\nb=2\r\n', { a: '3' }, '# x\r\na=3\r\nb=2\r\n'],
    ['a file without an end to its last line', 'a=1', { a: '2' }, 'a=2'],
    ['a new key there', 'a=1', { b: '2' }, 'a=1\nb=2'],
    ['a new key, in the style of the file', 'a = 1\r\n', { b: 'x' }, 'a = 1\r\nb = x\r\n'],
    ['a new key after a continuation of nothing', 'a=1\\', { b: '2' }, 'a=1\\\n\nb=2'],
    ['a new key after a continued empty line', 'a=1\\\n', { b: '2' }, 'a=1\\\n\nb=2\n'],
    ['a new key after a continuation whose line end could merge', 'a\\\n\\\r', { k: 'a' }, 'a\\\n\\\r\rk=a\n'],
    ['a new key in an empty file', '', { 'a b': ' x' }, 'a\\ b=\\ x\n'],
    ['a key without a value', 'a\nb', { a: '1' }, 'a=1\nb'],
    ['a key taken out', '# a\na=1\n\nb=2', { a: null }, '# a\n\nb=2'],
    ['escapes as the value has them', 'u=jdbc\\:x\\://h1\\:1\n', { u: 'jdbc:x://h22:1' }, 'u=jdbc\\:x\\://h22\\:1\n'],
    ['escapes as the file has them', 'u=a\\:b\nv=x', { v: 'x:y' }, 'u=a\\:b\nv=x\\:y'],
    ['no escapes where the file has none', 'u=a:b=c\n', { u: 'a:b=c:d' }, 'u=a:b=c:d\n'],
    ['continuation lines', 'h=one,\\\n  two,\\\n  three\n', { h: 'one,three' }, 'h=one,\\\n  three\n'],
    ['letters beyond ASCII', 'a=\u00e4\n', { a: '\u00e4\u00f6' }, 'a=\u00e4\\u00F6\n'],
    ['a value that starts with a blank', 'a b', { a: ' b' }, 'a \\ b'],
    ['a value that starts with a separator', 'a b', { a: '=b' }, 'a \\=b'],
    ['indentation', '  a : 1  \n', { a: '2' }, '  a : 2\n'],
  ])('%s', (_title, before, changes, after) => {
    expect(edit(before, changes)).toBe(after);
    expect(edit(after, changes)).toBe(after);
  });

  it('tells the lines of keys', () => {
    expect(pairsOf(parseProperties('#\na=1\\\n  2\r\n\rb=3'))).toEqual([
      { key: 'a', value: '12', line: 2 },
      { key: 'b', value: '3', line: 5 },
    ]);
  });
});

/** Text that is full of what the format has traps for. */
const chars = fc.constantFrom(
  ...'ab:=#!,.01 \t\f\\\n\r'.split(''),
  '\r\n',
  '\\\n',
  '\\\r\n  ',
  '\\u0041',
  '\\u00e4',
  '\\:',
  '\\=',
  '\\ ',
  '\u00e4',
  '\ud83d\ude00',
  '\nk=',
  '\nkey : ',
);
const files = fc
  .array(chars, { maxLength: 60 })
  .map((each) => each.join(''))
  .filter((text) => !/\\u(?![0-9a-f]{4})/i.test(text));
const words = fc.string({
  unit: fc.constantFrom(...'ab:=#! ,\t\\\n\u00e4k'.split(''), '\ud83d\ude00', '\u0000', '\u2028'),
  minLength: 1,
  maxLength: 12,
});

describe('whatever the file is', () => {
  it('is read as Java reads it, and printed as it was', () => {
    fc.assert(
      fc.property(files, (text) => {
        const file = parseProperties(text);
        expect(printProperties(file)).toBe(text);
        expect(new Map(pairsOf(file).map(({ key, value }) => [key, value]))).toEqual(javaLoad(text));
      }),
      { numRuns: 3000 },
    );
  });

  it('says to Java what was wanted after an edit, and nothing else', () => {
    fc.assert(
      fc.property(files, fc.nat(), words, fc.option(words), (text, pick, other, value) => {
        const before = javaLoad(text);
        const keys = [...before.keys(), other];
        const key = keys[pick % keys.length] ?? other;
        const wanted = new Map(before);
        if (value === null) wanted.delete(key);
        else wanted.set(key, value);
        const after = edit(text, { [key]: value });
        expect(javaLoad(after)).toEqual(wanted);
        expect(edit(after, { [key]: value })).toBe(after);
      }),
      { numRuns: 3000 },
    );
  });

  it('keeps every line that an edit is not about', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('# note', '', 'x=1', 'y : 2', '  z\t3'), { maxLength: 8 }),
        words,
        (lines, value) => {
          const text = [...lines, 'target=old', ...lines].join('\r\n');
          const after = edit(text, { target: value }).split('\r\n');
          expect(after.slice(0, lines.length)).toEqual(lines);
          expect(after.slice(lines.length + 1)).toEqual(lines);
        },
      ),
    );
  });
});
