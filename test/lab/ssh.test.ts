// What an ssh client meets on an appliance: real commands, sudo that asks, services, and process tools that see the
// sandbox only.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client as Postgres } from 'pg';
import type { Client, ClientChannel } from 'ssh2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DATABASE_LOGIN, LOGIN, startLab, type Lab } from '../../src/lab/index.js';
import { identify, waitUntilGone } from '../../src/lab/processes.js';
import { asRoot, connect, exec, launch, place, until } from './rig.js';

let base: string;
let lab: Lab;
let client: Client;

beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'lab test '));
  lab = await startLab(join(base, 'lab'), { hosts: ['spa'] });
  client = await connect(lab.state, 'spa');
}, 60_000);

afterAll(async () => {
  client?.end();
  await lab?.stop();
  rmSync(base, { recursive: true, force: true });
}, 30_000);

function dial(
  start: (done: (reason: Error | undefined, channel: ClientChannel) => void) => void,
): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    start((reason, channel) => (reason === undefined ? resolve(channel) : reject(reason)));
  });
}

async function ask(stream: ClientChannel): Promise<unknown> {
  // `pg` calls the socket's methods that a channel lacks.
  const socket = Object.assign(stream, {
    connect: () => process.nextTick(() => stream.emit('connect')),
    setNoDelay: () => undefined,
    setKeepAlive: () => undefined,
    ref: () => undefined,
    unref: () => undefined,
  });
  const postgres = new Postgres({ stream: () => socket, database: 'fdb', ...DATABASE_LOGIN });
  await postgres.connect();
  const { rows } = await postgres.query('select count(*)::int as n from policy');
  await postgres.end();
  return rows;
}

describe('logging in', () => {
  it('takes the password too', async () => {
    const other = await connect(lab.state, 'spa', { password: LOGIN.password });
    expect((await exec(other, 'whoami')).stdout).toBe('desktone\n');
    other.end();
  });

  it.each([
    ['a wrong password', { password: 'Desktone2' }],
    ['another user', { username: 'root' }],
  ])('refuses %s', async (_what, login) => {
    await expect(connect(lab.state, 'spa', login)).rejects.toThrow(/authentication methods failed/);
  });
});

describe('running commands', () => {
  it('runs a command with input, both outputs and an exit code', async () => {
    expect(await exec(client, 'cat; echo oops >&2; exit 7', 'hello')).toEqual({
      code: 7,
      signal: undefined,
      stdout: 'hello',
      stderr: 'oops\n',
    });
  });

  it('reports the signal that ended a command', async () => {
    expect(await exec(client, 'kill -KILL $$')).toMatchObject({ code: null, signal: 'SIGKILL' });
  });

  it('keeps one shell for many lines', async () => {
    const { channel, answer } = await launch(client, 'exec sh');
    channel.write('x=1\n');
    channel.write('x=$((x + 1)); echo $x\n');
    channel.end('exit 5\n');
    expect(await answer).toMatchObject({ code: 5, stdout: '2\n' });
  });

  it('runs a shell when no command is named', async () => {
    const { channel, answer } = await launch(client);
    channel.end('echo $0; exit 4\n');
    expect(await answer).toMatchObject({ code: 4, stdout: '/bin/sh\n' });
  });

  it('carries a large output unchanged', async () => {
    const answer = await exec(
      client,
      'i=0; while [ $i -lt 20000 ]; do echo 0123456789012345678901234567890123456789; i=$((i + 1)); done',
    );
    expect(answer.stdout).toHaveLength(20_000 * 41);
  });

  it('ends the whole process group when the client goes away', async () => {
    const channel = await dial((done) => client.exec('sleep 4242 & echo $!; wait', done));
    const [chunk] = (await once(channel, 'data')) as [Buffer];
    const sleeper = identify(Number(chunk.toString()));
    channel.close();
    expect(sleeper).toBeDefined();
    expect(await waitUntilGone(sleeper ?? { pid: 0, startTime: '' }, 10_000)).toBe(true);
  });
});

describe('sudo', () => {
  it('asks on stderr, and leaves the rest of the input to the command', async () => {
    const answer = await exec(
      client,
      "sudo -k -S -p 'PW?' -u root -H -- sh -c 'id -un; id -u; cat'",
      `${LOGIN.password}\nrest`,
    );
    expect(answer).toMatchObject({ code: 0, stdout: 'root\n0\nrest', stderr: 'PW?' });
  });

  it('says when a password is wrong', async () => {
    const answer = await exec(client, "sudo -S -p 'PW?' true", 'no\nno\nno\n');
    expect(answer.code).toBe(1);
    expect(answer.stderr).toBe('PW?Sorry, try again.\nPW?Sorry, try again.\nPW?sudo: 3 incorrect password attempts\n');
  });

  it('needs a password, and says so when it may not ask', async () => {
    expect(await exec(client, 'sudo -n true')).toMatchObject({ code: 1, stderr: 'sudo: a password is required\n' });
  });

  it('drops the environment, as env_reset does, but not what its command line says', async () => {
    const command = `export X=1; sudo -S -p '' Y=2 sh -c 'echo "$X|$Y"'`;
    expect((await exec(client, command, `${LOGIN.password}\n`)).stdout).toBe('|2\n');
  });
});

