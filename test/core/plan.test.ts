import { describe, expect, test } from 'vitest';
import { refuse } from '../../src/core/module.js';
import type { State } from '../../src/core/module.js';
import { planOf } from '../../src/core/plan.js';
import { mapOf } from '../../src/core/value.js';

describe('nothing is to be done', () => {
  test.each<readonly [string, State, Partial<State>]>([
    ['when nothing is wanted', { a: 1 }, {}],
    ['when everything wanted is there', { a: 1, b: [{ c: null }] }, { b: [{ c: null }] }],
    ['when a map is there in another order', { a: { x: 1, y: 2 } }, { a: { y: 2, x: 1 } }],
    ['when null is wanted and there', { a: null }, { a: null }],
  ])('%s', (_title, found, wanted) => {
    expect(planOf(found, wanted)).toEqual({ kind: 'same' });
  });
});

describe('a change', () => {
  test.each<readonly [string, State, Partial<State>, object, object]>([
    ['of what differs and nothing else', { a: 1, b: 2, c: 3 }, { a: 1, b: 9 }, { b: 2 }, { b: 9 }],
    ['of a key that was not there, from null', {}, { a: 'x' }, { a: null }, { a: 'x' }],
    ['to null', { a: 'x' }, { a: null }, { a: 'x' }, { a: null }],
    ['of a type', { a: 1 }, { a: '1' }, { a: 1 }, { a: '1' }],
    ['of a map as a whole', { a: { x: 1, y: 2 } }, { a: { x: 1 } }, { a: { x: 1, y: 2 } }, { a: { x: 1 } }],
    ['of an order', { a: ['x', 'y'] }, { a: ['y', 'x'] }, { a: ['x', 'y'] }, { a: ['y', 'x'] }],
  ])('%s', (_title, found, wanted, before, after) => {
    expect(planOf(found, wanted)).toEqual({ kind: 'change', change: { before, after } });
  });

  test.each(['__proto__', 'constructor', 'toString'])('of a key called `%s` is like any other', (key) => {
    const wanted = mapOf([[key, 'wanted']]);
    for (const found of [mapOf([]), {}]) {
      const plan = planOf(found, wanted);
      expect(JSON.stringify(plan)).toBe(
        `{"kind":"change","change":{"before":{"${key}":null},"after":{"${key}":"wanted"}}}`,
      );
    }
    expect(planOf(wanted, wanted)).toEqual({ kind: 'same' });
  });

  test('changes neither what was found nor what is wanted', () => {
    const [found, wanted] = [Object.freeze({ a: 1 }), Object.freeze({ a: 2 })];
    expect(planOf(found, wanted).kind).toBe('change');
  });
});

test('a refusal says why, and what to do when that is known', () => {
  expect(planOf({ a: 1 }, refuse('no'))).toEqual({ kind: 'refuse', message: 'no' });
  expect(planOf({}, refuse('no', 'say `yes`'))).toEqual({ kind: 'refuse', message: 'no', hint: 'say `yes`' });
});
