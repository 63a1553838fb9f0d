// The appliances' own tables and first rows, as the real lab has them.
import type { Client } from 'pg';
import { appliance, HOST_NAMES, type Appliance, type DatabaseName } from './appliances.js';

const TABLES: Readonly<Record<DatabaseName, string>> = {
  fdb: `
    create table organization(id bigint primary key, name text not null);
    create table datacenter(id serial primary key, name text not null);
    create table appliance(
      id serial primary key, name text unique not null, display_name text,
      organization_id bigint references organization, datacenter_id int references datacenter,
      backbone_ip inet, hapair_appliance_id int, state text, life_state text,
      capabilities bigint not null, last_heartbeat timestamptz);
    create table policy(id serial primary key, org_id bigint, name text, value text);
    insert into organization values (1000, 'Service Provider'), (1001, 'Tenant One');
    insert into datacenter(name) values ('dc1');`,
  edb: `
    create table desktop_pool(id serial primary key, name text not null, size int);
    create table virtual_machine(id serial primary key, pool_id int references desktop_pool, name text, power text);`,
  avdb: `
    create table app_stack(id serial primary key, name text not null, state text);
    create table app_assignment(id serial primary key, stack_id int references app_stack, principal text);`,
};

const ROWS: Readonly<Record<DatabaseName, string>> = {
  fdb: `insert into policy(org_id, name, value) select 1001, 'p' || g, 'v' || g from generate_series(1, 20) g`,
  edb: `insert into desktop_pool(name, size) values ('pool1', 10)`,
  avdb: `insert into app_stack(name, state) values ('office', 'ready')`,
};

const INSERT_APPLIANCE = `
  insert into appliance(name, display_name, organization_id, datacenter_id, backbone_ip, state, life_state, capabilities)
  values ($1, $2, $3, 1, $4, 'RUNNING', 'ACTIVE', $5)`;

async function insertAppliances(client: Client, viewer: Appliance): Promise<void> {
  // The service provider knows every appliance of the data centre, a tenant its own pair.
  const known = HOST_NAMES.map(appliance).filter(
    (each) => viewer.organization === 1000 || each.organization === viewer.organization,
  );
  for (const { host, displayName, organization, address, capabilities } of known) {
    await client.query(INSERT_APPLIANCE, [host, displayName, organization, address, capabilities]);
  }
}

/** Creates the tables of one database; on a primary the rows too, which replication then brings to the secondary. */
export async function fillDatabase(client: Client, owner: Appliance, database: DatabaseName): Promise<void> {
  await client.query(TABLES[database]);
  if (!owner.primary) return;
  if (database === 'fdb') await insertAppliances(client, owner);
  await client.query(ROWS[database]);
}
