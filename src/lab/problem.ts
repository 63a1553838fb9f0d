// What can go wrong with a lab travels as an exception inside this room and leaves it as a Result.
import { error, type Diagnostic } from '../core/diagnostic.js';
import { fail, ok, type Result } from '../core/result.js';

/** The lab could not do what was asked; carries the diagnostic that a person will read. */
export class LabProblem extends Error {
  readonly diagnostic: Diagnostic;

  constructor(diagnostic: Diagnostic) {
    super(diagnostic.hint === undefined ? diagnostic.message : `${diagnostic.message} (${diagnostic.hint})`);
    this.name = 'LabProblem';
    this.diagnostic = diagnostic;
  }
}

/** A LabProblem with a code `lab/...`. */
export function problem(code: `lab/${string}`, message: string, hint?: string): LabProblem {
  return new LabProblem(error(code, message, undefined, { hint }));
}

/** The value of a promise, or the lab's own problem as a failure; any other exception is a bug and passes through. */
export async function asResult<T>(work: () => Promise<T>): Promise<Result<T>> {
  try {
    return ok(await work());
  } catch (thrown) {
    if (thrown instanceof LabProblem) return fail(thrown.diagnostic);
    throw thrown;
  }
}

/** The message of anything that was thrown; Node's AggregateError has none of its own. */
export function messageOf(thrown: unknown): string {
  if (thrown instanceof AggregateError) return thrown.errors.map(messageOf).join('; ');
  return thrown instanceof Error ? thrown.message : String(thrown);
}
