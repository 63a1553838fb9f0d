import { describe, expect, it } from 'vitest';
import type { Value } from '../../src/core/value.js';
import { debug } from '../../src/modules/debug.js';
import { accepts, planWhenFulfilled } from '../rigs/module-cases.js';
import { answeringHands } from '../rigs/modules-database.js';

const hands = answeringHands();

describe('debug', () => {
  it('says text as it is, and shows any other value', async () => {
    expect(await debug.bind({ msg: 'hi' }).inspect(hands)).toEqual({ msg: 'hi', value: 'hi' });
    expect(await debug.bind({ var: { a: [1] } }).inspect(hands)).toEqual({
      msg: '{\n  "a": [\n    1\n  ]\n}',
      value: { a: [1] },
    });
    expect(await debug.bind({ var: false }).inspect(hands)).toEqual({ msg: 'false', value: false });
  });

  it('is content once it is fulfilled', async () => {
    expect(await planWhenFulfilled(debug, { msg: 'a' }, hands)).toEqual({ kind: 'same' });
  });
});

describe('the schema of debug', () => {
  it.each<[Value, boolean]>([
    [{ msg: [1] }, true],
    [{ msg: 'a', var: 'b' }, false],
  ])('takes %j: %s', (args, expected) => {
    expect(accepts(debug, args)).toBe(expected);
  });
});
