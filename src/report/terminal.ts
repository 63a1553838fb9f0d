// One owner of the terminal: the live row, the printed lines and the operator's questions would else write over
// each other. They take turns; while a question is asked nothing else is drawn, and what came meanwhile follows it.
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Writable } from 'node:stream';

/** Something drawn again and again at the bottom of the terminal. */
export interface Live {
  /** Takes it off the screen. */
  hide(): Promise<void>;
  show(): Promise<void>;
}

/** An output that several writers share. */
export class Terminal {
  readonly #out: Writable;
  /** What was written during a question. */
  #held: string[] | undefined;
  #live: Live | undefined;
  #turns: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(out: Writable) {
    this.#out = out;
    // The reader of our output may leave (`| head`): the run goes on, unheard.
    out.on('error', () => {
      this.#closed = true;
    });
  }

  /** Writes text now, or after the question that is being asked. Not for a terminal with something live on it. */
  write(text: string): void {
    if (this.#held !== undefined) this.#held.push(text);
    else if (!this.#closed) this.#out.write(text);
  }

  /** Prints lines above what is live. */
  async print(lines: readonly string[]): Promise<void> {
    if (lines.length > 0) await this.#above(() => this.write(`${lines.join('\n')}\n`));
  }

  /** Says something on another stream, at once even during a question. */
  async notice(stream: Writable, text: string): Promise<void> {
    if (this.#held !== undefined) stream.write(text);
    else await this.#above(() => void stream.write(text));
  }

  /** Puts something live at the bottom, instead of what was there. */
  live(next: Live | undefined): Promise<void> {
    return this.#inTurn(async () => {
      const old = this.#live;
      this.#live = next;
      await old?.hide();
      await next?.show();
    });
  }

  /** Runs a question alone on the terminal; questions of several hosts wait for each other. */
  async question<T>(ask: () => Promise<T>): Promise<T> {
    // What was told before the question has its turn to be drawn first.
    await nextTurn();
    return this.#inTurn(async () => {
      await this.#live?.hide();
      this.#held = [];
      try {
        return await ask();
      } finally {
        const held = this.#held;
        this.#held = undefined;
        for (const text of held) this.write(text);
        await this.#live?.show();
      }
    });
  }

  #above(act: () => void): Promise<void> {
    return this.#inTurn(async () => {
      await this.#live?.hide();
      act();
      await this.#live?.show();
    });
  }

  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const acted = this.#turns.then(act);
    this.#turns = acted.catch(() => undefined);
    return acted;
  }
}
