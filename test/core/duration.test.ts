import { expect, test } from 'vitest';
import { millisecondsOf } from '../../src/core/duration.js';

test.each<readonly [value: unknown, ms: number | undefined]>([
  [5, 5000],
  [0.25, 250],
  [0, 0],
  ['5', 5000],
  ['500ms', 500],
  ['30s', 30_000],
  ['1.5 s', 1500],
  ['5m', 300_000],
  ['5min', 300_000],
  ['2 h', 7_200_000],
  ['1d', 86_400_000],
  ['5 minutes', undefined],
  ['5M', undefined],
  ['m', undefined],
  ['', undefined],
  ['-1s', undefined],
  [-1, undefined],
  [Infinity, undefined],
  [null, undefined],
])('%j is %j ms', (value, ms) => {
  expect(millisecondsOf(value)).toBe(ms);
});
