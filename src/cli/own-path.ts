// A path as a person gives it to a command: below the directory where the command was called, and `~` is their home.
import { resolve } from 'node:path';
import type { Io } from './io.js';

/** The absolute path; `directory` is another one that a path may start from. */
export function ownPath(io: Io, path: string, directory = ''): string {
  return resolve(io.directory, directory, path.replace(/^~(?=\/)/, io.environment['HOME'] ?? '~'));
}
