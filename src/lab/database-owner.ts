// PostgreSQL refuses to run as root. A lab that root starts therefore runs its databases as another user of the
// machine, in a directory that this user can reach.
import { spawn, spawnSync } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { tmpdir } from 'node:os';
import { problem } from './problem.js';

/** The user that PostgreSQL runs as; undefined for the lab's own. */
export interface DatabaseOwner {
  readonly uid: number;
  readonly gid: number;
}

function idOf(user: string): DatabaseOwner | undefined {
  const [uid, gid] = ['-u', '-g'].map((flag) => spawnSync('id', [flag, user], { encoding: 'utf8' }));
  if (uid?.status !== 0 || gid?.status !== 0) return undefined;
  return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
}

/** Who owns the databases: the lab's own user, or for root a user that every machine has. */
export function databaseOwner(): DatabaseOwner | undefined {
  if (process.getuid?.() !== 0) return undefined;
  return idOf('postgres') ?? idOf('nobody') ?? { uid: 65_534, gid: 65_534 };
}

/** True when every user may pass through a directory and all above it. */
export function everyoneCanReach(directory: string): boolean {
  try {
    for (let each = directory; ; each = dirname(each)) {
      if ((statSync(each).mode & 0o001) === 0) return false;
      if (each === dirname(each)) return true;
    }
  } catch {
    return false;
  }
}

function isWritable(directory: string): boolean {
  try {
    accessSync(directory, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** A directory for short-lived files that the databases' owner can reach, with a path short enough for unix sockets. */
export function temporaryBase(owner: DatabaseOwner | undefined): string {
  // A socket path holds 103 bytes on macOS; the longest tail below the base is about 40.
  const candidates = [tmpdir(), '/tmp', '/var/tmp'].filter((path) => Buffer.byteLength(path) <= 60);
  const found = candidates.find((path) => isWritable(path) && (owner === undefined || everyoneCanReach(path)));
  if (found !== undefined) return found;
  throw problem(
    'lab/no-temporary-directory',
    'no temporary directory with a short path',
    'set `TMPDIR` to a short path',
  );
}

/** Runs a program as the databases' owner to its end; a failure carries what it said. */
export function runAs(
  owner: DatabaseOwner | undefined,
  command: readonly [string, ...string[]],
  environment: Readonly<Record<string, string>>,
  directory: string,
): Promise<void> {
  const [program, ...rest] = command;
  const child = spawn(program, rest, {
    ...owner,
    env: { ...environment },
    cwd: directory,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  return new Promise((resolve, reject) => {
    const failed = (why: string): void =>
      reject(
        problem('lab/program-failed', `\`${program}\` failed: ${why}`, said.trim().split('\n').slice(-3).join(' / ')),
      );
    child.on('error', (reason) => failed(reason.message));
    child.on('close', (code) => (code === 0 ? resolve() : failed(`exit code ${code}`)));
  });
}
