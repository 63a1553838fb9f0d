// The road of a promotion on the lab, by hand: rows flow A to B, B refuses writes; then B is made origin and rows flow
// B to A. And the same with A cut off.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { initializeSlony, labStatus, startLab, type Lab } from '../../src/lab/index.js';
import { asRoot, connect, exec, place, sql, until } from './rig.js';

// The two queries of the runbook, word for word.
const SEED_CHECK = `SELECT a.set_id, a.set_comment, (SELECT last_value FROM _slony.sl_local_node_id) AS local_id, CASE WHEN a.set_origin = (SELECT  last_value FROM _slony.sl_local_node_id)THEN TRUE ELSE FALSE END AS master_node from _slony.sl_set a;`;
const STRONG_CHECK = `
select s.set_id, s.set_comment, n.last_value as local_id, s.set_origin = n.last_value as master_node,
 (select count(*) from _slony.sl_table t where t.tab_set=s.set_id) as tables,
 (select count(*) from pg_class c join pg_namespace ns on ns.oid=c.relnamespace where ns.nspname='public' and c.relkind='r') as public_tables,
 (select count(*) from _slony.sl_subscribe u where u.sub_set=s.set_id and u.sub_active) as active_subs,
 (select max(st_lag_time) from _slony.sl_status) as lag
from _slony.sl_set s, _slony.sl_local_node_id n;`;

const PROMOTE_B = `
  update appliance set capabilities = capabilities & ~192::bigint where name = 'spa';
  update appliance set capabilities = capabilities | 192 where name = 'spb'`;

let base: string;
let lab: Lab;

beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), 'lab-'));
});

afterAll(() => rmSync(base, { recursive: true, force: true }));

async function root(host: string, command: string): Promise<void> {
  const client = await connect(lab.state, host);
  const answer = await asRoot(client, command);
  client.end();
  expect({ command, ...answer }).toMatchObject({ command, code: 0 });
}

async function policies(host: string): Promise<readonly Record<string, unknown>[]> {
  return sql(lab.state, host, 'select id, name, value from policy order by id');
}

async function arrives(name: string, host: string): Promise<void> {
  return until(`${name} on ${host}`, async () => (await policies(host)).some((row) => row['name'] === name));
}

function write(host: string, name: string): Promise<unknown> {
  return sql(lab.state, host, `insert into policy(org_id, name) values (1, '${name}')`);
}

/** Steps P2.1 to P2.9 of the runbook on the hosts that can be reached. */
async function prepareB(hosts: readonly string[]): Promise<void> {
  for (const host of hosts) {
    const { root: top } = place(lab.state, host);
    const file = `${top}/usr/local/desktone/release/active/conf/fdb.properties`;
    await root(
      host,
      `service dtService stop; sed 's/^\\(fdb.db.hosts=\\)10.231.77.11,/\\1/' ${file} > ${file}.new && mv ${file}.new ${file}`,
    );
    await root(host, 'killall slon; while pgrep -x slon; do sleep 0.1; done');
    await sql(lab.state, host, 'drop schema _slony cascade');
  }
  await sql(lab.state, 'spb', PROMOTE_B);
  await root('spb', 'service dtService start');
  for (const host of hosts)
    await root(host, `${place(lab.state, host).root}/usr/local/desktone/scripts/start_slon_fdb.sh`);
}

async function checkB(): Promise<Record<string, unknown> | undefined> {
  return (await sql(lab.state, 'spb', STRONG_CHECK))[0];
}

async function noLongerThere(directory: string, socketBase: string): Promise<void> {
  await lab.stop();
  expect([directory, socketBase].filter(existsSync)).toEqual([]);
}

