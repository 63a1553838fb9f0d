// A plan is a value: what a task would do to a host, computed from what is and what is wanted.
import type { Change, State } from './module.js';
import { Refusal } from './module.js';
import { mapOf, sameValue } from './value.js';
import type { Value, ValueMap } from './value.js';

/** What a task would do. `unknown` is honest: no look can tell. */
export type Plan =
  | { readonly kind: 'same' }
  | { readonly kind: 'change'; readonly change: Change<State> }
  | {
      readonly kind: 'refuse';
      readonly message: string;
      readonly hint?: string;
      readonly details?: Readonly<Record<string, Value>>;
    }
  | { readonly kind: 'unknown'; readonly reason: string };

/** The plan of a module that found this and wants that. */
export function planOf(found: State, wanted: Partial<State> | Refusal): Plan {
  if (wanted instanceof Refusal) {
    const { message, hint, details } = wanted;
    return {
      kind: 'refuse',
      message,
      ...(hint === undefined ? {} : { hint }),
      ...(details === undefined ? {} : { details }),
    };
  }
  const keys = Object.keys(wanted).filter((key) => !sameValue(own(found, key), own(wanted, key)));
  if (keys.length === 0) return { kind: 'same' };
  return { kind: 'change', change: { before: pick(found, keys), after: pick(wanted, keys) } };
}

function pick(from: Partial<State>, keys: readonly string[]): ValueMap {
  return mapOf(keys.map((key) => [key, own(from, key) ?? null]));
}

function own(from: Partial<State>, key: string): Value | undefined {
  return Object.hasOwn(from, key) ? from[key] : undefined;
}
