// The one queue of the simulated world: everything that takes time there goes through it, ordered by simulated time and,
// where that is equal, by the seed. Everything that a crash could fall before is counted, so that it can.

/** What a crash does; `k` says before which counted event it falls. */
export const modes = ['kill', 'kill-late', 'reboot', 'cut', 'freeze', 'power'] as const;
export type Mode = (typeof modes)[number];

/** Whoever waits for an event, and hears of nothing while it sleeps. */
export interface Sleeper {
  readonly awakeAtMs: number;
}

/** A crash that is planned. */
export interface Crash {
  readonly k: number;
  /** `sleep` is no way to crash: the runner is held up for an hour, as a laptop that is shut, and then goes on. */
  readonly mode: Mode | 'sleep';
}

/** What was counted: what it was, and the host that it was about. */
export interface Tick {
  readonly k: number;
  readonly what: string;
  readonly host: string | undefined;
  readonly atMs: number;
}

interface Planned {
  atMs: number;
  readonly tie: number;
  readonly what: string;
  readonly host: string | undefined;
  readonly work: () => void;
  readonly wanted: () => boolean;
  readonly sleeper: Sleeper | undefined;
}

/** A random number generator that says the same again for the same seed (mulberry32). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** From 0 up to 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  }

  /** A whole number, both ends included. */
  whole(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from + 1));
  }

  /** One of the items. */
  pick<T>(items: readonly T[]): T | undefined {
    return items[Math.floor(this.next() * items.length)];
  }
}

/** How a drive ended. */
export type Driven<T> =
  | { readonly kind: 'done'; readonly value: T }
  | { readonly kind: 'threw'; readonly error: unknown }
  | { readonly kind: 'dead' }
  | { readonly kind: 'stuck'; readonly why: string };

const mostTicks = 50_000;
const mostMs = 6 * 3600_000;

/** Time, order and chance of one simulated world. */
export class Kernel {
  readonly random: Random;
  /** Everything counted so far. */
  readonly ticks: Tick[] = [];
  nowMs = 0;
  /** Called when a planned crash falls, before the event that it falls before. */
  onCrash: (crash: Crash, host: string | undefined) => void = () => undefined;
  readonly #crashes: Crash[];
  #queue: Planned[] = [];

  constructor(seed: number, crashes: readonly Crash[]) {
    this.random = new Random(seed);
    this.#crashes = crashes.toSorted((left, right) => left.k - right.k);
  }

  /** Counts an event that is about to happen; a crash that was planned for it falls first. */
  tick(what: string, host?: string): void {
    this.ticks.push({ k: this.ticks.length + 1, what, host, atMs: this.nowMs });
    while (this.#crashes[0]?.k === this.ticks.length) this.onCrash(this.#crashes.shift() as Crash, host);
  }

  /** Plans work; it is left out when it is not wanted any more by then. The handle can put it off. */
  plan(
    afterMs: number,
    what: string,
    host: string | undefined,
    work: () => void,
    wanted = (): boolean => true,
    sleeper?: Sleeper,
  ): Planned {
    const planned = { atMs: this.nowMs + afterMs, tie: this.random.next(), what, host, work, wanted, sleeper };
    this.#queue.push(planned);
    return planned;
  }

  /** Lets the world go on until the work has ended, the worker is dead, or nothing more can happen. */
  async drive<T>(work: Promise<T>, alive: () => boolean): Promise<Driven<T>> {
    let driven: Driven<T> | undefined;
    work.then(
      (value) => (driven = { kind: 'done', value }),
      (error: unknown) => (driven = { kind: 'threw', error }),
    );
    for (;;) {
      await settled();
      if (!alive()) return { kind: 'dead' };
      if (driven !== undefined) return driven;
      if (this.ticks.length > mostTicks) return { kind: 'stuck', why: `more than ${mostTicks} events` };
      if (this.nowMs > mostMs) return { kind: 'stuck', why: 'six hours have passed' };
      if (!this.#next()) return { kind: 'stuck', why: 'it waits for something that can never happen' };
    }
  }

  /** Lets the world go on for so long. */
  async pass(ms: number): Promise<void> {
    const end = this.nowMs + ms;
    while (this.#queue.some((each) => due(each) <= end)) {
      this.#next();
      await settled();
    }
    this.nowMs = Math.max(this.nowMs, end);
  }

  /** Does what is next; false when there is nothing. */
  #next(): boolean {
    this.#queue = this.#queue.filter((each) => each.wanted());
    const [first] = this.#queue.toSorted((left, right) => due(left) - due(right) || left.tie - right.tie);
    if (first === undefined) return false;
    this.#queue.splice(this.#queue.indexOf(first), 1);
    this.nowMs = Math.max(this.nowMs, due(first));
    this.tick(first.what, first.host);
    // The crash may have been the end of whoever wanted this.
    if (first.wanted()) first.work();
    return true;
  }
}

/** When it happens: what is for somebody who sleeps happens when that one wakes up. */
function due({ atMs, sleeper }: Planned): number {
  return Math.max(atMs, sleeper?.awakeAtMs ?? 0);
}

/** Resolves when all promises that could go on have gone on: there is no real input or output in this world. */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
