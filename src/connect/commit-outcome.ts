// A link lost at COMMIT leaves one question: did it happen? PostgreSQL 10 and later remember, and can be asked from
// another session, if it is the same server that answers.
import type { CommitOutcome, TransactionMark } from '../core/connection.js';
import { pause } from './deadline.js';
import { Session } from './postgres-session.js';
import type { DatabasePlan } from './postgres-session.js';

/** How long the server may take to notice that we are gone, or to finish the commit. */
const patienceMs = 10_000;

/** The cluster that a session talks to; null when it cannot say. */
export async function serverOf(session: Session): Promise<string | null> {
  if (session.serverVersion < 100_000) return null;
  try {
    const text = `SELECT (SELECT system_identifier FROM pg_control_system()) || '/' || (SELECT timeline_id FROM pg_control_checkpoint())`;
    const value = (await session.command(text, 5_000))[0]?.[0];
    return typeof value === 'string' ? value : null;
  } catch {
    return null;
  }
}

/** Asks a fresh session what became of a transaction. */
export async function outcomeOf(plan: DatabasePlan, mark: TransactionMark): Promise<CommitOutcome> {
  if (mark.xid === null || mark.server === null) return 'unknown';
  try {
    const session = await Session.open(plan);
    try {
      if ((await serverOf(session)) !== mark.server) return 'unknown';
      return await ask(session, mark);
    } finally {
      await session.end();
    }
  } catch {
    return 'unknown';
  }
}

async function ask(session: Session, { xid, pid }: TransactionMark): Promise<CommitOutcome> {
  const endAtMs = performance.now() + patienceMs;
  for (let tries = 0; performance.now() < endAtMs; tries += 1) {
    const { rows } = await session.ask({ text: 'SELECT txid_status($1::bigint)', values: [xid] }, 5_000);
    const status = rows[0]?.[0];
    if (status === 'committed' || status === 'aborted') return status;
    if (status !== 'in progress') return 'unknown';
    // Its COMMIT never came, and the server still waits for it. Ending our own old session settles the question;
    // should COMMIT arrive first after all, the next look says so.
    if (tries >= 3) await session.ask({ text: ownIdle, values: [pid, xid] }, 5_000);
    await pause(300);
  }
  return 'unknown';
}

const ownIdle = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
  WHERE pid = $1 AND backend_xid::text::bigint = ($2::bigint & 4294967295) AND state LIKE 'idle in transaction%' AND usename = session_user`;
