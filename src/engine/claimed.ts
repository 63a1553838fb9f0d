// A command under its name: when the link is lost while it runs, the host is reached again and the same request is sent
// again, which finds the command where it is. Only a host that stays away, or that knows nothing of it, leaves doubt.
import type { Clock } from '../core/clock.js';
import type { Become, Outcome } from '../core/connection.js';
import type { Claim, Fence } from '../core/hold.js';
import { WorldError } from '../core/world-error.js';
import type { Session } from './session.js';

/** How long a host may stay away, in milliseconds, before the run ends in doubt. */
const patienceMs = 60_000;
const firstPauseMs = 200;
const longestPauseMs = 5_000;

/** What stands around a command that was sent under a name. */
export interface ClaimedWorld {
  readonly session: Session;
  readonly fence: Fence;
  readonly claim: Claim;
  readonly become: Become | undefined;
  readonly clock: Clock;
  readonly stopping: AbortSignal;
  /** Monotonic time at which the task is over its limit. */
  readonly deadlineMs: number;
}

/** Sends the command, and again after each loss of the link. */
export async function claimed(send: () => Promise<Outcome>, world: ClaimedWorld): Promise<Outcome> {
  try {
    return await send();
  } catch (error) {
    if (!isLoss(error) || world.stopping.aborted) throw error;
    return world.claim.manner === 'once' ? attach(send, error, world) : await ended(error, world);
  }
}

/** True when the command was sent and nobody said how it ended; a deadline or a host that knows better is no loss. */
function isLoss(error: unknown): error is WorldError {
  return (
    error instanceof WorldError &&
    error.kind === 'in-doubt' &&
    error.details['reason'] === undefined &&
    error.details['timedOut'] === undefined
  );
}

async function attach(send: () => Promise<Outcome>, lost: WorldError, world: ClaimedWorld): Promise<Outcome> {
  for (const pause of pauses(world)) {
    await pause();
    try {
      return await send();
    } catch (error) {
      if (isVerdict(error)) throw error;
      world.session.tryAgain();
    }
  }
  throw lost;
}

/** Waits until the command is over, so that whoever looks at the host next sees all of what it did. */
/** True for what the host itself says of the claim; that our time is over, or the host away, says nothing of it. */
function isVerdict(error: unknown): boolean {
  if (!(error instanceof WorldError)) return true;
  return error.kind === 'fenced' || (error.kind === 'in-doubt' && error.details['reason'] !== undefined);
}

async function ended(lost: WorldError, world: ClaimedWorld): Promise<never> {
  const { fence, claim, become } = world;
  const query = { run: fence.run, prefix: claim.name, ...(become === undefined ? {} : { become }) };
  for (const pause of pauses(world)) {
    await pause();
    try {
      const states = await world.session.withConnection((connection) => connection.claims(query));
      if (states.every(({ state }) => state !== 'running')) throw overWithoutWord(lost, states[0]);
    } catch (error) {
      if (error instanceof Over) throw error.error;
      if (!isAway(error)) throw lost;
      world.session.tryAgain();
    }
  }
  throw lost;
}

class Over extends Error {
  readonly error: WorldError;

  constructor(error: WorldError) {
    super(error.message);
    this.error = error;
  }
}

function overWithoutWord(lost: WorldError, state: { readonly state: string; readonly rc?: number } | undefined): Over {
  const how = state?.state === 'ended' ? `it ended with exit code ${state.rc ?? '?'}` : 'it is not running any more';
  return new Over(
    new WorldError('in-doubt', `${lost.message}; ${how}`, {
      ...(lost.hint === undefined ? {} : { hint: lost.hint }),
      details: { ...lost.details, over: true },
      cause: lost,
    }),
  );
}

function isAway(error: unknown): boolean {
  return error instanceof WorldError && error.kind === 'unreachable';
}

function* pauses({ clock, stopping, deadlineMs }: ClaimedWorld): Generator<() => Promise<void>> {
  const endMs = Math.min(deadlineMs, clock.monotonicMs() + patienceMs);
  for (
    let pauseMs = firstPauseMs;
    clock.monotonicMs() < endMs && !stopping.aborted;
    pauseMs = Math.min(pauseMs * 2, longestPauseMs)
  ) {
    const ms = Math.min(pauseMs, endMs - clock.monotonicMs());
    yield () => clock.sleep(ms, stopping);
  }
}
