// The kept shells of one link: one for each of a few users that we become there, opened when it is first needed. What
// they cannot run, or are too busy for, runs on a channel of its own, and so does everything once a host has shown that
// it keeps none.
import type { ExecRequest, Outcome } from '../core/connection.js';
import { isForKeptShell } from './kept-request.js';
import { KeptShell, NotKept, ShellEnded } from './kept-shell.js';
import type { Launcher } from './process.js';
import { runCommand } from './run-command.js';

/** How many shells of a user may end by themselves before we keep none. */
const mostEnds = 2;

/** How many shells are kept on a link; a server grants ten sessions, and most are to be free for what needs its own. */
const mostShells = 3;

interface Place {
  readonly key: string;
  isOpening: boolean;
  shell: KeptShell | undefined;
  /** Shells that ended by themselves. */
  readonly ended: Set<KeptShell>;
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
    const key = JSON.stringify(request.become ?? null);
    const place = this.#placeFor(key, request);
    try {
      return await (place === undefined ? runCommand(launcher, request) : this.#inShell(place, launcher, request));
    } catch (error) {
      if (error instanceof NotKept) this.#keepNone('its shell cannot be kept');
      else if (!(error instanceof ShellEnded)) throw error;
      return await runCommand(launcher, request);
    } finally {
      // A user may have been changed, and a shell of that user would hold up its removal, or miss its new groups.
      if (request.mutates) this.#closeIdle(({ key: other }) => other !== key && other !== 'null');
      if (this.#keepsNone) this.#closeIdle(() => true);
    }
  }

  async #inShell(place: Place, launcher: Launcher, request: ExecRequest): Promise<Outcome> {
    const { shell } = place;
    if (shell !== undefined && !shell.isOver) return shell.run(request);
    if (shell?.endedByItself === true) place.ended.add(shell);
    if (place.ended.size >= mostEnds) this.#keepNone('it ends by itself');
    place.isOpening = true;
    try {
      place.shell = await KeptShell.start(launcher, request);
    } finally {
      place.isOpening = false;
    }
    return await place.shell.run(request);
  }

  /** Makes room for other channels; resolves when the shells that were idle are closed. */
  async giveWay(): Promise<void> {
    this.#keepNone('it grants too few sessions');
    await Promise.all(this.#closeIdle(() => true).map(({ closed }) => closed));
  }

  /** Lets all of them go. */
  close(): void {
    for (const { shell } of this.#places.values()) shell?.close();
  }

  #closeIdle(which: (place: Place) => boolean): readonly KeptShell[] {
    const idle = [...this.#places.values()].filter(({ shell }) => shell?.isIdle === true && !shell.isOver);
    const shells = idle.filter(which).flatMap(({ shell }) => shell ?? []);
    for (const shell of shells) shell.close();
    return shells;
  }

  #keepNone(reason: string): void {
    if (!this.#keepsNone) this.#onNone(reason);
    this.#keepsNone = true;
  }

  /** The place that may take the request; a shell at work takes looks alone, and only behind looks. */
  #placeFor(key: string, request: ExecRequest): Place | undefined {
    if (this.#keepsNone || !isForKeptShell(request)) return undefined;
    const known = this.#places.get(key);
    if (known === undefined && this.#places.size >= mostShells) return undefined;
    const place = known ?? { key, isOpening: false, shell: undefined, ended: new Set() };
    this.#places.set(key, place);
    const { shell, isOpening } = place;
    if (isOpening) return undefined;
    if (shell === undefined || shell.isOver || shell.isIdle) return place;
    return !request.mutates && shell.takesLook ? place : undefined;
  }
}
