import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ValueMap } from '../../src/core/value.js';
import { postgresqlFence } from '../../src/modules/postgresql-fence.js';
import { postgresqlSchema } from '../../src/modules/postgresql-schema.js';
import { slonyStatus, stateOf } from '../../src/modules/slony-status.js';
import { stepHere } from '../rigs/local-hands.js';
import { startDatabase } from '../rigs/modules-database.js';
import type { DatabaseRig } from '../rigs/modules-database.js';
import { connectionString, initialize, slonik, slonyIsInstalled, startSlon } from '../rigs/slony.js';

const catalog = {
  cluster_present: true,
  public_tables: 4,
  tables_without_primary_key: 0,
  deny_triggers: 0,
  log_triggers: 4,
  fenced: false,
  in_recovery: false,
  slon_backends: 3,
};
const cluster = {
  local_id: 1,
  sets: 1,
  set_id: 1,
  set_comment: 'All tables and Sequences',
  origin: 1,
  master_node: true,
  tables: 4,
  subscribers: 1,
  active_subscribers: 1,
  subscribed: false,
  lag_seconds: 2.5,
};

const follows = (catalogMore: object, clusterMore: object) => {
  const { role, consistent, read_only, writable } = stateOf(
    { ...catalog, ...catalogMore },
    { ...cluster, ...clusterMore },
  );
  return { role, consistent, read_only, writable };
};

describe('what follows from what slony_status found', () => {
  const origin = { role: 'origin', consistent: true, read_only: false, writable: true };
  const subscriber = { role: 'subscriber', consistent: true, read_only: true, writable: false };

  it.each([
    ['an origin', {}, {}, origin],
    ['a subscriber', { deny_triggers: 4 }, { origin: 2, master_node: false, subscribed: true }, subscriber],
    ['a host that is known but not subscribed', {}, { origin: 2, master_node: false }, { ...origin, role: 'none' }],
    ['an initialization that died before its tables', {}, { tables: 0 }, { ...origin, consistent: false }],
    ['one that left out a table', { public_tables: 5 }, {}, { ...origin, consistent: false }],
    ['two sets', {}, { sets: 2 }, { ...origin, consistent: false }],
    ['an empty database', { public_tables: 0 }, { tables: 0 }, { ...origin, consistent: false }],
    ['no id yet', {}, { local_id: null, master_node: null }, { ...origin, role: 'none', consistent: false }],
    ['an origin behind a fence', { fenced: true }, {}, { ...origin, writable: false }],
    ['a standby server', { in_recovery: true }, {}, { ...origin, writable: false }],
  ])('%s', (_name, catalogMore, clusterMore, expected) => {
    expect(follows(catalogMore, clusterMore)).toEqual(expected);
  });

  it("holds the row of the vendor's check only when it is one", () => {
    const seed = { set_id: 1, set_comment: 'All tables and Sequences', local_id: 1, master_node: true };
    expect(stateOf(catalog, cluster).seed_row).toEqual(seed);
    expect(stateOf(catalog, { ...cluster, sets: 2 }).seed_row).toBeNull();
    expect(stateOf(catalog, { ...cluster, sets: 0, set_id: null }).seed_row).toBeNull();
  });
});

const schema =
  'create table appliance (name text primary key); create table policy (id int primary key); create sequence s';

describe('slony_status without a cluster', () => {
  let rig: DatabaseRig;

  beforeAll(async () => {
    rig = await startDatabase();
    await rig.create('fdb', `${schema}; create table log (said text)`);
  }, 60_000);

  afterAll(async () => {
    await rig[Symbol.asyncDispose]();
  });

  const look = async (user?: string) =>
    (await stepHere(slonyStatus, { database: 'fdb' }, rig.hands('postgres', user))).after;

  it('says that there is none', async () => {
    expect(await look()).toEqual({
      cluster_present: false,
      role: 'none',
      local_id: null,
      sets: 0,
      set_id: null,
      set_comment: null,
      origin: null,
      master_node: null,
      tables: 0,
      public_tables: 3,
      tables_without_primary_key: 1,
      subscribers: 0,
      active_subscribers: 0,
      lag_seconds: null,
      deny_triggers: 0,
      log_triggers: 0,
      read_only: false,
      fenced: false,
      writable: true,
      in_recovery: false,
      slon_backends: 0,
      consistent: false,
      seed_row: null,
    });
  });

  it('knows a fence', async () => {
    const raised = await stepHere(postgresqlFence, { database: 'fdb' }, rig.hands('postgres'));
    expect(raised.again.kind).toBe('same');
    expect(await look()).toMatchObject({ fenced: true, writable: false, read_only: false });
    await stepHere(postgresqlFence, { database: 'fdb', state: 'absent' }, rig.hands('postgres'));
    expect(await look()).toMatchObject({ fenced: false, writable: true });
  });

  it('does not trip over a schema that holds half a cluster', async () => {
    const client = await rig.session('fdb');
    await client.query('create schema _slony; create table _slony.sl_set (set_id int)');
    expect(await look()).toMatchObject({ cluster_present: true, role: 'none', sets: 0, consistent: false });
    await client.query('drop schema _slony cascade');
  });

  it('does not say that no slon is there when it may not see', async () => {
    const client = await rig.session('fdb');
    await client.query('create role guest login');
    expect(await look('guest')).toMatchObject({ slon_backends: null });
  });
});

