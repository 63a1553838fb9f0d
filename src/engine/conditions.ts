// Conditions of a task, in order: the first that does not hold decides, because later ones may rely on earlier ones.
import { ok } from '../core/result.js';
import type { Result } from '../core/result.js';
import type { Scope } from '../core/scope.js';
import type { Template } from '../core/template.js';

/** True when all conditions hold. Problems of variables surface as problems. */
export function holds(conditions: readonly Template<boolean>[], scope: Scope): Result<boolean> {
  for (const condition of conditions) {
    const held = condition.render(scope);
    if (!held.ok || !held.value) return held;
  }
  return ok(true);
}

/** The text of the first condition that does not hold. */
export function firstUnmet(conditions: readonly Template<boolean>[], scope: Scope): string {
  const unmet = conditions.find((condition) => {
    const held = condition.render(scope);
    return held.ok && !held.value;
  });
  return unmet?.text ?? 'a condition';
}
