// The kept shells of one link: one for each user that we become there, opened when it is first needed. What they cannot
// run, or are too busy for, runs on a channel of its own, and so does everything once a host has shown that it keeps none.
import type { ExecRequest, Outcome } from '../core/connection.js';
import { quietPause } from './deadline.js';
import { speechOf } from './kept-request.js';
import { EndedUnderALook, KeptShell, NotKept } from './kept-shell.js';
import type { Launcher } from './process.js';
import { runCommand } from './run-command.js';

/** How many shells of a user may end unasked before we keep none. */
const mostEnds = 2;

/** How long a look waits for one before it, in milliseconds; then a channel of its own is quicker. */
const patienceMs = 600;

interface Place {
  opening: Promise<KeptShell> | undefined;
  shell: KeptShell | undefined;
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
      return await this.#inShell(place, launcher, request);
    } catch (error) {
      if (error instanceof NotKept) this.#keepNone('the host has no place for one');
      else if (error instanceof EndedUnderALook) this.#ended(place);
      else if (!(error instanceof TooSlow)) throw error;
      return await runCommand(launcher, request);
    } finally {
      if (this.#keepsNone) this.#closeIdle();
    }
  }

  async #inShell(place: Place, launcher: Launcher, request: ExecRequest): Promise<Outcome> {
    const { shell, opening } = place;
    if (shell !== undefined && !shell.isOver) return shell.isIdle ? shell.run(request) : waiting(shell, request);
    // Whoever comes while it opens asks behind the one for whom it does.
    if (opening !== undefined) return waiting(await opening.catch(tooSlow), request);
    const starting = KeptShell.start(launcher, request);
    place.opening = starting;
    try {
      place.shell = await starting;
    } finally {
      place.opening = undefined;
    }
    return await place.shell.run(request);
  }

  /** Makes room for other channels; resolves when the shells that were idle are closed. */
  async giveWay(): Promise<void> {
    this.#keepNone('it grants too few sessions');
    await Promise.all(this.#closeIdle().map(({ closed }) => closed));
  }

  /** Lets all of them go. */
  close(): void {
    for (const { shell } of this.#places.values()) shell?.close();
  }

  #closeIdle(): readonly KeptShell[] {
    const idle = [...this.#places.values()].flatMap(({ shell }) => (shell?.isIdle === true ? [shell] : []));
    for (const shell of idle) shell.close();
    return idle;
  }

  #ended(place: Place): void {
    place.ends += 1;
    if (place.ends >= mostEnds) this.#keepNone('it ends by itself');
  }

  #keepNone(reason: string): void {
    if (!this.#keepsNone) this.#onNone(reason);
    this.#keepsNone = true;
  }

  /** The place that may take the request; a shell at work takes looks alone. */
  #placeFor(request: ExecRequest): Place | undefined {
    if (this.#keepsNone || speechOf(request) === undefined) return undefined;
    const key = JSON.stringify(request.become ?? null);
    const place = this.#places.get(key) ?? { opening: undefined, shell: undefined, ends: 0 };
    this.#places.set(key, place);
    const { shell, opening } = place;
    const isFree = opening === undefined && (shell === undefined || shell.isOver || shell.isIdle);
    if (isFree) return place;
    return !request.mutates && (shell === undefined || shell.isOver || shell.takesLook) ? place : undefined;
  }
}

/** Those before it take their time. */
class TooSlow extends Error {}

function tooSlow(): never {
  throw new TooSlow();
}

/** A look behind others; one that has waited long enough is made elsewhere, and what its answer was is nobody's business. */
async function waiting(shell: KeptShell, request: ExecRequest): Promise<Outcome> {
  if (shell.isOver || !shell.takesLook) throw new TooSlow();
  const answer = shell.run(request);
  answer.catch(() => undefined);
  while (!shell.isRunning(request)) {
    const first = await Promise.race([answer, quietPause(patienceMs / 4)]);
    if (first !== undefined) return first;
    if (shell.runsForMs > patienceMs && !shell.isRunning(request)) throw new TooSlow();
  }
  return answer;
}