describe('with both appliances alive', () => {
  beforeAll(async () => {
    lab = await startLab(join(base, 'alive'));
  }, 60_000);

  afterAll(() => noLongerThere(lab.state.directory, lab.state.socketBase), 30_000);

  it('begins with A as origin and B as its active subscriber', async () => {
    expect(await sql(lab.state, 'spa', SEED_CHECK)).toEqual([
      { set_id: 1, set_comment: 'All tables and Sequences', local_id: '1', master_node: true },
    ]);
    expect(await sql(lab.state, 'spb', SEED_CHECK)).toMatchObject([{ local_id: '2', master_node: false }]);
    expect(await sql(lab.state, 'spa', 'select sub_active from _slony.sl_subscribe')).toEqual([{ sub_active: true }]);
    expect(
      await sql(lab.state, 'spb', `select name, capabilities from appliance where name like 'sp%' order by 1`),
    ).toEqual([
      { name: 'spa', capabilities: '65731' },
      { name: 'spb', capabilities: '65539' },
    ]);
  });

  it('brings inserts, updates, deletes, swapped unique values and a truncate from A to B', async () => {
    await write('spa', 'a2b');
    await arrives('a2b', 'spb');
    await sql(
      lab.state,
      'spa',
      `update policy set value = 'new' where name = 'p1';
       delete from policy where name = 'p2';
       update appliance set name = name || '?' where name like 'ta%';
       update appliance set name = case name when 'taa?' then 'tab' else 'taa' end where name like 'ta%'`,
    );
    await sql(
      lab.state,
      'spa',
      `begin; truncate policy; insert into policy(name, value) values ('only', null); commit`,
    );
    await arrives('only', 'spb');
    expect(await policies('spb')).toEqual(await policies('spa'));
    const names = 'select id, name from appliance order by id';
    expect(await sql(lab.state, 'spb', names)).toEqual(await sql(lab.state, 'spa', names));
  });

  it('lets nobody write on B', async () => {
    const message = 'Slony-I: Table policy is replicated and cannot be modified on a subscriber node - role=0';
    await expect(write('spb', 'x')).rejects.toThrow(message);
    await expect(sql(lab.state, 'spb', `update policy set value = 'x'`)).rejects.toThrow(message);
    await expect(sql(lab.state, 'spb', 'delete from policy')).rejects.toThrow(message);
    await expect(sql(lab.state, 'spb', 'truncate policy')).rejects.toThrow('forbidden on subscriber node');
  });

  it('refuses to initialize over a living cluster, as slonik does', async () => {
    await expect(initializeSlony(lab.state, { org: 1000, database: 'fdb' })).rejects.toThrow(
      'namespace "_slony" already exists in database of node 1',
    );
    await expect(initializeSlony(lab.state, { org: 1000, database: 'edb' })).rejects.toThrow('no database `edb`');
  });

  it('makes B the origin and A its subscriber', async () => {
    await prepareB(['spa', 'spb']);
    expect(await initializeSlony(lab.state, { org: 1000, database: 'fdb' })).toEqual({
      origin: 'spb',
      subscriber: 'spa',
      tables: 4,
    });
    await until('A is subscribed', async () => (await checkB())?.['active_subs'] === '1');
    expect(await checkB()).toMatchObject({ master_node: true, local_id: '1', tables: '4', public_tables: '4' });
    expect(await sql(lab.state, 'spa', SEED_CHECK)).toMatchObject([{ master_node: false }]);
    await write('spb', 'b2a');
    await arrives('b2a', 'spa');
    await expect(write('spa', 'x')).rejects.toThrow('cannot be modified on a subscriber node');
    expect(
      await sql(lab.state, 'spa', `select name, capabilities from appliance where name like 'sp%' order by 1`),
    ).toEqual([
      { name: 'spa', capabilities: '65539' },
      { name: 'spb', capabilities: '65731' },
    ]);
  }, 40_000);

  it('keeps a cluster that failed half way half made', async () => {
    await root('spb', 'killall slon; while pgrep -x slon; do sleep 0.1; done');
    await sql(lab.state, 'spb', 'drop schema _slony cascade');
    await expect(initializeSlony(lab.state, { org: 1000, database: 'fdb' })).rejects.toThrow('database of node 2');
    expect(await sql(lab.state, 'spb', 'select no_id from _slony.sl_node')).toEqual([{ no_id: 1 }]);
    expect(await sql(lab.state, 'spb', SEED_CHECK)).toEqual([]);
  });
});

describe('with A cut off', () => {
  beforeAll(async () => {
    lab = await startLab(join(base, 'cut'));
  }, 60_000);

  afterAll(() => noLongerThere(lab.state.directory, lab.state.socketBase), 30_000);

  it('silences ssh and refuses SQL, and B becomes an origin of its own', async () => {
    const before = await connect(lab.state, 'spa');
    await lab.cut('spa');
    await expect(connect(lab.state, 'spa', { readyTimeout: 300 })).rejects.toThrow(/[Tt]imed out/);
    await expect(sql(lab.state, 'spa', 'select 1')).rejects.toThrow('ECONNREFUSED');
    let answered = false;
    const hanging = exec(before, 'echo late').then((answer) => {
      answered = true;
      return answer;
    });
    await prepareB(['spb']);
    const report = await initializeSlony(lab.state, { org: 1000, database: 'fdb' });
    expect(report).toEqual({ origin: 'spb', tables: 4 });
    expect(await checkB()).toMatchObject({ master_node: true, tables: '4', active_subs: '0' });
    await write('spb', 'alone');
    expect(answered).toBe(false);
    await lab.heal('spa');
    expect(await hanging).toMatchObject({ stdout: 'late\n' });
    before.end();
    // The returned A still believes that it is the origin, and takes writes: a split brain, as in real life.
    expect(await sql(lab.state, 'spa', SEED_CHECK)).toMatchObject([{ local_id: '1', master_node: true }]);
  }, 40_000);
});

describe('with the database of A down', () => {
  beforeAll(async () => {
    lab = await startLab(join(base, 'down'));
  }, 60_000);

  afterAll(() => noLongerThere(lab.state.directory, lab.state.socketBase), 30_000);

  it('refuses SQL while ssh goes on, and goes on by itself after the start', async () => {
    await lab.stopDatabase('spa');
    await expect(sql(lab.state, 'spa', 'select 1')).rejects.toThrow('ECONNREFUSED');
    await root('spa', 'service dtService status');
    await lab.cut('spa');
    await lab.heal('spa');
    await expect(sql(lab.state, 'spa', 'select 1')).rejects.toThrow('ECONNREFUSED');
    await lab.startDatabase('spa');
    await lab.startDatabase('spa');
    await write('spa', 'after the start');
    await arrives('after the start', 'spb');
  }, 40_000);

  it('says so in its status, and knows the process that was started anew', async () => {
    const running = async (): Promise<boolean | undefined> => {
      const status = await labStatus({ directory: lab.state.directory });
      return status.ok ? status.value?.appliances[0]?.databaseRuns : undefined;
    };
    expect(await running()).toBe(true);
    await lab.stopDatabase('spa');
    expect(await running()).toBe(false);
    await lab.startDatabase('spa');
    expect(await running()).toBe(true);
    await lab.stopDatabase('spb');
    await lab.cut('spb');
    await lab.startDatabase('spb');
    await expect(sql(lab.state, 'spb', 'select 1')).rejects.toThrow('ECONNREFUSED');
    await lab.heal('spb');
    expect(await sql(lab.state, 'spb', 'select 1 as one')).toEqual([{ one: 1 }]);
  }, 40_000);
});
