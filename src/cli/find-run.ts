// The one way from the id of a run to its journal, for every command that takes one.
import { error } from '../core/diagnostic.js';
import { fail, ok } from '../core/result.js';
import type { Result } from '../core/result.js';
import { UnknownRun, readJournal } from '../journal/read.js';
import type { Journalled } from '../journal/read.js';

/** The journal of a run; a run that is not there is a wrong word. */
export function findRun(run: string, directory: string): Result<Journalled> {
  try {
    return ok(readJournal(run, directory));
  } catch (thrown) {
    if (!(thrown instanceof UnknownRun)) throw thrown;
    return fail(error('cli/unknown-run', thrown.message, undefined, { hint: thrown.hint }));
  }
}
