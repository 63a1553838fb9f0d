// A runner that was killed leaves sessions behind which go on waiting for locks, and later do what nobody expects any
// more. The run that is taken up again knows them by their name, which holds its own name and a lower number.
import type { Fence } from '../core/hold.js';
import { pause } from './deadline.js';
import type { Session } from './postgres-session.js';

/** How long the server may take to end them. */
const patienceMs = 10_000;

/** The application name of a session of a run. */
export function sessionName(run: Fence | undefined, operator: string): string {
  return run === undefined ? `playbook:${operator}` : `${prefixOf(run)}${run.number}:${operator}`;
}

function prefixOf({ run }: Fence): string {
  return `playbook:${run}.`;
}

const earlier = `FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND usename = session_user
  AND left(application_name, length($1)) = $1 AND substr(application_name, length($1) + 1) ~ '^[0-9]{1,9}:'
  AND substring(substr(application_name, length($1) + 1) from '^[0-9]+')::int < $2`;

/** Ends the sessions that the run had with this server when it had a lower number; gives how many there were. */
export async function endEarlier(session: Session, run: Fence): Promise<number> {
  const values = [prefixOf(run), run.number];
  const first = await session.ask({ text: `SELECT pid, pg_terminate_backend(pid) ${earlier}`, values }, 5_000);
  const endAtMs = performance.now() + patienceMs;
  // The word to end is only a signal; until they are gone they may still do something.
  for (let left = first.rows.length; left > 0;) {
    if (performance.now() > endAtMs) throw new Error(`${left} of its earlier sessions did not end`);
    await pause(50);
    left = (await session.ask({ text: `SELECT pid ${earlier}`, values }, 5_000)).rows.length;
  }
  return first.rows.length;
}
