// What a task itself says of its outcome: `failed_when`, `changed_when`, and, in a check, that what fails
// behind a change that is only planned is unknown.
import type { TaskKey } from '../core/event.js';
import type { State } from '../core/module.js';
import type { Task } from '../core/playbook.js';
import { data } from '../core/scope.js';
import type { Scope } from '../core/scope.js';
import { holds } from './conditions.js';
import type { HostState, RunContext } from './context.js';
import { failedOutcome, problemsOutcome } from './outcome.js';
import type { Outcome } from './outcome.js';

/** One attempt's surroundings. */
export interface Attempt {
  readonly context: RunContext;
  readonly task: Task;
  readonly state: HostState;
  readonly scope: Scope;
  /** Label of the loop item. */
  readonly item?: string;
  /** The task on this host, as the journal knows it. */
  readonly key: TaskKey;
  /** True where a failure stands, because a rescue or an `always` acts upon it. */
  readonly guarded: boolean;
  /** What has been seen before its turn, for its first look; nothing when that does not count. */
  readonly seen?: () => Promise<State | undefined>;
}

/** In a check, what fails behind a change that is only planned is unknown, not failed. */
export function behindPending(at: Attempt, outcome: Outcome, pending = at.state.pending): Outcome {
  if (!checking(at) || !pending || outcome.halt !== 'failed') return outcome;
  const reason = outcome.failure?.message ?? '';
  return {
    status: 'unknown',
    message: `cannot be told before the changes above are made: ${reason}`,
    result: outcome.result,
  };
}

/** True when this task only checks. */
export function checking(at: Attempt): boolean {
  return at.context.input.options.check || at.task.alwaysCheck;
}

/** The scope with what the task just said under its register's name. */
export function withRegister(at: Attempt, outcome: Outcome): Scope {
  if (at.task.register === undefined) return at.scope;
  return at.scope.with('result', [data(at.task.register, outcome.result, 'register')]);
}

/** The outcome by the task's own `failed_when` and `changed_when`. */
export function judged(at: Attempt, outcome: Outcome): Outcome {
  if (outcome.status === 'unknown' || outcome.status === 'skipped') return outcome;
  if (outcome.halt !== undefined && outcome.halt !== 'failed') return outcome;
  return judgedChange(at, judgedFailure(at, outcome));
}

function judgedFailure(at: Attempt, outcome: Outcome): Outcome {
  const { failedWhen } = at.task;
  if (failedWhen.length === 0) return outcome;
  const failed = holds(failedWhen, withRegister(at, outcome));
  if (!failed.ok) return outcome.halt === undefined ? behindPending(at, problemsOutcome(failed.problems)) : outcome;
  if (failed.value) {
    if (outcome.halt !== undefined) return outcome;
    const message = `\`failed_when\` holds: ${failedWhen.map((each) => each.text).join(' && ')}`;
    return behindPending(at, failedOutcome({ message }, 'failed', outcome.result));
  }
  if (outcome.halt === undefined) return outcome;
  // The module failed, and the task says that this is no failure: it ran, so it is taken to have changed something.
  return {
    status: 'changed',
    result: { ...outcome.result, failed: false, changed: true },
    ...(outcome.failure === undefined ? {} : { message: outcome.failure.message }),
  };
}

function judgedChange(at: Attempt, outcome: Outcome): Outcome {
  const { changedWhen } = at.task;
  if (changedWhen.length === 0 || outcome.halt !== undefined) return outcome;
  const changed = holds(changedWhen, withRegister(at, outcome));
  if (!changed.ok) return behindPending(at, problemsOutcome(changed.problems));
  const status = changed.value ? (checking(at) ? 'would-change' : 'changed') : 'ok';
  return { ...outcome, status, result: { ...outcome.result, changed: changed.value } };
}
