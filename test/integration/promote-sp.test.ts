// The project's first job, on the real thing: `playbook run promote-sp.yml -i dc1.yml` against sshd, sudo, PostgreSQL
// and Slony-I, with A alive and with A cut off. What is proven here is looked at from outside, never told by the run.
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exitCode } from '../../src/core/exit.js';
import { runPlaybook } from '../rigs/command-line.js';
import type { Ran } from '../rigs/command-line.js';
import type { MonitorReport } from '../rigs/writable-monitor.js';
import { changedParts, skipsWithoutLab, startLab } from '../rigs/real-lab.js';
import type { LabHost, RealLab } from '../rigs/real-lab.js';
import { changesOf } from '../rigs/runbook.js';
import { SlonyOperator } from '../rigs/slony-operator.js';

const promote = ['promote-sp.yml', '-i', 'dc1.yml'];
// What an operator types: the name of the appliance that is demoted, and that the Service Center is done.
const answers = ['--confirm', 'spa', '--confirm', 'initialized'];
const withoutLab = skipsWithoutLab();

async function insert(lab: RealLab, host: LabHost, name: string): Promise<void> {
  await lab.sql(host, 'fdb', `insert into policy (org_id, name) values (1000, '${name}')`);
}

async function arrives(lab: RealLab, host: LabHost, name: string): Promise<boolean> {
  for (const deadline = Date.now() + 30_000; Date.now() < deadline; await delay(100)) {
    if ((await lab.sql(host, 'fdb', `select from policy where name = '${name}'`)).length === 1) return true;
  }
  return false;
}

async function capabilities(lab: RealLab): Promise<Readonly<Record<string, unknown>>> {
  const rows = await lab.sql(
    'spb',
    'fdb',
    `select name, capabilities::int as bits from appliance where name like 'sp%'`,
  );
  return Object.fromEntries(rows.map((row) => [row['name'], row['bits']]));
}

describe.skipIf(withoutLab)('promote-sp.yml while A is alive', () => {
  let lab: RealLab;
  let check: Ran;
  let checkTouched: readonly string[];
  let run: Ran;
  let seen: MonitorReport;

  beforeAll(async () => {
    lab = await startLab({ hosts: ['spa', 'spb'] });
    await insert(lab, 'spa', 'before');
    await arrives(lab, 'spb', 'before');
    const before = await Promise.all(lab.hosts.map((host) => lab.fingerprint(host)));
    check = await runPlaybook([...promote, '--check', '--diff']);
    const after = await Promise.all(lab.hosts.map((host) => lab.fingerprint(host)));
    checkTouched = lab.hosts.flatMap((host, index) =>
      changedParts(before[index] ?? {}, after[index] ?? {}).map((part) => `${host}: ${part}`),
    );
    const person = new SlonyOperator(lab, 'spb', 'spa');
    const monitor = await lab.writableMonitor(['spa', 'spb']);
    run = await runPlaybook([...promote, ...answers], person.see);
    await person.done();
    seen = await monitor.stop();
  });
  afterAll(async () => lab?.stop());

  it('is checked without touching anything: files, processes, tables, WAL', () => {
    expect(check.stderr).toBe('');
    expect(check.exitCode).toBe(exitCode.done);
    expect(checkTouched).toEqual([]);
  });

  it('makes exactly the changes that the check has named', () => {
    expect(run.stderr).toBe('');
    expect(run.exitCode).toBe(exitCode.done);
    expect(run.withStatus('changed')).toEqual(changesOf(check));
    expect(run.withStatus('changed').length).toBeGreaterThanOrEqual(12);
  });

  it('leaves B writable and A refusing, with rows flowing from B to A', async () => {
    await insert(lab, 'spb', 'after');
    expect(await arrives(lab, 'spa', 'after')).toBe(true);
    expect(await arrives(lab, 'spa', 'before')).toBe(true);
    await expect(insert(lab, 'spa', 'refused')).rejects.toThrow('cannot be modified on a subscriber node');
  });

  it('moves bits 64 and 128 from A to B, and A keeps its bit 65536', async () => {
    expect(await capabilities(lab)).toEqual({ spa: 65_536 + 3, spb: 192 + 3 });
  });

  it('takes A out of fdb.properties and changes no other byte, mode or owner', async () => {
    const file = '/usr/local/desktone/release/active/conf/fdb.properties';
    for (const host of lab.hosts) {
      const { stdout } = await lab.exec(host, ['sh', '-c', `cat ${file}; stat -c '%a %U:%G' ${file}`]);
      expect(stdout.split('\n')).toEqual([
        '# databases of fdb, the primary first',
        'fdb.db.hosts=10.231.77.12',
        'fdb.db.port=5432',
        'fdb.db.user=admin',
        'fdb.monitoring.host=10.231.77.110',
        '640 root:desktone',
        '',
      ]);
    }
  });

  it('runs dtService on B and not on A', async () => {
    const codes = await Promise.all(lab.hosts.map((host) => lab.exec(host, ['service', 'dtService', 'status'])));
    expect(codes.map(({ code }) => code)).toEqual([3, 0]);
  });

  it('never lets two databases take writes while dtService runs', () => {
    expect(seen.samples).toBeGreaterThan(50);
    expect(seen.moments).toEqual([]);
    expect(seen.history.at(0)).toMatchObject({ writable: ['spa'] });
    expect(seen.history.at(-1)).toMatchObject({ writable: ['spb'], serving: ['spb'] });
  });

  it('leaves nothing of its own on the hosts, but the name of the run that was there last', async () => {
    for (const host of lab.hosts) {
      expect(await lab.sql(host, 'fdb', `select nspname from pg_namespace where nspname like 'playbook%'`)).toEqual([]);
      const { stdout } = await lab.exec(host, [
        'find',
        '/tmp',
        '/var/tmp',
        '/dev/shm',
        '/usr/local/desktone',
        '-name',
        '*playbook*',
      ]);
      expect(stdout).toMatch(/^\/var\/tmp\/playbook\.last-\d+\n$/);
    }
  });

  it('changes nothing the second time, and says so', async () => {
    const again = await runPlaybook(promote);
    expect(again.exitCode).toBe(exitCode.done);
    expect(again.withStatus('changed', 'unknown')).toEqual([]);
    expect(again.recap).toMatchObject({ spa: { changed: 0, failed: 0 }, spb: { changed: 0, failed: 0 } });
  });

  it('told no password in any event', () => {
    expect(JSON.stringify([check.events, run.events])).not.toMatch(/Desktone1|desktone-db/);
  });
});

