import { describe, expect, it } from 'vitest';
import type { Value } from '../../src/core/value.js';
import { assert } from '../../src/modules/assert.js';
import { accepts, planFor } from '../rigs/module-cases.js';
import { answeringHands } from '../rigs/modules-database.js';

const hands = answeringHands();
const holds = { text: 'a == 1', holds: true };
const broken = { text: 'b == 2', holds: false, values: { b: 3 } };
const alsoBroken = { text: 'c', holds: false, values: { c: false } };
const because = { 'does not hold': ['b == 2'], where: { b: 3 } };

describe('assert', () => {
  it.each([
    ['one that holds', { that: holds }, { kind: 'same' }],
    ['all that hold', { that: [holds, holds] }, { kind: 'same' }],
    [
      'one that does not',
      { that: [holds, broken] },
      { kind: 'refuse', message: '`b == 2` does not hold', details: because },
    ],
    [
      'two that do not',
      { that: [broken, holds, alsoBroken] },
      {
        kind: 'refuse',
        message: '`b == 2` and `c` do not hold',
        details: { 'does not hold': ['b == 2', 'c'], where: { b: 3, c: false } },
      },
    ],
    [
      'with words',
      { that: broken, fail_msg: 'b must be 2' },
      { kind: 'refuse', message: 'b must be 2', details: because },
    ],
    ["with Ansible's old word", { that: broken, msg: 'no' }, { kind: 'refuse', message: 'no', details: because }],
    ['quietly', { that: broken, fail_msg: 'b must be 2', quiet: true }, { kind: 'refuse', message: 'b must be 2' }],
  ])('%s', async (_name, args, expected) => {
    expect(await planFor(assert, args, hands)).toEqual(expected);
  });

  it('says that it held, in its own words when it has some', async () => {
    expect(await assert.bind({ that: holds }).inspect(hands)).toMatchObject({ msg: 'all assertions hold' });
    expect(await assert.bind({ that: holds, success_msg: 'good' }).inspect(hands)).toMatchObject({ msg: 'good' });
  });
});

describe('the schema of assert', () => {
  it.each<[Value, boolean]>([
    [{ that: ['a', 'b'], quiet: true }, true],
    [{ that: 'a', msg: 'b', fail_msg: 'c' }, false],
    [{ that: [] }, false],
  ])('takes %j: %s', (args, expected) => {
    expect(accepts(assert, args)).toBe(expected);
  });
});
