// A database server of the simulated world: keys with values, transactions that hold their keys until they end, a log of
// what became of each of them, and sessions that may outlive whoever opened them.
import type {
  CommitOutcome,
  Database,
  Rows,
  SqlText,
  Transaction,
  TransactionMark,
} from '../../../src/core/connection.js';
import { WorldError } from '../../../src/core/world-error.js';
import type { Asker } from './effects.js';
import type { Reply, SimulatedHost } from './host.js';
import type { Link } from './link.js';

interface Backend {
  readonly pid: number;
  readonly asker: Omit<Asker, 'sentMs' | 'claim'>;
  alive: boolean;
  open: { readonly xid: number; readonly writes: readonly Write[] } | undefined;
}

interface Write {
  readonly verb: string;
  readonly key: string;
  readonly value: string;
}

/** The server of one host. */
export class DatabaseServer {
  readonly rows = new Map<string, string>();
  readonly host: SimulatedHost;
  #backends: Backend[] = [];
  #next = 1;
  #boot: number;
  readonly #log = new Map<number, 'committed' | 'aborted'>();

  constructor(host: SimulatedHost) {
    this.host = host;
    this.#boot = host.boot;
  }

  /** A new session. */
  connect(asker: Backend['asker']): Backend {
    this.#afterBoot();
    const backend: Backend = { pid: (this.#next += 1), asker, alive: true, open: undefined };
    this.#backends.push(backend);
    return backend;
  }

  // A start of the host ends every session, and with it what was not committed.
  #afterBoot(): void {
    if (this.#boot === this.host.boot) return;
    this.#boot = this.host.boot;
    for (const each of this.#backends) this.end(each);
  }

  /** Ends a session; what it had not committed is undone. */
  end(backend: Backend): void {
    if (backend.open !== undefined) this.#log.set(backend.open.xid, 'aborted');
    backend.open = undefined;
    backend.alive = false;
    this.#backends = this.#backends.filter((each) => each !== backend);
  }

  /** Reads a key. */
  look({ text }: SqlText): Rows {
    this.#afterBoot();
    const [, key = ''] = text.split(' ');
    const value = this.rows.get(key);
    return { columns: ['value'], rows: value === undefined ? [] : [{ value }], rowCount: value === undefined ? 0 : 1 };
  }

  /** Begins a transaction, once no other one holds its keys. */
  begin(backend: Backend, { statements, lockTimeoutMs }: Transaction, reply: Reply<TransactionMark>): void {
    this.#afterBoot();
    const writes = statements.map(({ text }): Write => {
      const [verb = '', key = '', value = ''] = text.split(' ');
      return { verb, key, value };
    });
    const untilMs = this.host.kernel.nowMs + lockTimeoutMs;
    const attempt = (): void => {
      if (!backend.alive || !this.#backends.includes(backend)) return;
      const blocked = this.#backends.some(
        (each) => each !== backend && each.open?.writes.some((one) => writes.some((two) => two.key === one.key)),
      );
      if (!blocked) {
        const xid = (this.#next += 1);
        backend.open = { xid, writes };
        reply({ xid: String(xid), pid: backend.pid, server: this.host.name });
      } else if (this.host.kernel.nowMs < untilMs) {
        this.host.kernel.plan(100, 'lock-wait', this.host.name, attempt);
      } else {
        reply(new WorldError('failed', 'canceled because of the lock timeout', { details: { code: '55P03' } }));
      }
    };
    attempt();
  }

  /** Commits what the session has begun. */
  commit(backend: Backend, sentMs: number, reply: Reply<'committed'>): void {
    this.#afterBoot();
    if (!backend.alive || backend.open === undefined) return;
    const { xid, writes } = backend.open;
    backend.open = undefined;
    this.#log.set(xid, 'committed');
    for (const write of writes) this.#write(write, { ...backend.asker, claim: undefined, sentMs });
    reply('committed');
  }

  #write({ verb, key, value }: Write, asker: Asker): void {
    if (verb === 'add') {
      this.rows.set(key, String(Number(this.rows.get(key) ?? '0') + Number(value)));
      this.host.record('once', `${key}+${value}`, asker);
      return;
    }
    if (this.rows.get(key) === value) return;
    this.rows.set(key, value);
    this.host.record('converge', `${key}=${value}`, asker);
  }

  /** What became of a transaction; one that still waits for its COMMIT is ended. */
  outcome({ xid }: TransactionMark): CommitOutcome {
    this.#afterBoot();
    const open = this.#backends.find((each) => String(each.open?.xid) === xid);
    if (open !== undefined) this.end(open);
    return this.#log.get(Number(xid)) ?? 'unknown';
  }

  /** Ends every session of a run. */
  endAll(run: string): void {
    for (const each of this.#backends.filter(({ asker }) => asker.run === run)) this.end(each);
  }

  /** Ends the sessions of earlier lives of a run. */
  endEarlier({ run, number }: Backend['asker']): number {
    this.#afterBoot();
    const earlier = this.#backends.filter((each) => each.asker.run === run && (each.asker.number ?? 0) < (number ?? 0));
    for (const each of earlier) this.end(each);
    return earlier.length;
  }
}

/** A session over a link to the server's host. */
export class SimulatedSession implements Database {
  readonly #link: Link;
  readonly #server: DatabaseServer;
  readonly #asker: Backend['asker'];
  #backend: Backend | undefined;

  constructor(link: Link, server: DatabaseServer, asker: Backend['asker']) {
    this.#link = link;
    this.#server = server;
    this.#asker = asker;
  }

  /** Opens the session on the server. */
  async start(): Promise<this> {
    await this.#ask('database', (reply: Reply<'open'>) => {
      const backend = this.#server.connect(this.#asker);
      this.#backend = backend;
      this.#link.onFarEnd.add(() => this.#server.end(backend));
      reply('open');
    });
    return this;
  }

  look(query: SqlText): Promise<Rows> {
    return this.#ask('rows', (reply: Reply<Rows>) => reply(this.#server.look(query)));
  }

  explain(): Promise<void> {
    return Promise.resolve();
  }

  async change(transaction: Transaction): Promise<readonly Rows[]> {
    const backend = this.#backend;
    if (backend === undefined) throw new WorldError('failed', 'the session is not open');
    const mark = await this.#ask('begin', (reply: Reply<TransactionMark>) =>
      this.#server.begin(backend, transaction, reply),
    );
    try {
      await transaction.beforeCommit?.(mark);
    } catch (error) {
      this.#server.end(backend);
      throw error;
    }
    const sentMs = this.#link.kernel.nowMs;
    const right = this.#asker.run === undefined ? undefined : { run: this.#asker.run, number: this.#asker.number ?? 0 };
    if (this.#link.runner.alive) this.#link.onTouch('COMMIT', right);
    await this.#link.ask('commit', true, (reply: Reply<'committed'>) => this.#server.commit(backend, sentMs, reply));
    return transaction.statements.map(() => ({ columns: [], rows: [], rowCount: 1 }));
  }

  outcome(mark: TransactionMark): Promise<CommitOutcome> {
    return this.#ask('outcome', (reply: Reply<CommitOutcome>) => reply(this.#server.outcome(mark)));
  }

  endEarlierSessions(): Promise<number> {
    return this.#ask('end-sessions', (reply: Reply<number>) => reply(this.#server.endEarlier(this.#asker)));
  }

  /** What is lost before COMMIT was not done: the session is known to have failed. */
  async #ask<T>(what: string, deliver: (reply: Reply<T>) => void): Promise<T> {
    try {
      return await this.#link.ask(what, false, deliver);
    } catch (error) {
      if (!(error instanceof WorldError) || error.kind !== 'unreachable') throw error;
      throw new WorldError('failed', `the session was lost: ${error.message}`);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const backend = this.#backend;
    if (backend === undefined || !this.#link.runner.alive) return;
    this.#backend = undefined;
    await this.#link.ask('bye', false, (reply: Reply<'bye'>) => {
      this.#server.end(backend);
      reply('bye');
    });
  }
}
