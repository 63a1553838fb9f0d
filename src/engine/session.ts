// What is open to one host: its connection and its database sessions, opened when first needed, reopened after
// a loss, and closed together. Nothing is ever re-sent here; whoever asked decides what a loss means.
import type { Clock } from '../core/clock.js';
import type { Connection, Connector, Database, Target } from '../core/connection.js';
import type { HoldAnswer, HoldRequest } from '../core/hold.js';
import { WorldError } from '../core/world-error.js';
import { Lock } from './lock.js';

/** For how long a host that could not be reached is taken to be still so, in milliseconds. */
const unreachableForMs = 30_000;

/** Everything open to one host. */
export class Session implements AsyncDisposable {
  readonly target: Target;
  readonly #connector: Connector;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  /** True when an earlier life of the run may have left sessions behind. */
  readonly #hadSessions: boolean;
  readonly #databases = new Map<string, { readonly lock: Lock; database?: Promise<Database> }>();
  /** Connections with somebody at work, by how many. */
  readonly #users = new Map<Connection, number>();
  #connection: Promise<Connection> | undefined;
  /** The connection, once it is open. */
  #open: Connection | undefined;
  #failure: { readonly error: WorldError; readonly atMs: number } | undefined;

  constructor(target: Target, connector: Connector, clock: Clock, signal: AbortSignal, hadSessions = false) {
    this.target = target;
    this.#connector = connector;
    this.#clock = clock;
    this.#signal = signal;
    this.#hadSessions = hadSessions;
  }

  /** The open connection; a host that was just found unreachable is not tried again at once. */
  connection(): Promise<Connection> {
    const recent = this.#failure;
    if (recent !== undefined && this.#clock.monotonicMs() - recent.atMs < unreachableForMs)
      return Promise.reject(recent.error);
    this.#connection ??= this.#connect();
    return this.#connection;
  }

  async #connect(): Promise<Connection> {
    try {
      this.#open = await this.#connector.connect(this.target, this.#signal);
      return this.#open;
    } catch (error) {
      this.#connection = undefined;
      if (error instanceof WorldError) this.#failure = { error, atMs: this.#clock.monotonicMs() };
      throw error;
    }
  }

  /** Works with the connection, and forgets it when the host turned out to be gone. */
  async withConnection<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    const connection = await this.connection();
    this.#users.set(connection, (this.#users.get(connection) ?? 0) + 1);
    try {
      return await work(connection);
    } catch (error) {
      if (error instanceof WorldError && error.kind === 'unreachable') this.#forget(connection);
      throw error;
    } finally {
      await this.#leave(connection);
    }
  }

  /** Asks or changes who holds the host. */
  hold(request: HoldRequest): Promise<HoldAnswer> {
    return this.withConnection((connection) => connection.hold(request, this.#signal));
  }

  /** Takes a host that was just found unreachable for one that may be back. */
  tryAgain(): void {
    this.#failure = undefined;
  }

  /** Works with a session of a database, one at a time, and forgets it when it failed. */
  async withDatabase<T>(name: string, work: (database: Database) => Promise<T>): Promise<T> {
    const entry = this.#databases.get(name) ?? { lock: new Lock() };
    this.#databases.set(name, entry);
    return entry.lock.run(async () => {
      entry.database ??= this.#openDatabase(name);
      const opening = entry.database;
      try {
        return await work(await opening);
      } catch (error) {
        delete entry.database;
        await close(opening);
        throw error;
      }
    });
  }

  /** A session; what an earlier life of the run still does there is ended first, because it may yet do more. */
  async #openDatabase(name: string): Promise<Database> {
    const database = await this.#connector.database(this.target, () => this.connection(), name, this.#signal);
    if (this.#hadSessions) await database.endEarlierSessions();
    return database;
  }

  /** Closes what is open to databases, because one in which somebody looks can neither be renamed nor dropped. */
  async closeDatabases(): Promise<void> {
    const entries = [...this.#databases.values()];
    await Promise.all(
      entries.map((entry) =>
        entry.lock.run(async () => {
          const { database } = entry;
          delete entry.database;
          await close(database);
        }),
      ),
    );
  }

  /** Whoever comes next opens another one; someone may have done so already. */
  #forget(connection: Connection): void {
    if (this.#open !== connection) return;
    this.#open = undefined;
    this.#connection = undefined;
  }

  /** A forgotten connection is closed by its last user: what others do over it is not to be cut off. */
  async #leave(connection: Connection): Promise<void> {
    const left = (this.#users.get(connection) ?? 1) - 1;
    if (left > 0) {
      this.#users.set(connection, left);
      return;
    }
    this.#users.delete(connection);
    if (this.#open !== connection) await close(connection);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const open = [...[...this.#databases.values()].map((entry) => entry.database), this.#connection];
    for (const each of open) await close(each);
    this.#databases.clear();
    this.#connection = undefined;
  }
}

/** Closes a way to a host; one that is already lost, or never opened, needs no closing. */
async function close(way: AsyncDisposable | Promise<AsyncDisposable> | undefined): Promise<void> {
  try {
    await (await way)?.[Symbol.asyncDispose]();
  } catch {
    // What it could not do has been told to whoever used it.
  }
}
