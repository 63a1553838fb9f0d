// What the process says to the script that called it. The numbers are a promise to operators' scripts.

/** Exit codes, as docs and README list them. */
export const exitCode = {
  done: 0,
  failed: 1,
  changesPending: 2,
  preflightRefused: 3,
  unreachable: 4,
  inDoubt: 5,
  locked: 6,
  stale: 7,
  waiting: 8,
  usage: 64,
  invalid: 65,
  bug: 70,
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCode)[keyof typeof exitCode];
