// Events go to disk before anyone sees them, and before a host is touched for them. A journal that missed
// one intent is worse than none, so the first error of the disk is the last thing it says.
import { dirname, join } from 'node:path';
import type { Stamped } from '../core/event.js';
import { runsDirectory } from './directory.js';
import { disk as realDisk } from './disk.js';
import type { Disk, DiskFile } from './disk.js';
import { JournalError, codeOf, reasonOf } from './problem.js';

/** A run that is being written down. */
export interface Journal {
  readonly path: string;
  /** Writes an event; resolves once it is as durable as it must be. After one error every later append rejects with it. */
  append(event: Stamped): Promise<void>;
  close(): void;
}

// An intent must be on disk before the host can see it, an answer before it is acted on, the end before it is told.
const durable: ReadonlySet<Stamped['type']> = new Set(['task.applying', 'task.answered', 'run.finished']);

/** Starts the journal of a run: a new file that only the operator can read. Throws a JournalError. */
export function openJournal(
  runId: string,
  directory: string = runsDirectory(process.env),
  disk: Disk = realDisk,
): Journal {
  disk.secureDirectory(directory);
  const path = join(directory, `${runId}.jsonl`);
  const file = create(path, disk);
  let failure: JournalError | undefined;
  return {
    path,
    append: async (event) => {
      if (failure !== undefined) throw failure;
      try {
        // Into the page cache: microseconds, and in the order of the calls.
        writeAll(file, Buffer.from(`${JSON.stringify(event)}\n`));
        if (durable.has(event.type)) await makeDurable(file);
      } catch (cause) {
        failure ??= broken(path, cause);
        throw failure;
      }
    },
    close: () => file.close(),
  };
}

function create(path: string, disk: Disk): DiskFile {
  try {
    const file = disk.create(path);
    disk.synchronizeDirectory(dirname(path));
    return file;
  } catch (cause) {
    if (codeOf(cause) === 'EEXIST') throw new JournalError(`the journal \`${path}\` exists already`, { cause });
    throw broken(path, cause);
  }
}

function writeAll(file: DiskFile, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length;) written += file.append(bytes.subarray(written));
}

async function makeDurable(file: DiskFile): Promise<void> {
  await file.synchronize();
  if (file.links() === 0) throw new Error('the file was deleted while the run was writing it');
}

function broken(path: string, cause: unknown): JournalError {
  return new JournalError(`the journal \`${path}\` cannot be written: ${reasonOf(cause)}`, {
    hint: 'make room or set PLAYBOOK_STATE_DIR to another disk; nothing further was started',
    cause,
  });
}
