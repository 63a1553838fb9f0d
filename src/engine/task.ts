// One task over its hosts, with a barrier before and after: who takes part is settled on all hosts,
// and all of them are reached, before the first of them is touched.
import { createHash } from 'node:crypto';
import type { Event, TaskKey } from '../core/event.js';
import type { Task } from '../core/playbook.js';
import { isSecretName, secretTexts } from '../core/redact.js';
import type { Value } from '../core/value.js';
import { mapOf } from '../core/value.js';
import { LooksAhead } from './ahead.js';
import { attempt } from './attempt.js';
import type { HostState, RunContext } from './context.js';
import { lookForDrift, stopsForDrift } from './drift.js';
import type { Dropped, Frame } from './frame.js';
import { isFatal, scopeIn, stopsAll } from './frame.js';
import type { Attempt } from './judge.js';
import { keptOf } from './kept.js';
import { takePlacesAgain } from './kept-before.js';
import { inParallel } from './lock.js';
import { combined, failedOutcome, hiddenByNoLog, located, skipped } from './outcome.js';
import type { Outcome } from './outcome.js';
import { isBegun, partOf, ready } from './part.js';
import type { Part } from './part.js';
import { picked } from '../core/picked.js';
import { turningPoint } from './turning-point.js';

/** Runs a task on the hosts; tells who dropped out. */
export async function runTask(task: Task, hosts: readonly HostState[], frame: Frame, step: string): Promise<Dropped> {
  const { context } = frame;
  if (!picked(task.tags, context.input.options) || !begins(task, hosts, frame)) return new Map();
  if (context.past?.leftOut(step) === true) return new Map();
  const taking = task.runOnce ? [onceOn(hosts, context.past?.hostOf(step))].flatMap((state) => state ?? []) : hosts;
  const name = nameOf(task, taking, frame);
  const planned = taking.map((state) => partOf(task, state, task.runOnce ? hosts : [state], frame, step));
  const rest = planned.filter((part) => part.outcome?.fromPast !== true);
  await lookForDrift(task, planned, frame);
  if (task.keepsHere) await takePlacesAgain(task, planned, frame);
  // What is over needs nobody's leave; it is only taken note of.
  if (rest.length > 0) {
    if (context.input.world.draining.aborted) return new Map(hosts.map((state) => [state, 'interrupted']));
    if (await stopsForDrift(context)) return new Map(hosts.map((state) => [state, 'fenced']));
    context.hasBegunAnew = true;
    if (context.stepping && !(await asked(name, task, step, frame))) return new Map();
    const stop = task.pointOfNoReturn ? await turningPoint(task, step, hosts, frame) : undefined;
    if (stop !== undefined) return stop;
    context.at = name;
    await context.say({
      type: 'task.started',
      task: task.id,
      step,
      name,
      module: task.module,
      hosts: rest.map((part) => part.state.host.name),
      within: frame.within,
    });
  }
  const parts = await inParallel(planned, context.input.options.forks, (part) => ready(task, part, frame));
  const dropped = await finishEarly(task, name, parts, frame);
  // What an earlier life began is found out about, also where the failure of another host keeps the rest from starting.
  const taken = stopsAll(dropped, frame) ? parts.filter((part) => isBegun(part, frame)) : parts;
  await runParts(task, name, taken, frame, dropped);
  if (taken !== parts) return dropped;
  // What one host was to do for all of them has not been done for any.
  if (task.runOnce && dropped.size > 0)
    for (const state of hosts) if (!dropped.has(state)) dropped.set(state, 'stopped');
  return dropped;
}

/** The host that does it for all: the one that has begun, else the first. */
function onceOn(hosts: readonly HostState[], begun: string | undefined): HostState | undefined {
  return hosts.find(({ host }) => host.name === begun) ?? hosts[0];
}

async function runParts(
  task: Task,
  name: string,
  parts: readonly Part[],
  frame: Frame,
  dropped: Dropped,
): Promise<void> {
  const { context } = frame;
  const rest = parts.filter((part) => part.outcome === undefined);
  const limit = Math.min(context.input.options.forks, task.throttle ?? Infinity);
  await inParallel(rest, limit, async (part) => {
    const startedMs = context.input.world.clock.monotonicMs();
    const outcome = await runPart(task, name, part, frame, dropped);
    await finish(task, name, part, outcome, startedMs, frame, dropped);
  });
}

