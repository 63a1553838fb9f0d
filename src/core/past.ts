// What a run already did, read from its journal: the engine goes through the playbook again and takes from here whatever
// is settled, so that a resumed run walks the same road as the first and works only where that one stopped.
import type { TransactionMark } from './connection.js';
import type { Event, Failure, Halt, Stamped, Status, TaskKey } from './event.js';
import { isActedUpon, keyOf, placeOf, placeOfStep } from './task-key.js';
import { Latest } from './latest.js';
import { PastHosts } from './past-hosts.js';
import type { ValueMap } from './value.js';

/** The outcome of a task as the journal kept it. */
export interface Kept {
  readonly status: Status;
  readonly result: ValueMap;
  readonly facts: ValueMap;
  /** What is missing of both, because it holds secrets. */
  readonly withheld: readonly string[];
  readonly halt?: Halt;
  readonly message?: string;
  readonly failure?: Failure;
}

/** A transaction whose COMMIT may have been sent. */
export interface OpenCommit {
  readonly nth: number;
  readonly database: string;
  readonly mark: TransactionMark;
}

/** A touch that was begun and of which nobody knows yet how it ended. */
export interface OpenIntent {
  readonly attempt: number;
  readonly effect: 'converge' | 'once';
  readonly commits: readonly OpenCommit[];
  /** What a person said of it. */
  readonly decision?: 'done' | 'not-done';
}

interface Life {
  readonly key: TaskKey;
  finished?: Kept;
  intent?: { attempt: number; effect: 'converge' | 'once'; commits: OpenCommit[]; decision?: 'done' | 'not-done' };
  attempts: number;
  /** True when its last try began to touch the host. */
  touched?: boolean;
  answer?: string;
  digest?: string;
}

/** Outcomes of which somebody must look at the host before anything goes on. */
const openHalts: ReadonlySet<Halt> = new Set(['in-doubt', 'fenced', 'interrupted', 'waiting']);

/** The past of one run. */
export class Past {
  /** How often the run was taken up so far. */
  readonly number: number;
  readonly #lives = new Map<string, Life>();
  /** By the place in the playbook, for each host and each pass of a loop. */
  readonly #places = new Map<string, Life[]>();
  readonly #hosts = new Map<string, string>();
  /** Steps that began to touch a host. */
  readonly #touched = new Set<string>();
  /** How many items of a loop were begun, by step and host. */
  readonly #turns = new Map<string, number>();
  readonly #latest = new Latest();
  readonly #met = new PastHosts();
  readonly #leftOut = new Set<string>();
  readonly #passed = new Set<string>();

  constructor(events: readonly Stamped[]) {
    let number = 1;
    for (const event of events) {
      if (event.type === 'run.resumed') ({ number } = event);
      else this.#take(event);
      this.#latest.take(event);
      this.#met.take(event);
    }
    this.number = number;
  }

