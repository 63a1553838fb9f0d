// A large file on its way: it arrives whole, and how far it is is told at most once a second.
import { expect, it } from 'vitest';
import { inParts, paced } from '../../src/engine/progress.js';
import { fakeClock } from '../rigs/fake-clock.js';

it('is sent in parts, told of once a second, and arrives whole, also the second time', async () => {
  const content = new Uint8Array(3_000_001).map((_, at) => at % 251);
  const clock = fakeClock();
  const told: number[] = [];
  const parts = inParts(
    content,
    paced(clock, (bytes) => told.push(bytes)),
  );
  for (const speed of [400, 2_000]) {
    const arrived: Uint8Array[] = [];
    for await (const part of parts) {
      arrived.push(part.slice());
      clock.nowMs += speed;
    }
    expect(Buffer.concat(arrived).equals(content)).toBe(true);
    expect(Math.max(...arrived.map(({ length }) => length))).toBe(256 * 1024);
  }
  const [first, second] = [told.slice(0, 3), told.slice(3)].map((each) => each.map((bytes) => bytes / (256 * 1024)));
  expect(first).toEqual([3, 6, 9]);
  expect(second).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
});
