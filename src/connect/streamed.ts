// Input and output that are too much to hold: chunks are handed on one by one, and whoever is faster waits.
import type { ExecRequest } from '../core/connection.js';
import { deferred } from './deadline.js';
import type { RunningProcess } from './process.js';

/** Hands the standard output of a process to its taker; the process is not read while the taker is busy. */
export class StreamedOutput {
  /** Resolves with the error of the taker, who wants no more. */
  readonly refused: Promise<{ readonly refusal: unknown }>;
  readonly #take: (chunk: Uint8Array) => Promise<void>;
  readonly #refuse: (refusal: unknown) => void;
  #last: Promise<void> = Promise.resolve();
  #waiting = 0;

  constructor(take: (chunk: Uint8Array) => Promise<void>) {
    this.#take = take;
    const refused = deferred<{ readonly refusal: unknown }>();
    this.refused = refused.promise;
    this.#refuse = (refusal) => refused.resolve({ refusal });
  }

  /** Passes a chunk on, in order. */
  pass(process: RunningProcess, chunk: Uint8Array): void {
    this.#waiting += 1;
    process.pauseOutput();
    this.#last = this.#last
      .then(() => this.#take(chunk))
      .catch(this.#refuse)
      .finally(() => {
        this.#waiting -= 1;
        if (this.#waiting === 0) process.resumeOutput();
      });
  }

  /** True once the process has said all and all of it was taken; false when some of it never came. */
  async complete(process: RunningProcess): Promise<boolean> {
    const ended = await process.outputEnded;
    await this.#last;
    return ended;
  }
}

/** Gives a process its input, as fast as it takes it; resolves with the error of an input that fails, else never. */
export async function feed(
  process: RunningProcess,
  input: NonNullable<ExecRequest['stdin']>,
  isOver: () => boolean,
): Promise<{ readonly refusal: unknown }> {
  try {
    if (input instanceof Uint8Array) await process.write(input);
    else {
      for await (const chunk of input) {
        if (isOver()) break;
        await process.write(chunk);
      }
    }
    process.end();
  } catch (refusal) {
    return { refusal };
  }
  return new Promise(() => undefined);
}
