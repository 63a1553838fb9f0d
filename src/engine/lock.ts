// One at a time: sessions with a database and questions to a person must not interleave.

/** Runs one thing after another. */
export class Lock {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs the work when all earlier work has ended, well or badly. */
  run<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(work, work);
    this.#last = mine.catch(() => undefined);
    return mine;
  }
}

/**
 * Runs work over items, at most so many at once; the results are in the order of the items. After a rejection, which is
 * a bug or a lost journal, no further item starts, and what runs is awaited before the first rejection goes up.
 */
export async function inParallel<T, R>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = [];
  const thrown: unknown[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length && thrown.length === 0) {
      const index = next;
      next += 1;
      try {
        results[index] = await work(items[index] as T);
      } catch (error) {
        thrown.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  if (thrown.length > 0) throw thrown[0];
  return results;
}
