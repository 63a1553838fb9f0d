// One session with a PostgreSQL server, over whatever stream leads to it: fixed formats, a deadline on every question,
// and one question at a time. pg's own time-outs only stop waiting, so the server is given limits of its own.
import type { Duplex } from 'node:stream';
import { Client } from 'pg';
import type { ClientConfig, QueryArrayConfig, QueryArrayResult } from 'pg';
import type { Connection, DialAddress, SqlText, Target } from '../core/connection.js';
import type { Fence } from '../core/hold.js';
import type { Value } from '../core/value.js';
import { WorldError } from '../core/world-error.js';
import { Deadline, deferred, interrupted, pause, quietPause, seconds } from './deadline.js';
import { dialFromHere } from './local.js';
import type { KnownServers } from './known-servers.js';
import { isAnswer, NoPassword, notOpened } from './postgres-error.js';
import { answerLimitBytes, boundedTypes } from './sql-values.js';

/** How the databases of one host are reached, by name. */
export interface DatabasePlan {
  readonly target: Target;
  readonly connection: () => Promise<Connection>;
  readonly name: string;
  readonly signal: AbortSignal;
  readonly applicationName: string;
  /** The run that we are, whose number is in the application name. */
  readonly run?: Fence;
  /** The servers that were met so far. */
  readonly servers?: KnownServers;
}

/** One result as it came, values parsed. */
export type Answer = QueryArrayResult<Value[]>;

/** How much longer than the server's own limit we wait for its word. */
const slackMs = 15_000;

/** Formats that do not depend on how the server, the role or our machine is set up. */
const settings = [
  `SET TIME ZONE 'UTC'`,
  `SET datestyle TO 'ISO, YMD'`,
  `SET intervalstyle TO 'iso_8601'`,
  `SET bytea_output TO 'hex'`,
  `SET client_encoding TO 'UTF8'`,
  `SET extra_float_digits TO 3`,
  `SET standard_conforming_strings TO on`,
].join('; ');

/** A session that is open. */
export class Session {
  readonly where: string;
  readonly pid: number;
  readonly serverVersion: number;
  /** Cluster and timeline, once they were asked for; null when the server cannot say. */
  server: string | null | undefined;
  readonly #client: Client;
  readonly #stream: Duplex;
  readonly #lost: Promise<Error>;
  #isLost = false;

