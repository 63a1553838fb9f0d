// What `playbook lab status` tells: how every appliance stands now, seen from inside, so a cut-off one is seen too.
import type { Client } from 'pg';
import { appliance, SERVICES, type DatabaseName, type HostName } from './appliances.js';
import { isAlive } from './processes.js';
import { livingProcesses } from './process-table.js';
import { isServiceRunning } from './sandbox-facts.js';
import { withSession } from './sql.js';
import type { ApplianceState } from './state.js';

/** What an appliance is to the Slony cluster of one database; `unknown` when the database does not answer. */
export type SlonyRole = 'origin' | 'subscriber' | 'none' | 'unknown';

/** One database of an appliance. */
export interface DatabaseStatus {
  readonly database: DatabaseName;
  readonly role: SlonyRole;
  readonly slonRuns: boolean;
  /** Age of the last event that all others have confirmed; absent without another node. */
  readonly lagMs?: number;
}

/** One appliance. */
export interface ApplianceStatus {
  readonly host: HostName;
  readonly sshPort: number;
  readonly postgresPort: number;
  readonly cut: boolean;
  readonly databaseRuns: boolean;
  readonly services: Readonly<Record<string, boolean>>;
  readonly databases: readonly DatabaseStatus[];
  /** The appliance's own row in its own fdb; absent when it cannot be read. */
  readonly capabilities?: number;
}

const CLUSTER = `
  select (select last_value from _slony.sl_local_node_id)::int as local, (select min(set_origin) from _slony.sl_set) as origin,
    (extract(epoch from (select max(st_lag_time) from _slony.sl_status)) * 1000)::int as lag`;

interface ClusterRow {
  readonly local: number;
  readonly origin: number | null;
  readonly lag: number | null;
}

async function readCluster(client: Client): Promise<ClusterRow | undefined> {
  const there = await client.query(`select 1 from pg_namespace where nspname = '_slony'`);
  return there.rowCount === 0 ? undefined : (await client.query<ClusterRow>(CLUSTER)).rows[0];
}

function roleOf(cluster: ClusterRow | undefined): SlonyRole {
  if (cluster === undefined || cluster.origin === null) return 'none';
  return cluster.origin === cluster.local ? 'origin' : 'subscriber';
}

async function databaseStatus(place: ApplianceState, database: DatabaseName): Promise<DatabaseStatus> {
  const address = { host: place.socketDirectory, port: place.postgresPort, database };
  const slonRuns = livingProcesses(place.root).some(
    (row) => row.name === 'slon' && row.commandLine.includes(`dbname=${database} `),
  );
  try {
    const cluster = await withSession(address, readCluster);
    const lag = cluster?.lag;
    return { database, role: roleOf(cluster), slonRuns, ...(typeof lag === 'number' ? { lagMs: lag } : {}) };
  } catch {
    return { database, role: 'unknown', slonRuns };
  }
}

async function readCapabilities(place: ApplianceState): Promise<number | undefined> {
  const address = { host: place.socketDirectory, port: place.postgresPort, database: 'fdb' };
  const query = 'select capabilities from appliance where name = $1';
  const result = await withSession(address, (client) =>
    client.query<{ capabilities: string }>(query, [place.host]),
  ).catch(() => undefined);
  const value = result?.rows[0]?.capabilities;
  return value === undefined ? undefined : Number(value);
}

/** Looks at one appliance. */
export async function applianceStatus(place: ApplianceState, cut: boolean): Promise<ApplianceStatus> {
  const { host, root, sshPort, postgresPort } = place;
  const databases = await Promise.all(appliance(host).databases.map((name) => databaseStatus(place, name)));
  const capabilities = await readCapabilities(place);
  return {
    host,
    sshPort,
    postgresPort,
    cut,
    databaseRuns: isAlive(place.postgres),
    services: Object.fromEntries(SERVICES.map((name) => [name, isServiceRunning(root, name)])),
    databases,
    ...(capabilities === undefined ? {} : { capabilities }),
  };
}
