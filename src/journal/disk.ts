// The disk as the journal uses it, call by call, so that a test can put one in its place that fails, tears and forgets.
import { closeSync, constants, fdatasync, fstatSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { promisify } from 'node:util';
import { securedDirectory } from './directory.js';

/** A file that is being written at its end. */
export interface DiskFile {
  /** Writes at the end, into the page cache; gives how many of the bytes were taken. */
  append(bytes: Uint8Array): number;
  /** Resolves once everything written so far outlives a loss of power. */
  synchronize(): Promise<void>;
  /** How many names the file has; none once it was deleted. */
  links(): number;
  close(): void;
}

/** The calls of a journal; each throws, or rejects, as those of `node:fs` do. */
export interface Disk {
  /** Makes the directory, or proves that it is the operator's alone. */
  secureDirectory(directory: string): void;
  /** Makes a file that nobody else can read; one that is there already, or a link, is refused. */
  create(path: string): DiskFile;
  /** Makes the names in a directory outlive a loss of power: a new file is only safe once its directory is. */
  synchronizeDirectory(directory: string): void;
}

const synchronize = promisify(fdatasync);
const { O_WRONLY, O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_RDONLY } = constants;

/** The real disk. */
export const disk: Disk = {
  secureDirectory: securedDirectory,
  create: (path) => {
    const file = openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    return {
      append: (bytes) => writeSync(file, bytes),
      synchronize: () => synchronize(file),
      links: () => fstatSync(file).nlink,
      close: () => closeSync(file),
    };
  },
  synchronizeDirectory: (path) => {
    const directory = openSync(path, O_RDONLY);
    try {
      fsyncSync(directory);
    } finally {
      closeSync(directory);
    }
  },
};
