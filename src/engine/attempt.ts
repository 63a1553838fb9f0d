// One task, one host, one item: condition, binding, step, retries, and what the task itself says of change and failure.
import type { Become } from '../core/connection.js';
import type { Event } from '../core/event.js';
import type { Plan } from '../core/plan.js';
import { all, andThen, ok } from '../core/result.js';
import type { Result } from '../core/result.js';
import { isMap, mapOf } from '../core/value.js';
import type { Value, ValueMap } from '../core/value.js';
import { WorldError } from '../core/world-error.js';
import { firstUnmet, holds } from './conditions.js';
import { behindPending, checking, judged, withRegister } from './judge.js';
import type { Attempt } from './judge.js';
import { changesSomething, failedOutcome, hiddenByNoLog, problemsOutcome, skippedBy, worldOutcome } from './outcome.js';
import type { Outcome } from './outcome.js';
import { HostPredictions } from './predictions.js';
import type { Manner } from './senses.js';
import { TaskEyes, TaskHands } from './senses.js';
import type { Session } from './session.js';
import { isStatic } from './static.js';
import { step } from './step.js';
import type { StepWorld } from './step.js';

/** Runs the task on its host for one item, with its retries. */
export async function attempt(at: Attempt): Promise<Outcome> {
  try {
    const wanted = holds(at.task.when, at.scope);
    if (!wanted.ok) return behindPending(at, problemsOutcome(wanted.problems));
    if (!wanted.value) return skippedBy(at.task.when, at.scope);
    const outcome = await retried(at);
    if (changesSomething(outcome)) foresee(at);
    return outcome;
  } catch (error) {
    if (error instanceof WorldError) return worldOutcome(error);
    throw error;
  }
}

/** In a check, later looks at the host of the task, and at the one it is delegated to, meet what is not there yet. */
function foresee(at: Attempt): void {
  // A task that only checks within a run foresees nothing: what it would change is not going to happen.
  if (!at.context.input.options.check) return;
  at.state.pending = true;
  const delegate = delegateOf(at);
  if (delegate.ok) at.context.state(delegate.value).pending = true;
}

function delegateOf({ task, scope, state }: Attempt): Result<string> {
  return task.delegateTo?.render(scope) ?? ok(state.host.name);
}

async function retried(at: Attempt): Promise<Outcome> {
  const { task, context } = at;
  const { clock, draining } = context.input.world;
  const retries = checking(at) ? 0 : task.retries;
  for (let left = retries; ; left -= 1) {
    const outcome = judged(at, await once(at));
    const verdict = accepted(at, outcome);
    if (verdict === 'yes' || isFinal(outcome)) return outcome;
    if (left <= 0) return exhausted(at, outcome, verdict, retries);
    if (draining.aborted) return stopped(outcome, verdict);
    await context.say({
      type: 'task.retrying',
      task: task.id,
      host: at.state.host.name,
      attempt: retries - left + 1,
      left,
      reason: task.noLog ? hiddenByNoLog : (outcome.failure?.message ?? verdict),
    });
    await clock.sleep(task.delayMs, draining);
  }
}

/** After these a further try would be harm: nobody knows what it would meet, or nobody is there for it. */
function isFinal({ halt }: Outcome): boolean {
  return halt === 'in-doubt' || halt === 'interrupted' || halt === 'waiting';
}

/** What was waited for may have been about to come, so this is no failure of the host. */
function stopped(outcome: Outcome, verdict: string): Outcome {
  const why = outcome.failure?.message ?? verdict;
  const failure = { ...outcome.failure, message: `stopped before it was tried again; the last try: ${why}` };
  return failedOutcome(failure, 'interrupted', outcome.result);
}

/** `yes`, or why the outcome is not yet what the task waits for. */
function accepted(at: Attempt, outcome: Outcome): string {
  if (outcome.status === 'unknown') return 'yes';
  if (at.task.until.length === 0) return outcome.halt === undefined || at.task.retries === 0 ? 'yes' : 'failed';
  if (outcome.halt !== undefined) return 'failed';
  const reached = holds(at.task.until, withRegister(at, outcome));
  if (!reached.ok) return reached.problems[0]?.message ?? 'the condition cannot be told';
  return reached.value ? 'yes' : `\`${firstUnmet(at.task.until, withRegister(at, outcome))}\` does not hold yet`;
}

