// One run in a few lines: what is done, what is unknown, where it stopped, and the very command that goes on.
import { exitCode } from '../core/exit.js';
import type { ExitCode } from '../core/exit.js';
import type { Stamped } from '../core/event.js';
import { Past } from '../core/past.js';
import { runsDirectory } from '../journal/directory.js';
import { resultOf, summaryOf } from '../journal/read.js';
import { safeLine } from '../report/text.js';
import { findRun } from './find-run.js';
import { printLines, tell } from './io.js';
import type { Io } from './io.js';
import { openIntents } from './half-done.js';

/** Shows one run. */
export function showRun(io: Io, run: string): ExitCode {
  const found = findRun(run, runsDirectory(io.environment));
  if (!found.ok) return tell(io, found.problems);
  const { events, path } = found.value;
  const past = new Past(events);
  const summary = summaryOf(run, events);
  const doubt = openIntents(events, past);
  const at = events.findLast((event) => event.type === 'task.started');
  const isDone = summary.exitCode === exitCode.done;
  const rows: readonly (readonly [string, string])[] = [
    ['playbook', `${summary.playbook}${summary.check ? ' (check)' : ''}`],
    ['started', summary.startedAt],
    ['ended', resultOf(summary)],
    ['lives', String(past.number)],
    ['done', `${past.done} tasks, each on one host`],
    ...(doubt.length === 0 ? [] : [['unknown', doubt.join('; ')] as const]),
    ...(isDone || at === undefined ? [] : [['stopped at', at.name] as const]),
    ...(past.held.size === 0 ? [] : [['holds', [...past.held].join(', ')] as const]),
    ['journal', path],
    ...(isDone || summary.check ? [] : [['go on with', nextOf(run, events)] as const]),
  ];
  printLines(
    io,
    rows.map(([name, value]) => `${name.padEnd(11)} ${safeLine(value)}`),
  );
  return exitCode.done;
}

function nextOf(run: string, events: readonly Stamped[]): string {
  const last = events.findLast((event) => event.type === 'run.finished' || event.type === 'run.unlocked');
  if (last?.type === 'run.unlocked') return `it was given up by ${last.by}; start a new run`;
  if (last?.standing?.resumable === false) return 'a new run, which looks at everything again';
  return `playbook resume ${run}`;
}
