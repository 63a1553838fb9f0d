// What a program prints, for passwords and keys that a person keeps behind one: no shell stands between, and it may use the
// terminal to ask for what opens it.
import { spawnSync } from 'node:child_process';
import type { Io } from './io.js';

/** A person may have to type something, but not for ever. */
const patienceMs = 5 * 60_000;

/** The bytes that a program prints, or why there are none. */
export function printedBy(io: Io, [program = '', ...words]: readonly string[]): Buffer | string {
  const { stdout, status, signal, error } = spawnSync(program, words, {
    cwd: io.directory,
    env: io.environment,
    stdio: ['inherit', 'pipe', 'inherit'],
    timeout: patienceMs,
  });
  if (error !== undefined) return `it cannot be run: ${'code' in error ? String(error.code) : error.message}`;
  return status === 0 ? stdout : `it ended with ${signal ?? `exit code ${String(status)}`}`;
}
