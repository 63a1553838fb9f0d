// Loading goes on after a problem, so that a person sees all of them at once. This is where they gather.
import { hasErrors } from '../core/diagnostic.js';
import type { Diagnostic } from '../core/diagnostic.js';
import { fail, ok } from '../core/result.js';
import type { Result } from '../core/result.js';

/** Problems found so far, in the order in which they were found. */
export class Problems {
  readonly #all: Diagnostic[] = [];
  readonly #borne = new Set<Diagnostic>();

  /** Remembers problems. */
  add(...problems: readonly Diagnostic[]): void {
    this.#all.push(...problems);
  }

  /** Remembers errors that leave the rest worth checking; whoever takes the value must still refuse it for them. */
  bear(...problems: readonly Diagnostic[]): void {
    this.#all.push(...problems);
    for (const each of problems) this.#borne.add(each);
  }

  /** The value of a success; a failure leaves its problems here and gives nothing. */
  take<T>(result: Result<T>): T | undefined {
    if (result.ok) return result.value;
    this.add(...result.problems);
    return undefined;
  }

  /** The values of all that succeeded; the problems of the others stay here. */
  takeAll<T>(results: readonly Result<T>[]): readonly T[] {
    return results.flatMap((each) => {
      if (each.ok) return [each.value];
      this.add(...each.problems);
      return [];
    });
  }

  /** Everything that was found. */
  get all(): readonly Diagnostic[] {
    return this.#all;
  }

  /** The value, unless an error was found that was not borne. */
  orElse<T>(value: T | undefined): Result<T> {
    const unborne = this.#all.filter((each) => !this.#borne.has(each));
    return value === undefined || hasErrors(unborne) ? fail(...this.#all) : ok(value);
  }
}
