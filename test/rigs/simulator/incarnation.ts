// One process of the program in the simulated world. When it dies, nothing that it waited for ever comes: its promises
// stay open, which is as close as one process can come to killing a part of itself.
import type { Kernel } from './kernel.js';

/** One life of the program, from its start to its end or death. */
export class Incarnation {
  alive = true;
  /** Until when it hears of nothing. */
  awakeAtMs = 0;
  /** True once its disk has refused: no touch may be sent from then on. */
  journalLost = false;
  /** True once it has ended: nothing of it may come after. */
  ended = false;
  readonly number: number;
  readonly #kernel: Kernel;

  constructor(kernel: Kernel, number: number) {
    this.#kernel = kernel;
    this.number = number;
  }

  /** A promise of the world that is kept only to the living. */
  later<T>(afterMs: number, what: string, host: string | undefined, work: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      const done = (): void => {
        try {
          resolve(work());
        } catch (error) {
          reject(error);
        }
      };
      this.#kernel.plan(afterMs, what, host, done, () => this.alive, this);
    });
  }

  /** True when it lives and does not sleep. */
  get isAwake(): boolean {
    return this.alive && this.awakeAtMs <= this.#kernel.nowMs;
  }

  /** What a dead process waits for. */
  never<T>(): Promise<T> {
    return new Promise(() => undefined);
  }
}
