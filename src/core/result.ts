// Everything the world can do wrong comes back as a value; `throw` is left for our own bugs
// (and for WorldError, the one exception that crosses a module's promises).
import type { Diagnostic } from './diagnostic.js';

/** Success with a value, or failure with every problem that was found, never just the first. */
export type Result<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problems: readonly Diagnostic[] };

/** A success. */
export function ok<T>(value: T): Result<T> {
  return { ok: true, value };
}

/** A failure. */
export function fail(...problems: readonly Diagnostic[]): Result<never> {
  return { ok: false, problems };
}

/** All values when all succeeded, else the problems of all that failed. */
export function all<T>(results: readonly Result<T>[]): Result<readonly T[]> {
  const problems = results.flatMap((each) => (each.ok ? [] : each.problems));
  if (problems.length > 0) return fail(...problems);
  return ok(results.flatMap((each) => (each.ok ? [each.value] : [])));
}

/** The result of a further step on a success; a failure passes through. */
export function andThen<T, U>(result: Result<T>, next: (value: T) => Result<U>): Result<U> {
  return result.ok ? next(result.value) : result;
}
