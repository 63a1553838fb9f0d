// What the Service Center's Slony operations do, whatever the data centre is made of: find the appliance that is to be
// master, have slonik make the cluster, and tell how the clusters stand.
import type { Client } from 'pg';
import { SERVICE_PROVIDER, type DatabaseName } from './appliances.js';
import { readNode, type ClusterNode } from './cluster-node.js';
import type { DataCenter, Member } from './data-center.js';
import { findPrimary, readFabric } from './find-primary.js';
import { messageOf, problem } from './problem.js';

/** One database of one organisation's pair. */
export interface SlonyRequest {
  readonly organization: number;
  readonly database: DatabaseName;
  /** Address of the appliance that is to be master; else the capability bits decide. */
  readonly master?: string;
}

/** What was made. */
export interface SlonyReport {
  readonly origin: string;
  /** Absent when the other appliance could not be reached. */
  readonly subscriber?: string;
  readonly tables: number;
}

/** An organisation that has appliances. */
export interface Organization {
  readonly id: number;
  readonly name: string;
}

/** What the Service Center asks for; failures are LabProblems with slonik's words. */
export interface SlonyBackend {
  organizations(): Promise<readonly Organization[]>;
  /** Known without asking any appliance. */
  hasOrganization(id: number): boolean;
  /** How each database of each appliance stands. */
  clusters(): Promise<readonly ClusterNode[]>;
  /** Makes a cluster where there is none. */
  initialize(request: SlonyRequest): Promise<SlonyReport>;
  /** Drops what is there, on the sides that can be reached, and makes a cluster. */
  reinitialize(request: SlonyRequest): Promise<SlonyReport>;
}

interface Pair {
  readonly database: DatabaseName;
  readonly origin: Member;
  readonly subscriber?: Member;
}

function memberAt(center: DataCenter, address: string): Member {
  const found = center.members.find((each) => each.address === address);
  if (found === undefined) throw problem('lab/unknown-host', `no appliance has the address \`${address}\``);
  return found;
}

async function masterOf(center: DataCenter, { organization, database, master }: SlonyRequest): Promise<Member> {
  const origin = master === undefined ? await findPrimary(center, organization) : memberAt(center, master);
  if (origin.organization !== organization) {
    throw problem('lab/wrong-organization', `\`${origin.host}\` does not belong to organization ${organization}`);
  }
  if (!origin.databases.includes(database)) {
    throw problem(
      'lab/unknown-database',
      `the appliances of organization ${organization} have no database \`${database}\``,
    );
  }
  return origin;
}

async function canBeReached(center: DataCenter, member: Member, database: DatabaseName): Promise<boolean> {
  const client = await center.open(member, database).catch(() => undefined);
  await client?.end().catch(() => undefined);
  return client !== undefined;
}

async function findPair(center: DataCenter, request: SlonyRequest): Promise<Pair> {
  const { database, organization } = request;
  const origin = await masterOf(center, request);
  if (!(await canBeReached(center, origin, database))) {
    throw problem('lab/slonik', `<stdin>: could not connect to node 1 (\`${origin.host}\`)`);
  }
  const other = center.members.find((each) => each.organization === organization && each.host !== origin.host);
  const reached = other !== undefined && (await canBeReached(center, other, database));
  return { database, origin, ...(reached ? { subscriber: other } : {}) };
}

async function within<T>(
  center: DataCenter,
  member: Member,
  database: DatabaseName,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const client = await center.open(member, database);
  try {
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function make(center: DataCenter, pair: Pair): Promise<SlonyReport> {
  const { database, origin, subscriber } = pair;
  await center.slonik(pair);
  const count = 'select count(*)::int as tables from _slony.sl_table';
  const found = await within(center, origin, database, (client) => client.query<{ tables: number }>(count));
  const tables = found.rows[0]?.tables ?? 0;
  return { origin: origin.host, tables, ...(subscriber === undefined ? {} : { subscriber: subscriber.host }) };
}

// The daemons hold locks for a moment again and again, and in another order than the drop takes them. One that lives
// through the drop would also take the new cluster for its old one, and wait for events that have other numbers now.
const END_DAEMON_SESSIONS = `
  select pg_terminate_backend(pid) from pg_stat_activity
  where datname = current_database() and application_name like 'slon.%'`;
const DROP = `set lock_timeout = '10s'; drop schema if exists _slony cascade`;
const DROP_ATTEMPTS = 5;

async function dropSchema(client: Client): Promise<void> {
  for (const statement of [END_DAEMON_SESSIONS, DROP, END_DAEMON_SESSIONS]) await client.query(statement);
}

async function dropCluster(center: DataCenter, member: Member, database: DatabaseName): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await within(center, member, database, dropSchema);
    } catch (thrown) {
      if (attempt < DROP_ATTEMPTS) continue;
      const message = `cannot drop \`_slony\` from \`${database}\` of \`${member.host}\`: ${messageOf(thrown)}`;
      throw problem('lab/not-dropped', message);
    }
  }
}

async function readNames(client: Client): Promise<ReadonlyMap<number, string>> {
  const found = await client.query<{ id: number; name: string }>('select id::int as id, name from organization');
  return new Map(found.rows.map(({ id, name }) => [id, name]));
}

async function readOrganizations(center: DataCenter): Promise<readonly Organization[]> {
  // The list must be there when the databases are not: that is when it is needed.
  const names = await readFabric(center, readNames).then(
    ({ value }) => value,
    () => undefined,
  );
  const ids = new Set(center.members.map((each) => each.organization));
  return [...ids].map((id) => ({ id, name: names?.get(id) ?? defaultName(id) }));
}

function defaultName(id: number): string {
  return id === SERVICE_PROVIDER ? 'Service Provider' : 'Tenant';
}

/** The Slony operations of a data centre. */
export function slonyBackend(center: DataCenter): SlonyBackend {
  const places = center.members.flatMap((member) => member.databases.map((database) => ({ member, database })));
  return {
    organizations: () => readOrganizations(center),
    hasOrganization: (id) => center.members.some((each) => each.organization === id),
    clusters: () => Promise.all(places.map(({ member, database }) => readNode(center, member, database))),
    initialize: async (request) => make(center, await findPair(center, request)),
    async reinitialize(request) {
      const pair = await findPair(center, request);
      for (const side of [pair.origin, pair.subscriber]) {
        if (side !== undefined) await dropCluster(center, side, pair.database);
      }
      return make(center, pair);
    },
  };
}
