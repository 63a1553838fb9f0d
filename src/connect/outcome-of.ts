// What an ending means, with what the command said: an outcome, or that our own script refused to run it.
import { constants } from 'node:os';
import type { ExecRequest, Outcome } from '../core/connection.js';
import { claimWords } from './claim-script.js';
import { signalNumber } from './command-errors.js';
import type { CommandErrors } from './command-errors.js';
import type { Ending } from './process.js';
import { saidByScript } from './script-words.js';

type Known = Exclude<Ending, { readonly kind: 'lost' }>;

/** The outcome of a command that ended; throws the WorldError of what our script said instead, or of what nobody said. */
export function outcomeOf(
  ending: Known,
  said: Pick<Outcome, 'stdout' | 'stderr'>,
  marker: string,
  request: ExecRequest,
  errors: CommandErrors,
): Outcome {
  const words = ending.kind === 'exit' && ending.rc === 125 ? saidByScript(marker, said.stderr) : undefined;
  if (words?.word === claimWords.ended) return endedUnderClaim(words.more, marker, said);
  if (words !== undefined) throw errors.refusedByScript(words, request);
  // Our script says itself how its command ended badly; a script that was ended has said nothing.
  const code = ending.kind === 'signal' ? 128 + signalNumber(ending.signal) : ending.rc;
  if (request.claim !== undefined && code > 128)
    throw errors.lost({ kind: 'lost', reason: 'the shell that watched it was ended', linkLost: false });
  if (ending.kind === 'signal') return { rc: code, signal: ending.signal, ...said };
  return { rc: code, ...said };
}

/** `more` are the exit code, and the number of the signal or 0. */
function endedUnderClaim(more: string, marker: string, said: Pick<Outcome, 'stdout' | 'stderr'>): Outcome {
  const [rc = 0, signal = 0] = more.split(' ').map(Number);
  const stderr = Buffer.from(said.stderr);
  const outcome = { rc, stdout: said.stdout, stderr: stderr.subarray(0, stderr.lastIndexOf(`${marker} `)) };
  return signal === 0 ? outcome : { ...outcome, signal: signalName(signal) };
}

/** The name of a signal by its number on Linux, where the same numbers are used as here; else by its number alone. */
function signalName(signal: number): string {
  return Object.entries(constants.signals).find(([, number]) => number === signal)?.[0] ?? `SIG${signal}`;
}
