// The whole data centre: after a failover of the service providers a tenant fails over too, its old primary is given
// every database anew, and the service providers fail back. Each runbook is checked first and run twice.
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exitCode } from '../../src/core/exit.js';
import { runPlaybook } from '../rigs/command-line.js';
import type { Ran } from '../rigs/command-line.js';
import { skipsWithoutLab, startLab } from '../rigs/real-lab.js';
import type { LabDatabase, LabHost, RealLab } from '../rigs/real-lab.js';
import { SlonyOperator } from '../rigs/slony-operator.js';

const tables = { fdb: ['policy', 'name'], edb: ['desktop_pool', 'name'], avdb: ['app_stack', 'name'] } as const;

describe.skipIf(skipsWithoutLab())('the pairs of a data centre', () => {
  let lab: RealLab;

  beforeAll(async () => {
    lab = await startLab();
  });
  afterAll(async () => lab?.stop());

  async function flows(database: LabDatabase, from: LabHost, to: LabHost): Promise<void> {
    const [table, column] = tables[database];
    const value = `${database} from ${from} at ${Date.now()}`;
    await lab.sql(from, database, `insert into ${table} (${column}) values ('${value}')`);
    const arrived = `select from ${table} where ${column} = '${value}'`;
    for (let tries = 0; (await lab.sql(to, database, arrived)).length === 0; tries += 1) {
      expect(tries, `${value} has not come to ${to}`).toBeLessThan(300);
      await delay(100);
    }
    const refused = lab.sql(to, database, `insert into ${table} (${column}) values ('refused')`);
    await expect(refused).rejects.toThrow('cannot be modified on a subscriber node');
  }

  /** Checks, runs and runs again; the run changes what the check has named, and the second run nothing. */
  async function thrice(words: readonly string[], person: SlonyOperator): Promise<Ran> {
    const check = await runPlaybook([...words, '--check', '--diff']);
    expect(check.stderr).toBe('');
    expect(check.exitCode).toBe(exitCode.done);
    const run = await runPlaybook(words, person.see);
    await person.done();
    expect(run.withStatus('failed', 'not-converged', 'in-doubt', 'unreachable')).toEqual([]);
    expect(run.exitCode).toBe(exitCode.done);
    expect(run.withStatus('changed')).toEqual(check.withStatus('would-change'));
    const again = await runPlaybook(words);
    expect(again.withStatus('changed', 'unknown', 'failed')).toEqual([]);
    expect(again.exitCode).toBe(exitCode.done);
    return run;
  }

  it('promotes the service provider B', { timeout: 300_000 }, async () => {
    const words = ['promote-sp.yml', '-i', 'dc1.yml', '--confirm', 'spa', '--confirm', 'initialized'];
    await thrice(words, new SlonyOperator(lab, 'spb', 'spa'));
    await flows('fdb', 'spb', 'spa');
  });

  it(
    'promotes the tenant B, in the rows of the service provider that is master now',
    { timeout: 300_000 },
    async () => {
      const words = [
        'promote-tenant.yml',
        '-i',
        'dc1.yml',
        '-e',
        'org=1001',
        '--confirm',
        'taa',
        '--confirm',
        'initialized',
      ];
      const monitor = await lab.writableMonitor(['taa', 'tab']);
      await thrice(words, new SlonyOperator(lab, 'tab', 'taa'));
      expect((await monitor.stop()).moments).toEqual([]);
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

  it('gives the old primary of the tenant every database anew', { timeout: 400_000 }, async () => {
    const answers = ['--confirm', 'taa edb', '--confirm', 'taa avdb', '--confirm', 'initialized'];
    const words = ['rejoin-primary.yml', '-i', 'dc1.yml', '-e', 'org=1001', ...answers];
    await thrice(words, new SlonyOperator(lab, 'tab', 'taa'));
    for (const database of ['fdb', 'edb', 'avdb'] as const) await flows(database, 'tab', 'taa');
    const { stdout } = await lab.exec('taa', [
      'sh',
      '-c',
      'grep -h hosts /usr/local/desktone/release/active/*.properties /usr/local/desktone/release/active/conf/*.properties',
    ]);
    expect(stdout.trim().split('\n').toSorted()).toEqual(
      ['avdb', 'edb', 'fdb'].map((database) => `${database}.db.hosts=10.231.77.22,10.231.77.21`),
    );
  });

  it('fails the service providers back, the other way round', { timeout: 300_000 }, async () => {
    const rejoin = await runPlaybook(['rejoin-primary.yml', '-i', 'dc1.yml', '-e', 'org=1000']);
    expect(rejoin.exitCode).toBe(exitCode.done);
    const roles = ['-e', 'old_primary=spb', '-e', 'new_primary=spa'];
    const words = ['promote-sp.yml', '-i', 'dc1.yml', ...roles, '--confirm', 'spb', '--confirm', 'initialized'];
    await thrice(words, new SlonyOperator(lab, 'spa', 'spb'));
    await flows('fdb', 'spa', 'spb');
  });

  it('shows who is master of what', async () => {
    const run = await runPlaybook(['status.yml', '-i', 'dc1.yml']);
    expect(run.exitCode).toBe(exitCode.done);
    const told = run.events.flatMap((event) => (event.type === 'task.finished' ? [event.message ?? ''] : []));
    expect(told).toContainEqual(expect.stringMatching(/^spa fdb: origin, 4 of 4 tables, 1 follow/));
    expect(told).toContainEqual(expect.stringMatching(/^taa avdb: subscriber, .*refuses writes$/));
    expect(run.withStatus('changed')).toEqual([]);
  });
});
