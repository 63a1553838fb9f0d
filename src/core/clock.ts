// Time is given to the engine, so that tests own it: the wall clock is information,
// the monotonic clock decides deadlines (a laptop's wall clock may jump at 3 a.m.).

/** The time, and a way to wait. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Milliseconds since some fixed moment; never goes back. */
  monotonicMs(): number;
  /** Resolves after the time, or at once when the signal aborts (it never rejects). */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
