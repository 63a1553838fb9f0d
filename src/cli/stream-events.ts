// The road of every event: secrets out, a number on it, onto the disk, and only then to those who show it.
import type { Clock } from '../core/clock.js';
import type { Emit, Event, Stamped } from '../core/event.js';
import type { Redactor } from '../core/redact.js';
import { isMap } from '../core/value.js';
import { isPermission } from '../journal/append.js';
import type { Journal } from '../journal/append.js';

/** Where events go. */
export interface EventRoad {
  readonly run: string;
  readonly redactor: Redactor;
  readonly clock: Clock;
  readonly journal: Pick<Journal, 'append' | 'length'>;
  /** Shows an event; called in order, after it was written down. */
  show(event: Stamped): void;
  /** Called once, when the disk refuses; nothing may start from then on. */
  lost(event: Stamped, cause: unknown): void;
}

// Words of the program and names of hosts: a password that happens to be `changed` must not break the event itself.
const structural = new Set([
  'type',
  'status',
  'task',
  'host',
  'hosts',
  'play',
  'module',
  'stream',
  'recap',
  'kind',
  'step',
  'effect',
  'halt',
  'inputs',
  'outline',
  'tool',
  'database',
  'mark',
  'decision',
  'invocation',
]);

/** Parts of events whose keys are ours too. */
const frames = new Set(['plan', 'change', 'diff', 'failure', 'location']);

/** Makes the function that says events. An event that allows a touch rejects when it could not be written down. */
export function createEmit(road: EventRoad): Emit {
  let seq = road.journal.length;
  let shown: Promise<void> = Promise.resolve();
  let broken = false;
  return async (event) => {
    const stamped = stamp(redact(event, road.redactor), (seq += 1), road);
    const written = road.journal.append(stamped);
    // Awaited below; without this, a rejection before that would count as unhandled.
    written.catch(() => undefined);
    const inTurn = shown.then(async () => {
      try {
        await written;
      } catch (cause) {
        if (!broken) road.lost(stamped, cause);
        broken = true;
      }
      road.show(stamped);
    });
    shown = inTurn;
    await inTurn;
    if (broken && isPermission(event.type)) await written;
  };
}

function stamp(event: Event, seq: number, { run, clock }: EventRoad): Stamped {
  return { v: 1, seq, at: new Date(clock.now()).toISOString(), run, ...event };
}

/** The event with its secrets hidden: its own keys, kinds and numbers stay. */
function redact<T extends object>(frame: T, redactor: Redactor): T {
  const hide = (key: string, value: unknown): unknown => {
    if (structural.has(key) || typeof value === 'number') return value;
    return frames.has(key) && isMap(value) ? redact(value, redactor) : redactor.data(value);
  };
  // The same keys, and values of the same types.
  return Object.fromEntries(Object.entries(frame).map(([key, value]) => [key, hide(key, value)])) as T;
}
