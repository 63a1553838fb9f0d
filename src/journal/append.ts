// Events go to disk before anyone sees them, and before a host is touched for them. A journal that missed
// one intent is worse than none, so after the first error of the disk no touch is ever allowed again.
import { join } from 'node:path';
import type { Stamped } from '../core/event.js';
import { runsDirectory, securedDirectory } from './directory.js';
import { realDisk } from './disk.js';
import type { Disk, DiskFile } from './disk.js';
import { JournalError, codeOf, reasonOf } from './problem.js';
import type { Journalled } from './read.js';
import { beginning, seal } from './seal.js';

/** A run that is being written down. */
export interface Journal {
  readonly path: string;
  /** How many records it has. */
  readonly length: number;
  /**
   * Writes an event; resolves once it is as durable as it must be. After one error every later append rejects with it,
   * save for ends of what was begun, which a full disk still takes from its reserve.
   */
  append(event: Stamped): Promise<void>;
  close(): void;
}

/** Where and on what a journal is kept. */
export interface JournalPlace {
  readonly directory?: string;
  readonly disk?: Disk;
}

// An intent must be on disk before the host can see it, an answer before it is acted on, the end before it is told.
const durable: ReadonlySet<Stamped['type']> = new Set([
  'run.opened',
  'run.edited',
  'run.resumed',
  'run.drifted',
  'host.held',
  'task.applying',
  'task.committing',
  'task.decided',
  'task.answered',
  'run.passed',
  'run.closing',
  'run.finished',
  'run.unlocked',
]);

/** What allows something to happen; the rest tells what has happened. */
const permissions: ReadonlySet<Stamped['type']> = new Set([...durable].filter((type) => type !== 'run.finished'));

/** True for an event without which nothing may happen. */
export function isPermission(type: Stamped['type']): boolean {
  return permissions.has(type);
}

/** What is kept free so that a full disk still takes the ends of what was begun, in bytes. */
const reserveBytes = 256 * 1024;

/** Starts the journal of a run: a new file that only the operator can read. Throws a JournalError. */
export function openJournal(runId: string, place: JournalPlace = {}): Journal {
  const { directory = runsDirectory(process.env), disk = realDisk } = place;
  securedDirectory(directory);
  const path = join(directory, `${runId}.jsonl`);
  return guarded(path, () => {
    const reserve = Reserve.make(path, disk);
    return new OpenJournal(path, disk.create(path), reserve, { length: 0, bytes: 0, hash: beginning });
  });
}

/** Goes on with the journal of a run, behind its last whole record. Throws a JournalError. */
export function reopenJournal(read: Journalled, disk: Disk = realDisk): Journal {
  const { path, events, wholeBytes, hash } = read;
  return guarded(path, () => {
    const reserve = Reserve.make(path, disk);
    return new OpenJournal(path, disk.reopen(path, wholeBytes), reserve, {
      length: events.length,
      bytes: wholeBytes,
      hash,
    });
  });
}

function guarded<T>(path: string, open: () => T): T {
  try {
    return open();
  } catch (cause) {
    if (codeOf(cause) === 'EEXIST') throw new JournalError(`the journal \`${path}\` exists already`, { cause });
    throw broken(path, cause);
  }
}

interface Written {
  length: number;
  bytes: number;
  hash: string;
}

class OpenJournal implements Journal {
  readonly path: string;
  readonly #file: DiskFile;
  readonly #reserve: Reserve;
  readonly #written: Written;
  #failure: JournalError | undefined;
  /** True when what the file holds is not known any more. */
  #lost = false;

  constructor(path: string, file: DiskFile, reserve: Reserve, written: Written) {
    this.path = path;
    this.#file = file;
    this.#reserve = reserve;
    this.#written = written;
  }

  get length(): number {
    return this.#written.length;
  }

  async append(event: Stamped): Promise<void> {
    if (this.#failure !== undefined && (this.#lost || isPermission(event.type))) throw this.#failure;
    try {
      this.#write(event);
      if (durable.has(event.type)) await this.#makeDurable();
      // While it was made durable another record may have been lost: then nothing may start for this one either.
      if (this.#failure !== undefined && isPermission(event.type)) throw this.#failure;
    } catch (cause) {
      this.#failure ??= cause instanceof JournalError ? cause : broken(this.path, cause);
      throw this.#failure;
    }
  }

  /** Into the page cache: microseconds, and in the order of the calls. */
  #write(event: Stamped): void {
    // An event that was refused took its number with it; the records that follow are dense all the same.
    const { line, hash } = seal({ ...event, seq: this.#written.length + 1 }, this.#written.hash);
    const bytes = Buffer.from(`${line}\n`);
    try {
      this.#file.append(bytes);
    } catch (cause) {
      this.#takeBack();
      this.#failure ??= broken(this.path, cause);
      if (isPermission(event.type)) throw cause;
      this.#appendFromReserve(bytes, cause);
    }
    this.#written.length += 1;
    this.#written.bytes += bytes.length;
    this.#written.hash = hash;
  }

  /** What has happened must be told; after an end that is lost, nothing that follows would be true. */
  #appendFromReserve(bytes: Uint8Array, cause: unknown): void {
    const mayFit = codeOf(cause) === 'ENOSPC' && this.#reserve.release();
    try {
      if (!mayFit) throw cause;
      this.#file.append(bytes);
    } catch (again) {
      this.#takeBack();
      this.#lost = true;
      throw again;
    }
  }

  /** Half a record must not stand before a whole one. */
  #takeBack(): void {
    try {
      this.#file.truncate(this.#written.bytes);
    } catch {
      this.#lost = true;
    }
  }

  async #makeDurable(): Promise<void> {
    try {
      await this.#file.synchronize();
    } catch (cause) {
      // What a failed fsync leaves behind is not known, and a second one would say that all is well.
      this.#lost = true;
      throw cause;
    }
    if (this.#file.isInPlace()) return;
    this.#lost = true;
    throw new Error('the file was deleted or replaced while the run was writing it');
  }

  close(): void {
    this.#reserve.release();
    this.#file.close();
  }
}

/** Room that is kept free on the disk. */
class Reserve {
  readonly #path: string;
  readonly #disk: Disk;
  #kept = true;

  private constructor(path: string, disk: Disk) {
    this.#path = path;
    this.#disk = disk;
  }

  static make(journal: string, disk: Disk): Reserve {
    const path = `${journal}.reserve`;
    disk.remove(path);
    const file = disk.create(path);
    try {
      file.append(new Uint8Array(reserveBytes));
    } catch (cause) {
      disk.remove(path);
      throw cause;
    } finally {
      file.close();
    }
    return new Reserve(path, disk);
  }

  /** Gives the room to the journal; false when it was given before. */
  release(): boolean {
    if (!this.#kept) return false;
    this.#kept = false;
    try {
      this.#disk.remove(this.#path);
      return true;
    } catch {
      // It stays behind and takes room; what the journal holds is whole all the same.
      return false;
    }
  }
}

function broken(path: string, cause: unknown): JournalError {
  return new JournalError(`the journal \`${path}\` cannot be written: ${reasonOf(cause)}`, {
    hint: 'make room or set PLAYBOOK_STATE_DIR to another disk; nothing further was started',
    cause,
  });
}