describe('services', () => {
  it('stops and starts a service, with the exit codes of LSB', async () => {
    expect(await exec(client, 'service dtService status')).toMatchObject({ code: 0, stdout: 'dtService is running\n' });
    expect(await asRoot(client, 'service dtService stop')).toMatchObject({ code: 0 });
    expect(await exec(client, 'service dtService status')).toMatchObject({ code: 3, stdout: 'dtService is stopped\n' });
    expect(await exec(client, 'pgrep -x dtService')).toMatchObject({ code: 1, stdout: '' });
    expect(await asRoot(client, 'service dtService stop')).toMatchObject({
      code: 0,
      stdout: 'dtService is not running\n',
    });
    expect(await asRoot(client, 'service dtService start')).toMatchObject({
      code: 0,
      stdout: 'Starting dtService: done\n',
    });
    expect(await exec(client, 'pgrep -x dtService')).toMatchObject({ code: 0 });
  });

  it('lets nobody but root start or stop one', async () => {
    expect(await exec(client, 'service dtService stop')).toMatchObject({ code: 4 });
    expect(await exec(client, 'service dtService status')).toMatchObject({ code: 0 });
  });

  it('knows no other service, and no systemd', async () => {
    expect(await exec(client, 'service nope status')).toMatchObject({
      code: 1,
      stderr: 'nope: unrecognized service\n',
    });
    expect(await exec(client, 'systemctl is-active dtService')).toMatchObject({ code: 1 });
  });
});

describe('process tools', () => {
  it('see and end what the sandbox registered, and nothing else on the machine', async () => {
    // A process of this very user, with the most tempting name that it can have.
    const outsider = spawn('sh', ['-c', 'exec sleep 4343'], { argv0: 'slon', stdio: 'ignore' });
    await once(outsider, 'spawn');
    const [pid, ...more] = (await exec(client, 'pgrep -x slon')).stdout.trim().split('\n');
    expect(Number(pid)).toBeGreaterThan(1);
    expect(more).toEqual([]);
    expect(await exec(client, 'pgrep -f 4343')).toMatchObject({ code: 1, stdout: '' });
    expect(await exec(client, 'pgrep -x slo')).toMatchObject({ code: 1 });
    expect(await exec(client, 'pgrep -x sleep')).toMatchObject({ code: 1 });
    expect(await asRoot(client, 'pkill -KILL -f 4343')).toMatchObject({ code: 1 });
    expect((await exec(client, "pgrep -af 'slon .*dbname=fdb '")).stdout).toMatch(/^\d+ slon -d 1 .*dbname=fdb /);
    expect(await exec(client, 'killall slon')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('not permitted'),
    });
    expect(await asRoot(client, 'killall -TERM slon')).toMatchObject({ code: 0 });
    await until('slon is gone', async () => (await exec(client, 'pgrep -x slon')).code === 1);
    expect(await asRoot(client, 'killall slon')).toMatchObject({ code: 1, stderr: 'slon: no process found\n' });
    expect(outsider.exitCode).toBeNull();
    outsider.kill('SIGKILL');
  });

  it('start one slon a database, and no second', async () => {
    const script = `'${place(lab.state, 'spa').root}/usr/local/desktone/scripts/start_slon_fdb.sh'`;
    expect(await exec(client, script)).toMatchObject({ code: 0, stdout: 'started slon for fdb\n' });
    expect(await exec(client, script)).toMatchObject({ code: 0, stdout: 'slon for fdb already running\n' });
    expect((await exec(client, 'pgrep -c -x slon')).stdout).toBe('1\n');
  });
});

describe('forwarding', () => {
  it('reaches the database by TCP on 127.0.0.1', async () => {
    const { postgresPort } = place(lab.state, 'spa');
    expect(await ask(await dial((done) => client.forwardOut('127.0.0.1', 0, '127.0.0.1', postgresPort, done)))).toEqual(
      [{ n: 20 }],
    );
  });

  it("reaches the database by its unix socket, under the machine's usual name too", async () => {
    const { socketDirectory, postgresPort } = place(lab.state, 'spa');
    for (const path of [`${socketDirectory}/.s.PGSQL.${postgresPort}`, '/var/run/postgresql/.s.PGSQL.5432']) {
      expect(await ask(await dial((done) => client.openssh_forwardOutStreamLocal(path, done)))).toEqual([{ n: 20 }]);
    }
  });

  it('leads nowhere else', async () => {
    const outside = join(base, 'outside');
    const server = createServer().listen(outside);
    await once(server, 'listening');
    await expect(dial((done) => client.openssh_forwardOutStreamLocal(outside, done))).rejects.toThrow();
    await expect(dial((done) => client.forwardOut('127.0.0.1', 0, '192.0.2.1', 80, done))).rejects.toThrow();
    server.close();
  });
});
