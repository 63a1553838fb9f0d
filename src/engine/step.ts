// Look, say, touch, look again. This is the only place of the house that knows check mode:
// a module cannot know that it is being checked, because it is simply not given hands.
import { cut } from '../core/cut.js';
import type { BoundModule, Change, Eyes, Hands, State, Told } from '../core/module.js';
import { planOf } from '../core/plan.js';
import type { Plan } from '../core/plan.js';
import type { Clock } from '../core/clock.js';
import type { ValueMap } from '../core/value.js';
import { mapOf } from '../core/value.js';
import { WorldError } from '../core/world-error.js';
import { failedOutcome, worldOutcome } from './outcome.js';
import type { Outcome } from './outcome.js';
import { knowingTouches } from './touched.js';

/** In a check: what earlier tasks would have made of a thing on this host. */
export interface Predictions {
  get(module: BoundModule): Partial<State> | undefined;
  remember(module: BoundModule, after: Partial<State>): void;
}

/** What a step may use. */
export interface StepWorld {
  readonly check: boolean;
  /** True when an earlier task of a check would have changed this host: then a failing look proves nothing. */
  readonly pending: boolean;
  readonly eyes: Eyes;
  readonly hands: Hands;
  readonly predictions: Predictions;
  readonly clock: Clock;
  readonly stopping: AbortSignal;
  /** Told when the module wants anything at all of the host. */
  wants(): void;
  say(
    event:
      | { readonly type: 'task.planned'; readonly plan: Plan }
      | { readonly type: 'task.applying'; readonly change?: Change<State> },
  ): Promise<void>;
}

/** Pauses between looks after a touch, in milliseconds: short at first, then one a second. */
const firstPauseMs = 100;
const longestPauseMs = 1000;

/** How long what was well before may take to show it, in milliseconds: it has had its time to settle. */
const longestDriftMs = 3000;

/** Runs one module on one host. */
export async function step(module: BoundModule, world: StepWorld): Promise<Outcome> {
  const seen = await seeing(() => look(module, world.eyes, world.check ? world.predictions.get(module) : undefined));
  if (seen instanceof WorldError) return unseen(seen, world);
  if (seen.wants) world.wants();
  const plan = honest(module, seen.plan, world.check);
  await world.say({ type: 'task.planned', plan });
  switch (plan.kind) {
    case 'same':
      return fine(module, seen.found);
    case 'refuse':
      return refused(plan, seen.found, world);
    case 'unknown':
      return unknown(plan.reason, seen.found);
    case 'change':
      return world.check ? wouldChange(module, seen.found, plan.change, world) : touch(module, plan.change, world);
  }
}

interface Seen {
  readonly found: State;
  readonly plan: Plan;
  /** False when the module only looks, whatever it finds. */
  readonly wants: boolean;
}

async function look(module: BoundModule, eyes: Eyes, predicted: Partial<State> = {}): Promise<Seen> {
  const found: State = Object.assign(mapOf([]), await module.inspect(eyes), predicted);
  const wanted = module.want(found);
  return { found, plan: planOf(found, wanted), wants: Object.keys(wanted).length > 0 };
}

/** The value, or the WorldError that the world answered with; anything else is our own bug and goes up. */
async function seeing<T>(work: () => Promise<T>): Promise<T | WorldError> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof WorldError) return error;
    throw error;
  }
}

/** In a check, work that no look can prove or that only waits is not promised: it is said to be unknown. */
function honest(module: BoundModule, plan: Plan, check: boolean): Plan {
  if (!check || plan.kind !== 'change') return plan;
  if (module.provable && !module.leavesHostAlone) return plan;
  return {
    kind: 'unknown',
    reason: module.describe ?? `would run, and only running it can tell what \`${module.name}\` does`,
  };
}

function unseen(error: WorldError, world: StepWorld): Outcome {
  // No planned change of a host brings a password or a right of ours, nor room for two files in one place.
  const certain = error.details['reason'] === 'become' || error.details['reason'] === 'taken';
  if (world.check && world.pending && error.kind === 'failed' && !certain) {
    return unknown(`cannot be told before the changes above are made: ${error.message}`, {});
  }
  return worldOutcome(error);
}

function refused(plan: Plan & { readonly kind: 'refuse' }, found: State, world: StepWorld): Outcome {
  if (world.check && world.pending)
    return unknown(`cannot be told before the changes above are made: ${plan.message}`, found);
  const { message, hint, details } = plan;
  return failedOutcome(
    { message, ...(hint === undefined ? {} : { hint }), ...(details === undefined ? {} : { details }) },
    'failed',
    found,
  );
}

function register(state: State, told: Told | void, hasChanged: boolean): ValueMap {
  return mapOf([
    ...Object.entries(state),
    ...Object.entries(told ?? {}),
    ['changed', hasChanged],
    ['failed', false],
    ['skipped', false],
  ]);
}

function fine(module: BoundModule, found: State): Outcome {
  const facts = module.facts(found);
  const { msg } = found;
  return {
    status: 'ok',
    result: register(found, undefined, false),
    ...(Object.keys(facts).length === 0 ? {} : { facts }),
    ...(typeof msg === 'string' ? { message: msg } : {}),
  };
}

