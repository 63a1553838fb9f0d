// A server grants only so many channels on a connection (sshd's MaxSessions, 10 unless set), and does not say how many.
// We start from the usual number and go down when it refuses.

/** Lets a limited number of holders in; the others wait in order. */
export class Semaphore {
  #limit: number;
  #held = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** How many holders there are. */
  get held(): number {
    return this.#held;
  }

  /** Waits for a place; the result gives it back, once. An urgent one does not wait. */
  async acquire(urgent = false): Promise<() => void> {
    if (!urgent && this.#held >= this.#limit) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#held += 1;
    let released = false;
    return () => {
      if (released) return;
      released = true;
      this.#held -= 1;
      this.#admit();
    };
  }

  /** From now on no more than this many, at least one. */
  lower(limit: number): void {
    this.#limit = Math.max(1, Math.min(this.#limit, limit));
  }

  #admit(): void {
    while (this.#held < this.#limit) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      // The place is taken before the waiter wakes, so that nobody slips in between.
      this.#held += 1;
      next();
    }
  }
}
