// Against a real OpenSSH server: what only it can show.
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createConnector } from '../../src/connect/index.js';
import type { ConnectorOptions } from '../../src/connect/index.js';
import type { Command, Connection, ExecRequest, Outcome } from '../../src/core/connection.js';
import { isRunning, text, worldError } from '../rigs/outcome.js';
import { hasSshd, startSshd } from '../rigs/sshd.js';
import type { TestSshd } from '../rigs/sshd.js';
import { targetOf } from '../rigs/target.js';

const shell = (script: string): Command => ({ kind: 'shell', script });
const { signal } = new AbortController();

async function open(
  server: TestSshd,
  home: string,
  more: Pick<ConnectorOptions, 'onNoShells'> = {},
  host = 'spb',
): Promise<Connection> {
  const { port, user, privateKeyFile, knownHostsFile } = server;
  const connector = createConnector({
    acceptNewHostKeys: false,
    environment: { PATH: process.env['PATH'], HOME: home },
    ...more,
  });
  return connector.connect(targetOf({ host, port, user, privateKeyFile, knownHostsFile }), signal);
}

describe.skipIf(!hasSshd())('OpenSSH', () => {
  let server: TestSshd;
  let connection: Connection;
  let home = '';
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'playbook-sshd-'));
    server = await startSshd(['Banner /etc/passwd']);
    connection = await open(server, home);
  });
  afterAll(async () => {
    await connection[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
    await rm(home, { recursive: true });
  });
  const run = (command: Command, more: Partial<ExecRequest> = {}): Promise<Outcome> =>
    connection.exec({ command, timeoutMs: 10_000, mutates: true, ...more });

  it('shows the host key of the type that a hashed known_hosts knows', async () => {
    expect((await run(shell('exit 9'))).rc).toBe(9);
  });

  it('carries input, output, environment, exit codes and signals', async () => {
    const stdin = Buffer.alloc(3_000_000, 'abc\n');
    const { stdout } = await run({ kind: 'argv', argv: ['cat'] }, { stdin });
    expect(Buffer.compare(stdout, stdin)).toBe(0);
    expect(text((await run(shell('echo "$PASSWORD"'), { environment: { PASSWORD: 'Geh heim' } })).stdout)).toBe(
      'Geh heim\n',
    );
    expect((await run(shell('exit 255'))).rc).toBe(255);
    expect(await run(shell('kill -TERM $$'))).toMatchObject({ rc: 143, signal: 'SIGTERM' });
  });

  it('is not waited for when a daemon keeps the output open', async () => {
    const { rc, stdout } = await run(shell('sleep 15 & echo $!'));
    expect(rc).toBe(0);
    process.kill(Number(text(stdout)));
  });

  it('whose session process is killed leaves a change in doubt, for the command lives on', async () => {
    const pidFile = join(home, 'pid');
    const other = await open(server, home);
    const running = worldError(
      other.exec({ command: shell(`echo $$ $PPID >${pidFile}; sleep 4`), timeoutMs: 10_000, mutates: true }),
    );
    const [pid = 0, parent = 0] = await numbersIn(pidFile);
    process.kill(parent, 'SIGKILL');
    expect(await running).toMatchObject({ kind: 'in-doubt' });
    expect(await isRunning(pid)).toBe(true);
    await other[Symbol.asyncDispose]();
  });

  it('ends a command that is over its time, with its group', async () => {
    const pidFile = join(home, 'group');
    const script = `trap "" TERM; sleep 60 & echo $$ $! >${pidFile}; while :; do wait; done`;
    const error = await worldError(run(shell(script), { timeoutMs: 2_500 }));
    expect(error).toMatchObject({
      kind: 'in-doubt',
      message: expect.stringContaining('was ended with its process group'),
    });
    for (const pid of await numbersIn(pidFile)) expect(await isRunning(pid)).toBe(false);
  });

  it('that grants one session at a time is used one at a time', async () => {
    await using narrow = await startSshd(['MaxSessions 1']);
    await using other = await open(narrow, home);
    const results = await Promise.all(
      [1, 2, 3, 4].map((n) => other.exec({ command: shell(`exit ${n}`), timeoutMs: 10_000, mutates: true })),
    );
    expect(results.map(({ rc }) => rc)).toEqual([1, 2, 3, 4]);
  });

  it('that grants one session at a time has it back from the kept shell, and says so', async () => {
    await using narrow = await startSshd(['MaxSessions 1']);
    const told: string[] = [];
    await using other = await open(narrow, home, { onNoShells: (host, reason) => told.push(`${host}: ${reason}`) });
    const look = (script: string): Promise<Outcome> =>
      other.exec({ command: shell(script), timeoutMs: 20_000, mutates: false, contained: true });
    expect((await look('exit 1')).rc).toBe(1);
    expect(told).toEqual([]);
    expect((await other.exec({ command: shell('exit 2'), timeoutMs: 20_000, mutates: true })).rc).toBe(2);
    expect(told).toEqual(['spb: it grants too few sessions']);
    expect((await Promise.all([3, 4, 5].map((n) => look(`exit ${n}`)))).map(({ rc }) => rc)).toEqual([3, 4, 5]);
  });

  it('that grants one session at a time gives it to each in turn, also after several wanted it at once', async () => {
    await using narrow = await startSshd(['MaxSessions 1']);
    await using other = await open(narrow, home);
    const exec = (script: string, more: Partial<ExecRequest> = {}): Promise<Outcome> =>
      other.exec({ command: shell(script), timeoutMs: 10_000, mutates: false, ...more });
    const codes = async (...all: readonly Promise<Outcome>[]) => (await Promise.all(all)).map(({ rc }) => rc);
    expect(await codes(exec('exit 1'), exec('exit 2'), exec('exit 3'))).toEqual([1, 2, 3]);
    expect(await codes(exec('exit 4', { contained: true }))).toEqual([4]);
    expect(await codes(exec('exit 5'))).toEqual([5]);
  });

  it('that sends some of many away before it knows them is asked again', async () => {
    await using busy = await startSshd(['MaxStartups 1:100:1']);
    const many = await Promise.all([1, 2, 3, 4, 5, 6].map((n) => open(busy, home, {}, `h${n}`)));
    const ended = await Promise.all(
      many.map((each, n) => each.exec({ command: shell(`exit ${n}`), timeoutMs: 20_000, mutates: false })),
    );
    expect(ended.map(({ rc }) => rc)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(busy.log()).toContain('MaxStartups');
    for (const each of many) await each[Symbol.asyncDispose]();
  });

  it('that forbids forwarding says so', async () => {
    await using closed = await startSshd(['DisableForwarding yes']);
    await using other = await open(closed, home);
    const error = await worldError(other.dial({ kind: 'tcp', address: '127.0.0.1', port: closed.port }, 2_000));
    expect(error).toMatchObject({ kind: 'failed', hint: expect.stringContaining('AllowTcpForwarding') });
    const stream = await connection.dial({ kind: 'tcp', address: '127.0.0.1', port: server.port }, 2_000);
    stream.on('error', () => undefined).destroy();
  });

  it('that was stopped is noticed, and continued is used anew', { timeout: 60_000 }, async () => {
    const other = await open(server, home);
    const parent = Number(
      text((await other.exec({ command: shell('ps -o ppid= -p $$'), timeoutMs: 5_000, mutates: false })).stdout),
    );
    process.kill(parent, 'SIGSTOP');
    const error = await worldError(other.exec({ command: shell('true'), timeoutMs: 30_000, mutates: true }));
    process.kill(parent, 'SIGCONT');
    expect(error).toMatchObject({ kind: 'unreachable', hint: expect.stringContaining('nothing was run') });
    expect((await other.exec({ command: shell('exit 3'), timeoutMs: 5_000, mutates: true })).rc).toBe(3);
    await other[Symbol.asyncDispose]();
  });
});

async function numbersIn(file: string): Promise<readonly number[]> {
  for (;;) {
    const words = (await readFile(file, 'utf8').catch(() => '')).trim().split(/\s+/);
    if (words.length > 1) return words.map(Number);
    await promisify(execFile)('sleep', ['0.05']);
  }
}
