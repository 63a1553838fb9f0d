// What the servers of databases say before a run: whether they let us in, whether they would take a task's statements,
// and which server it is that answers. Statements are explained, never run.
import type { Database, PostgresTarget, SqlText } from '../core/connection.js';
import type { Host } from '../core/inventory.js';
import { WorldError } from '../core/world-error.js';
import type { HostState, RunContext } from './context.js';
import type { Finding } from './finding.js';
import type { Session } from './session.js';

/** What came of the questions to one database: why it cannot be opened, or why a statement is not taken. */
export interface DatabaseAnswers {
  readonly closed?: WorldError;
  /** How large it is, where that was asked and can be told. */
  readonly bytes?: number;
  objection(statement: SqlText): WorldError | undefined;
}

/** Asks one database about statements, each once. */
export async function askDatabase(
  session: Session,
  name: string,
  statements: readonly SqlText[],
  sized: boolean,
): Promise<DatabaseAnswers> {
  const objections = new Map<string, WorldError>();
  try {
    const bytes = await session.withDatabase(name, async (database) => {
      for (const statement of new Map(statements.map((each) => [JSON.stringify(each), each])).values()) {
        const objection = await objectionOf(database.explain(statement));
        if (objection !== undefined) objections.set(JSON.stringify(statement), objection);
      }
      return sized ? sizeOf(database) : undefined;
    });
    return {
      ...(bytes === undefined ? {} : { bytes }),
      objection: (statement) => objections.get(JSON.stringify(statement)),
    };
  } catch (thrown) {
    if (!(thrown instanceof WorldError)) throw thrown;
    return { closed: thrown, objection: () => undefined };
  }
}

async function sizeOf(database: Database): Promise<number | undefined> {
  try {
    const { rows } = await database.look({ text: 'select pg_database_size(current_database()) as bytes', values: [] });
    const bytes = Number(rows[0]?.['bytes']);
    return Number.isFinite(bytes) ? bytes : undefined;
  } catch (thrown) {
    if (thrown instanceof WorldError) return undefined;
    throw thrown;
  }
}

async function objectionOf(asked: Promise<void>): Promise<WorldError | undefined> {
  try {
    await asked;
    return undefined;
  } catch (thrown) {
    if (thrown instanceof WorldError) return thrown;
    throw thrown;
  }
}

/** What it means that a database cannot be opened. */
export function closedCode({ details }: WorldError): Finding['code'] {
  if (details['reason'] === 'database-login') return 'preflight/login';
  switch (details['code']) {
    case '3D000':
      return 'preflight/no-database';
    case '53300':
      return 'preflight/database-full';
    case '57P03':
      return 'preflight/database-not-ready';
    default:
      return 'preflight/database';
  }
}

/**
 * Hosts whose `reachable` says that their database does not answer although its server does. A playbook must not take
 * a wrong password for a database that is down, so a refused login keeps a run from starting.
 */
export function refusedDatabases(hosts: readonly HostState[]): readonly Finding[] {
  return hosts.flatMap(({ host, databaseClosed }) => {
    if (databaseClosed === undefined) return [];
    const code = closedCode(databaseClosed);
    if (code === 'preflight/database') return [];
    const weight = code === 'preflight/login' || code === 'preflight/no-database' ? 'refusal' : 'notice';
    const { message, hint } = databaseClosed;
    return [{ code, weight, message, hint, span: host.span }];
  });
}

/** What an objection of a server means: a code of ours, and whether it is sure that the task would meet it too. */
export function meaningOf({ details }: WorldError): { readonly code: Finding['code']; readonly sure: boolean } {
  const state = String(details['code'] ?? '');
  if (state === '42501') return { code: 'preflight/privilege', sure: true };
  if (state === '3F000' || state === '42P01') return { code: 'preflight/no-relation', sure: true };
  // Class 42: syntax errors and names that mean nothing to the server.
  return { code: 'preflight/statement', sure: state.startsWith('42') };
}

const whichServer: SqlText = {
  text: 'select system_identifier::text as id, pg_postmaster_start_time()::text as started from pg_control_system()',
  values: [],
};

interface Server {
  readonly host: Host;
  readonly postgres: PostgresTarget;
  readonly isHere: boolean;
  readonly name: string;
}

/** Two hosts whose own servers are one and the same. `names` are hosts whose server has let us in. */
export async function serverFindings(context: RunContext, names: readonly string[]): Promise<readonly Finding[]> {
  const asked = await Promise.all(names.map((name) => serverOf(context, name)));
  const servers = asked.flatMap((each) => each ?? []);
  return servers.flatMap((each, index) => {
    const twin = servers.slice(0, index).find((other) => other.name === each.name && !isShared(other, each));
    return twin === undefined ? [] : [oneServer(twin.host, each.host)];
  });
}

/** The server that a host has for its own; nothing when it says that it uses another's, or when it cannot tell. */
async function serverOf(context: RunContext, name: string): Promise<Server | undefined> {
  const session = context.session(name);
  const { postgres, address, connection } = session.target;
  const isOwn = /^(localhost$|127\.|::1$|\/)/.test(postgres.address) || postgres.address === address;
  if (!isOwn) return undefined;
  try {
    const { rows } = await session.withDatabase(postgres.database, (database) => database.look(whichServer));
    const { id, started } = rows[0] ?? {};
    const isHere = connection === 'local' || postgres.through === 'direct';
    // A clone keeps the identifier, and a restarted server too; both together are of one that runs.
    return { host: context.state(name).host, postgres, isHere, name: JSON.stringify([id, started]) };
  } catch (thrown) {
    // Servers before 9.6 do not tell.
    if (thrown instanceof WorldError) return undefined;
    throw thrown;
  }
}

/** Both name the very same address as seen from here, which nobody does by accident. */
function isShared(left: Server, right: Server): boolean {
  const at = ({ postgres }: Server): string => `${postgres.address} ${postgres.port}`;
  return left.isHere && right.isHere && at(left) === at(right);
}

function oneServer(first: Host, second: Host): Finding {
  return {
    code: 'preflight/one-database',
    weight: 'refusal',
    message: `\`${first.name}\` and \`${second.name}\` lead to one and the same server of databases`,
    span: second.span,
    hint: 'check `pg_host` and `pg_port` of both: an address that moved, or a port that is forwarded',
    also: [{ span: first.span, message: 'the same server' }],
  };
}
