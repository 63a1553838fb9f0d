// The disk of the machine that runs playbook, as hard as a disk may be: what was not synchronized is lost when the power
// goes, the last write may be torn, a name is only there for good once its directory is, and any call may fail.
import type { Disk, DiskFile } from '../../../src/journal/disk.js';
import type { Incarnation } from './incarnation.js';
import type { Kernel } from './kernel.js';

/** A file, and how much of it would outlive a loss of power. */
export interface SimulatedFile {
  bytes: Buffer;
  durable: number;
  /** True once its directory was synchronized. */
  named: boolean;
}

/** The n-th call of the disk fails so. */
export interface DiskFault {
  readonly call: number;
  readonly code: 'EIO' | 'ENOSPC';
}

/** The disk of the runner; it outlives the runner. */
export class SimulatedDisk {
  readonly files = new Map<string, SimulatedFile>();
  /** Calls so far. */
  calls = 0;
  /** True once a call has failed. */
  failed = false;
  readonly #kernel: Kernel;
  readonly #faults: readonly DiskFault[];

  constructor(kernel: Kernel, faults: readonly DiskFault[] = []) {
    this.#kernel = kernel;
    this.#faults = faults;
  }

  /** The disk as one process sees it: a process that is dead writes nothing. */
  for(runner: Incarnation): Disk {
    return {
      secureDirectory: () => undefined,
      create: (path) => this.#create(path, runner),
      synchronizeDirectory: (path) => {
        if (!this.#call('directory-fsync', runner)) return;
        for (const [name, file] of this.files) if (name.startsWith(path)) file.named = true;
      },
    };
  }

  /** The bytes that would be there after a loss of power now. */
  durableBytes(path: string): Buffer {
    const file = this.files.get(path);
    return file === undefined || !file.named ? Buffer.alloc(0) : file.bytes.subarray(0, file.durable);
  }

  /** The power goes: what was not synchronized is lost, but for a torn piece of it. */
  losePower(): void {
    for (const [path, file] of this.files) {
      if (!file.named) {
        this.files.delete(path);
        continue;
      }
      const kept = this.#kernel.random.whole(file.durable, file.bytes.length);
      file.bytes = file.bytes.subarray(0, kept);
      file.durable = kept;
    }
  }

  #create(path: string, runner: Incarnation): DiskFile {
    if (this.files.has(path)) throw failure('EEXIST');
    const file = { bytes: Buffer.alloc(0), durable: 0, named: false };
    if (this.#call('create', runner)) this.files.set(path, file);
    return this.#file(file, runner);
  }

  #file(file: SimulatedFile, runner: Incarnation): DiskFile {
    return {
      append: (bytes) => {
        if (this.#call('append', runner)) file.bytes = Buffer.concat([file.bytes, bytes]);
        return bytes.length;
      },
      synchronize: async () => {
        if (!this.#call('fsync', runner)) return runner.never();
        const length = file.bytes.length;
        return runner.later(this.#kernel.random.whole(0, 5), 'fsync-return', undefined, () => {
          file.durable = Math.max(file.durable, length);
        });
      },
      links: () => 1,
      close: () => undefined,
    };
  }

  /** Counts a call; false when the process is dead by now. Throws when this call is to fail. */
  #call(what: string, runner: Incarnation): boolean {
    if (!runner.alive) return false;
    this.#kernel.tick(what);
    if (!runner.alive) return false;
    this.calls += 1;
    const fault = this.#faults.find((each) => each.call === this.calls);
    if (fault === undefined) return true;
    this.failed = true;
    runner.journalLost = true;
    throw failure(fault.code);
  }
}

function failure(code: 'EIO' | 'ENOSPC' | 'EEXIST'): Error {
  const words = {
    EIO: 'i/o error',
    ENOSPC: 'no space left on device',
    EEXIST: 'file already exists',
  };
  return Object.assign(new Error(`${code}: ${words[code]}, write`), { code });
}
