// How long a change of a database may wait and take: the same two arguments, with the same meaning, in every module
// that makes one.
import { Type } from '@sinclair/typebox';
import { duration, durationMs } from './duration.js';

/** What a task says of the limits, as bound. */
interface Limits {
  readonly lock_timeout?: string | number;
  readonly statement_timeout?: string | number;
}

/** The limits of a transaction, in milliseconds, with their defaults. */
export function limitsOf({ lock_timeout = '5s', statement_timeout = '60s' }: Limits): {
  readonly lockTimeoutMs: number;
  readonly statementTimeoutMs: number;
} {
  return { lockTimeoutMs: durationMs(lock_timeout), statementTimeoutMs: durationMs(statement_timeout) };
}

/** The arguments, for a module to spread into its own; `work` is what the second one limits. */
export function limitArguments(work: string) {
  return {
    lock_timeout: Type.Optional(duration('How long to wait for a lock.', '5s')),
    statement_timeout: Type.Optional(duration(work, '60s')),
  };
}