describe.skipIf(withoutLab)('promote-sp.yml while A is cut off', () => {
  let lab: RealLab;

  beforeAll(async () => {
    lab = await startLab({ hosts: ['spa', 'spb'] });
    await lab.cut('spa');
  });
  afterAll(async () => lab?.stop());

  it('touches nothing unless a person has decided that A is dead', async () => {
    const before = await lab.fingerprint('spb');
    const run = await runPlaybook([...promote, ...answers]);
    expect(run.exitCode).toBe(exitCode.failed);
    expect(run.withStatus('failed')).toEqual(['A answers, or a person has said that it is dead @ spa']);
    expect(changedParts(before, await lab.fingerprint('spb'))).toEqual([]);
  });

  it('makes B the primary by decision, loudly, and again changes nothing', { timeout: 240_000 }, async () => {
    const dead = [...promote, ...answers, '-e', 'primary_state=dead'];
    const person = new SlonyOperator(lab, 'spb');
    const run = await runPlaybook(dead, person.see);
    await person.done();
    expect(run.stderr).toBe('');
    expect(run.exitCode).toBe(exitCode.done);
    expect(run.events).toContainEqual(expect.objectContaining({ message: expect.stringContaining('IS LEFT OUT') }));
    expect(run.recap['spa']).toMatchObject({ changed: 0, unreachable: 1, failed: 0 });
    await insert(lab, 'spb', 'without A');
    expect(await capabilities(lab)).toEqual({ spa: 65_536 + 3, spb: 192 + 3 });
    const again = await runPlaybook(dead);
    expect(again.exitCode).toBe(exitCode.done);
    expect(again.withStatus('changed')).toEqual([]);
  });

  it('does not take an A that answers for dead', async () => {
    await lab.heal('spa');
    const run = await runPlaybook([...promote, ...answers, '-e', 'primary_state=dead']);
    expect(run.exitCode).toBe(exitCode.failed);
    expect(run.withStatus('failed')).toEqual(['An A that answers is not dead @ spa']);
  });

  it('gives A, when it is back, everything anew from B, and A refuses writes', { timeout: 240_000 }, async () => {
    const rejoin = [
      'rejoin-primary.yml',
      '-i',
      'dc1.yml',
      '-e',
      'org=1000',
      '--confirm',
      'spa fdb',
      '--confirm',
      'initialized',
    ];
    await insert(lab, 'spa', 'lost');
    const person = new SlonyOperator(lab, 'spb', 'spa');
    const run = await runPlaybook(rejoin, person.see);
    await person.done();
    expect(run.stderr).toBe('');
    expect(run.exitCode).toBe(exitCode.done);
    await insert(lab, 'spb', 'after the rejoin');
    expect(await arrives(lab, 'spa', 'after the rejoin')).toBe(true);
    expect(await arrives(lab, 'spa', 'without A')).toBe(true);
    expect(await lab.sql('spa', 'fdb', `select from policy where name = 'lost'`)).toEqual([]);
    await expect(insert(lab, 'spa', 'refused')).rejects.toThrow('cannot be modified on a subscriber node');
    const again = await runPlaybook(rejoin);
    expect(again.exitCode).toBe(exitCode.done);
    expect(again.withStatus('changed')).toEqual([]);
  });
});