function exhausted(at: Attempt, outcome: Outcome, verdict: string, retries: number): Outcome {
  if (outcome.halt !== undefined) return outcome;
  const message = retries === 0 ? verdict : `${verdict} after ${retries + 1} tries`;
  const failure = failedOutcome(
    { message: message.replace(' yet after', ' after'), details: { last_seen: lastSeen(outcome) } },
    'failed',
    outcome.result,
  );
  // What is waited for may come from another host, so a change that is planned anywhere excuses it.
  return behindPending(at, failure, at.context.foresees());
}

/** What the last look found, without the engine's own words. */
function lastSeen({ result }: Outcome): ValueMap {
  const own = new Set(['changed', 'failed', 'skipped']);
  return mapOf(Object.entries(result).filter(([key]) => !own.has(key)));
}

async function once(at: Attempt): Promise<Outcome> {
  const { task, scope, context } = at;
  const prepared = andThen(task.bind(scope), (module) => andThen(mannerOf(at), (manner) => ok({ module, manner })));
  if (!prepared.ok) return behindPending(at, problemsOutcome(prepared.problems));
  const { module, manner } = prepared.value;
  const session = context.session(manner.session);
  const { world } = context.input;
  return step(module, {
    check: checking(at),
    pending: (at.state.pending || context.state(manner.session).pending) && !(module.offline && isStatic(task, scope)),
    eyes: new TaskEyes(session, manner, world),
    hands: new TaskHands(session, manner, world),
    predictions: context.input.options.check ? context.state(manner.session).predictions : new HostPredictions(),
    clock: world.clock,
    stopping: world.stopping,
    wants: () => (context.hasWanted = true),
    say: (event) => context.say(hushed(at, event)),
  });
}

type Said = Parameters<StepWorld['say']>[0];

/** The event with its task, host and item; without its content when the task says `no_log`. */
function hushed(at: Attempt, said: Said): Event {
  const { task, state, item } = at;
  const shown = item === undefined ? {} : { item: task.noLog ? '(hidden)' : item };
  const about = { task: task.id, host: state.host.name, ...shown };
  if (!task.noLog) return { ...said, ...about };
  if (said.type === 'task.applying') return { type: said.type, ...about };
  const plan: Plan = said.plan.kind === 'same' ? said.plan : { kind: 'unknown', reason: hiddenByNoLog };
  return { type: said.type, ...about, plan };
}

/** How a task acts, and through whose session. */
export interface FullManner extends Manner {
  /** The host whose session is used. */
  readonly session: string;
}

/** How the task acts on its host, by what it says and what the host says. */
export function mannerOf(at: Attempt): Result<FullManner> {
  const { task, scope, state, context } = at;
  const delegate = delegateOf(at);
  const enabled = task.become.enabled?.render(scope);
  const user = task.become.user?.render(scope);
  const environment = all(task.environment.map((each) => each.render(scope)));
  const checked = all<unknown>([
    delegate,
    environment,
    ...(enabled === undefined ? [] : [enabled]),
    ...(user === undefined ? [] : [user]),
  ]);
  if (!checked.ok) return checked;
  const name = delegate.ok ? delegate.value : state.host.name;
  const becomeAt = ({ target: { become } }: Session): Become | undefined => {
    const wanted = enabled?.ok === true ? enabled.value : become.enabled;
    return wanted ? { ...become, ...(user?.ok === true ? { user: user.value } : {}) } : undefined;
  };
  const { clock } = context.input.world;
  return ok({
    host: state.host.name,
    session: name,
    become: becomeAt(context.session(name)),
    environment: environmentOf(environment.ok ? environment.value : []),
    deadlineMs: clock.monotonicMs() + (task.timeoutMs ?? context.input.options.taskTimeoutMs),
    other: (host) => ({ session: context.session(host), become: becomeAt(context.session(host)) }),
    onProgress: (bytes) => void context.say({ type: 'task.progress', task: task.id, host: state.host.name, bytes }),
    ask: (question) => context.ask(task, question),
    ...(context.input.options.liveOutput && !task.noLog
      ? {
          onLine: (stream, line) =>
            void context.say({ type: 'task.output', task: task.id, host: state.host.name, stream, line }),
        }
      : {}),
  });
}

function environmentOf(maps: readonly Value[]): Readonly<Record<string, string>> {
  const entries = maps.flatMap((map) => (isMap(map) ? Object.entries(map) : []));
  return Object.fromEntries(
    entries.map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
  );
}
