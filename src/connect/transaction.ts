// Statements that happen together or not at all: limits on the server, row counts checked before COMMIT, and after
// COMMIT no claim without evidence.
import type { Rows, SqlText, Transaction, TransactionMark } from '../core/connection.js';
import { mapOf } from '../core/value.js';
import { WorldError } from '../core/world-error.js';
import { outcomeOf, serverOf } from './commit-outcome.js';
import { LockWatch } from './lock-watch.js';
import { broken, isAnswer, refusal } from './postgres-error.js';
import type { Answer, DatabasePlan, Session } from './postgres-session.js';
import { reasonOf } from './printable.js';
import { brief } from './sql-rules.js';
import { uniqueNames } from './sql-values.js';

/** Our own short commands may take this long. */
const ownMs = 10_000;

/** Runs a transaction in a session that is used for nothing else. */
export async function runTransaction(
  plan: DatabasePlan,
  session: Session,
  transaction: Transaction,
): Promise<readonly Rows[]> {
  const mark = await begin(session, transaction);
  try {
    const rows: Rows[] = [];
    for (const [index, statement] of transaction.statements.entries()) {
      rows.push(await runStatement(plan, session, transaction, statement, index));
    }
    await transaction.beforeCommit?.(mark);
    if (plan.signal.aborted) throw stopped(session);
    await commit(plan, session, transaction, mark);
    return rows;
  } catch (error) {
    await session.command('ROLLBACK', ownMs).catch(() => undefined);
    throw error;
  }
}

async function begin(session: Session, { lockTimeoutMs, statementTimeoutMs }: Transaction): Promise<TransactionMark> {
  const server = session.server === undefined ? await serverOf(session) : session.server;
  try {
    const rows = await session.command(
      [
        'BEGIN',
        limits(statementTimeoutMs, lockTimeoutMs),
        // A standby gives no transaction numbers, and some functions of a standby are worth calling.
        'SELECT CASE WHEN pg_is_in_recovery() THEN NULL ELSE txid_current()::text END',
      ].join('; '),
      ownMs,
    );
    const xid = rows[0]?.[0];
    return { xid: typeof xid === 'string' ? xid : null, pid: session.pid, server };
  } catch (error) {
    throw isAnswer(error) ? refusal(session.where, error) : broken(session.where, error);
  }
}

/** Milliseconds as the server takes them: 0 would mean no limit, and the settings are 32 bit integers. */
function whole(ms: number): number {
  return Math.min(Math.max(1, Math.round(ms)), 2_147_483_647);
}

/** Limits that the server itself keeps, for the current transaction. */
export function limits(statementTimeoutMs: number, lockTimeoutMs: number): string {
  return `SET LOCAL statement_timeout = ${whole(statementTimeoutMs)}; SET LOCAL lock_timeout = ${whole(lockTimeoutMs)}`;
}

async function runStatement(
  plan: DatabasePlan,
  session: Session,
  transaction: Transaction,
  statement: SqlText,
  index: number,
): Promise<Rows> {
  if (plan.signal.aborted) throw stopped(session);
  const watch = new LockWatch(plan, session.pid, transaction.lockTimeoutMs);
  watch.start();
  try {
    const rows = rowsOf(await session.ask(statement, transaction.statementTimeoutMs));
    checkCount(session, statement, rows, transaction.expectRows?.[index], index);
    return rows;
  } catch (error) {
    if (!isAnswer(error)) throw broken(session.where, error, statement.text);
    if (plan.signal.aborted) throw stopped(session);
    throw waited(session, statement, error.code === '55P03' || error.code === '57014' ? await watch.stop() : [], error);
  } finally {
    await watch.stop();
  }
}

function waited(
  session: Session,
  statement: SqlText,
  blockers: readonly string[],
  error: Parameters<typeof refusal>[1],
): WorldError {
  const plain = refusal(session.where, error, statement.text, blockers.length === 0 ? {} : { blockers });
  if (blockers.length === 0) return plain;
  return new WorldError('failed', `${plain.message}; it waited for ${blockers.join('; and for ')}`, {
    ...(plain.hint === undefined ? {} : { hint: plain.hint }),
    details: plain.details,
    cause: error,
  });
}

function checkCount(
  session: Session,
  { text }: SqlText,
  { rowCount }: Rows,
  expected: number | undefined,
  index: number,
): void {
  if (expected === undefined || expected === rowCount) return;
  throw new WorldError(
    'failed',
    `statement ${index + 1} touched ${counted(rowCount)} in ${session.where}, expected ${counted(expected)}: \`${brief(text)}\``,
    {
      hint: 'everything was rolled back; look at the condition of the statement',
      details: { statement: index + 1, found: rowCount, expected },
    },
  );
}

function counted(rows: number): string {
  return `${rows} row${rows === 1 ? '' : 's'}`;
}

function stopped(session: Session): WorldError {
  return new WorldError(
    'interrupted',
    `the transaction in ${session.where} was stopped by the operator and rolled back`,
  );
}

async function commit(
  plan: DatabasePlan,
  session: Session,
  { statementTimeoutMs }: Transaction,
  mark: TransactionMark,
): Promise<void> {
  let answer: Answer;
  try {
    answer = await session.ask({ text: 'COMMIT', values: [] }, statementTimeoutMs);
  } catch (error) {
    if (isAnswer(error) && !endsSession(error.code)) throw refusal(session.where, error, 'COMMIT');
    await resolve(plan, session, mark, error);
    return;
  }
  if (answer.command === 'COMMIT') return;
  throw new WorldError('failed', `${session.where} rolled the transaction back instead of committing it`, {
    hint: 'a statement failed without saying so; look at the log of the server',
  });
}

/** Codes with which a server goes away: they may come before or after the commit. */
function endsSession(code: string | undefined): boolean {
  return code?.startsWith('57P') === true || code?.startsWith('08') === true || code?.startsWith('58') === true;
}

async function resolve(plan: DatabasePlan, session: Session, mark: TransactionMark, error: unknown): Promise<void> {
  session.destroy();
  const outcome = await outcomeOf(plan, mark);
  if (outcome === 'committed') return;
  const reason = reasonOf(error);
  if (outcome === 'aborted') {
    throw new WorldError(
      'failed',
      `the session with ${session.where} was lost at COMMIT, and the transaction was rolled back: ${reason}`,
      {
        hint: 'nothing was changed; it is safe to run this again',
        details: { reason: 'connection-lost' },
        cause: error,
      },
    );
  }
  throw new WorldError(
    'in-doubt',
    `the session with ${session.where} was lost at COMMIT, and nobody can say whether it happened: ${reason}`,
    {
      hint:
        mark.xid === null
          ? 'look at the data before running this again'
          : `look at the data, or ask \`select txid_status(${mark.xid})\` there`,
      details: { reason: 'connection-lost', ...(mark.xid === null ? {} : { transaction: mark.xid }) },
      cause: error,
    },
  );
}

/** An answer as rows by name. */
export function rowsOf({ fields, rows, rowCount }: Answer): Rows {
  const columns = uniqueNames(fields.map((field) => field.name));
  return {
    columns,
    rows: rows.map((row) => mapOf(columns.map((name, index) => [name, row[index] ?? null]))),
    rowCount: rowCount ?? rows.length,
  };
}
