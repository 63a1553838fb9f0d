// Walking into plain data by keys, the same way for templates and conditions: own keys only, list items by number,
// and a wrong key answered with the nearest that is there.
import { error } from '../core/diagnostic.js';
import type { Diagnostic } from '../core/diagnostic.js';
import type { Span } from '../core/source.js';
import type { Lookup } from '../core/template.js';
import { isMap, kindOf } from '../core/value.js';
import type { Value } from '../core/value.js';
import { didYouMean, nearest } from '../core/words.js';
import { WorldError } from '../core/world-error.js';

/** What a look-up gives: a value; nothing, and what to say of it; or a variable whose own templates fail. */
export type Found =
  | { readonly kind: 'found'; readonly value: Value }
  | { readonly kind: 'missing'; readonly problem: Diagnostic }
  | { readonly kind: 'failed'; readonly problems: readonly Diagnostic[] };

/** A variable that could not be resolved behind a lazy map such as `hostvars`; caught wherever keys are read. */
export class UnresolvedVariable extends Error {
  readonly problems: readonly Diagnostic[];

  constructor(name: string, problems: readonly Diagnostic[]) {
    super(`\`${name}\` cannot be resolved`);
    this.name = 'UnresolvedVariable';
    this.problems = problems;
  }
}

/** A variable by its name. */
export function findVariable(scope: Lookup, name: string, span: Span, alsoKnown: readonly string[] = []): Found {
  const result = scope.get(name);
  if (result === undefined) {
    return { kind: 'missing', problem: undefinedVariable(name, span, [...alsoKnown, ...scope.names()]) };
  }
  return result.ok ? { kind: 'found', value: result.value } : { kind: 'failed', problems: result.problems };
}

/** The problem of a variable that no layer says; there are too many to list, so only the nearest is named. */
export function undefinedVariable(name: string, span: Span, known: Iterable<string>): Diagnostic {
  const near = nearest(name, known);
  const hint = near === undefined ? 'say it in `vars`, in the inventory or with `-e`' : `did you mean \`${near}\`?`;
  return error('variable/undefined', `undefined variable \`${name}\``, span, { hint });
}

/** The value behind keys; `walked` is how the messages name the value that the walk starts from. */
export function walk(from: Value, keys: readonly string[], walked: string, span: Span): Found {
  let value = from;
  let name = walked;
  for (const key of keys) {
    const next = step(value, key, name, span);
    if (next.kind !== 'found') return next;
    value = next.value;
    name = `${name}.${key}`;
  }
  return { kind: 'found', value };
}

function step(value: Value, key: string, name: string, span: Span): Found {
  if (Array.isArray(value)) return listStep(value, key, name, span);
  if (!isMap(value))
    return missing(`\`${name}\` is ${kindOf(value)}, which has no \`${key}\``, span, 'only maps and lists have keys');
  try {
    // Both may compute the value, and fail: maps such as `hostvars` are resolved when they are asked.
    if (!Object.hasOwn(value, key)) {
      return missing(`\`${name}\` has no \`${key}\``, span, didYouMean(key, Object.keys(value)));
    }
    return { kind: 'found', value: value[key] ?? null };
  } catch (thrown) {
    return { kind: 'failed', problems: problemsOf(thrown, `${name}.${key}`, span) };
  }
}

function listStep(list: readonly Value[], key: string, name: string, span: Span): Found {
  if (key === 'length') return { kind: 'found', value: list.length };
  const item = /^\d+$/.test(key) ? list[Number(key)] : undefined;
  if (item !== undefined) return { kind: 'found', value: item };
  const hint =
    list.length === 0
      ? 'it is empty'
      : `it has ${list.length} item${list.length === 1 ? '' : 's'}, the first is \`[0]\``;
  return missing(`\`${name}\` has no item \`${key}\``, span, hint);
}

function missing(message: string, span: Span, hint?: string): Found {
  return { kind: 'missing', problem: error('variable/no-such-key', message, span, { hint }) };
}

/** True when a map has a key of its own, whether or not its value can be resolved. */
export function hasKey(value: Value, key: string): boolean {
  if (!isMap(value)) return false;
  try {
    return Object.hasOwn(value, key);
  } catch {
    return true;
  }
}

/** The problems behind something that a lazy map threw, seen from the place that asked; our own bugs pass through. */
export function problemsOf(thrown: unknown, name: string, span: Span): readonly Diagnostic[] {
  if (!(thrown instanceof UnresolvedVariable || thrown instanceof WorldError)) throw thrown;
  const causes = thrown instanceof UnresolvedVariable ? thrown.problems : [];
  const labels = causes.flatMap((each) =>
    each.span === undefined ? [] : [{ span: each.span, message: each.message }],
  );
  const why = causes[0]?.message ?? thrown.message;
  const details = { labels, hint: causes[0]?.hint };
  return [error('variable/unresolved', `\`${name}\` cannot be resolved: ${why}`, span, details)];
}

/** Data without lazy maps: what leaves a template is plain, so that no one downstream meets a failing key. */
export function plain(value: Value): Value {
  if (Array.isArray(value)) return value.map(plain);
  if (!isMap(value)) return value;
  const copy = Object.create(null) as Record<string, Value>;
  for (const key of Object.keys(value)) copy[key] = plain(value[key] ?? null);
  return copy;
}
