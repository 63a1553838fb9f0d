// What can be told of a playbook before it runs: everything that rests on nothing a task will say or set.
// While it is looked ahead, the names of registers and facts stand for values that nobody can know yet.
import type { Playbook, Task } from '../core/playbook.js';
import { fail } from '../core/result.js';
import type { Result } from '../core/result.js';
import type { Definition, Scope } from '../core/scope.js';
import { tasksOf } from '../core/steps.js';
import type { Need, Template } from '../core/template.js';
import { WorldError } from '../core/world-error.js';
import type { HostState } from './context.js';
import { restsOn } from './static.js';

/** Works while every host knows the names that the run will give a value, and knows no value of them. */
export function lookingAhead<T>(playbooks: readonly Playbook[], hosts: Iterable<HostState>, work: () => T): T {
  const tasks = playbooks.flatMap(({ plays }) => plays.flatMap((play) => [...tasksOf(play.steps), ...play.handlers]));
  const names = new Set(tasks.flatMap(namesOf));
  const states = [...hosts];
  for (const state of states) for (const name of names) state.results.set(name, toCome(name));
  try {
    return work();
  } finally {
    for (const state of states) for (const name of names) state.results.delete(name);
  }
}

function namesOf({ register, facts }: Task): readonly string[] {
  return register === undefined ? facts : [...facts, register];
}

function toCome(name: string): Definition {
  const span = { source: { path: '', text: '' }, start: 0, end: 0 };
  // Nobody hears of this: what fails now is told in the run.
  const render = (): Result<never> => fail();
  return { name, saidBy: 'a task', value: { kind: 'template', template: { span, text: name, needs: [], render } } };
}

/** The value of a template, or nothing when it cannot be told before the run. */
export function foreseen<T>(template: Template<T>, scope: Scope): { readonly value: T } | undefined {
  if (!isForeseeable(template.needs, scope)) return undefined;
  const rendered = told(() => template.render(scope));
  return rendered?.ok === true ? { value: rendered.value } : undefined;
}

/** What work gives that may look at other hosts' variables; nothing when those are not known yet. */
export function told<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (thrown) {
    if (thrown instanceof WorldError) return undefined;
    throw thrown;
  }
}

/** Whether all conditions hold; one that is known not to hold decides, whatever the others will say. */
export function foreseenAll(conditions: readonly Template<boolean>[], scope: Scope): 'yes' | 'no' | 'unknown' {
  const held = conditions.map((condition) => foreseen(condition, scope)?.value);
  if (held.includes(false)) return 'no';
  return held.includes(undefined) ? 'unknown' : 'yes';
}

/**
 * True when none of these names, nor what their values refer to, will be said by a task. A name that no layer says is known
 * everywhere, such as `groups`; other hosts' names answer for themselves.
 */
export function isForeseeable(needs: readonly Need[], scope: Scope): boolean {
  return restsOn(needs, scope, (_, said) => said?.layer !== 'result');
}
