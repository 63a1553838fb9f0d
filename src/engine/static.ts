// Whether a task can be judged before anything has happened: then a check that says "this will fail" is right,
// whatever earlier tasks would have changed.
import type { Task } from '../core/playbook.js';
import type { Scope } from '../core/scope.js';
import type { Need } from '../core/template.js';

/** True when the conditions and arguments of a task rest on nothing that a host said or a task set during the run. */
export function isStatic(task: Task, scope: Scope): boolean {
  const needs = [...task.needs, ...task.when.flatMap((condition) => condition.needs)];
  return restsOnWords(needs, scope);
}

/** True when nothing of it was said by a host or set by a task during the run. */
export function restsOnWords(needs: readonly Need[], scope: Scope, seen = new Set<string>()): boolean {
  return needs.every(({ path: [name = ''] }) => {
    // What other hosts say may come from the run; a circle is found elsewhere.
    if (name === 'hostvars') return false;
    if (seen.has(name)) return true;
    seen.add(name);
    const definition = scope.definitions(name)[0];
    if (definition === undefined) return true;
    if (definition.layer === 'result' || definition.isOfRun === true) return false;
    return definition.value.kind === 'data' || restsOnWords(definition.value.template.needs, scope, seen);
  });
}
