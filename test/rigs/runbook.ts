// A runbook as an operator goes through it: checked, run, and run again, while every set of the pair is watched.
import { expect } from 'vitest';
import type { Stamped } from '../../src/core/event.js';
import { exitCode } from '../../src/core/exit.js';
import { runPlaybook } from './command-line.js';
import type { Ran } from './command-line.js';
import type { WritableMonitor } from './writable-monitor.js';

const bad = ['failed', 'not-converged', 'in-doubt', 'unreachable'] as const;

/** How a runbook is gone through. */
export interface Manner {
  /** What stands for the person in front of the terminal and the page. */
  readonly see?: (event: Stamped) => void;
  /** A monitor a set; in none of them may both sides take writes while dtService runs. */
  readonly monitors?: readonly WritableMonitor[];
  /** Tasks whose outcome no look can predict: `unknown` in the check, changed in the run. */
  readonly unpredictable?: readonly string[];
}

/** Checks, runs and runs again: the run changes what the check has named, and the second run nothing. Gives the run. */
export async function checkRunAndRunAgain(words: readonly string[], manner: Manner = {}): Promise<Ran> {
  const { monitors = [], unpredictable = [] } = manner;
  const check = await runPlaybook([...words, '--check', '--diff']);
  expect(check.stderr).toBe('');
  expect(check.withStatus(...bad)).toEqual([]);
  expect(check.exitCode).toBe(exitCode.done);
  const run = await runPlaybook(words, (event) => {
    manner.see?.(event);
    letGoOfDatabases(event, monitors);
  });
  expect(failures(run)).toEqual([]);
  expect(run.stderr).toBe('');
  expect(run.exitCode).toBe(exitCode.done);
  const predicted = run.withStatus('changed').filter((each) => !unpredictable.some((name) => each.startsWith(name)));
  expect(predicted).toEqual(changesOf(check));
  const again = await runPlaybook(words);
  expect(failures(again)).toEqual([]);
  expect(again.withStatus('changed', 'unknown')).toEqual([]);
  expect(again.exitCode).toBe(exitCode.done);
  for (const monitor of monitors) {
    const { samples, moments, history } = await monitor.stop();
    expect(samples).toBeGreaterThan(20);
    // A monitor that sees nobody write sees nothing.
    expect(history.some(({ writable }) => writable.length === 1)).toBe(true);
    expect(moments).toEqual([]);
  }
  return run;
}

/** What a check has named. That B lacks rows of a living A shows there and is no change: the run waits until it has them. */
export function changesOf(check: Ran): readonly string[] {
  return check.withStatus('would-change').filter((each) => !each.startsWith('Compare '));
}

/** P1.5 renames databases, which it does only when nobody else is connected. */
function letGoOfDatabases(event: Stamped, monitors: readonly WritableMonitor[]): void {
  if (event.type !== 'task.started') return;
  if (event.name.startsWith('P1.2 No slon')) for (const each of monitors) void each.release();
  if (event.name.startsWith('P1.6')) for (const each of monitors) each.resume();
}

/** What went wrong, with its words. */
function failures(ran: Ran): readonly string[] {
  return ran.events.flatMap((event) =>
    event.type === 'task.finished' && bad.some((status) => status === event.status)
      ? [`${event.name} @ ${event.host}: ${event.failure?.message ?? event.message ?? event.status}`]
      : [],
  );
}