function begins(task: Task, hosts: readonly HostState[], frame: Frame): boolean {
  const { context } = frame;
  const wanted = context.input.options.startAtTask;
  if (!context.started) context.started = task.name.text === wanted || nameOf(task, hosts, frame) === wanted;
  return context.started;
}

function nameOf(task: Task, hosts: readonly HostState[], frame: Frame): string {
  const [first] = hosts;
  if (first === undefined) return task.name.text;
  const name = task.name.render(scopeIn(frame, first).with('task', task.definitions));
  return name.ok ? name.value : task.name.text;
}

async function asked(name: string, task: Task, step: string, frame: Frame): Promise<boolean> {
  const answer = await frame.context.input.world.operator.step(name);
  if (answer === 'continue') frame.context.stepping = false;
  if (answer === 'skip') await frame.context.say({ type: 'task.left-out', task: task.id, step });
  return answer !== 'skip';
}

/** Says what is settled before anyone starts, such as a skip or a host that does not answer. */
async function finishEarly(task: Task, name: string, parts: readonly Part[], frame: Frame): Promise<Dropped> {
  const dropped: Dropped = new Map();
  const startedMs = frame.context.input.world.clock.monotonicMs();
  for (const part of parts) {
    if (part.outcome !== undefined) await finish(task, name, part, part.outcome, startedMs, frame, dropped);
  }
  return dropped;
}

async function runPart(task: Task, name: string, part: Part, frame: Frame, dropped: Dropped): Promise<Outcome> {
  const { context } = frame;
  const { state, scope, turns } = part;
  const { clock, draining } = context.input.world;
  // What must stop a host between two items must stop it before its first, and so must doubt on another host.
  const ends = (): boolean => draining.aborted || isFatal(dropped);
  if (ends()) return notStarted();
  if (turns === undefined) return attempt({ context, task, state, scope, key: part.key, guarded: frame.guarded });
  const digests = turns.map(({ item }) => digestOf(context.input.world.redactor.data(item)));
  if (context.past?.hasItems(part.key, digests) === false) return otherItems();
  const outcomes: Outcome[] = [];
  const attempts = turns.map((turn, index): Attempt => {
    const key: TaskKey = { ...part.key, turn: index, digest: digests[index] ?? '' };
    const { guarded } = frame;
    return { context, task, state, scope: scope.with('task', turn.definitions), item: turn.label, key, guarded };
  });
  const ahead = new LooksAhead(attempts, context);
  for (const [index, turn] of turns.entries()) {
    if (index > 0) await clock.sleep(task.loop?.pauseMs ?? 0, draining);
    if (ends()) {
      outcomes.push(failedOutcome({ message: `stopped before item \`${turn.label}\`` }, 'interrupted'));
      break;
    }
    const startedMs = clock.monotonicMs();
    const at = attempts[index];
    if (at === undefined) throw new Error('every turn has its attempt');
    const found = await attempt({ ...at, seen: () => ahead.found(index) });
    const { key } = at;
    const outcome = tolerated(task, located(found, task.span));
    outcomes.push(withItem(outcome, turn.item));
    const durationMs = clock.monotonicMs() - startedMs;
    if (outcome.fromPast !== true)
      await context.say(finished({ task, name, key, item: turn.label, context }, outcome, durationMs));
    // Items after one that failed do not start: half a loop that is known is better than a whole one that is not.
    if (outcome.halt !== undefined) break;
  }
  return combined(outcomes);
}

function digestOf(item: Value): string {
  return createHash('sha256').update(JSON.stringify(item)).digest('hex').slice(0, 12);
}

/** Items are known by their place in the list, so a list that has changed would leave one out and do another twice. */
function otherItems(): Outcome {
  const message = 'the list of this loop is another than when the run began with it';
  return failedOutcome({ message, hint: 'start a new run, which looks at everything again' }, 'fenced');
}

