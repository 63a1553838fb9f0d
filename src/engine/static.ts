// Whether a task can be judged before anything has happened: then a check that says "this will fail" is right,
// whatever earlier tasks would have changed.
import type { Task } from '../core/playbook.js';
import type { LayeredDefinition, Scope } from '../core/scope.js';
import type { Need } from '../core/template.js';

/** True when the conditions and arguments of a task rest on nothing that a host said or a task set during the run. */
export function isStatic(task: Task, scope: Scope): boolean {
  const needs = [...task.needs, ...task.when.flatMap((condition) => condition.needs)];
  return restsOnWords(needs, scope);
}

/** True when nothing of it was said by a host or set by a task during the run. What other hosts say may come from it. */
export function restsOnWords(needs: readonly Need[], scope: Scope): boolean {
  return restsOn(
    needs,
    scope,
    (name, said) => name !== 'hostvars' && said?.layer !== 'result' && said?.isOfRun !== true,
  );
}

/** True when these names, and all that their values refer to, may be rested on; `said` is nothing for what no layer says. */
export function restsOn(
  needs: readonly Need[],
  scope: Scope,
  may: (name: string, said: LayeredDefinition | undefined) => boolean,
  seen = new Set<string>(),
): boolean {
  return needs.every(({ path: [name = ''] }) => {
    // A circle is found elsewhere.
    if (seen.has(name)) return true;
    seen.add(name);
    const said = scope.definitions(name)[0];
    if (!may(name, said)) return false;
    return said?.value.kind !== 'template' || restsOn(said.value.template.needs, scope, may, seen);
  });
}
