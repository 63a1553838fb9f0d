// What was edited since a run began, what stands in the way of going on all the same, and the record of who did.
import type { Event, Stamped } from '../core/event.js';
import type { Outline } from '../core/outline.js';
import type { Past } from '../core/past.js';
import type { Journalled } from '../journal/read.js';
import { objectionsTo } from '../load/edits.js';
import { differences } from '../load/fingerprint.js';
import { whoAmI } from './io.js';
import type { Io } from './io.js';
import type { ReadForRun } from './load-for-run.js';

/** An edit between two lives of a run. */
export interface Edit {
  /** What differs, in words; nothing when the input means what it meant. */
  readonly changes: readonly string[];
  /** What of it concerns something that was begun. */
  readonly objections: readonly string[];
  /** What is written down when the run goes on with it. */
  readonly event?: Event;
}

interface Before {
  readonly opening: Stamped & { readonly type: 'run.opened' };
  readonly journalled: Journalled;
  readonly past: Past;
}

/** Compares what was loaded with what the run last went on with. */
export function editOf(io: Io, read: ReadForRun, key: string, { opening, journalled, past }: Before): Edit {
  const last = journalled.events.findLast((event) => event.type === 'run.edited') ?? opening;
  const inputs = read.inputs(key);
  const changes = differences(last.inputs, inputs).map((each) => io.redactor.text(each));
  if (changes.length === 0) return { changes, objections: [] };
  const outline = read.outline(key);
  const objections = objectionsOf(last.outline, outline, past, read);
  return { changes, objections, event: { type: 'run.edited', by: whoAmI(), changes, inputs, outline } };
}

function objectionsOf(before: Outline | undefined, now: Outline, past: Past, read: ReadForRun): readonly string[] {
  if (before === undefined) return ['an older version of playbook began it, and did not write down what each task was'];
  return objectionsTo(before, now, past, read.outlined);
}