const installed = slonyIsInstalled();
if (!installed && process.env['CI'] === undefined) {
  console.warn(
    'slony_status: Slony-I is not installed (Debian: slony1-2-bin, postgresql-15-slony1-2), its tests are skipped',
  );
}

describe.skipIf(!installed && process.env['CI'] === undefined)('slony_status on a real Slony-I cluster', () => {
  let rig: DatabaseRig;

  beforeAll(async () => {
    expect(installed, 'Slony-I must be installed where CI runs').toBe(true);
    rig = await startDatabase();
    await rig.create('fdb_a', `${schema}; insert into appliance values ('spa')`);
    await rig.create('fdb_b', schema);
  }, 60_000);

  afterAll(async () => {
    await rig[Symbol.asyncDispose]();
  });

  const look = async (database: string) => (await stepHere(slonyStatus, { database }, rig.hands(database))).after;
  const until = async (database: string, holds: (state: ValueMap) => boolean): Promise<ValueMap> => {
    const endMs = performance.now() + 40_000;
    for (;;) {
      const state = await look(database);
      if (holds(state) || performance.now() > endMs) return state;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  };

  it('sees through a cluster that died before it had tables', async () => {
    slonik(`
cluster name = slony;
node 1 admin conninfo = '${connectionString(rig.port, 'fdb_a')}';
init cluster (id=1, comment='a');
create set (id=1, origin=1, comment='All tables and Sequences');`);
    const state = await look('fdb_a');
    expect(state).toMatchObject({ role: 'origin', master_node: true, tables: 0, public_tables: 2, consistent: false });
    // This is why the vendor's check alone is not enough: it is content.
    expect(state['seed_row']).toEqual({
      set_id: 1,
      set_comment: 'All tables and Sequences',
      local_id: 1,
      master_node: true,
    });
    const drop = { database: 'fdb_a', name: '_slony', state: 'absent', cascade: true };
    expect((await stepHere(postgresqlSchema, drop, rig.hands('fdb_a'))).again.kind).toBe('same');
  });

  it('tells origin, subscriber, lag and the sessions of slon', async () => {
    slonik(initialize(rig.port, 'fdb_a', 'fdb_b'));
    expect(await look('fdb_a')).toMatchObject({
      role: 'origin',
      consistent: true,
      writable: true,
      // Slony-I says so as soon as it is asked to subscribe; nothing has been copied yet.
      active_subscribers: 1,
      lag_seconds: null,
      slon_backends: 0,
      tables: 2,
      log_triggers: 2,
      deny_triggers: 0,
    });
    expect(await look('fdb_b')).toMatchObject({ role: 'none', consistent: false, read_only: false });
    {
      await using daemons = startSlon(rig.port, ['fdb_a', 'fdb_b']);
      expect(daemons.count).toBe(2);
      // A session of slon has no name of its own until its first statement.
      const origin = await until(
        'fdb_a',
        (state) => state['active_subscribers'] === 1 && state['lag_seconds'] !== null && state['slon_backends'] !== 0,
      );
      expect(origin).toMatchObject({ subscribers: 1, active_subscribers: 1, origin: 1, local_id: 1 });
      expect(origin['lag_seconds']).toBeLessThan(60);
      expect(origin['slon_backends']).toBeGreaterThan(0);
      expect(
        await until('fdb_b', (state) => state['role'] === 'subscriber' && state['read_only'] === true),
      ).toMatchObject({
        role: 'subscriber',
        local_id: 2,
        master_node: false,
        consistent: true,
        read_only: true,
        writable: false,
        deny_triggers: 2,
        log_triggers: 0,
      });
    }
    expect(await until('fdb_a', (state) => state['slon_backends'] === 0)).toMatchObject({ slon_backends: 0 });
  }, 90_000);

  it('counts what dropping a real cluster takes along as the server does', async () => {
    const client = await rig.session('fdb_b');
    const messages: (string | undefined)[] = [];
    client.on('notice', (notice) => messages.push(notice.message));
    await client.query('begin; drop schema _slony cascade; rollback');
    const step = await stepHere(
      postgresqlSchema,
      { name: '_slony', state: 'absent', cascade: true },
      rig.hands('fdb_b'),
    );
    const change = step.plan.kind === 'change' ? step.plan.change.before : {};
    expect(messages).toContain(`drop cascades to ${JSON.stringify(change['objects'])} other objects`);
    // Four triggers on each of the two tables.
    expect(change).toMatchObject({ objects_outside: 8 });
    expect(await look('fdb_b')).toMatchObject({ cluster_present: false, writable: true, deny_triggers: 0 });
  });
});
