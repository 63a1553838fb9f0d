// The disk of the machine that runs playbook, as hard as a disk may be: what was not synchronized is lost when the power
// goes, the last write may be torn, and any call may fail.
import type { Disk, DiskFile } from '../../../src/journal/disk.js';
import type { Incarnation } from './incarnation.js';
import type { Kernel } from './kernel.js';

/** A file, and how much of it would outlive a loss of power. */
export interface SimulatedFile {
  bytes: Buffer;
  durable: number;
}

/** The n-th call of the disk fails so; a disk that is full stays full until something is deleted from it. */
export interface DiskFault {
  readonly call: number;
  readonly code: 'EIO' | 'ENOSPC';
}

/** The disk of the runner; it outlives the runner. */
export class SimulatedDisk {
  readonly files = new Map<string, SimulatedFile>();
  /** Calls so far. */
  calls = 0;
  readonly #kernel: Kernel;
  readonly #faults: readonly DiskFault[];
  #isFull = false;

  constructor(kernel: Kernel, faults: readonly DiskFault[] = []) {
    this.#kernel = kernel;
    this.#faults = faults;
  }

  /** The disk as one process sees it: a process that is dead writes nothing. */
  for(runner: Incarnation): Disk {
    return {
      create: (path) => {
        if (this.files.has(path)) throw failure('EEXIST');
        const file = { bytes: Buffer.alloc(0), durable: 0 };
        if (this.#call('create', runner)) this.files.set(path, file);
        return this.#file(file, path, runner);
      },
      reopen: (path, length) => {
        const file = this.files.get(path);
        if (file === undefined) throw failure('ENOENT');
        if (this.#call('reopen', runner)) cut(file, length);
        return this.#file(file, path, runner);
      },
      remove: (path) => {
        if (!this.#call('remove', runner)) return;
        if (this.files.delete(path)) this.#isFull = false;
      },
    };
  }

  /** Somebody makes room. */
  free(): void {
    this.#isFull = false;
  }

  /** The bytes that would be there after a loss of power now. */
  durableBytes(path: string): Buffer {
    const file = this.files.get(path);
    return file === undefined ? Buffer.alloc(0) : file.bytes.subarray(0, file.durable);
  }

  /** The power goes: what was not synchronized is lost, but for a torn piece of it. */
  losePower(): void {
    for (const file of this.files.values()) cut(file, this.#kernel.random.whole(file.durable, file.bytes.length), true);
  }

  #file(file: SimulatedFile, path: string, runner: Incarnation): DiskFile {
    return {
      append: (bytes) => {
        const half = Buffer.from(bytes.subarray(0, this.#kernel.random.whole(0, bytes.length)));
        try {
          if (this.#call('append', runner)) file.bytes = Buffer.concat([file.bytes, bytes]);
        } catch (error) {
          // Some of it may have been written before the disk said no.
          file.bytes = Buffer.concat([file.bytes, half]);
          throw error;
        }
      },
      truncate: (length) => {
        if (this.#call('truncate', runner)) cut(file, length);
      },
      synchronize: async () => {
        if (!this.#call('fsync', runner)) return runner.never();
        const { length } = file.bytes;
        // Mostly quick, and now and then slower than a network and a command together.
        const ms =
          this.#kernel.random.next() < 0.8 ? this.#kernel.random.whole(0, 5) : this.#kernel.random.whole(5, 200);
        return runner.later(ms, 'fsync-return', undefined, () => {
          file.durable = Math.max(file.durable, Math.min(length, file.bytes.length));
        });
      },
      isInPlace: () => !runner.alive || this.files.get(path) === file,
      close: () => undefined,
    };
  }

  /** Counts a call; false when the process is dead by now. Throws when this call is to fail. */
  #call(what: 'create' | 'reopen' | 'remove' | 'append' | 'truncate' | 'fsync', runner: Incarnation): boolean {
    if (!runner.alive) return false;
    this.#kernel.tick(what);
    if (!runner.alive) return false;
    this.calls += 1;
    const fault = this.#faults.find((each) => each.call === this.calls);
    const grows = what === 'create' || what === 'append';
    if (fault?.code === 'ENOSPC') this.#isFull = true;
    if (fault?.code !== 'EIO' && !(this.#isFull && grows)) return true;
    runner.journalLost = true;
    throw failure(fault?.code ?? 'ENOSPC');
  }
}

function cut(file: SimulatedFile, length: number, isDurable = false): void {
  file.bytes = file.bytes.subarray(0, length);
  file.durable = isDurable ? length : Math.min(file.durable, length);
}

function failure(code: 'EIO' | 'ENOSPC' | 'EEXIST' | 'ENOENT'): Error {
  const words = {
    EIO: 'i/o error',
    ENOSPC: 'no space left on device',
    EEXIST: 'file already exists',
    ENOENT: 'no such file or directory',
  };
  return Object.assign(new Error(`${code}: ${words[code]}, write`), { code });
}
