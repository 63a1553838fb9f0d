// What the Service Center's button "Initialize Slony" does in the embedded lab: the slonik script of a fresh two-node
// cluster, command by command, each in its own transaction and stopping at the first error, so that a half-made cluster
// looks as it does in real life.
import type { Client } from 'pg';
import { appliance, DATABASE_LOGIN, type DatabaseName, type HostName } from './appliances.js';
import type { DataCenter, Member, SlonikRequest } from './data-center.js';
import { LabProblem, messageOf, problem } from './problem.js';
import { isServiceRunning, propertyList } from './sandbox-facts.js';
import { slonyBackend, type SlonyReport } from './slony-backend.js';
import { CREATE_SLONY_SCHEMA, PUBLIC_SEQUENCES, PUBLIC_TABLES } from './slony-model.js';
import { openSession } from './sql.js';
import { applianceState, type ApplianceState, type LabState } from './state.js';

/** What to initialise. Without `origin`, it is the appliance that the fabric database calls primary. */
export interface InitializeRequest {
  readonly org: number;
  readonly database: DatabaseName;
  readonly origin?: HostName;
}

async function createNode(client: Client, id: number, comment: string): Promise<void> {
  const present = await client.query(`select 1 from pg_namespace where nspname = '_slony'`);
  if (present.rowCount !== 0) {
    const message = `<stdin>: Error: namespace "_slony" already exists in database of node ${id}`;
    throw problem('lab/slonik', message, `drop the schema \`_slony\` on \`${comment}\` first`);
  }
  // Several statements in one query are one transaction.
  await client.query(`${CREATE_SLONY_SCHEMA}; select _slony.initializeLocalNode(${id}, '${comment}')`);
}

async function storePaths(
  clients: readonly Client[],
  pair: readonly ApplianceState[],
  database: string,
): Promise<void> {
  for (const [local, client] of clients.entries()) {
    for (const [server, place] of pair.entries()) {
      if (server === local) continue;
      await client.query('insert into _slony.sl_node values ($1, true, $2, false)', [server + 1, place.host]);
    }
    for (const [server, place] of pair.entries()) {
      const { user, password } = DATABASE_LOGIN;
      const conninfo = `dbname=${database} host=127.0.0.1 port=${place.postgresPort} user=${user} password=${password}`;
      const receiver = server === 0 ? 2 : 1;
      await client.query('insert into _slony.sl_path values ($1, $2, $3, 1)', [server + 1, receiver, conninfo]);
    }
  }
}

async function createSet(origin: Client): Promise<void> {
  const comment = 'All tables and Sequences';
  await origin.query('insert into _slony.sl_set values (1, 1, null, $1)', [comment]);
  const tables = await origin.query<{ name: string }>(PUBLIC_TABLES);
  for (const [index, { name }] of tables.rows.entries()) {
    await origin.query('select _slony.setAddTable_int(1, $1, $2, $3)', [index + 1, name, `replicated table ${name}`]);
  }
  const sequences = await origin.query<{ name: string }>(PUBLIC_SEQUENCES);
  for (const [index, { name }] of sequences.rows.entries()) {
    await origin.query('select _slony.setAddSequence_int(1, $1, $2, $3)', [
      index + 1,
      name,
      `replicated sequence ${name}`,
    ]);
  }
}

async function runScript(clients: readonly Client[], pair: readonly ApplianceState[], database: string): Promise<void> {
  const [origin] = clients;
  if (origin === undefined) return;
  for (const [index, client] of clients.entries()) await createNode(client, index + 1, pair[index]?.host ?? '');
  if (clients.length > 1) await storePaths(clients, pair, database);
  await createSet(origin);
  if (clients.length > 1) await origin.query('insert into _slony.sl_subscribe values (1, 1, 2, true, false)');
}

function stateOf(lab: LabState, { host }: Member): ApplianceState {
  const place = applianceState(lab, host);
  if (place === undefined) throw problem('lab/unknown-host', `the lab has no host \`${host}\``);
  return place;
}

/** The way in from outside, through the appliance's gate: a cut-off one cannot be reached. */
function open(lab: LabState, member: Member, database: DatabaseName, as: string): Promise<Client> {
  return openSession({ host: '127.0.0.1', port: stateOf(lab, member).postgresPort, database }, as);
}

async function slonik(lab: LabState, { database, origin, subscriber }: SlonikRequest): Promise<void> {
  const members = subscriber === undefined ? [origin] : [origin, subscriber];
  const clients: Client[] = [];
  try {
    for (const member of members) clients.push(await open(lab, member, database, 'slonik'));
    await runScript(
      clients,
      members.map((member) => stateOf(lab, member)),
      database,
    );
  } catch (thrown) {
    if (thrown instanceof LabProblem) throw thrown;
    throw problem('lab/slonik', `<stdin>: PGRES_FATAL_ERROR ${messageOf(thrown)}`);
  } finally {
    await Promise.all(clients.map((client) => client.end())).catch(() => undefined);
  }
}

/** The embedded lab as its Service Center sees it. */
export function embeddedDataCenter(lab: LabState): DataCenter {
  return {
    members: lab.appliances,
    async fabricAddresses(member) {
      const { root } = stateOf(lab, member);
      return isServiceRunning(root, 'dtService') ? propertyList(root, 'fdb', 'fdb.db.hosts') : undefined;
    },
    open: (member, database) => open(lab, member, database, 'service center'),
    slonik: (request) => slonik(lab, request),
  };
}

/**
 * Makes a fresh Slony cluster of an organisation's pair for one database: node 1 is the origin, node 2 the other
 * appliance when it can be reached. Rows flow once a slon runs on both. Throws LabProblem as slonik would complain.
 */
export function initializeSlony(lab: LabState, { org, database, origin }: InitializeRequest): Promise<SlonyReport> {
  const master = origin === undefined ? {} : { master: appliance(origin).address };
  return slonyBackend(embeddedDataCenter(lab)).initialize({ organization: org, database, ...master });
}
