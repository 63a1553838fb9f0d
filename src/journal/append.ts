// Events go to disk before anyone sees them, and before a host is touched for them. A journal that missed
// one intent is worse than none, so the first error of the disk is the last thing it says.
import { closeSync, constants, fdatasync, fstatSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Stamped } from '../core/event.js';
import { runsDirectory, securedDirectory } from './directory.js';
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
const synchronize = promisify(fdatasync);

/** Starts the journal of a run: a new file that only the operator can read. Throws a JournalError. */
export function openJournal(runId: string, directory: string = runsDirectory(process.env)): Journal {
  securedDirectory(directory);
  const path = join(directory, `${runId}.jsonl`);
  const file = create(path);
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
    close: () => closeSync(file),
  };
}

function create(path: string): number {
  const { O_WRONLY, O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  try {
    const file = openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    synchronizeDirectory(path);
    return file;
  } catch (cause) {
    if (codeOf(cause) === 'EEXIST') throw new JournalError(`the journal \`${path}\` exists already`, { cause });
    throw broken(path, cause);
  }
}

/** A new file is only safe once its directory is. */
function synchronizeDirectory(path: string): void {
  const directory = openSync(join(path, '..'), constants.O_RDONLY);
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length;) written += writeSync(file, bytes, written);
}

async function makeDurable(file: number): Promise<void> {
  await synchronize(file);
  if (fstatSync(file).nlink === 0) throw new Error('the file was deleted while the run was writing it');
}

function broken(path: string, cause: unknown): JournalError {
  return new JournalError(`the journal \`${path}\` cannot be written: ${reasonOf(cause)}`, {
    hint: 'make room or set PLAYBOOK_STATE_DIR to another disk; nothing further was started',
    cause,
  });
}
