// Between a run and its reporters: the run never waits for a slow terminal.

/** A queue that one reader iterates. */
export class Queue<T> implements AsyncIterable<T> {
  #waiting: T[] = [];
  #ended = false;
  #wake: (() => void) | undefined;

  /** Adds a value at the end. */
  push(value: T): void {
    this.#waiting.push(value);
    this.#wake?.();
  }

  /** Says that nothing more will come. */
  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    for (;;) {
      const batch = this.#waiting;
      this.#waiting = [];
      yield* batch;
      if (this.#waiting.length > 0) continue;
      if (this.#ended) return;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}
