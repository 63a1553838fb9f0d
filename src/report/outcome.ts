// What to say of one finished task on one host: a text beside the host, and a block below it.
// Lines and tree place it differently, and must not differ in what they say.
import type { Stamped } from '../core/event.js';
import { changeLines } from './diff.js';
import { failureLines } from './failure.js';
import { lookOf } from './status.js';
import { safeLine, safeLines } from './text.js';
import type { Theme } from './theme.js';

/** A finished task on one host, or one item of it. */
export type Finished = Extract<Stamped, { type: 'task.finished' }>;

/** What decides how much is said. */
export interface Voice {
  readonly theme: Theme;
  readonly verbose: boolean;
  readonly diff: boolean;
}

/** The words of an outcome. */
export interface Outcome {
  readonly text: string;
  readonly block: readonly string[];
}

/** The words of a finished task. */
export function outcomeOf(event: Finished, voice: Voice): Outcome {
  const [first = '', ...rest] = safeLines(textOf(event, voice));
  return {
    text: event.item === undefined ? first : [`(item=${safeLine(event.item)})`, first].filter(Boolean).join(' '),
    block: [
      ...rest,
      ...(voice.diff && event.diff !== undefined ? changeLines(event.diff, voice.theme) : []),
      ...(event.failure === undefined ? [] : failureLines(event.failure, voice.theme)),
    ],
  };
}

/** A message of a task that was ok is only said with -v, but for `debug`, which has no other purpose. */
function textOf({ status, module, message, failure }: Finished, { verbose }: Voice): string {
  const heard = message !== undefined && (status !== 'ok' || verbose || module === 'debug') ? message : '';
  if (failure === undefined) return heard;
  return heard === '' || heard === failure.message ? failure.message : `${failure.message} (${heard})`;
}

/** The name of a task with the blocks around it. */
export function titleOf(event: Extract<Stamped, { type: 'task.started' }>): string {
  return [...event.within.filter((each) => each !== 'handlers'), event.name].map(safeLine).join(' > ');
}

/** True when the host's own outcome adds nothing to what its items said. */
export function itemsSaidAll(event: Finished, items: readonly Finished[]): boolean {
  if (event.item !== undefined || items.length === 0) return false;
  return !lookOf(event.status).bad || items.some((item) => item.status === event.status);
}
