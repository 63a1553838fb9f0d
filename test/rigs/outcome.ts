// What tests of connections ask again and again: the text of bytes, and the WorldError that a promise must reject with.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { WorldError } from '../../src/core/world-error.js';

/** Bytes as text. */
export function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('utf8');
}

/** The WorldError of a promise; anything else is a failure of the test. */
export async function worldError(promise: Promise<unknown>): Promise<WorldError> {
  const result: unknown = await promise.then(
    (value) => value,
    (error: unknown) => error,
  );
  if (result instanceof WorldError) return result;
  throw new Error(
    `expected a WorldError, got ${result instanceof Error ? (result.stack ?? result.message) : JSON.stringify(result)}`,
  );
}

/** True while a process runs; one that is dead and not yet reaped by its parent does not. */
export async function isRunning(pid: number): Promise<boolean> {
  try {
    const { stdout } = await promisify(execFile)('ps', ['-o', 'stat=', '-p', String(pid)]);
    return !stdout.trim().startsWith('Z');
  } catch {
    return false;
  }
}
