// What an ending means, with what the command said: an outcome, or that our own script refused to run it.
import type { Outcome } from '../core/connection.js';
import type { WorldError } from '../core/world-error.js';
import { signalNumber } from './command-errors.js';
import type { Ending } from './process.js';
import { saidByScript } from './script-words.js';
import type { ScriptWords } from './script-words.js';

/** The outcome of a command that ended; throws what `refused` makes of the script's own words. */
export function outcomeOf(
  ending: Exclude<Ending, { readonly kind: 'lost' }>,
  said: Pick<Outcome, 'stdout' | 'stderr'>,
  marker: string,
  refused: (words: ScriptWords) => WorldError,
): Outcome {
  if (ending.kind === 'signal') return { rc: 128 + signalNumber(ending.signal), signal: ending.signal, ...said };
  const words = ending.rc === 125 ? saidByScript(marker, said.stderr) : undefined;
  if (words !== undefined) throw refused(words);
  return { rc: ending.rc, ...said };
}
