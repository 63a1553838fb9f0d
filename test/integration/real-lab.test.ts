// The lab itself: what the integration tests of playbooks stand on must be shown to hold before it proves anything.
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Client as PgClient } from 'pg';
import { Client as SshClient } from 'ssh2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import {
  changedParts,
  LAB_DATABASE_LOGIN,
  LAB_LOGIN,
  skipsWithoutLab,
  startLab,
  type Executed,
  type LabHost,
  type RealLab,
} from '../rigs/real-lab.js';

const run = promisify(execFile);
const withoutLab = skipsWithoutLab();

/** Asks again and again until the answer is the wanted one; the last answer is what the test then sees. */
async function eventually<T>(ask: () => Promise<T>, wanted: T, timeoutMs = 30_000): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer === wanted || Date.now() > deadline) return answer;
    await delay(100);
  }
}

describe.skipIf(withoutLab)('the service provider pair', () => {
  let lab: RealLab;
  const stdout = async (host: LabHost, command: string): Promise<string> =>
    (await lab.exec(host, ['sh', '-c', command])).stdout.trim();
  const policies = async (host: LabHost, name: string): Promise<unknown> =>
    (await lab.sql(host, 'fdb', `select count(*)::int as n from policy where name = '${name}'`))[0]?.['n'];

  beforeAll(async () => {
    lab = await startLab({ hosts: ['spa', 'spb'] });
  });
  afterAll(async () => {
    await lab?.stop();
  });

  it('replicates from A to B, and B refuses writes', async () => {
    await lab.sql('spa', 'fdb', `insert into policy (org_id, name) values (1000, 'from A')`);
    expect(await eventually(() => policies('spb', 'from A'), 1)).toBe(1);
    await expect(lab.sql('spb', 'fdb', `insert into policy (org_id, name) values (1000, 'from B')`)).rejects.toThrow(
      'Table policy is replicated and cannot be modified on a subscriber node',
    );
  });

  it('has the rows of which the runbook speaks, and a bit that its mask would lose', async () => {
    const rows = await lab.sql(
      'spb',
      'fdb',
      'select name, capabilities::int, capabilities & 192 = 192 as primary from appliance order by name',
    );
    expect(rows).toEqual([
      { name: 'spa', capabilities: 65_536 + 192 + 3, primary: true },
      { name: 'spb', capabilities: 3, primary: false },
      { name: 'taa', capabilities: 192 + 12, primary: true },
      { name: 'tab', capabilities: 12, primary: false },
    ]);
  });

  it('has a properties file with a mode, an owner, a comment and an address that only looks like A', async () => {
    const file = '/usr/local/desktone/release/active/conf/fdb.properties';
    expect(await stdout('spa', `stat -c '%a %U:%G' ${file}`)).toBe('640 root:desktone');
    expect((await stdout('spa', `cat ${file}`)).split('\n')).toEqual([
      '# databases of fdb, the primary first',
      'fdb.db.hosts=10.231.77.11,10.231.77.12',
      'fdb.db.port=5432',
      'fdb.db.user=admin',
      'fdb.monitoring.host=10.231.77.110',
    ]);
  });

  it('gives each host its own identity', async () => {
    const identities = [
      'cat /etc/machine-id',
      'hostname',
      'cat /proc/sys/kernel/random/boot_id',
      'cat /etc/ssh/ssh_host_ed25519_key.pub',
    ];
    identities.push('psql -XqAt -U admin fdb -c "select system_identifier from pg_control_system()"');
    for (const identity of identities) {
      const [a, b] = [await stdout('spa', identity), await stdout('spb', identity)];
      expect(a).not.toBe('');
      expect(a).not.toBe(b);
    }
  });

  it('gives each host its own process table', async () => {
    await lab.exec('spa', ['killall', 'dtService']);
    expect(await eventually(async () => (await lab.exec('spa', ['service', 'dtService', 'status'])).code, 3)).toBe(3);
    expect((await lab.exec('spb', ['service', 'dtService', 'status'])).code).toBe(0);
    await lab.exec('spa', ['service', 'dtService', 'start']);
    expect((await lab.exec('spa', ['service', 'dtService', 'status'])).code).toBe(0);
  });

  it('lets in who has the key, over known host keys', async () => {
    for (const user of ['root', 'desktone', 'operator']) {
      const { stdout: said } = await run('ssh', [
        '-F',
        lab.sshConfigFile,
        '-o',
        'BatchMode=yes',
        '-l',
        user,
        'spb',
        'id -un; hostname',
      ]);
      expect(said).toBe(`${user}\nspb\n`);
    }
  });

  it.each(['password', 'keyboard-interactive'] as const)('lets desktone in by %s', async (method) => {
    const keys = readFileSync(lab.knownHostsFile, 'utf8');
    const client = new SshClient();
    client.on('keyboard-interactive', (_name, _instructions, _language, _prompts, finish) =>
      finish([LAB_LOGIN.password]),
    );
    const ready = new Promise((resolve, reject) => client.on('ready', () => resolve('ready')).on('error', reject));
    client.connect({
      host: lab.address('spa'),
      username: LAB_LOGIN.user,
      password: LAB_LOGIN.password,
      tryKeyboard: true,
      authHandler: [method],
      hostVerifier: (key: Buffer) => keys.includes(key.toString('base64')),
    });
    expect(await ready).toBe('ready');
    client.end();
  });

  it('has a sudo that lectures and asks desktone, and does not ask operator', async () => {
    const asked = await sudo(lab, 'desktone', `${LAB_LOGIN.password}\n`);
    expect(asked).toMatchObject({ code: 0, stdout: 'root\n' });
    expect(asked.stderr).toContain('usual lecture');
    expect(asked.stderr).toContain('PASSWORD? ');
    expect(await sudo(lab, 'desktone', 'wrong\n')).toMatchObject({ code: 1, stdout: '' });
    expect(await sudo(lab, 'operator', '')).toEqual({ code: 0, stdout: 'root\n', stderr: '' });
  });

  it('asks for the password of the database over TCP only', async () => {
    const client = databaseLogin(lab, LAB_DATABASE_LOGIN.password);
    await client.connect();
    await client.end();
    await expect(databaseLogin(lab, 'wrong').connect()).rejects.toThrow('password authentication failed');
    expect(await stdout('spb', 'psql -XAt -U admin fdb -c "select 1"')).toBe('1');
  });

  it('cuts a host off the network and heals it, while the rig still reaches it', async () => {
    expect(await answers(lab.address('spa'))).toBe(true);
    await lab.cut('spa');
    expect(await answers(lab.address('spa'))).toBe(false);
    expect(await stdout('spa', 'hostname')).toBe('spa');
    expect(await policies('spa', 'policy 1')).toBe(1);
    await lab.heal('spa');
    expect(await eventually(() => answers(lab.address('spa')), true)).toBe(true);
  });

  it('has an inventory of itself', () => {
    const { all } = parse(lab.inventoryOverlay()) as { all: { hosts: Record<string, Record<string, string>> } };
    expect(Object.keys(all.hosts)).toEqual(['spa', 'spb']);
    expect(all.hosts['spb']).toMatchObject({
      ssh_host: '10.231.77.12',
      ssh_user: 'desktone',
      become_password: 'Desktone1',
    });
    expect(readFileSync(String(all.hosts['spb']?.['ssh_private_key_file']), 'utf8')).toContain('OPENSSH PRIVATE KEY');
  });

  it('has a fingerprint that stands still, and says which part was touched', async () => {
    const before = await lab.fingerprint('spb');
    await delay(2_000);
    expect(await lab.fingerprint('spb')).toEqual(before);

    await lab.exec('spb', ['sh', '-c', 'chmod 600 /etc/hosts && echo x > /usr/local/desktone/new && rm /etc/issue']);
    await lab.exec('spb', ['service', 'diagnose', 'restart']);
    await lab.exec('spb', ['sh', '-c', 'setsid tail -f /dev/null >/dev/null 2>&1 </dev/null &']);
    await lab.sql('spa', 'fdb', `update policy set value = 'changed' where name = 'policy 7'`);
    await eventually(async () => (await lab.sql('spb', 'fdb', `select from policy where value = 'changed'`)).length, 1);
    expect(changedParts(before, await lab.fingerprint('spb'))).toEqual([
      'file /etc',
      'file /etc/hosts',
      'file /etc/issue',
      'file /usr/local/desktone',
      'file /usr/local/desktone/new',
      'process diagnose',
      'process tail',
      'table fdb public.policy',
    ]);
  });

  it('has a WAL position in the fingerprint of a quiet cluster, which a rolled back write moves', async () => {
    expect(await lab.fingerprint('spa')).not.toHaveProperty('wal');
    for (const host of lab.hosts) await lab.exec(host, ['killall', 'slon']);
    expect(await eventually(async () => 'wal' in (await lab.fingerprint('spa')), true)).toBe(true);
    const before = await lab.fingerprint('spa');
    await delay(1_000);
    expect(await lab.fingerprint('spa')).toEqual(before);
    await lab.sql('spa', 'fdb', `begin; update policy set value = 'never' where name = 'policy 8'; rollback`);
    expect(changedParts(before, await lab.fingerprint('spa'))).toEqual(['wal']);
    for (const host of lab.hosts) await lab.exec(host, ['/usr/local/desktone/scripts/start_slon_fdb.sh']);
  });

  it('has a monitor that sees two databases take writes', async () => {
    const quiet = await lab.writableMonitor(['spa', 'spb']);
    await delay(1_000);
    const nothing = await quiet.stop();
    expect(nothing).toMatchObject({ moments: [], history: [{ writable: ['spa'], serving: ['spa', 'spb'] }] });
    expect(nothing.samples).toBeGreaterThan(10);

    const monitor = await lab.writableMonitor(['spa', 'spb']);
    for (const host of lab.hosts) await lab.exec(host, ['killall', 'slon']);
    await lab.sql('spb', 'fdb', 'drop schema _slony cascade');
    await lab.sql('spb', 'fdb', `insert into policy (org_id, name) values (1000, 'split brain')`);
    await lab.sql('spa', 'fdb', `insert into policy (org_id, name) values (1000, 'split brain')`);
    await delay(200);
    for (const host of lab.hosts) await lab.exec(host, ['service', 'dtService', 'stop']);
    await delay(200);
    const { moments, history } = await monitor.stop();
    expect(moments.length).toBeGreaterThan(1);
    expect(moments[0]).toMatchObject({ writable: ['spa', 'spb'], serving: ['spa', 'spb'] });
    expect(history[0]).toMatchObject({ writable: ['spa'] });
    expect(history.at(-1)).toMatchObject({ writable: ['spa', 'spb'], serving: [] });
  });

  it('makes B the origin when the button is pressed', async () => {
    await lab.sql('spa', 'fdb', 'drop schema _slony cascade');
    for (const host of lab.hosts) await lab.exec(host, ['/usr/local/desktone/scripts/start_slon_fdb.sh']);
    await lab.initSlony('fdb', 'spb', 'spa');
    await lab.sql('spb', 'fdb', `insert into policy (org_id, name) values (1000, 'from the new primary')`);
    expect(await eventually(() => policies('spa', 'from the new primary'), 1, 60_000)).toBe(1);
    await expect(lab.sql('spa', 'fdb', 'delete from policy')).rejects.toThrow(
      'cannot be modified on a subscriber node',
    );
  });
});

