// The whole data centre: after a failover of the service providers the tenant's B is given writes and promoted, its old
// primary is given every database anew, and the service providers fail back. Each runbook is checked, run and run again,
// and Slony is initialized in each of the three ways: by a person, by the pages in a real browser, by the REST call.
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exitCode } from '../../src/core/exit.js';
import { runPlaybook } from '../rigs/command-line.js';
import { skipsWithoutLab, startLab, startServiceCenter } from '../rigs/real-lab.js';
import type { LabDatabase, LabHost, RealLab } from '../rigs/real-lab.js';
import { checkRunAndRunAgain } from '../rigs/runbook.js';
import { SlonyOperator } from '../rigs/slony-operator.js';
import type { WritableMonitor } from '../rigs/writable-monitor.js';

const tables = { fdb: ['policy', 'name'], edb: ['desktop_pool', 'name'], avdb: ['app_stack', 'name'] } as const;
const all = ['fdb', 'edb', 'avdb'] as const;
const minutes = { timeout: 300_000 };
const dc1 = ['-i', 'dc1.yml'];
const tenant = [...dc1, '-e', 'org=1001'];

describe.skipIf(skipsWithoutLab())('the pairs of a data centre', () => {
  let lab: RealLab;
  let center: Awaited<ReturnType<typeof startServiceCenter>>;

  beforeAll(async () => {
    lab = await startLab();
    center = await startServiceCenter(lab);
  });
  afterAll(async () => {
    await center?.close();
    await lab?.stop();
  });

  const way = (name: string): readonly string[] => [
    '-e',
    `service_center_way=${name}`,
    '-e',
    `service_center_url=${center.url}`,
    '-e',
    `service_center_api=${new URL('/dt-rest/v100', center.url).href}`,
  ];

  const watch = (hosts: readonly LabHost[], databases: readonly LabDatabase[]): Promise<readonly WritableMonitor[]> =>
    Promise.all(databases.map((database) => lab.writableMonitor(hosts, database)));

  async function insert(database: LabDatabase, host: LabHost): Promise<string> {
    const [table, column] = tables[database];
    const value = `${database} from ${host} at ${Date.now()}`;
    await lab.sql(host, database, `insert into ${table} (${column}) values ('${value}')`);
    return value;
  }

  async function has(database: LabDatabase, host: LabHost, value: string): Promise<boolean> {
    const [table, column] = tables[database];
    return (await lab.sql(host, database, `select from ${table} where ${column} = '${value}'`)).length > 0;
  }

  async function flows(database: LabDatabase, from: LabHost, to: LabHost): Promise<void> {
    const value = await insert(database, from);
    for (let tries = 0; !(await has(database, to, value)); tries += 1) {
      expect(tries, `${value} has not come to ${to}`).toBeLessThan(300);
      await delay(100);
    }
    await expect(insert(database, to)).rejects.toThrow('cannot be modified on a subscriber node');
  }

  it('drops nothing while B does not have every row of A', minutes, async () => {
    await lab.exec('spb', ['killall', 'slon']);
    const late = await insert('fdb', 'spa');
    const run = await runPlaybook(['promote-sp.yml', ...dc1, '--confirm', 'spa']);
    expect(run.exitCode).toBe(exitCode.failed);
    expect(run.withStatus('failed')).toContain('P2.4 Not every row of A has come to B @ spb');
    expect(await has('fdb', 'spa', late)).toBe(true);
    expect(await lab.sql('spa', 'fdb', `select from pg_namespace where nspname = '_slony'`)).toHaveLength(1);
    await lab.exec('spb', ['/usr/local/desktone/scripts/start_slon_fdb.sh']);
  });

  it('promotes the service provider B', minutes, async () => {
    const words = ['promote-sp.yml', ...dc1, '--confirm', 'spa', '--confirm', 'initialized'];
    const person = new SlonyOperator(lab, 'spb', 'spa');
    await checkRunAndRunAgain(words, { see: person.see, monitors: await watch(['spa', 'spb'], ['fdb']) });
    await person.done();
    await flows('fdb', 'spb', 'spa');
  });

  it(
    'gives the tenant B writes of its own, and all rows of A, also those that slon had not brought',
    minutes,
    async () => {
      await lab.exec('tab', ['killall', 'slon']);
      const late = await insert('edb', 'taa');
      expect(await has('edb', 'tab', late)).toBe(false);
      const words = ['enable-writes.yml', ...tenant, '--confirm', 'taa'];
      const run = await checkRunAndRunAgain(words, {
        monitors: await watch(['taa', 'tab'], all),
        unpredictable: ['P1.5 Bring', 'P1.9 P1.10'],
      });
      expect(run.withStatus('changed')).toContain('P1.5 Bring to B what only A has @ tab');
      expect(await has('edb', 'tab', late)).toBe(true);
      for (const database of all) {
        expect(await has(database, 'tab', await insert(database, 'tab'))).toBe(true);
        await expect(insert(database, 'taa')).rejects.toThrow('this database takes no writes');
        expect(await lab.sql('tab', database, `select from pg_namespace where nspname = '_slony'`)).toEqual([]);
      }
      // A service that stopped later makes the runbook go through all again; B's own rows must survive it.
      await lab.sql('tab', 'edb', 'update desktop_pool set size = 99');
      await lab.exec('tab', ['service', 'diagnose', 'stop']);
      expect((await runPlaybook(words)).exitCode).toBe(exitCode.done);
      expect(await lab.sql('tab', 'edb', 'select distinct size from desktop_pool')).toEqual([{ size: 99 }]);
      expect((await lab.exec('tab', ['cat', '/usr/local/desktone/av.conf'])).stdout).toBe('DB_HOST=10.231.77.22\n');
      const diagnose = '/usr/local/xmpms/diagnose/config/application.properties';
      expect((await lab.exec('tab', ['cat', diagnose])).stdout.trim().split('\n')).toEqual([
        'db.jdbc.url=jdbc:postgresql://10.231.77.22:5432/avdb?ssl=true',
        'db.fdb.jdbc.url=jdbc:postgresql://10.231.77.22:5432/fdb?ssl=true',
      ]);
      expect(JSON.stringify(run.events)).not.toMatch(/Desktone1|desktone-db/);
    },
  );

  it(
    'promotes the tenant B by a real browser, in the rows of the service provider that is master now',
    minutes,
    async () => {
      const words = ['promote-tenant.yml', ...tenant, ...way('browser'), '--confirm', 'taa'];
      await checkRunAndRunAgain(words, {
        monitors: await watch(['taa', 'tab'], all),
        unpredictable: ['P3.9 Initialize Slony by the pages'],
      });
      await flows('fdb', 'tab', 'taa');
      const rows = await lab.sql(
        'spb',
        'fdb',
        `select name, capabilities::int as bits from appliance where name like 'ta%' order by name`,
      );
      expect(rows).toEqual([
        { name: 'taa', bits: 12 },
        { name: 'tab', bits: 192 + 12 },
      ]);
    },
  );

  it('gives the old primary of the tenant every database anew, by the REST call', minutes, async () => {
    const answers = ['--confirm', 'taa edb', '--confirm', 'taa avdb'];
    await checkRunAndRunAgain(['rejoin-primary.yml', ...tenant, ...way('http'), ...answers], {
      monitors: await watch(['taa', 'tab'], all),
      unpredictable: ['P4 Initialize Slony by the REST call'],
    });
    for (const database of all) await flows(database, 'tab', 'taa');
    const active = '/usr/local/desktone/release/active';
    const { stdout } = await lab.exec('taa', [
      'sh',
      '-c',
      `grep -h hosts ${active}/*.properties ${active}/conf/*.properties`,
    ]);
    expect(stdout.trim().split('\n').toSorted()).toEqual(
      ['avdb', 'edb', 'fdb'].map((database) => `${database}.db.hosts=10.231.77.22,10.231.77.21`),
    );
  });

  it('fails the service providers back, the other way round', minutes, async () => {
    const rejoin = await runPlaybook(['rejoin-primary.yml', ...dc1, '-e', 'org=1000']);
    expect(rejoin.exitCode).toBe(exitCode.done);
    const roles = ['-e', 'old_primary=spb', '-e', 'new_primary=spa'];
    const words = ['promote-sp.yml', ...dc1, ...roles, '--confirm', 'spb', '--confirm', 'initialized'];
    const person = new SlonyOperator(lab, 'spa', 'spb');
    await checkRunAndRunAgain(words, { see: person.see, monitors: await watch(['spa', 'spb'], ['fdb']) });
    await person.done();
    await flows('fdb', 'spa', 'spb');
  });

  it('backs up and restores a database, and the other side takes no writes meanwhile', minutes, async () => {
    const kept = await insert('edb', 'tab');
    const backup = ['backup.yml', ...tenant, '-e', 'label=night'];
    await checkRunAndRunAgain(backup);
    const lost = await insert('edb', 'tab');
    const answer = ['--confirm', 'tab edb night'];
    const words = ['restore.yml', ...tenant, '-e', 'host=tab', '-e', 'database=edb', '-e', 'label=night', ...answer];
    const run = await runPlaybook(words);
    expect(run.withStatus('failed', 'not-converged', 'in-doubt')).toEqual([]);
    expect(run.exitCode).toBe(exitCode.done);
    expect([await has('edb', 'tab', kept), await has('edb', 'tab', lost)]).toEqual([true, false]);
    await expect(insert('edb', 'taa')).rejects.toThrow();
    const rejoin = ['rejoin-primary.yml', ...tenant, ...way('http'), '--confirm', 'taa edb'];
    expect((await runPlaybook(rejoin)).exitCode).toBe(exitCode.done);
    await flows('edb', 'tab', 'taa');
  });

  it('shows who is master of what', async () => {
    const run = await runPlaybook(['status.yml', ...dc1]);
    expect(run.exitCode).toBe(exitCode.done);
    const [picture = ''] = run.events.flatMap((event) =>
      event.type === 'task.finished' && event.name === 'Picture' ? [event.message ?? ''] : [],
    );
    expect(picture).toMatch(/^spa .*\n {2}● fdb {4}takes writes {4}master of 4 of 4 tables, 1 follow/m);
    expect(picture).toMatch(/^taa .*\n {2}○ fdb {4}refuses writes {2}follows/m);
    expect(run.withStatus('changed')).toEqual([]);
  });
});
