// The invariant of every failover: no two databases of a pair take writes while dtService runs. It must hold at all
// times, so it is watched from outside while a playbook runs, twenty times a second.
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from 'pg';

const PERIOD_MS = 50;

// A subscriber refuses writes by Slony-I's trigger on each replicated table, a fenced database by the fence's. One
// table with neither is enough to write to.
const ACCEPTS_WRITES = `
  select current_setting('transaction_read_only') = 'off' and exists (
    select from pg_class c where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace and not exists (
      select from pg_trigger t where t.tgrelid = c.oid and t.tgname in ('_slony_denyaccess', 'playbook_fence') and t.tgenabled <> 'D'
    )) as accepts`;

/** What one look at all hosts saw. */
export interface Sighting {
  /** Milliseconds since the monitor was started. */
  readonly atMs: number;
  /** Hosts whose database takes writes. */
  readonly writable: readonly string[];
  /** Hosts on which dtService runs. */
  readonly serving: readonly string[];
}

/** What a monitor saw from its start to its end. */
export interface MonitorReport {
  /** How often it looked. */
  readonly samples: number;
  /** The longest time between two looks. */
  readonly longestGapMs: number;
  /** Looks at which two or more databases took writes while dtService ran on some host of the set. */
  readonly moments: readonly Sighting[];
  /** Each sighting that differs from the one before. */
  readonly history: readonly Sighting[];
}

/** One side of a pair, in whatever lab. */
export interface Side {
  readonly host: string;
  /** Opens a connection to the database that is watched. */
  open(queryTimeoutMs: number): Promise<Client>;
  /** Whether dtService runs. */
  serves(): boolean;
}

/** A monitor at work. */
export interface WritableMonitor {
  /** Lets go of the databases, which a rename minds. Until `resume` each counts as one that takes writes: nobody looks. */
  release(): Promise<void>;
  resume(): void;
  /** Ends the watch and says what was seen. */
  stop(): Promise<MonitorReport>;
}

/** Watches one database of each side until it is stopped; it has looked once when the promise resolves. */
export async function watchWritable(sides: readonly Side[]): Promise<WritableMonitor> {
  const eyes = sides.map((side) => new Eye(side));
  const startedAt = performance.now();
  const log = new SightingLog();
  await look(eyes, startedAt, log);
  const stopped = new AbortController();
  const watching = watch(eyes, startedAt, log, stopped.signal);
  return {
    release: async () => void (await Promise.all(eyes.map((eye) => eye.release()))),
    resume: () => eyes.forEach((eye) => eye.resume()),
    async stop() {
      stopped.abort();
      await watching;
      await Promise.all(eyes.map((eye) => eye.close()));
      return log.report();
    },
  };
}

async function watch(eyes: readonly Eye[], startedAt: number, log: SightingLog, signal: AbortSignal): Promise<void> {
  let nextAt = startedAt + PERIOD_MS;
  while (!signal.aborted) {
    await delay(Math.max(0, nextAt - performance.now()));
    // After a look that took too long the rhythm starts anew: a burst of looks would not make up for the gap.
    nextAt = Math.max(nextAt + PERIOD_MS, performance.now());
    await look(eyes, startedAt, log);
  }
}

async function look(eyes: readonly Eye[], startedAt: number, log: SightingLog): Promise<void> {
  const first = await sight(eyes, startedAt);
  if (!isDouble(first)) return log.add(first);
  // The databases are asked one after the other, and a clean handover may fall in between. What two looks in a row
  // see was true at the time between them.
  const second = await sight(eyes, startedAt);
  log.add({
    atMs: first.atMs,
    writable: first.writable.filter((host) => second.writable.includes(host)),
    serving: first.serving.filter((host) => second.serving.includes(host)),
  });
}

async function sight(eyes: readonly Eye[], startedAt: number): Promise<Sighting> {
  const atMs = Math.round(performance.now() - startedAt);
  const accepts = await Promise.all(eyes.map((eye) => eye.acceptsWrites()));
  return {
    atMs,
    writable: eyes.filter((_eye, index) => accepts[index] === true).map((eye) => eye.side.host),
    serving: eyes.filter((eye) => eye.side.serves()).map((eye) => eye.side.host),
  };
}

function isDouble(sighting: Sighting): boolean {
  return sighting.writable.length > 1 && sighting.serving.length > 0;
}

class SightingLog {
  readonly #moments: Sighting[] = [];
  readonly #history: Sighting[] = [];
  #samples = 0;
  #lastAtMs = 0;
  #longestGapMs = 0;

  add(sighting: Sighting): void {
    this.#samples += 1;
    this.#longestGapMs = Math.max(this.#longestGapMs, sighting.atMs - this.#lastAtMs);
    this.#lastAtMs = sighting.atMs;
    if (isDouble(sighting)) this.#moments.push(sighting);
    const before = this.#history.at(-1);
    if (before === undefined || stateOf(before) !== stateOf(sighting)) this.#history.push(sighting);
  }

  report(): MonitorReport {
    return { samples: this.#samples, longestGapMs: this.#longestGapMs, moments: this.#moments, history: this.#history };
  }
}

function stateOf(sighting: Sighting): string {
  return JSON.stringify([sighting.writable, sighting.serving]);
}

/** One side, looked at over a connection that stays open and is opened again when the database comes back. */
class Eye {
  #client: Client | undefined;
  #released = false;

  constructor(readonly side: Side) {}

  /** False too for a database that is down or does not answer: it takes no writes that anyone would know of. */
  async acceptsWrites(): Promise<boolean> {
    if (this.#released) return true;
    try {
      this.#client ??= await this.side.open(2_000);
      const { rows } = await this.#client.query<{ accepts: boolean }>(ACCEPTS_WRITES);
      return rows[0]?.accepts === true;
    } catch {
      await this.close();
      return false;
    }
  }

  async release(): Promise<void> {
    this.#released = true;
    await this.close();
  }

  resume(): void {
    this.#released = false;
  }

  async close(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    if (client !== undefined) await Promise.race([client.end().catch(() => {}), delay(1_000)]);
  }
}