  private constructor(
    where: string,
    client: Client,
    stream: Duplex,
    lost: Promise<Error>,
    pid: number,
    serverVersion: number,
  ) {
    this.where = where;
    this.#client = client;
    this.#stream = stream;
    this.#lost = lost;
    this.pid = pid;
    this.serverVersion = serverVersion;
    void lost.then(() => (this.#isLost = true));
  }

  /** Opens one; a server that is just starting, or full, is asked again until the connect time-out. */
  static async open(plan: DatabasePlan): Promise<Session> {
    const where = whereIs(plan);
    using deadline = new Deadline(plan.target.connectTimeoutMs, plan.signal);
    for (;;) {
      try {
        return await Session.#openOnce(plan, where, deadline);
      } catch (error) {
        const mayPass = isAnswer(error) && (error.code === '57P03' || error.code === '53300');
        if (!mayPass || deadline.leftMs < 1_000) throw notOpened(where, plan.target.postgres.user, error);
        await pause(500);
      }
    }
  }

  static async #openOnce(plan: DatabasePlan, where: string, deadline: Deadline): Promise<Session> {
    const late = (stop: 'timeout' | 'abort'): Error =>
      stop === 'abort'
        ? interrupted(`opening a session with ${where}`)
        : new Error(`no answer within ${seconds(deadline.timeoutMs)}`);
    const stream = await deadline.within(dial(plan, deadline.leftMs), late);
    const lost = deferred<Error>();
    const lose = (error?: Error): void => lost.resolve(error ?? new Error('the server closed the connection'));
    stream.once('close', () => lose()).on('error', lose);
    const client = new Client(configOf(plan, stream));
    client.on('error', lose).on('end', () => lose());
    try {
      await deadline.within(client.connect(), late);
      await deadline.within(client.query(settings), late);
      const about = `SELECT pg_backend_pid(), current_setting('server_version_num')::int`;
      const { rows } = await deadline.within(client.query<number[]>({ text: about, rowMode: 'array' }), late);
      const [pid = 0, version = 0] = rows[0] ?? [];
      return new Session(where, client, stream, lost.promise, pid, version);
    } catch (error) {
      stream.destroy();
      throw error;
    }
  }

  /** True when the session can no longer be used. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** Runs one statement with its values; rejects with pg's error, or with the loss of the session. */
  async ask(query: SqlText, timeoutMs: number): Promise<Answer> {
    const tooLong = (): Error =>
      new WorldError('failed', `the answer of ${this.where} is larger than ${answerLimitBytes / 1024 / 1024} MiB`, {
        hint: 'ask for fewer rows or columns',
      });
    const config = {
      text: query.text,
      values: [...query.values],
      rowMode: 'array' as const,
      types: boundedTypes(tooLong),
      // Without this pg sends a statement that has no values in a way that takes several commands at once.
      queryMode: 'extended',
    };
    // pg's types know neither `queryMode` nor parsers of our own.
    return this.#within(this.#client.query(config as unknown as QueryArrayConfig), timeoutMs) as Promise<Answer>;
  }

  /** Runs text of our own, which may hold several commands; gives the rows of the last. */
  async command(text: string, timeoutMs: number): Promise<readonly (readonly (string | number | null)[])[]> {
    const result: unknown = await this.#within(this.#client.query({ text, rowMode: 'array' }), timeoutMs);
    const last: unknown = Array.isArray(result) ? result.at(-1) : result;
    return (last as QueryArrayResult<(string | number | null)[]>).rows;
  }

  async #within<T>(asked: Promise<T>, timeoutMs: number): Promise<T> {
    using deadline = new Deadline(timeoutMs + slackMs);
    const lost = this.#lost.then((error) => {
      throw error;
    });
    lost.catch(() => undefined);
    try {
      return await deadline.within(
        Promise.race([asked, lost]),
        () => new Error(`no answer within ${seconds(deadline.timeoutMs)}`),
      );
    } catch (error) {
      // An answer leaves the session usable; silence does not.
      if (!isAnswer(error) && !(error instanceof WorldError)) this.destroy();
      throw error;
    }
  }

  /** Lets go of the session at once. */
  destroy(): void {
    this.#isLost = true;
    this.#stream.destroy();
  }

  /** Ends the session in an orderly way. */
  async end(): Promise<void> {
    if (!this.#isLost) await Promise.race([this.#client.end().catch(() => undefined), this.#lost, quietPause(1_000)]);
    this.destroy();
  }
}

/** The server and database as messages name them. */
export function whereIs({ target, name }: DatabasePlan): string {
  return `database \`${name}\` on \`${target.host}\``;
}

function addressOf({ target: { postgres } }: DatabasePlan): DialAddress {
  return postgres.address.startsWith('/')
    ? { kind: 'unix', path: `${postgres.address}/.s.PGSQL.${postgres.port}` }
    : { kind: 'tcp', address: postgres.address, port: postgres.port };
}

async function dial(plan: DatabasePlan, timeoutMs: number): Promise<Duplex> {
  const address = addressOf(plan);
  if (plan.target.postgres.through === 'direct') return dialFromHere(address, timeoutMs);
  const connection = await plan.connection();
  return connection.dial(address, timeoutMs);
}

function configOf({ target: { postgres }, name, applicationName }: DatabasePlan, stream: Duplex): ClientConfig {
  return {
    host: postgres.address,
    port: postgres.port,
    user: postgres.user,
    database: name,
    // A function, because pg looks for PGPASSWORD and ~/.pgpass when there is no password.
    password: () => {
      if (postgres.password !== undefined) return postgres.password;
      throw new NoPassword(`the server asks for the password of \`${postgres.user}\`, and none is known`);
    },
    application_name: applicationName.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 63),
    ssl: postgres.tls && !postgres.address.startsWith('/'),
    // Truthy and empty, so that PGOPTIONS of our own environment does not count.
    options: ' ',
    stream: () => asSocket(stream),
  };
}

/** Dresses an open stream as the socket that pg wants to connect itself. */
function asSocket(stream: Duplex): Duplex {
  return Object.assign(stream, {
    connect: () => {
      process.nextTick(() => stream.emit('connect'));
      return stream;
    },
    setNoDelay: () => stream,
    setKeepAlive: () => stream,
    ref: () => stream,
    unref: () => stream,
  });
}
