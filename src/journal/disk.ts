// The few things that a journal asks of a disk, so that a test can have one that fails, or forgets what was not made durable.
import {
  closeSync,
  constants,
  fdatasync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  lstatSync,
  openSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';

/** An open file that only grows. Every operation throws (or rejects) with the error of the system call. */
export interface DiskFile {
  /** Adds bytes at the end: all of them, or it throws. */
  append(bytes: Uint8Array): void;
  /** Forgets everything behind this length. */
  truncate(length: number): void;
  /** Resolves when all that was added survives a power cut. */
  synchronize(): Promise<void>;
  /** False when the file was deleted, or another one took its name. */
  isInPlace(): boolean;
  close(): void;
}

/** Where journals are kept. */
export interface Disk {
  /** Makes a file that only its owner can read, and makes its name durable. Throws with code EEXIST when it is there. */
  create(path: string): DiskFile;
  /** Opens a file that is there, and cuts it to a length. */
  reopen(path: string, length: number): DiskFile;
  /** Deletes a file, if it is there. */
  remove(path: string): void;
}

const synchronize = promisify(fdatasync);
const { O_WRONLY, O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;

/** The disk of this machine. */
export const realDisk: Disk = {
  create: (path) => {
    const file = openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    synchronizeDirectory(path);
    return fileOf(file, path);
  },
  reopen: (path, length) => {
    const file = openSync(path, O_WRONLY | O_APPEND | O_NOFOLLOW);
    ftruncateSync(file, length);
    fsyncSync(file);
    return fileOf(file, path);
  },
  remove: (path) => rmSync(path, { force: true }),
};

function fileOf(file: number, path: string): DiskFile {
  return {
    append: (bytes) => {
      for (let written = 0; written < bytes.length;) written += writeSync(file, bytes, written);
    },
    truncate: (length) => ftruncateSync(file, length),
    synchronize: () => synchronize(file),
    isInPlace: () => {
      const [ours, there] = [fstatSync(file), lstatSync(path, { throwIfNoEntry: false })];
      return ours.nlink > 0 && there?.ino === ours.ino && there.dev === ours.dev;
    },
    close: () => closeSync(file),
  };
}

/** A new file is only safe once its directory is. */
function synchronizeDirectory(path: string): void {
  const directory = openSync(dirname(path), constants.O_RDONLY);
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}
