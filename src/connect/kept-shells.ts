// The kept shells of one link: one for each user that we become there, opened when it is first needed. What they cannot
// run, or are too busy for, runs on a channel of its own, and so does everything once a host has shown that it keeps none.
import type { ExecRequest, Outcome } from '../core/connection.js';
import { EndedUnderALook, KeptShell, NotKept } from './kept-shell.js';
import { speechOf } from './kept-request.js';
import type { Launcher } from './process.js';
import { runCommand } from './run-command.js';

/** How many shells of a user may end unasked before we keep none. */
const mostEnds = 2;

interface Place {
  shell: KeptShell | undefined;
  isBusy: boolean;
  ends: number;
}

/** The shells of one link. */
export class KeptShells {
  readonly #places = new Map<string, Place>();
  readonly #onNone: (reason: string) => void;
  #keepsNone = false;

  /** `onNone` is told why shells are kept no more. */
  constructor(onNone: (reason: string) => void = () => undefined) {
    this.#onNone = onNone;
  }

  /** Runs a command, in a kept shell if that can be. */
  async perform(launcher: Launcher, request: ExecRequest): Promise<Outcome> {
    const place = this.#placeFor(request);
    if (place === undefined) return runCommand(launcher, request);
    try {
      place.isBusy = true;
      if (place.shell === undefined || place.shell.isOver) place.shell = await KeptShell.start(launcher, request);
      return await place.shell.run(request);
    } catch (error) {
      if (!(error instanceof NotKept) && !(error instanceof EndedUnderALook)) throw error;
      place.ends += 1;
      if (error instanceof NotKept) this.#keepNone('the host has no place for one');
      else if (place.ends >= mostEnds) this.#keepNone('it ends by itself');
      return await runCommand(launcher, request);
    } finally {
      place.isBusy = false;
      if (this.#keepsNone) place.shell?.close();
    }
  }

  /** Makes room for other channels; resolves when the shells that were idle are closed. */
  async giveWay(): Promise<void> {
    this.#keepNone('it grants too few sessions');
    const idle = [...this.#places.values()].filter(({ isBusy }) => !isBusy).flatMap(({ shell }) => shell ?? []);
    for (const shell of idle) shell.close();
    await Promise.all(idle.map(({ closed }) => closed));
  }

  /** Lets all of them go. */
  close(): void {
    for (const { shell } of this.#places.values()) shell?.close();
  }

  #keepNone(reason: string): void {
    if (!this.#keepsNone) this.#onNone(reason);
    this.#keepsNone = true;
  }

  #placeFor(request: ExecRequest): Place | undefined {
    if (this.#keepsNone || speechOf(request) === undefined) return undefined;
    const key = JSON.stringify(request.become ?? null);
    const place = this.#places.get(key) ?? { shell: undefined, isBusy: false, ends: 0 };
    this.#places.set(key, place);
    return place.isBusy ? undefined : place;
  }
}
