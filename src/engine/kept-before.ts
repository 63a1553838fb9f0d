// What earlier lives of a run kept on this machine has its place for the later ones too: the run that was stopped because
// two hosts have one place must not overwrite the file of the first by being taken up again.
import type { Task } from '../core/playbook.js';
import { WorldError } from '../core/world-error.js';
import { holds } from './conditions.js';
import type { Frame } from './frame.js';
import { turnsOf } from './frame.js';
import type { Attempt } from './judge.js';
import { preparedFor } from './manner.js';
import type { Outcome } from './outcome.js';
import type { Part } from './part.js';
import { TaskEyes } from './senses.js';

/** Takes the places of all that a task kept in an earlier life of the run. */
export async function takePlacesAgain(task: Task, parts: readonly Part[], { context }: Frame): Promise<void> {
  for (const { outcome, state, scope, key } of parts) {
    if (outcome?.fromPast !== true) continue;
    const turns = task.loop === undefined ? undefined : turnsOf(task.loop, scope);
    const scopes =
      turns === undefined ? [scope] : turns.ok ? turns.value.map((each) => scope.with('task', each.definitions)) : [];
    for (const each of scopes)
      await takeAgain({ context, task, state, scope: each, key, guarded: false }, outcome.status);
  }
}

/** Takes the place of what one attempt kept. What was found kept already is looked at: there may have been nothing to keep. */
export async function takeAgain(at: Attempt, status: Outcome['status']): Promise<void> {
  if (status !== 'changed' && status !== 'ok') return;
  try {
    const takes = holds(at.task.when, at.scope);
    if (takes.ok && !takes.value) return;
    const prepared = preparedFor(at);
    if (!prepared.ok) return;
    const { module, manner } = prepared.value;
    const { context } = at;
    if (status === 'changed' && module.keeps !== undefined) context.places.take(module.keeps, manner.session);
    else await module.inspect(new TaskEyes(context.session(manner.session), manner, context.input.world));
  } catch (error) {
    // Whoever wants the place next is told, if anybody does.
    if (!(error instanceof WorldError)) throw error;
  }
}
