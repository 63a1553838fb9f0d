import { describe, expect, test } from 'vitest';
import { isMap, kindOf, lazyMap, mapOf, sameValue } from '../../src/core/value.js';
import type { Value } from '../../src/core/value.js';

/** A map as JSON and YAML make it: `__proto__` in the text is a key of its own. */
const json = (text: string): Value => JSON.parse(text) as Value;

describe('the same data', () => {
  test.each<readonly [string, Value | undefined, Value | undefined]>([
    ['null', null, null],
    ['nothing', undefined, undefined],
    ['numbers', 1.5, 1.5],
    ['empty lists', [], []],
    ['empty maps', {}, {}],
    ['lists of maps', [{ a: [1, { b: null }] }], [{ a: [1, { b: null }] }]],
    ['maps in another order', { a: 1, b: { c: 2, d: 3 } }, { b: { d: 3, c: 2 }, a: 1 }],
    ['maps with and without a prototype', mapOf([['a', 1]]), { a: 1 }],
    ['maps with the key `__proto__`', json('{"__proto__": {"a": 1}}'), mapOf([['__proto__', { a: 1 }]])],
    ['a map that is computed and one that is not', lazyMap(['a'], () => 1), { a: 1 }],
  ])('%s', (_title, left, right) => {
    expect([sameValue(left, right), sameValue(right, left)]).toEqual([true, true]);
  });

  test.each<readonly [string, Value | undefined, Value | undefined]>([
    ['null and nothing', null, undefined],
    ['null and false', null, false],
    ['0 and false', 0, false],
    ['1 and "1"', 1, '1'],
    ['an empty text and nothing', '', undefined],
    ['an empty list and an empty map', [], {}],
    ['null and an empty map', null, {}],
    ['lists in another order', [1, 2], [2, 1]],
    ['a list and a longer one', [1], [1, 2]],
    ['a list and a map with its keys', ['a'], { 0: 'a' }],
    ['a map and one with one key more', { a: 1 }, { a: 1, b: 2 }],
    ['maps with other keys', { a: null }, { b: null }],
    ['a missing key and one of the prototype', { a: 1 }, json('{"constructor": 1}')],
    ['another `__proto__`', json('{"__proto__": 1}'), json('{"__proto__": 2}')],
    ['`__proto__` and another key', json('{"__proto__": {}}'), { a: {} }],
    ['a map deep inside', [{ a: [{ b: 1 }] }], [{ a: [{ b: 2 }] }]],
  ])('is not %s', (_title, left, right) => {
    expect([sameValue(left, right), sameValue(right, left)]).toEqual([false, false]);
  });
});

describe('a map', () => {
  test('has its keys and no others, whatever they are called', () => {
    const map = mapOf([
      ['__proto__', { polluted: true }],
      ['constructor', 1],
      ['a', 2],
    ]);
    expect(Object.keys(map)).toEqual(['__proto__', 'constructor', 'a']);
    expect([map['toString'], map['hasOwnProperty'], map['polluted']]).toEqual([undefined, undefined, undefined]);
    expect(JSON.stringify(map)).toBe('{"__proto__":{"polluted":true},"constructor":1,"a":2}');
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  test('keeps the last of two values of a key', () => {
    expect({
      ...mapOf([
        ['a', 1],
        ['a', 2],
      ]),
    }).toEqual({ a: 2 });
  });
});

describe('a lazy map', () => {
  test('computes a value when it is first asked for, once', () => {
    const asked: string[] = [];
    const map = lazyMap(['a', 'b', '__proto__'], (key) => {
      asked.push(key);
      return `${key}!`;
    });
    expect([Object.keys(map), 'a' in map, Object.hasOwn(map, 'b'), asked]).toEqual([
      ['a', 'b', '__proto__'],
      true,
      true,
      [],
    ]);
    expect([map['a'], map['a'], asked]).toEqual(['a!', 'a!', ['a']]);
    expect([map['__proto__'], map['toString'], map['c'], asked]).toEqual([
      '__proto__!',
      undefined,
      undefined,
      ['a', '__proto__'],
    ]);
  });

  test('is told whole by JSON, and keeps its order', () => {
    const map = lazyMap(['b', 'a'], (key) => key.toUpperCase());
    expect(map['a']).toBe('A');
    expect(JSON.stringify(map)).toBe('{"b":"B","a":"A"}');
  });

  test('asks again after a failure', () => {
    let fails = true;
    const map = lazyMap(['a'], () => {
      if (fails) throw new Error('not yet');
      return 1;
    });
    expect(() => map['a']).toThrow('not yet');
    fails = false;
    expect(map['a']).toBe(1);
  });

  test('does not let what it computed be changed', () => {
    const map = lazyMap(['a'], () => 1);
    expect(map['a']).toBe(1);
    expect(Reflect.set(map, 'a', 2)).toBe(false);
    expect(map['a']).toBe(1);
  });
});

test.each<readonly [Value | undefined, string, boolean]>([
  [undefined, 'nothing', false],
  [null, 'null', false],
  [[], 'a list', false],
  [{}, 'a map', true],
  [mapOf([]), 'a map', true],
  ['', 'a string', false],
  [0, 'a number', false],
  [false, 'a boolean', false],
])('%j is %s', (value, kind, map) => {
  expect([kindOf(value), isMap(value)]).toEqual([kind, map]);
});
