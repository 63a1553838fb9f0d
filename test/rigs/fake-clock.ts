// A clock that stands still until a test moves it.

/** A clock whose time is what the test says. */
export function fakeClock() {
  return {
    nowMs: 0,
    now: () => 0,
    monotonicMs(): number {
      return this.nowMs;
    },
    sleep: () => Promise.resolve(),
  };
}
