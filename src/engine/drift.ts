// What an earlier life of the run brought about, looked at once more before anything new begins. Only what nothing begun
// later can have changed is looked at, so that what is told is never the run's own doing.
import type { TaskKey } from '../core/event.js';
import type { Task } from '../core/playbook.js';
import type { Scope } from '../core/scope.js';
import { WorldError } from '../core/world-error.js';
import type { RunContext } from './context.js';
import type { Frame } from './frame.js';
import { turnsOf } from './frame.js';
import { inParallel } from './lock.js';
import { preparedFor } from './manner.js';
import { hiddenByNoLog } from './outcome.js';
import type { Part } from './part.js';
import { TaskEyes } from './senses.js';
import { driftOf } from './step.js';

/** Looks at what the task brought about in an earlier life, and takes note of what is not so any more. */
export async function lookForDrift(task: Task, parts: readonly Part[], { context }: Frame): Promise<void> {
  const { options, world } = context.input;
  // A task that says itself what a failure is may be content with a host that is not as it wants it.
  if (options.drift === undefined || context.hasBegunAnew || task.failedWhen.length > 0) return;
  const settled = parts.filter(({ outcome }) => outcome?.fromPast === true);
  await inParallel(settled, options.forks, async (part) => {
    for (const turn of turnsToLookAt(task, part, context)) {
      if (world.draining.aborted) return;
      const said = await seen(task, part, turn, context);
      if (said !== undefined) context.drift.push(`${task.name.text} on ${part.state.host.name}: ${said}`);
    }
  });
}

/** Says what was found, once; true when the run must not go on because of it. */
export async function stopsForDrift(context: RunContext): Promise<boolean> {
  const { options, holder } = context.input;
  const things = context.drift.splice(0);
  if (things.length === 0) return context.isDrifted;
  const accepted = options.drift === 'accepted';
  context.isDrifted = !accepted;
  await context.say({ type: 'run.drifted', by: holder?.by ?? '', accepted, things });
  return context.isDrifted;
}

interface LatestTurn {
  readonly scope: Scope;
  readonly key: TaskKey;
}

function turnsToLookAt(task: Task, { scope, key }: Part, { past }: RunContext): readonly LatestTurn[] {
  if (past === undefined) return [];
  if (task.loop === undefined) return past.isLatest(key) ? [{ scope, key }] : [];
  const turns = turnsOf(task.loop, scope);
  if (!turns.ok) return [];
  return turns.value
    .map((turn, index) => ({ scope: scope.with('task', turn.definitions), key: { ...key, turn: index } }))
    .filter((turn) => past.isLatest(turn.key));
}

/** What is not as wanted; nothing where nobody can look, which is no evidence of anything. */
async function seen(task: Task, part: Part, turn: LatestTurn, context: RunContext): Promise<string | undefined> {
  const { world } = context.input;
  const at = { context, task, state: part.state, guarded: false, ...turn };
  try {
    const prepared = preparedFor(at);
    if (!prepared.ok || !prepared.value.module.lasting) return undefined;
    const { module, manner } = prepared.value;
    const eyes = new TaskEyes(context.session(manner.session), manner, world);
    const said = await driftOf(module, { eyes, clock: world.clock, stopping: world.stopping });
    return said !== undefined && task.noLog ? hiddenByNoLog : said;
  } catch (error) {
    if (error instanceof WorldError) return undefined;
    throw error;
  }
}
