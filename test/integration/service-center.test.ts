// The Service Center over real Slony-I: what its page and its REST call say is what slonik did. And what the rejoin of an
// old primary needs of the lab: a database that is down while ssh is up, and an appliance that boots again.
import { execFile } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SERVICE_CENTER_LOGIN } from '../../src/lab/index.js';
import { skipsWithoutLab, startLab, startServiceCenter, type LabHost, type RealLab } from '../rigs/real-lab.js';
import { clusterCells, SLONY_OPERATIONS, Visitor } from '../rigs/service-center-client.js';

const ssh = (args: readonly string[]) => promisify(execFile)('ssh', args);
const withoutLab = skipsWithoutLab();

async function insert(lab: RealLab, host: LabHost, name: string): Promise<void> {
  await lab.sql(host, 'fdb', `insert into policy (org_id, name) values (1000, '${name}')`);
}

async function arrives(lab: RealLab, host: LabHost, name: string): Promise<boolean> {
  for (const deadline = Date.now() + 60_000; Date.now() < deadline; await delay(100)) {
    const rows = await lab.sql(host, 'fdb', `select from policy where name = '${name}'`).catch(() => []);
    if (rows.length === 1) return true;
  }
  return false;
}

/** A row can be on the other side a SYNC before the sequence that numbered it. */
async function sequenceArrives(lab: RealLab, from: LabHost, to: LabHost): Promise<boolean> {
  const query = 'select last_value from policy_id_seq';
  for (const deadline = Date.now() + 60_000; Date.now() < deadline; await delay(100)) {
    const [first, second] = [await lab.sql(from, 'fdb', query), await lab.sql(to, 'fdb', query)];
    if (first[0]?.['last_value'] === second[0]?.['last_value']) return true;
  }
  return false;
}

async function makePrimary(lab: RealLab, next: LabHost, last: LabHost, where: LabHost): Promise<void> {
  await lab.sql(
    where,
    'fdb',
    `update appliance set capabilities = capabilities & ~192::bigint where name = '${last}';
     update appliance set capabilities = capabilities | 192 where name = '${next}'`,
  );
}

describe.skipIf(withoutLab)('the Service Center of the real lab', () => {
  let lab: RealLab;
  let center: Awaited<ReturnType<typeof startServiceCenter>>;
  let admin: Visitor;
  const press = async (operation: string): Promise<string> =>
    admin.outcome(await admin.press(operation, '1000', 'fdb'));
  const cells = async (host: LabHost): Promise<readonly string[]> =>
    clusterCells((await admin.get(SLONY_OPERATIONS)).html, `1000-fdb-${host}`).slice(3);

  beforeAll(async () => {
    lab = await startLab({ hosts: ['spa', 'spb'] });
    center = await startServiceCenter(lab);
    admin = new Visitor(center.url);
    await admin.logIn();
  });
  afterAll(async () => {
    await center?.close();
    await lab?.stop();
  });

  it('shows the cluster that runs', async () => {
    expect(await cells('spa')).toEqual(['1', 'origin', '4', '1']);
    expect(await cells('spb')).toEqual(['2', 'subscriber', '4', '1']);
  });

  it('says what slonik says when the cluster exists, and not the password', async () => {
    const said = await press('initialize');
    expect(said).toMatch(/^failed: .*namespace "_slony" already exists in database of node 1/);
    expect(said).not.toContain('desktone-db');
  });

  it('reinitializes what replicates, by its REST call: rows flow again, from the primary of now', async () => {
    await makePrimary(lab, 'spb', 'spa', 'spa');
    expect(await arrivesBits(lab, 'spb')).toBe(true);
    const { user, password } = SERVICE_CENTER_LOGIN;
    const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
    const call = '/dt-rest/v100/maintenance/manager';
    const answer = await fetch(new URL(`${call}/initSlony`, center.url), {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ slonyInitOpType: 1, orgId: 1000, dbType: 'FDB' }),
    });
    const message = 'spb is node 1 and origin of 4 tables, spa is node 2';
    expect([answer.status, await answer.json()]).toEqual([200, { message }]);
    const query = `${call}/retrievemasterslonynode?orgId=1000&dbType=FDB`;
    const master = await fetch(new URL(query, center.url), { headers: { authorization } });
    expect(await master.json()).toEqual({ comment: 'spb', id: 1, active: true });
    await insert(lab, 'spb', 'from the new primary');
    expect(await arrives(lab, 'spa', 'from the new primary')).toBe(true);
    expect(await sequenceArrives(lab, 'spb', 'spa')).toBe(true);
    expect(await cells('spb')).toEqual(['1', 'origin', '4', '1']);
    expect(await cells('spa')).toEqual(['2', 'subscriber', '4', '1']);
  });

  it('leaves out an appliance that is cut off, and works on the other one alone', async () => {
    await lab.exec('spb', ['service', 'dtService', 'stop']);
    await lab.cut('spb');
    await lab.exec('spa', ['killall', 'slon']);
    await lab.sql('spa', 'fdb', 'drop schema _slony cascade');
    await lab.exec('spa', ['/usr/local/desktone/scripts/start_slon_fdb.sh']);
    await makePrimary(lab, 'spa', 'spb', 'spa');
    expect(await press('initialize')).toBe(
      'done: spa is node 1 and origin of 4 tables, no subscriber could be reached',
    );
    expect(await cells('spb')).toEqual(['-', 'cannot be reached', '-', '-']);
  });

  it('meets an appliance that boots as a second primary, and makes a subscriber of it', async () => {
    await lab.reboot('spb');
    expect((await lab.exec('spb', ['service', 'dtService', 'status'])).code).toBe(0);
    expect((await lab.exec('spb', ['pgrep', '-x', 'slon'])).code).toBe(0);
    expect(await cells('spb')).toEqual(['-', 'cannot be reached', '-', '-']);
    await lab.heal('spb');
    expect(await cells('spb')).toEqual(['1', 'origin', '4', '1']);
    await insert(lab, 'spb', 'split brain');
    // What was on its disk is there still.
    expect(await lab.sql('spb', 'fdb', `select from policy where name = 'from the new primary'`)).toHaveLength(1);
    expect(await press('reinitialize')).toBe('done: spa is node 1 and origin of 4 tables, spb is node 2');
    await insert(lab, 'spa', 'together again');
    expect(await arrives(lab, 'spb', 'together again')).toBe(true);
    expect(await lab.sql('spb', 'fdb', `select from policy where name = 'split brain'`)).toEqual([]);
  });

  it('tells a database that is down while ssh goes on, and rows flow by themselves after its start', async () => {
    await lab.stopDatabase('spb');
    await expect(lab.sql('spb', 'fdb', 'select 1')).rejects.toThrow('ENOENT');
    const { stdout } = await ssh(['-F', lab.sshConfigFile, '-o', 'BatchMode=yes', 'spb', 'hostname']);
    expect(stdout).toBe('spb\n');
    expect(await cells('spb')).toEqual(['-', 'cannot be reached', '-', '-']);
    await lab.startDatabase('spb');
    await insert(lab, 'spa', 'after the start');
    expect(await arrives(lab, 'spb', 'after the start')).toBe(true);
  });
});

async function arrivesBits(lab: RealLab, host: LabHost): Promise<boolean> {
  const query = `select from appliance where name = '${host}' and capabilities & 192 = 192`;
  for (const deadline = Date.now() + 30_000; Date.now() < deadline; await delay(100)) {
    if ((await lab.sql(host, 'fdb', query)).length === 1) return true;
  }
  return false;
}
