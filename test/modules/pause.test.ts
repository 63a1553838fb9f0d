import { describe, expect, it } from 'vitest';
import type { Value } from '../../src/core/value.js';
import { pause } from '../../src/modules/pause.js';
import { accepts, planWhenFulfilled } from '../rigs/module-cases.js';
import { answeringHands } from '../rigs/modules-database.js';

const hands = answeringHands();

describe('pause', () => {
  it('waits as long as it says, and leaves the host alone', async () => {
    const waits: number[] = [];
    const waiting = { ...hands, sleep: async (ms: number) => void waits.push(ms) };
    const bound = pause.bind({ minutes: 1.5, message: 'caches warm up' });
    expect(await bound.apply?.({ before: {}, after: {} }, waiting)).toEqual({ seconds: 90 });
    expect(waits).toEqual([90_000]);
    expect(bound).toMatchObject({ leavesHostAlone: true, describe: 'would wait 90 s: caches warm up' });
  });

  it('is content once it is fulfilled', async () => {
    expect(await planWhenFulfilled(pause, { seconds: 1 }, hands)).toEqual({ kind: 'same' });
  });
});

describe('the schema of pause', () => {
  it.each<[Value, boolean]>([
    [{ seconds: 0.5 }, true],
    [{ seconds: 1, minutes: 1 }, false],
    [{}, false],
  ])('takes %j: %s', (args, expected) => {
    expect(accepts(pause, args)).toBe(expected);
  });
});