  /**
   * How a task ended, when that needs no second look. A failure is tried again, unless it was `guarded`, by a rescue or an
   * `always` behind it: there the failure of a touch stands, because the run goes on from it, and that of a look only once
   * those have touched something.
   */
  settled(key: TaskKey, guarded: boolean): Kept | undefined {
    const life = this.#lives.get(keyOf(key));
    const finished = life?.finished;
    if (finished?.halt === undefined) return finished;
    if (!guarded || openHalts.has(finished.halt)) return undefined;
    return life?.touched === true || isActedUpon(key.step, this.#touched) ? finished : undefined;
  }

  /** What was begun and not ended. */
  open(key: TaskKey): OpenIntent | undefined {
    return this.#lives.get(keyOf(key))?.intent;
  }

  /** Names of everything that was begun and not ended. */
  get begun(): readonly string[] {
    return [...this.#lives].flatMap(([name, { intent }]) => (intent === undefined ? [] : [name]));
  }

  /** The host on which a step was done or begun for all. */
  hostOf(step: string): string | undefined {
    return this.#hosts.get(step);
  }

  /** True when these are the items, by their digests, over which the loop of a task was begun. */
  hasItems(key: TaskKey, digests: readonly string[]): boolean {
    const known = digests.map((_, turn) => this.#lives.get(keyOf({ ...key, turn }))?.digest);
    const isSame = known.every((each, turn) => each === undefined || each === digests[turn]);
    return isSame && (this.#turns.get(placeOf(key)) ?? 0) <= digests.length;
  }

  /** Steps that began to touch a host. */
  get touched(): ReadonlySet<string> {
    return this.#touched;
  }

  /** True when something is written down of the task at this place, on any host and in any pass of a loop. */
  hasBegun(place: string): boolean {
    return this.#places.has(place) || this.#isSaid(place);
  }

  /**
   * True when the task at this place is over, or was answered, or may have happened somewhere; false when all that is
   * written down of it are failures, after which it is begun anew.
   */
  isFixed(place: string, guarded: boolean): boolean {
    const isOver = ({ key, intent, answer }: Life): boolean =>
      intent !== undefined || answer !== undefined || this.settled(key, guarded) !== undefined;
    return this.#places.get(place)?.some(isOver) === true || this.#isSaid(place);
  }

  #isSaid(place: string): boolean {
    return [...this.#passed, ...this.#leftOut].some((step) => placeOfStep(step) === place);
  }

  /** Hosts that this run may have changed, or on what of which it rests. */
  get hostsTouched(): ReadonlySet<string> {
    const lives = [...this.#lives.values()].filter(
      ({ touched, finished }) => touched === true || (finished !== undefined && finished.halt === undefined),
    );
    return new Set([...this.#met.held, ...this.#met.released, ...lives.map(({ key }) => key.host)]);
  }

  /** How often the task was tried. */
  attempts(key: TaskKey): number {
    return this.#lives.get(keyOf(key))?.attempts ?? 0;
  }

  /**
   * True when the task ended well and nothing that the run began since, anywhere, can have changed what it brought about:
   * no other task has touched a host, no person was sent to one.
   */
  isLatest(key: TaskKey): boolean {
    return this.#latest.has(key);
  }

  /** What the operator typed when the task asked. */
  answer(key: TaskKey): string | undefined {
    return this.#lives.get(keyOf(key))?.answer;
  }

  /** True when the operator left the step out. */
  leftOut(step: string): boolean {
    return this.#leftOut.has(step);
  }

  /** True when the operator let the run go past this point of no return. */
  passed(step: string): boolean {
    return this.#passed.has(step);
  }

  /** True when the run went past some point of no return. */
  get isPastReturn(): boolean {
    return this.#passed.size > 0;
  }

  /** How a host was reached when the run first looked: decisions rest on it. */
  reachable(host: string): 'ssh' | 'db' | 'none' | undefined {
    return this.#met.reachable.get(host);
  }

  /** The fingerprint by which a host proved itself when the run first met it. */
  hostKey(host: string): string | undefined {
    return this.#met.keys.get(host);
  }

  /** Hosts that the run held. */
  get held(): ReadonlySet<string> {
    return this.#met.held;
  }

  /** Hosts that the run gave back when all was known of them. */
  get released(): ReadonlySet<string> {
    return this.#met.released;
  }

  /** How many tasks are over, on one host each. */
  get done(): number {
    return [...this.#lives].filter(
      ([key, { finished }]) => finished?.halt === undefined && finished !== undefined && isWhole(key),
    ).length;
  }

  #take(event: Event): void {
    switch (event.type) {
      case 'task.left-out':
        this.#leftOut.add(event.step);
        break;
      case 'run.passed':
        this.#passed.add(event.step);
        break;
      case 'task.applying':
        this.#begin(event);
        break;
      case 'task.committing':
        this.#life(event).intent?.commits.push(event);
        break;
      case 'task.decided': {
        const { intent } = this.#life(event);
        if (intent?.attempt === event.attempt) intent.decision = event.decision;
        break;
      }
      case 'task.answered':
        if (event.step !== undefined && event.typed !== '')
          this.#life({ ...event, step: event.step }).answer = event.typed;
        break;
      case 'task.finished':
        this.#end(event);
        break;
      default:
        break;
    }
  }

  #begin(event: Event & { readonly type: 'task.applying' }): void {
    const { step, attempt = 1, effect = 'converge' } = event;
    if (step === undefined) return;
    const life = this.#life({ ...event, step });
    const before = life.intent;
    life.attempts = Math.max(life.attempts, attempt);
    // The same attempt taken up again keeps what was known of it.
    life.intent = before?.attempt === attempt ? before : { attempt, effect, commits: [] };
    delete life.finished;
    life.touched = true;
    this.#touched.add(step);
  }

  #end(event: Event & { readonly type: 'task.finished' }): void {
    const { step, status, result = {}, facts = {}, withheld = [], halt, message, failure, attempt } = event;
    if (step === undefined) return;
    const life = this.#life({ ...event, step });
    life.attempts = Math.max(life.attempts, attempt ?? 0);
    // What is over is not undone by a later life that could not look at it.
    if (life.finished !== undefined && life.finished.halt === undefined && halt !== undefined) return;
    // Whoever still waits for an answer, or had to stop, knows no more of what was begun than before.
    if (halt === undefined || halt === 'failed' || halt === 'unreachable') delete life.intent;
    life.finished = {
      status,
      result,
      facts,
      withheld,
      ...(halt === undefined ? {} : { halt }),
      ...(message === undefined ? {} : { message }),
      ...(failure === undefined ? {} : { failure }),
    };
  }

  #newLife(name: string, key: TaskKey): Life {
    const life = { key, attempts: 0 };
    this.#lives.set(name, life);
    const place = placeOfStep(key.step);
    this.#places.set(place, [...(this.#places.get(place) ?? []), life]);
    return life;
  }

  #life(key: TaskKey): Life {
    const name = keyOf(key);
    if (!this.#hosts.has(key.step)) this.#hosts.set(key.step, key.host);
    const life = this.#lives.get(name) ?? this.#newLife(name, key);
    if (key.digest !== undefined) life.digest ??= key.digest;
    if (key.turn !== undefined)
      this.#turns.set(placeOf(key), Math.max(this.#turns.get(placeOf(key)) ?? 0, key.turn + 1));
    return life;
  }
}

function isWhole(key: string): boolean {
  return key.split(' ')[1] === '';
}
