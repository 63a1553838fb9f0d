// Work side by side: what happens to the others when one of them breaks.
import { expect, test } from 'vitest';
import { inParallel } from '../../src/engine/lock.js';

test('after a rejection nothing further starts, what runs is awaited, and the first rejection goes up', async () => {
  const said: string[] = [];
  const work = async (item: number): Promise<void> => {
    said.push(`start ${item}`);
    if (item === 1) throw new Error('first');
    await new Promise((resolve) => setTimeout(resolve, 5));
    said.push(`end ${item}`);
    throw new Error('second');
  };
  await expect(inParallel([1, 2, 3], 2, work)).rejects.toThrow('first');
  expect(said).toEqual(['start 1', 'start 2', 'end 2']);
});
