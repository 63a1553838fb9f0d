// Keeps files of hosts on this machine. Nobody who can write below the root may lead a file elsewhere: each directory is
// opened without following a link, and what is in it is reached through what was opened and not by its name once more.
import { createHash, randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readSync,
  realpathSync,
  renameSync,
  rmSync,
} from 'node:fs';
import type { Stats } from 'node:fs';
import { join } from 'node:path';
import { objectionToPlace, pathText } from '../core/own-file.js';
import type { OwnFile, OwnFiles, OwnPath } from '../core/own-file.js';
import { WorldError } from '../core/world-error.js';
import { reasonOf, syncDirectory, writeBeside } from './replace-file.js';

const { O_RDONLY, O_NOFOLLOW, O_DIRECTORY, O_NONBLOCK } = constants;
/** Linux alone opens a directory to pass through it, also where its names may not be listed, and names what is open. */
const isLinux = process.platform === 'linux' && existsSync('/proc/self/fd');
const O_PATH = isLinux ? 0o10000000 : O_RDONLY;
const chunkBytes = 1024 * 1024;

/** A directory on the way. */
interface Opened {
  readonly handle: number;
  readonly path: string;
  /** What leads to it, whoever moves it meanwhile; elsewhere than on Linux its path, which is looked at again. */
  readonly at: string;
}

/** The files of this machine. */
export const ownFiles: OwnFiles = {
  look: (path) =>
    onTheWay(path, false, (directories, name) => {
      const directory = directories.at(-1);
      return directory === undefined ? undefined : seen(directory, name);
    }),
  keep: (path, content, expected) =>
    onTheWay(path, true, (directories, name) => {
      const directory = directories.at(-1);
      if (directory !== undefined && isToWrite(seen(directory, name), content, expected, path))
        write(directory, name, content, () => checkUnmoved(directories, path));
    }),
};

/** Opens the directories that lead to a file and works in the last; without `make`, in none when one is missing. */
function onTheWay<T>(path: OwnPath, make: boolean, work: (directories: readonly Opened[], name: string) => T): T {
  const name = path.names.at(-1);
  const wrong = objectionToPlace(path);
  // Whoever asks has seen to that, and would have told it better.
  if (name === undefined || wrong !== undefined) throw refused(path, wrong ?? 'it has no name');
  const opened: Opened[] = [];
  try {
    opened.push(opening(realpathSync(path.root), realpathSync(path.root), O_PATH));
    for (const each of path.names.slice(0, -1)) {
      if (!enter(opened, each, make, path)) return work([], name);
    }
    return work(opened, name);
  } catch (cause) {
    if (cause instanceof WorldError) throw cause;
    throw refused(path, `the system says ${reasonOf(cause)}`, cause);
  } finally {
    for (const { handle } of opened) closeSync(handle);
  }
}

function opening(at: string, path: string, access: number): Opened {
  const handle = openSync(at, access | O_DIRECTORY | O_NOFOLLOW);
  return { handle, path, at: isLinux ? `/proc/self/fd/${handle}` : path };
}

/** Opens a directory of the last that was opened, and makes it when that is wanted; false when it is not there. */
function enter(opened: Opened[], name: string, make: boolean, wanted: OwnPath): boolean {
  const parent = opened.at(-1);
  if (parent === undefined) return false;
  const [at, path] = [join(parent.at, name), join(parent.path, name)];
  const stat = lstatSync(at, { throwIfNoEntry: false });
  if (stat !== undefined && !stat.isDirectory()) throw inTheWay(wanted, path, stat);
  if (stat === undefined && !make) return false;
  if (stat !== undefined) {
    opened.push(opening(at, path, O_PATH));
    return true;
  }
  mkdirSync(at, { mode: 0o700 });
  const made = opening(at, path, O_RDONLY);
  opened.push(made);
  // A umask may have taken from it what its owner needs.
  fchmodSync(made.handle, 0o700);
  syncDirectory(parent.at);
  return true;
}

function seen(directory: Opened, name: string): OwnFile | undefined {
  const at = join(directory.at, name);
  const stat = lstatSync(at, { throwIfNoEntry: false });
  if (stat === undefined) return undefined;
  const found = { kind: kindOf(stat), mode: modeOf(stat) };
  if (found.kind !== 'file') return found;
  // What was a file may be a link or a FIFO by now: the one is not followed, and the other does not hang.
  const handle = openSync(at, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    const opened = fstatSync(handle);
    if (!opened.isFile()) return { kind: kindOf(opened), mode: modeOf(opened) };
    return { kind: 'file', mode: modeOf(opened), sha256: digestOf(handle) };
  } finally {
    closeSync(handle);
  }
}

function kindOf(stat: Stats): OwnFile['kind'] {
  if (stat.isFile()) return 'file';
  if (stat.isDirectory()) return 'directory';
  return stat.isSymbolicLink() ? 'link' : 'other';
}

function modeOf({ mode }: Stats): string {
  return `0${(mode & 0o7777).toString(8)}`;
}

function digestOf(handle: number): string {
  const hash = createHash('sha256');
  const chunk = new Uint8Array(chunkBytes);
  for (let length = readSync(handle, chunk); length > 0; length = readSync(handle, chunk))
    hash.update(chunk.subarray(0, length));
  return hash.digest('hex');
}

/** False when all is there already, as where several tasks keep the same file; rejects when something else is. */
function isToWrite(found: OwnFile | undefined, content: Uint8Array, expected: string | null, path: OwnPath): boolean {
  if (found === undefined && expected === null) return true;
  if (found !== undefined && found.kind !== 'file') throw refused(path, 'it is not a regular file any more');
  const isThere = found?.sha256 === createHash('sha256').update(content).digest('hex');
  if (isThere) return found.mode !== '0600';
  if (found?.sha256 === expected) return true;
  throw refused(path, 'it was changed by someone else since it was looked at');
}

function write(directory: Opened, name: string, content: Uint8Array, check: () => void): void {
  // A name of its own, because the name of the file may be as long as a name can be.
  const beside = join(directory.at, `.playbook.${randomBytes(6).toString('hex')}`);
  let isBeside = false;
  try {
    writeBeside(beside, content, undefined, () => (isBeside = true));
    check();
    renameSync(beside, join(directory.at, name));
    isBeside = false;
    syncDirectory(directory.at);
  } finally {
    if (isBeside) rmSync(beside, { force: true });
  }
}

/** Rejects when a directory is not any more where it was when it was opened. */
function checkUnmoved(directories: readonly Opened[], wanted: OwnPath): void {
  for (const { handle, path } of directories) {
    const [opened, there] = [fstatSync(handle), lstatSync(path, { throwIfNoEntry: false })];
    if (opened.ino !== there?.ino || opened.dev !== there.dev)
      throw refused(wanted, `somebody else changes \`${path}\` meanwhile`);
  }
}

function inTheWay(wanted: OwnPath, path: string, stat: Stats): WorldError {
  if (!stat.isSymbolicLink()) return refused(wanted, `\`${path}\` is not a directory`);
  const hint = 'nothing is kept through a link: write the path that it leads to, or remove it';
  return new WorldError('failed', `\`${pathText(wanted)}\` is not kept: \`${path}\` is a link`, { hint });
}

function refused(path: OwnPath, why: string, cause?: unknown): WorldError {
  const hint = 'look at the directory, its rights and the space on its disk';
  return new WorldError('failed', `\`${pathText(path)}\` is not kept: ${why}`, { hint, cause });
}
