// Puts a file in the place of another in one step: whoever reads it meanwhile, or after a crash, sees the old or the new.
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import type { Stats } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { error } from '../core/diagnostic.js';
import { fail, ok } from '../core/result.js';
import type { Result } from '../core/result.js';

/** Writes the content beside the file, onto the disk, and then into its place; its mode and owner stay. */
export function replaceFile(path: string, content: Uint8Array): Result<undefined> {
  let beside: string | undefined;
  try {
    const before = statSync(path, { throwIfNoEntry: false });
    // A link stays a link: what it leads to is replaced.
    const target = before === undefined ? path : realpathSync(path);
    const name = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString('hex')}`);
    writeBeside(name, content, before, () => (beside = name));
    renameSync(name, target);
    beside = undefined;
    syncDirectory(dirname(target));
    return ok(undefined);
  } catch (thrown) {
    const hint = 'the file is as it was; check the directory and the space on its disk';
    return fail(error('vault/not-written', `cannot write \`${path}\`: ${reasonOf(thrown)}`, undefined, { hint }));
  } finally {
    if (beside !== undefined) rmSync(beside, { force: true });
  }
}

/** Writes a new file onto the disk: with the owner and mode of another, or for its owner alone whatever the umask. */
export function writeBeside(path: string, content: Uint8Array, like: Stats | undefined, made: () => void): void {
  const handle = openSync(path, 'wx', 0o600);
  try {
    made();
    writeFileSync(handle, content);
    if (like !== undefined && (like.uid !== process.getuid?.() || like.gid !== process.getgid?.()))
      fchownSync(handle, like.uid, like.gid);
    fchmodSync(handle, like === undefined ? 0o600 : like.mode & 0o7777);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** The new name is on the disk only when the directory is. */
export function syncDirectory(path: string): void {
  const handle = openSync(path, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** Why the system refused, in its own short word. */
export function reasonOf(thrown: unknown): string {
  return thrown instanceof Error && 'code' in thrown ? String(thrown.code) : String(thrown);
}
