// One task, one host, one item: condition, binding, step, retries, and what the task itself says of change and failure.
import type { Event } from '../core/event.js';
import type { BoundModule } from '../core/module.js';
import type { Plan } from '../core/plan.js';
import type { Kept } from '../core/past.js';
import { mapOf } from '../core/value.js';
import type { ValueMap } from '../core/value.js';
import { WorldError } from '../core/world-error.js';
import { firstUnmet, holds } from './conditions.js';
import { behindPending, checking, judged, withRegister } from './judge.js';
import type { Attempt } from './judge.js';
import { takeAgain } from './kept-before.js';
import { delegateOf, preparedFor } from './manner.js';
import type { Prepared } from './manner.js';
import {
  changesSomething,
  failedOutcome,
  fromPast,
  mayLookAgain,
  hiddenByNoLog,
  problemsOutcome,
  skippedBy,
  worldOutcome,
} from './outcome.js';
import type { Outcome } from './outcome.js';
import { HostPredictions } from './predictions.js';
import { TaskHands } from './hands.js';
import { TaskEyes } from './senses.js';
import { isStatic } from './static.js';
import { step } from './step.js';
import type { StepWorld } from './step.js';
import { takenUp, verdictOn } from './taken-up.js';
import { touchOf } from './touch.js';

/** Runs the task on its host for one item, with its retries. */
export async function attempt(at: Attempt): Promise<Outcome> {
  const kept = at.context.past?.settled(at.key, at.guarded);
  try {
    if (kept !== undefined) {
      if (at.task.keepsHere) await takeAgain(at, kept.status);
      return await remembered(at, kept);
    }
    // What was begun goes on: its condition held then.
    const begun = at.context.past?.open(at.key);
    if (begun !== undefined) return verdictOn(begun, await retried(at));
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

/** What an earlier life did; where the journal could not keep what was found, because it is secret, it is looked for again. */
async function remembered(at: Attempt, kept: Kept): Promise<Outcome> {
  if (!mayLookAgain(kept)) return fromPast(kept);
  const prepared = preparedFor(at);
  // What no look can find is left out of the register: whoever asks for it is told that it is not there.
  if (!prepared.ok || !prepared.value.module.provable) return fromPast(kept);
  const again = await once(at, at.context.past?.attempts(at.key) ?? 1, prepared.value);
  if (again.halt !== undefined) return again;
  return { ...again, status: kept.status === 'changed' ? 'changed' : again.status, fromPast: true };
}

/** In a check, later looks at the host of the task, and at the one it is delegated to, meet what is not there yet. */
function foresee(at: Attempt): void {
  // A task that only checks within a run foresees nothing: what it would change is not going to happen.
  if (!at.context.input.options.check) return;
  at.state.pending = true;
  const delegate = delegateOf(at);
  if (delegate.ok) at.context.state(delegate.value).pending = true;
}

async function retried(at: Attempt): Promise<Outcome> {
  const { task, context } = at;
  const { clock, draining } = context.input.world;
  const retries = checking(at) ? 0 : task.retries;
  for (let left = retries; ; left -= 1) {
    const outcome = judged(at, await next(at, retries - left));
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

/** One try, which may go on with one that an earlier life of the run began; tries are counted over all lives. */
async function next(at: Attempt, before: number): Promise<Outcome> {
  const prepared = preparedFor(at);
  if (!prepared.ok) return behindPending(at, problemsOutcome(prepared.problems));
  const { past } = at.context;
  const begun = before === 0 ? past?.open(at.key) : undefined;
  const go = (tried: number): Promise<Outcome> => once(at, tried, prepared.value, tried === begun?.attempt);
  if (begun !== undefined) return takenUp(at, begun, prepared.value.manner, go);
  return go((past?.attempts(at.key) ?? 0) + before + 1);
}

async function once(at: Attempt, tried: number, { module, manner }: Prepared, begunBefore = false): Promise<Outcome> {
  const { task, scope, context } = at;
  const session = context.session(manner.session);
  const { world } = context.input;
  const touch = touchOf(at, module, tried, begunBefore);
  const outcome = await step(at.seen === undefined || begunBefore ? module : seenAhead(module, at.seen), {
    check: checking(at),
    pending: (at.state.pending || context.state(manner.session).pending) && !(module.offline && isStatic(task, scope)),
    eyes: new TaskEyes(session, manner, world),
    hands: new TaskHands(session, manner, world, touch),
    predictions: context.input.options.check ? context.state(manner.session).predictions : new HostPredictions(),
    clock: world.clock,
    stopping: world.stopping,
    wants: () => (context.hasWanted = true),
    say: (event) => context.say(hushed(at, event, tried, touch.once ? 'once' : 'converge')),
  });
  // What was seen while it was at work may be neither what was nor what is.
  if (outcome.diff !== undefined) context.touches += 1;
  return { ...outcome, attempt: tried };
}

/** The module, whose first look may have been made already. */
function seenAhead(module: BoundModule, seen: NonNullable<Attempt['seen']>): BoundModule {
  let isFirst = true;
  return {
    ...module,
    inspect: async (eyes) => {
      const found = isFirst ? await seen() : undefined;
      isFirst = false;
      return found ?? module.inspect(eyes);
    },
  };
}

type Said = Parameters<StepWorld['say']>[0];

/** The event with its task, host and item; without its content when the task says `no_log`. */
function hushed(at: Attempt, said: Said, tried: number, effect: 'once' | 'converge'): Event {
  const { task, state, item } = at;
  const shown = item === undefined ? {} : { item: task.noLog ? '(hidden)' : item };
  const about = { task: task.id, host: state.host.name, ...shown };
  if (said.type === 'task.applying') {
    at.context.touched.add(at.key.step);
    at.context.touches += 1;
    const intent = { ...about, ...at.key, attempt: tried, effect };
    return task.noLog ? { type: said.type, ...intent } : { ...said, ...intent };
  }
  if (!task.noLog) return { ...said, ...about };
  const plan: Plan = said.plan.kind === 'same' ? said.plan : { kind: 'unknown', reason: hiddenByNoLog };
  return { type: said.type, ...about, plan };
}