describe.skipIf(withoutLab)('a lab that comes and goes', () => {
  let other: ChildProcess | undefined;
  const otherLab = async (): Promise<number> => {
    other = spawn('sleep', ['infinity'], { stdio: 'ignore' });
    const script = new URL('../rigs/lab/lab', import.meta.url).pathname;
    await run(script, ['up', 'spa'], { env: { ...process.env, LAB_OWNER: String(other.pid) } });
    return other.pid ?? 0;
  };
  afterAll(() => {
    other?.kill();
  });

  it('respects the lab of a living process, and clears up after a dead one', async () => {
    const pid = await otherLab();
    await expect(startLab({ hosts: ['spb'] })).rejects.toThrow(`in use by process ${pid}`);
    const gone = new Promise((resolve) => other?.once('exit', resolve));
    other?.kill('SIGKILL');
    await gone;
    const lab = await startLab({ hosts: ['spb'] });
    expect((await lab.exec('spa', ['true'])).stderr).toContain('host spa is not up');
    expect((await lab.exec('spb', ['hostname'])).stdout).toBe('spb\n');
    await lab.stop();
  });

  it('leaves nothing behind, and starts again as new', async () => {
    for (let cycle = 0; cycle < 2; cycle += 1) {
      const lab = await startLab({ hosts: ['spa', 'spb'] });
      expect(await lab.sql('spa', 'fdb', `select 1 from policy where name = 'of an earlier cycle'`)).toEqual([]);
      await lab.sql('spa', 'fdb', `insert into policy (org_id, name) values (1000, 'of an earlier cycle')`);
      await lab.stop();
      await lab.stop();
      const { stdout } = await run('sh', ['-c', 'ip netns list; ip -o link; mount; ps -eo args']);
      expect(stdout).not.toMatch(/playbook-(?:spa|spb|taa|tab)|playbook0|host-init|lib\/dtService/);
    }
  });

  it('replicates all databases of the tenant pair', async () => {
    const lab = await startLab({ hosts: ['taa', 'tab'] });
    const count = async (host: LabHost, database: 'fdb' | 'edb' | 'avdb', table: string): Promise<unknown> =>
      (await lab.sql(host, database, `select count(*)::int as n from ${table}`))[0]?.['n'];
    await lab.sql('taa', 'edb', `insert into desktop_pool (name) values ('pool 2')`);
    await lab.sql('taa', 'avdb', `insert into app_stack (name) values ('browser')`);
    await lab.sql('taa', 'fdb', `insert into organization values (1002, 'Tenant Two')`);
    expect(await eventually(() => count('tab', 'edb', 'desktop_pool'), 2)).toBe(2);
    expect(await eventually(() => count('tab', 'avdb', 'app_stack'), 2)).toBe(2);
    expect(await eventually(() => count('tab', 'fdb', 'organization'), 2)).toBe(2);
    await lab.stop();
  });
});

function sudo(lab: RealLab, user: string, stdin: string): Promise<Executed> {
  return lab.exec('spb', ['su', user, '-c', 'cd / && sudo -k && sudo -S -p "PASSWORD? " id -un'], stdin);
}

function databaseLogin(lab: RealLab, password: string): PgClient {
  return new PgClient({ host: lab.address('spb'), database: 'fdb', user: LAB_DATABASE_LOGIN.user, password });
}

async function answers(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: address, port: 22 });
    const end = (answered: boolean): void => {
      socket.destroy();
      resolve(answered);
    };
    socket.setTimeout(1_000, () => end(false));
    socket.on('error', () => end(false));
    socket.on('data', () => end(true));
  });
}
