// Who holds the lock that a statement waits for: asked from a second session while it waits, because afterwards nobody knows.
import { pause } from './deadline.js';
import { printable } from './printable.js';
import { Session } from './postgres-session.js';
import type { DatabasePlan } from './postgres-session.js';

const columns = `a.pid, a.usename, a.application_name, coalesce(host(a.client_addr), 'local'), a.state,
  to_char(a.query_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), a.query`;

/** For servers before 9.6, which have no pg_blocking_pids. */
const byLocks = `SELECT DISTINCT ${columns} FROM pg_locks w JOIN pg_locks h ON h.granted AND h.pid <> w.pid
  AND h.locktype = w.locktype AND h.database IS NOT DISTINCT FROM w.database AND h.relation IS NOT DISTINCT FROM w.relation
  AND h.page IS NOT DISTINCT FROM w.page AND h.tuple IS NOT DISTINCT FROM w.tuple
  AND h.transactionid IS NOT DISTINCT FROM w.transactionid AND h.virtualxid IS NOT DISTINCT FROM w.virtualxid
  AND h.classid IS NOT DISTINCT FROM w.classid AND h.objid IS NOT DISTINCT FROM w.objid
  JOIN pg_stat_activity a ON a.pid = h.pid WHERE w.pid = $1 AND NOT w.granted`;

const byFunction = `SELECT ${columns} FROM pg_stat_activity a WHERE a.pid = ANY (pg_blocking_pids($1))`;

/** Watches one waiting session. */
export class LockWatch {
  readonly #plan: DatabasePlan;
  readonly #pid: number;
  readonly #firstMs: number;
  #blockers: readonly string[] = [];
  #stopped = false;
  #watching: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** The first look comes early enough for a lock time-out that is short. */
  constructor(plan: DatabasePlan, pid: number, lockTimeoutMs: number) {
    this.#plan = plan;
    this.#pid = pid;
    this.#firstMs = Math.min(300, lockTimeoutMs / 4);
  }

  /** Starts to look. */
  start(): void {
    this.#timer = setTimeout(() => {
      this.#watching = this.#watch();
    }, this.#firstMs);
  }

  /** Ends the watch, and tells who was in the way when it last saw someone. */
  async stop(): Promise<readonly string[]> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#watching;
    return this.#blockers;
  }

  async #watch(): Promise<void> {
    try {
      const session = await Session.open(this.#plan);
      try {
        while (!this.#stopped) {
          await this.#look(session);
          await pause(100);
        }
      } finally {
        await session.end();
      }
    } catch {
      // Without a second session nobody can be named; the refusal itself is told all the same.
    }
  }

  async #look(session: Session): Promise<void> {
    const text = session.serverVersion >= 90_600 ? byFunction : byLocks;
    const { rows } = await session.ask({ text, values: [this.#pid] }, 5_000);
    if (rows.length > 0)
      this.#blockers = rows.map((row) =>
        describe(row.map((value) => printable(typeof value === 'string' ? value : JSON.stringify(value ?? ''), 200))),
      );
  }
}

function describe([pid, user, application, client, state, since, query]: readonly string[]): string {
  const who = `pid ${pid ?? ''}, user ${user ?? ''}${application === '' ? '' : `, application ${application ?? ''}`}, client ${client ?? ''}`;
  return `${who}, ${state ?? ''}, since ${since ?? ''}: ${query ?? ''}`;
}
