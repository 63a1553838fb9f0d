// Who takes part in a task, settled on every host before any host is touched: conditions, loops, arguments, connection.
import type { TaskKey } from '../core/event.js';
import type { Task } from '../core/playbook.js';
import { andThen, ok } from '../core/result.js';
import type { Result } from '../core/result.js';
import type { Scope } from '../core/scope.js';
import { WorldError } from '../core/world-error.js';
import { holds } from './conditions.js';
import type { HostState } from './context.js';
import type { Frame, Turn } from './frame.js';
import { scopeIn, turnsOf } from './frame.js';
import { fromPast, mayLookAgain, problemsOutcome, skipped, skippedBy, worldOutcome } from './outcome.js';
import type { Outcome } from './outcome.js';

/** What a host will do for a task: the turns of its loop (one without a label when there is none), or what already came of it. */
export interface Part {
  readonly state: HostState;
  /** Hosts that learn what the task said: this one, or all of the play for `run_once`. */
  readonly learners: readonly HostState[];
  readonly scope: Scope;
  /** The task on this host, as the journal knows it. */
  readonly key: TaskKey;
  readonly turns: readonly Turn[] | undefined;
  readonly outcome?: Outcome;
}

/** Settles whether and how often a host takes part. */
export function partOf(task: Task, state: HostState, learners: readonly HostState[], frame: Frame, step: string): Part {
  const scope = scopeIn(frame, state).with('task', task.definitions);
  const key: TaskKey = { step, host: state.host.name };
  const nobody = { state, learners, scope, key, turns: undefined };
  const kept = frame.context.past?.settled(key, frame.guarded);
  if (kept !== undefined && !(mayLookAgain(kept) && isProvable(task, scope)))
    return { ...nobody, outcome: fromPast(kept) };
  // What was begun goes on, whatever its condition says now.
  if (task.loop === undefined && frame.context.past?.open(key) !== undefined) return nobody;
  try {
    if (task.loop === undefined) {
      const takes = holds(task.when, scope);
      if (takes.ok && !takes.value) return { ...nobody, outcome: skippedBy(task.when, scope) };
      return nobody;
    }
    const turns = turnsOf(task.loop, scope);
    if (turns.ok)
      return turns.value.length === 0
        ? { ...nobody, outcome: skipped('the loop has no items') }
        : { ...nobody, turns: turns.value };
    // A condition that cannot hold for any item excuses a list that is not there.
    const takes = holds(task.when, scope);
    return {
      ...nobody,
      outcome: takes.ok && !takes.value ? skippedBy(task.when, scope) : problemsOutcome(turns.problems),
    };
  } catch (error) {
    if (error instanceof WorldError) return { ...nobody, outcome: worldOutcome(error) };
    throw error;
  }
}

/** True when a look can find again what a task made. */
function isProvable(task: Task, scope: Scope): boolean {
  const bound = task.bind(scope);
  return task.loop !== undefined || (bound.ok && bound.value.provable);
}

/** The part once every turn of it can be bound and its hosts answer, or with the outcome that they cannot. */
export async function ready(task: Task, part: Part, frame: Frame): Promise<Part> {
  if (part.outcome !== undefined) return part;
  try {
    const needed = scopesOf(part).map((scope) => hostsNeeded(task, part.state, scope));
    const wrong = needed.find((each) => !each.ok);
    // In a check, conditions and arguments may rest on what earlier tasks would have brought about; the attempt tells.
    if (wrong?.ok === false)
      return part.state.pending || isBegun(part, frame) ? part : { ...part, outcome: problemsOutcome(wrong.problems) };
    const names = new Set(needed.flatMap((each) => (each.ok ? each.value : [])));
    for (const name of names) await frame.context.session(name).connection();
    return part;
  } catch (error) {
    if (!(error instanceof WorldError)) throw error;
    const unknown = error.kind === 'unreachable' && isBegun(part, frame);
    return { ...part, outcome: worldOutcome(unknown ? stillUnknown(error) : error) };
  }
}

/** True when an earlier life of the run began something here, and never heard the end of it. */
export function isBegun({ key, turns }: Part, { context: { past } }: Frame): boolean {
  const all = [key, ...(turns ?? []).map((_, index) => ({ ...key, turn: index }))];
  return all.some((each) => past?.open(each) !== undefined);
}

function stillUnknown(error: WorldError): WorldError {
  return new WorldError('in-doubt', `what was begun before is still unknown: ${error.message}`, {
    hint: 'resume again when the host answers',
    details: error.details,
    cause: error,
  });
}

function scopesOf({ turns, scope }: Part): readonly Scope[] {
  return turns?.map((turn) => scope.with('task', turn.definitions)) ?? [scope];
}

/** The host that a turn needs: none when its conditions do not hold, or when its module never looks at a host. */
function hostsNeeded(task: Task, state: HostState, scope: Scope): Result<readonly string[]> {
  const takes = holds(task.when, scope);
  if (!takes.ok) return takes;
  if (!takes.value) return ok([]);
  return andThen(task.bind(scope), ({ offline }) =>
    offline ? ok([]) : andThen(task.delegateTo?.render(scope) ?? ok(state.host.name), (name) => ok([name])),
  );
}
