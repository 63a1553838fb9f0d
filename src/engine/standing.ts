// How far a run came, and whether its hosts may be given back: while anything is unknown, or half of something that only
// goes forward is done, they stay with the run, so that nobody else starts from a state that nobody knows.
import type { Standing } from '../core/event.js';
import { exitCode } from '../core/exit.js';
import type { ExitCode } from '../core/exit.js';
import { isActedUpon } from '../core/task-key.js';
import type { RunContext } from './context.js';

/** Ends of a run after which every outcome is known. */
const known: ReadonlySet<ExitCode> = new Set([
  exitCode.done,
  exitCode.failed,
  exitCode.unreachable,
  exitCode.preflightRefused,
  exitCode.locked,
]);

/** Ends after which somebody else has the hosts, or nothing was begun. */
const final: ReadonlySet<ExitCode> = new Set([
  exitCode.done,
  exitCode.changesPending,
  exitCode.preflightRefused,
  exitCode.locked,
  exitCode.stale,
]);

/** Ends by which a life has done nothing at all, so that a run that was taken up stands as it stood. */
const untouched: ReadonlySet<ExitCode> = new Set([exitCode.preflightRefused, exitCode.locked]);

/** True when the hosts may be given back. */
export function mayRelease({ isPastReturn, past, isUnsettled }: RunContext, code: ExitCode): boolean {
  if (isUnsettled) return false;
  if (past !== undefined && untouched.has(code)) return false;
  return code === exitCode.done || (known.has(code) && !isPastReturn);
}

/** True when a look failed that the next life makes again, because nothing has acted upon its failure. */
function looksAgain({ failedLooks, touched }: RunContext): boolean {
  return [...failedLooks].some((step) => !isActedUpon(step, touched));
}

/** What to say of a run that ended before its end. */
export function standingOf(context: RunContext, code: ExitCode): { readonly standing?: Standing } {
  if (code === exitCode.done || context.input.options.check) return {};
  const { done, doubt, at, past } = context;
  const isFinal = final.has(code) && !context.isDrifted && !(past !== undefined && untouched.has(code));
  const stands =
    (code === exitCode.failed || code === exitCode.unreachable) && !context.canTryAgain && !looksAgain(context);
  const resumable = context.input.holder !== undefined && !isFinal && !stands;
  return { standing: { done, doubt, resumable, ...(at === undefined ? {} : { at }) } };
}
