// The databases of a host as the engine sees them: looks that cannot change anything, statements that are only
// explained, and changes. Looks share one session; a change uses its session up, so that nothing it sets outlives it.
import type { CommitOutcome, Database, Rows, SqlText, Transaction, TransactionMark } from '../core/connection.js';
import { WorldError } from '../core/world-error.js';
import { outcomeOf, serverOf } from './commit-outcome.js';
import { endEarlier } from './earlier-sessions.js';
import { broken, isAnswer, refusal } from './postgres-error.js';
import { Session, whereIs } from './postgres-session.js';
import type { Answer, DatabasePlan } from './postgres-session.js';
import { isExplainable, objectionTo } from './sql-rules.js';
import { limits, rowsOf, runTransaction } from './transaction.js';

/** A look that says no limit. */
const lookTimeoutMs = 60_000;
const lookLockTimeoutMs = 5_000;

/** The code of a transaction that was taken back so that others could go on, and how often it is tried again. */
const deadlockDetected = '40P01';
const deadlockTries = 3;

/** Opens the databases of a host; rejects when no session can be had. */
export async function openDatabase(plan: DatabasePlan): Promise<Database> {
  return new PostgresDatabase(plan, await openSame(plan));
}

/** A session with the server that was met there before. */
async function openSame(plan: DatabasePlan): Promise<Session> {
  const session = await Session.open(plan);
  try {
    session.server = await serverOf(session);
    plan.servers?.check(plan.target, session.server);
    return session;
  } catch (error) {
    await session.end();
    throw error;
  }
}

class PostgresDatabase implements Database {
  readonly #plan: DatabasePlan;
  #session: Session | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(plan: DatabasePlan, session: Session) {
    this.#plan = plan;
    this.#session = session;
  }

  look(query: SqlText, options: { readonly statementTimeoutMs?: number } = {}): Promise<Rows> {
    return this.#inTurn(async () => rowsOf(await this.#readOnly(query, options.statementTimeoutMs ?? lookTimeoutMs)));
  }

  async explain(statement: SqlText): Promise<void> {
    const objection = objectionTo(statement.text);
    if (objection !== undefined) throw objection;
    // DDL cannot be explained; whether the server takes it shows when it runs.
    if (!isExplainable(statement.text)) return;
    await this.#inTurn(() =>
      this.#readOnly({ text: `EXPLAIN ${statement.text}`, values: statement.values }, lookTimeoutMs, statement.text),
    );
  }

  async change(transaction: Transaction): Promise<readonly Rows[]> {
    for (const { text } of transaction.statements) {
      const objection = objectionTo(text);
      if (objection !== undefined) throw objection;
    }
    return this.#inTurn(() => this.#again(transaction, deadlockTries));
  }

  /** Runs it, and once more when the server took it back to end a deadlock: then nothing of it has happened. */
  async #again(transaction: Transaction, triesLeft: number): Promise<readonly Rows[]> {
    const session = await this.#take();
    const watch = new CancelOnAbort(this.#plan, session.pid);
    try {
      return await runTransaction(this.#plan, session, transaction);
    } catch (error) {
      const wasDeadlock = error instanceof WorldError && error.details['code'] === deadlockDetected;
      if (!wasDeadlock || triesLeft === 0 || this.#plan.signal.aborted) throw error;
      return await this.#again(transaction, triesLeft - 1);
    } finally {
      watch.end();
      await session.end();
    }
  }

  outcome(mark: TransactionMark): Promise<CommitOutcome> {
    return outcomeOf(this.#plan, mark);
  }

  async endEarlierSessions(): Promise<number> {
    const { run } = this.#plan;
    if (run === undefined || run.number < 2) return 0;
    return this.#inTurn(async () => {
      const session = await this.#take();
      try {
        return await endEarlier(session, run);
      } catch (error) {
        throw isAnswer(error) ? refusal(session.where, error) : broken(session.where, error);
      } finally {
        await session.end();
      }
    });
  }

  /** Runs one statement in a transaction that is read only and never committed. */
  async #readOnly(query: SqlText, statementTimeoutMs: number, said = query.text): Promise<Answer> {
    const objection = objectionTo(said);
    if (objection !== undefined) throw objection;
    const session = await this.#take();
    const watch = new CancelOnAbort(this.#plan, session.pid);
    try {
      await session.command(`BEGIN READ ONLY; ${limits(statementTimeoutMs, lookLockTimeoutMs)}`, 10_000);
      const answer = await session.ask(query, statementTimeoutMs);
      await session.command('ROLLBACK', 10_000);
      this.#session = session;
      return answer;
    } catch (error) {
      if (this.#plan.signal.aborted)
        throw this.#give(
          session,
          new WorldError('interrupted', `the look at ${session.where} was stopped by the operator`),
        );
      if (!isAnswer(error)) throw this.#give(session, broken(session.where, error, said));
      await session.command('ROLLBACK', 10_000).catch(() => session.destroy());
      this.#session = session;
      // The position counts from the start of what was sent.
      throw refusal(session.where, shifted(error, query.text.length - said.length), said);
    } finally {
      watch.end();
    }
  }

  #give(session: Session, error: WorldError): WorldError {
    session.destroy();
    return error;
  }

  /** The session for looks, or a fresh one. */
  async #take(): Promise<Session> {
    if (this.#closed) throw new WorldError('failed', `the session with ${whereIs(this.#plan)} is closed`);
    const session = this.#session;
    this.#session = undefined;
    return session === undefined || session.isLost ? openSame(this.#plan) : session;
  }

  /** One thing at a time, in the order they were asked for. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work, work);
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    await this.#last;
    await this.#session?.end();
  }
}

function shifted<T extends { position?: string | undefined }>(error: T, by: number): T {
  if (by !== 0 && error.position !== undefined) error.position = String(Number(error.position) - by);
  return error;
}

/** When the operator stops the run, what the server does for us is cancelled there, not only forgotten here. */
class CancelOnAbort {
  readonly #signal: AbortSignal;
  readonly #cancel: () => void;

  constructor(plan: DatabasePlan, pid: number) {
    this.#signal = plan.signal;
    this.#cancel = () => void cancel(plan, pid);
    this.#signal.addEventListener('abort', this.#cancel, { once: true });
  }

  end(): void {
    this.#signal.removeEventListener('abort', this.#cancel);
  }
}

async function cancel(plan: DatabasePlan, pid: number): Promise<void> {
  try {
    const session = await Session.open({ ...plan, signal: AbortSignal.timeout(plan.target.connectTimeoutMs) });
    await session.ask({ text: 'SELECT pg_cancel_backend($1)', values: [pid] }, 5_000);
    await session.end();
  } catch {
    // The server's own statement_timeout still ends it.
  }
}