/** As Ansible has it, each of a register's `results` holds the `item` that it is of. */
function withItem(outcome: Outcome, item: Value): Outcome {
  return { ...outcome, result: mapOf([...Object.entries(outcome.result), ['item', item]]) };
}

/** Nothing was done here, which is no failure of this host. */
function notStarted(): Outcome {
  return { ...skipped('not started: the run was stopped before'), halt: 'interrupted' };
}

/** The outcome as the task's `ignore_errors` and `ignore_unreachable` let it pass; doubt is never let pass. */
function tolerated(task: Task, outcome: Outcome): Outcome {
  const tolerance =
    outcome.halt === 'failed' ? task.ignoreErrors : outcome.halt === 'unreachable' ? task.ignoreUnreachable : undefined;
  if (tolerance === undefined) return outcome;
  const { halt: _, ...rest } = outcome;
  return { ...rest, status: 'ignored', ...(tolerance.reason === undefined ? {} : { message: tolerance.reason }) };
}

async function finish(
  task: Task,
  name: string,
  part: Part,
  found: Outcome,
  startedMs: number,
  frame: Frame,
  dropped: Dropped,
): Promise<void> {
  const { context } = frame;
  const { state } = part;
  const outcome = tolerated(task, located(found, task.span));
  state.recap.count(outcome.status);
  if (outcome.halt === undefined) context.done += 1;
  if (outcome.halt !== undefined && !frame.guarded) context.canTryAgain = true;
  if (outcome.halt !== undefined && outcome.diff === undefined) context.failedLooks.add(part.key.step);
  if (outcome.halt === 'in-doubt') context.doubt.push(`${name} on ${state.host.name}`);
  const facts = Object.entries(outcome.facts ?? {});
  for (const [fact, value] of facts) {
    if (isSecretName(fact)) for (const text of secretTexts(value)) context.input.world.redactor.add(text);
  }
  // What an argument says may rest on what was learned.
  if (task.register !== undefined || facts.length > 0) context.touches += 1;
  for (const learner of part.learners) {
    if (task.register !== undefined && outcome.unknowable === true) learner.forget(task.register, task.span);
    else if (task.register !== undefined) learner.remember(task.register, outcome.result, 'register');
    for (const [fact, value] of facts) learner.remember(fact, value, task.module);
  }
  if (outcome.status === 'changed' || outcome.status === 'would-change') notify(task, part);
  if (outcome.halt !== undefined) dropped.set(state, outcome.halt);
  const durationMs = context.input.world.clock.monotonicMs() - startedMs;
  if (outcome.fromPast !== true)
    await context.say(finished({ task, name, key: part.key, context }, outcome, durationMs));
}

function notify(task: Task, part: Part): void {
  for (const handler of task.notify) {
    const name = handler.render(part.scope);
    part.state.notified.add(name.ok ? name.value : handler.text);
  }
}

interface Ending {
  readonly task: Task;
  readonly name: string;
  readonly key: TaskKey;
  readonly item?: string;
  readonly context: RunContext;
}

function finished({ task, name, key, item, context }: Ending, outcome: Outcome, durationMs: number): Event {
  const { status, message, diff, failure, halt, attempt: tried } = outcome;
  const shown = {
    ...(message === undefined ? {} : { message }),
    ...(diff === undefined ? {} : { diff }),
    ...(failure === undefined ? {} : { failure }),
  };
  const hidden =
    failure === undefined
      ? {}
      : {
          failure: {
            message: hiddenByNoLog,
            ...(failure.location === undefined ? {} : { location: failure.location }),
          },
        };
  return {
    type: 'task.finished',
    task: task.id,
    name,
    module: task.module,
    ...key,
    ...(tried === undefined ? {} : { attempt: tried }),
    status,
    ...(halt === undefined ? {} : { halt }),
    durationMs: Math.round(durationMs),
    ...keptOf(outcome, task, context.input.world.redactor),
    ...(item === undefined ? {} : { item: task.noLog ? '(hidden)' : item }),
    ...(task.noLog ? hidden : shown),
  };
}
