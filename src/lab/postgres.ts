// The real PostgreSQL of each appliance: one initdb a lab, copied for every appliance, reached by a unix socket only
// (the TCP port belongs to the appliance's gate, so that a cut appliance is cut for its database too).
import { spawn } from 'node:child_process';
import { appendFileSync, chmodSync, closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { chownSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { DATABASE_LOGIN } from './appliances.js';
import type { Binaries } from './binaries.js';
import { runAs, type DatabaseOwner } from './database-owner.js';
import { messageOf, problem } from './problem.js';
import { identify, LAB_MARK, type ProcessIdentity } from './processes.js';
import { withSession } from './sql.js';

const SETTINGS = `
listen_addresses = ''
fsync = off
synchronous_commit = off
full_page_writes = off
shared_buffers = 16MB
max_connections = 60
autovacuum = off
min_wal_size = 2MB
max_wal_size = 32MB
timezone = 'UTC'
log_line_prefix = '%m [%p] %d '
`;

/** What a lab's databases share. */
export interface DatabaseFarm {
  readonly binaries: Binaries;
  readonly owner: DatabaseOwner | undefined;
  /** Holds the template and one data directory an appliance. */
  readonly directory: string;
  readonly mark: string;
}

/** Makes a directory that the databases' owner owns. */
function makeOwned(owner: DatabaseOwner | undefined, directory: string, mode: number): void {
  mkdirSync(directory, { recursive: true, mode });
  chmodSync(directory, mode);
  if (owner !== undefined) chownSync(directory, owner.uid, owner.gid);
}

/** Makes the cluster that all appliances start from. */
export async function createTemplate(farm: DatabaseFarm): Promise<void> {
  makeOwned(farm.owner, farm.directory, 0o700);
  const passwordFile = join(farm.directory, 'password');
  writeFileSync(passwordFile, `${DATABASE_LOGIN.password}\n`, { mode: 0o600 });
  if (farm.owner !== undefined) chownSync(passwordFile, farm.owner.uid, farm.owner.gid);
  const template = join(farm.directory, 'template');
  const options = ['-U', DATABASE_LOGIN.user, `--pwfile=${passwordFile}`, '--auth=scram-sha-256', '--no-sync'];
  const shape = ['-E', 'UTF8', '--locale=C', '--wal-segsize=1'];
  const command = [farm.binaries.initdb, '-D', template, ...options, ...shape] as const;
  await runAs(farm.owner, command, farm.binaries.environment, farm.directory);
  appendFileSync(join(template, 'postgresql.conf'), SETTINGS);
}

/** One appliance's cluster. */
export interface ClusterPlace {
  readonly host: string;
  readonly socketDirectory: string;
  readonly port: number;
  readonly logFile: string;
}

/** Copies the template for an appliance. */
export async function createCluster(farm: DatabaseFarm, place: ClusterPlace): Promise<void> {
  const { binaries, directory, owner } = farm;
  const copy = ['cp', '-R', join(directory, 'template'), join(directory, place.host)] as const;
  await runAs(owner, copy, binaries.environment, directory);
  makeOwned(owner, place.socketDirectory, 0o711);
}

/** Starts PostgreSQL on an appliance's cluster; resolves when it answers. */
export async function startCluster(farm: DatabaseFarm, place: ClusterPlace): Promise<ProcessIdentity> {
  const data = join(farm.directory, place.host);
  const { binaries, owner } = farm;
  const log = openSync(place.logFile, 'a');
  const argv = ['-D', data, '-k', place.socketDirectory, '-p', String(place.port)];
  const env = { ...binaries.environment, [LAB_MARK]: farm.mark };
  const child = spawn(binaries.postgres, argv, {
    ...owner,
    env,
    cwd: data,
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  child.on('error', () => undefined);
  child.unref();
  const identity = child.pid === undefined ? undefined : identify(child.pid);
  if (identity === undefined) throw notStarted(place, 'it did not start');
  await untilAnswering(place, () => child.exitCode === null && child.signalCode === null);
  return identity;
}

function notStarted(place: ClusterPlace, why: string): Error {
  const tail = readFileSync(place.logFile, 'utf8').trim().split('\n').slice(-3).join(' / ');
  return problem(
    'lab/postgres-not-started',
    `PostgreSQL of \`${place.host}\` failed: ${why}`,
    tail === '' ? undefined : tail,
  );
}

async function untilAnswering(place: ClusterPlace, isRunning: () => boolean): Promise<void> {
  const address = { host: place.socketDirectory, port: place.port, database: 'postgres' };
  for (const deadline = Date.now() + 20_000; ;) {
    try {
      return await withSession(address, async (client) => void (await client.query('select 1')));
    } catch (thrown) {
      if (!isRunning()) throw notStarted(place, 'it ended at once');
      if (Date.now() > deadline) throw notStarted(place, messageOf(thrown));
      await delay(30);
    }
  }
}
