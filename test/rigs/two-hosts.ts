// Hosts with a PostgreSQL server each, as the engine sees them: the hands of a task on one that also looks at the others.
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { clock } from '../../src/cli/clock.js';
import { ownFiles } from '../../src/cli/own-files.js';
import { createConnector } from '../../src/connect/index.js';
import type { Target } from '../../src/core/connection.js';
import type { AnyModule } from '../../src/core/module.js';
import { Redactor } from '../../src/core/redact.js';
import type { World } from '../../src/core/run.js';
import type { Outcome } from '../../src/engine/outcome.js';
import { HostPredictions } from '../../src/engine/predictions.js';
import { TaskHands } from '../../src/engine/hands.js';
import { Session } from '../../src/engine/session.js';
import { step } from '../../src/engine/step.js';
import { debianPostgres } from './modules-database.js';
import { startPostgres } from './postgres.js';
import type { TestPostgres } from './postgres.js';
import { targetOf } from './target.js';

/** The directory of pg_dump, pg_restore and psql; nothing when they are not installed, which fails in CI. */
export function postgresPrograms(): string | undefined {
  const bin = join(debianPostgres() ?? '/nonexistent', 'bin');
  if (existsSync(join(bin, 'pg_dump'))) return bin;
  if (process.env['CI'] !== undefined) throw new Error('no pg_dump to test with, and this is CI');
  console.warn('SKIPPED: no pg_dump to test with; install postgresql-15');
  return undefined;
}

/** Hosts of a test. */
export interface Hosts extends AsyncDisposable {
  /** What the engine makes of a module on one of them. */
  run(host: string, module: AnyModule, args: unknown, how?: { readonly check?: boolean }): Promise<Outcome>;
  /** Bytes that were told as progress. */
  readonly progress: number[];
}

/** Hosts with these targets, by name. */
export function hostsOf(targets: Readonly<Record<string, Target>>, home = '/nonexistent'): Hosts {
  const environment = { PATH: process.env['PATH'], HOME: home };
  const world: World = {
    connector: createConnector({ acceptNewHostKeys: true, environment, applicationName: 'tester@here' }),
    clock,
    ownFiles,
    operator: { ask: () => Promise.resolve({ kind: 'nobody' }), step: () => Promise.resolve('continue') },
    emit: () => Promise.resolve(),
    redactor: new Redactor(),
    draining: new AbortController().signal,
    stopping: new AbortController().signal,
  };
  const sessions = new Map(
    Object.entries(targets).map(([name, target]) => [
      name,
      new Session({ ...target, host: name }, world.connector, clock, world.stopping),
    ]),
  );
  const sessionOf = (name: string): Session => {
    const session = sessions.get(name);
    if (session === undefined) throw new Error(`no host ${name}`);
    return session;
  };
  const progress: number[] = [];
  return {
    progress,
    run: (host, module, args, { check = false } = {}) => {
      const manner = {
        host,
        become: undefined,
        environment: {},
        deadlineMs: clock.monotonicMs() + 120_000,
        other: (name: string) => ({ session: sessionOf(name), become: undefined }),
        onProgress: (bytes: number) => void progress.push(bytes),
        ask: () => Promise.reject(new Error('nobody is asked here')),
      };
      const hands = new TaskHands(sessionOf(host), manner, world);
      return step(module.bind(args), {
        check,
        pending: false,
        eyes: hands,
        hands,
        predictions: new HostPredictions(),
        clock,
        stopping: world.stopping,
        wants: () => undefined,
        say: () => Promise.resolve(),
      });
    },
    [Symbol.asyncDispose]: async () => {
      for (const session of sessions.values()) await session[Symbol.asyncDispose]();
    },
  };
}

/** Two clusters, of host `a` and of host `b`; `alias` is another name of `b`. */
export interface Pair extends AsyncDisposable {
  readonly a: TestPostgres;
  readonly b: TestPostgres;
  readonly hosts: Hosts;
  /** A directory for what a test needs on the hosts. */
  readonly work: string;
  /** A session of an application; ended by the test, or with the pair. */
  connect(server: TestPostgres, database: string): Promise<Client>;
  /** Runs SQL and gives the rows of the last query, as lists. */
  sql(server: TestPostgres, database: string, text: string): Promise<readonly (readonly unknown[])[]>;
  /** The databases named `fdb...`, their times replaced by `TIME`. */
  databases(server: TestPostgres): Promise<readonly string[]>;
  /** Drops all of those. */
  clear(): Promise<void>;
  /** A directory of PostgreSQL's programs, of which one is replaced by a script; `$REAL` is the real one. */
  programs(name: string, script: string): Promise<string>;
}

/** Starts both clusters. */
export async function startPair(
  bin: string,
  targets: (a: Target, b: Target) => Record<string, Target> = both,
): Promise<Pair> {
  const work = await mkdtemp(join(tmpdir(), 'playbook-pair-'));
  const [a, b] = await Promise.all([startPostgres(bin), startPostgres(bin)]);
  const target = ({ port, user, password }: TestPostgres): Target =>
    targetOf({ connection: 'local', postgres: { port, user, password, database: 'postgres' } });
  const hosts = hostsOf(targets(target(a), target(b)), work);
  const clients: Client[] = [];
  const connect = async ({ port, user, password }: TestPostgres, database: string): Promise<Client> => {
    for (let left = 100; ; left -= 1) {
      const client = new Client({ host: '127.0.0.1', port, user, password, database, application_name: 'an app' });
      client.on('error', () => undefined);
      try {
        await client.connect();
        clients.push(client);
        return client;
      } catch (error) {
        // A server listens before it lets anyone in.
        const isStarting = error instanceof Error && 'code' in error && error.code === '57P03';
        if (!isStarting || left === 0) throw error;
        await clock.sleep(50);
      }
    }
  };
  const sql = async (server: TestPostgres, database: string, text: string): Promise<unknown[][]> => {
    const client = await connect(server, database);
    try {
      const result = await client.query<unknown[]>({ text, rowMode: 'array' });
      return Array.isArray(result) ? [] : result.rows;
    } finally {
      await client.end();
    }
  };
  const names = async (server: TestPostgres): Promise<readonly string[]> => {
    const rows = await sql(server, 'postgres', `select datname from pg_database where datname like 'fdb%' order by 1`);
    return rows.map(([name]) => String(name));
  };
  return {
    a,
    b,
    hosts,
    work,
    connect,
    sql,
    databases: async (server) => (await names(server)).map((each) => each.replace(/\d{8}T\d{6}$/, 'TIME')),
    clear: async () => {
      for (const server of [a, b]) {
        for (const name of await names(server)) await sql(server, 'postgres', `drop database "${name}" with (force)`);
      }
    },
    programs: async (name, script) => {
      const directory = await mkdtemp(join(work, 'bin-'));
      await writeFile(join(directory, name), `#!/bin/sh\nREAL=${join(bin, name)}\n${script}\n`, { mode: 0o755 });
      return directory;
    },
    [Symbol.asyncDispose]: async () => {
      await hosts[Symbol.asyncDispose]();
      await Promise.all(clients.map((each) => each.end().catch(() => undefined)));
      await Promise.all([a, b].map((each) => each[Symbol.asyncDispose]()));
      await rm(work, { recursive: true });
    },
  };
}

function both(a: Target, b: Target): Record<string, Target> {
  return { a, b, alias: b };
}