function unknown(reason: string, found: State): Outcome {
  return {
    status: 'unknown',
    message: reason,
    result: mapOf([...Object.entries(register(found, undefined, true)), ['unknown', true]]),
  };
}

function wouldChange(module: BoundModule, found: State, change: Change<State>, world: StepWorld): Outcome {
  world.predictions.remember(module, change.after);
  return {
    status: 'would-change',
    diff: change,
    result: register({ ...found, ...change.after } as State, undefined, true),
    ...(module.describe === undefined ? {} : { message: module.describe }),
  };
}

async function touch(module: BoundModule, change: Change<State>, world: StepWorld): Promise<Outcome> {
  const { apply } = module;
  // A plan of a module that only looks can differ from what is only when it refuses; anything else breaks the law.
  if (apply === undefined) throw new Error(`module \`${module.name}\` plans a change and has no apply`);
  await world.say({ type: 'task.applying', change });
  const told = await seeing(() => knowingTouches(world.hands, (hands) => apply(change, hands)));
  if (told instanceof WorldError && told.kind !== 'in-doubt') return { ...worldOutcome(told), diff: change };
  if (!module.provable) {
    return told instanceof WorldError
      ? { ...worldOutcome(told), diff: change }
      : changed(module, { ...change.after } as State, told, change);
  }
  const last = await lookAgain(module, world, module.settleMs);
  if (!(last instanceof WorldError) && last.plan.kind === 'same') {
    // Even when the answer was lost, what was wanted is there: that is evidence, not hope.
    return changed(module, last.found, told instanceof WorldError ? undefined : told, change);
  }
  // A command that is over, and did not bring what was wanted, leaves no doubt.
  const isOver = told instanceof WorldError && told.details['over'] === true;
  if (told instanceof WorldError && !isOver) return { ...worldOutcome(told), diff: change };
  if (last instanceof WorldError) return unproven(last, change);
  return world.stopping.aborted
    ? unproven(new WorldError('interrupted', 'stopped by the operator while it settled'), change)
    : notConverged(module, last, change);
}

/** What is not as wanted any more of what was brought about before, in words; nothing when all is, or nobody can tell. */
export async function driftOf(module: BoundModule, world: Looking): Promise<string | undefined> {
  const last = await lookAgain(module, world, Math.min(module.settleMs, longestDriftMs));
  if (last instanceof WorldError || last.plan.kind === 'same' || last.plan.kind === 'unknown') return undefined;
  return last.plan.kind === 'refuse' ? last.plan.message : stillWrong(last);
}

type Looking = Pick<StepWorld, 'eyes' | 'clock' | 'stopping'>;

/** Looks until the host is as wanted or the time to settle is over; gives the last look. */
async function lookAgain(module: BoundModule, world: Looking, settleMs: number): Promise<Seen | WorldError> {
  const endMs = world.clock.monotonicMs() + settleMs;
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    const seen = await seeing(() => look(module, world.eyes));
    const settled = !(seen instanceof WorldError) && seen.plan.kind === 'same';
    if (settled || world.clock.monotonicMs() >= endMs || world.stopping.aborted) return seen;
    await world.clock.sleep(pauseMs, world.stopping);
  }
}

function changed(module: BoundModule, state: State, told: Told | void, change: Change<State>): Outcome {
  const facts = module.facts(state);
  return {
    status: module.leavesHostAlone ? 'ok' : 'changed',
    result: register(state, told, !module.leavesHostAlone),
    ...(module.leavesHostAlone ? {} : { diff: change }),
    ...(Object.keys(facts).length === 0 ? {} : { facts }),
  };
}

/** The change was made and nobody saw whether it took: neither "not reached" nor "refused" would be true of it. */
function unproven(error: WorldError, change: Change<State>): Outcome {
  const message = `the change was made, and could not be looked at afterwards: ${error.message}`;
  const { failure, result } = worldOutcome(error);
  const halt = error.kind === 'interrupted' ? 'in-doubt' : 'failed';
  const outcome = failedOutcome({ ...failure, message }, halt, result);
  return { ...outcome, status: halt === 'failed' ? 'not-converged' : halt, diff: change };
}

function notConverged(module: BoundModule, last: Seen, change: Change<State>): Outcome {
  const still = last.plan.kind === 'refuse' ? last.plan.message : stillWrong(last);
  const outcome = failedOutcome(
    {
      message: `the change was made, and the host still is not as wanted: ${still}`,
      hint:
        module.settleMs === 0
          ? 'the host did not take it, or something there changed it back'
          : `looked again for ${Math.round(module.settleMs / 1000)} s`,
    },
    'failed',
    last.found,
  );
  return { ...outcome, status: 'not-converged', diff: change };
}

function stillWrong(last: Seen): string {
  if (last.plan.kind !== 'change') return last.plan.kind;
  const { before, after } = last.plan.change;
  const words = Object.keys(after).map(
    (key) => `${key} is ${JSON.stringify(before[key])}, wanted ${JSON.stringify(after[key])}`,
  );
  return cut(words.join('; '), 400);
}
