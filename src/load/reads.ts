// Which files a load has read, so that whoever goes on with a run later can tell whether one of them has changed since.
// Loading is one piece of synchronous work, so the files read while it goes on are the files that it rests on.
import { resolve } from 'node:path';
import type { Node } from './node.js';

/** A file that was read, with its tree where it is YAML. */
export interface FileRead {
  readonly bytes: Uint8Array;
  readonly node?: Node;
}

let reading: Map<string, FileRead> | undefined;

/** Does the work, and gives every file that it read, by absolute path. */
export function recordingReads<T>(work: () => T): { readonly value: T; readonly files: ReadonlyMap<string, FileRead> } {
  const outer = reading;
  const files = new Map<string, FileRead>();
  reading = files;
  try {
    return { value: work(), files };
  } finally {
    reading = outer;
  }
}

/** Takes note of a file that was read. */
export function noteRead(path: string, bytes: Uint8Array): void {
  reading?.set(resolve(path), { bytes });
}

/** Takes note of what a file that was read holds. */
export function noteParsed(path: string, node: Node): void {
  const read = reading?.get(resolve(path));
  if (read !== undefined) reading?.set(resolve(path), { ...read, node });
}
