// What a test asks of any module without a host: its plan, its schema, and whether its wish is content once fulfilled.
import type { AnyModule, Eyes } from '../../src/core/module.js';
import { Refusal } from '../../src/core/module.js';
import { planOf } from '../../src/core/plan.js';
import type { Plan } from '../../src/core/plan.js';
import type { Value } from '../../src/core/value.js';
import { checkRendered, checkWritten } from '../../src/load/validate.js';

/** The plan of a module with these arguments. */
export async function planFor(module: AnyModule, args: unknown, eyes: Eyes): Promise<Plan> {
  const bound = module.bind(args);
  const found = await bound.inspect(eyes);
  return planOf(found, bound.want(found));
}

/** The plan once everything wanted is there; it must be empty. */
export async function planWhenFulfilled(module: AnyModule, args: unknown, eyes: Eyes): Promise<Plan> {
  const bound = module.bind(args);
  const found = await bound.inspect(eyes);
  const wanted = bound.want(found);
  if (wanted instanceof Refusal) return planOf(found, wanted);
  // The wish holds only keys and values of the state.
  const fulfilled = { ...found, ...wanted } as typeof found;
  return planOf(fulfilled, bound.want(fulfilled));
}

/** True when a playbook may write these arguments. */
export function accepts(module: AnyModule, args: Value): boolean {
  return checkWritten(module.args, args).length === 0 && checkRendered(module.args, structuredClone(args)).length === 0;
}
