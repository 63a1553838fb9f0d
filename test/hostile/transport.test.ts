// The way to a host: old algorithms only where the inventory allows them for it, nothing that a server opens towards us, and
// no more of what it says than we can hold.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Algorithms, Connection as ServerSide } from 'ssh2';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createConnector } from '../../src/connect/index.js';
import type { Connection, Target } from '../../src/core/connection.js';
import { olderAlgorithms } from '../../src/core/ssh-algorithms.js';
import { projectRoot } from '../rigs/command-line.js';
import { writeFakeSudo } from '../rigs/fake-sudo.js';
import { text, worldError } from '../rigs/outcome.js';
import { keyPair, startSshServer } from '../rigs/ssh-server.js';
import type { Behaviour, TestSshServer } from '../rigs/ssh-server.js';
import { hasSshd, startSshd } from '../rigs/sshd.js';
import { targetOf } from '../rigs/target.js';

let home = '';
const cleanUps: AsyncDisposable[] = [];
const told: string[] = [];
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'playbook-transport-'));
  await mkdir(join(home, '.ssh'));
  told.length = 0;
});
afterEach(async () => {
  for (const each of cleanUps.splice(0).toReversed()) await each[Symbol.asyncDispose]();
  await rm(home, { recursive: true });
});

async function serve(behaviour: Behaviour): Promise<TestSshServer> {
  const server = await startSshServer(behaviour);
  cleanUps.push(server);
  const lines = server.publicKeys.map((key) => `[127.0.0.1]:${server.port} ${key}\n`);
  await writeFile(join(home, '.ssh', 'known_hosts'), lines.join(''), { flag: 'a' });
  return server;
}

async function connect({ port }: { readonly port: number }, more: Partial<Target> = {}): Promise<Connection> {
  const connector = createConnector({
    acceptNewHostKeys: false,
    environment: { PATH: process.env['PATH'], HOME: home },
    onOlderAlgorithms: (host, names) => told.push(`${host}: ${names.join(' ')}`),
  });
  const target = targetOf({ port, user: 'me', password: 'Geh-heim', connectTimeoutMs: 5_000, ...more });
  const connection = await connector.connect(target, new AbortController().signal);
  cleanUps.push(connection);
  return connection;
}

const uname = { command: { kind: 'argv', argv: ['echo', 'here'] }, timeoutMs: 5_000, mutates: false } as const;

describe('a server that knows nothing better than', () => {
  const sound: Algorithms = {
    kex: ['curve25519-sha256'],
    cipher: ['aes128-ctr'],
    hmac: ['hmac-sha2-256'],
    compress: ['none'],
  };
  const rsa = keyPair('rsa').private;
  const only = (name: string): Behaviour => {
    const kind = olderAlgorithms.get(name) ?? 'kex';
    return { hostKeys: [rsa], algorithms: { ...sound, [kind]: [name] } };
  };

  test.each([...olderAlgorithms.keys()])(
    '%s is not talked to, unless the inventory allows it for this host',
    async (name) => {
      const server = await serve(only(name));
      const error = await worldError(connect(server));
      expect(error).toMatchObject({ kind: 'unreachable', message: expect.stringContaining('no matching') });
      expect(error.hint).toContain('ssh_older_algorithms');
      expect(server.authentications).toEqual([]);
      expect(told).toEqual([]);

      const allowed = await connect(server, { olderAlgorithms: [name] });
      expect(text((await allowed.exec(uname)).stdout)).toBe('here\n');
      expect(told).toEqual([`spb: ${name}`]);
    },
  );

  test.skipIf(!hasSshd())('the oldest, as OpenSSH speaks it, is reached with all of it allowed', async () => {
    const all = ['diffie-hellman-group14-sha1', 'ssh-rsa', 'aes128-cbc', 'hmac-sha1'];
    const sshd = await startSshd(
      ['KexAlgorithms', 'HostKeyAlgorithms', 'Ciphers', 'MACs'].map((word, index) => `${word} ${all[index] ?? ''}`),
    );
    cleanUps.push(sshd);
    const { user, privateKeyFile, knownHostsFile } = sshd;
    const target = { user, privateKeyFile, knownHostsFile };
    expect((await worldError(connect(sshd, target))).message).toContain('no matching');
    for (const name of all) {
      const others = { ...target, olderAlgorithms: all.filter((each) => each !== name) };
      expect((await worldError(connect(sshd, others))).message).toContain('no matching');
    }
    const connection = await connect(sshd, { ...target, olderAlgorithms: all });
    expect(text((await connection.exec(uname)).stdout)).toBe('here\n');
    expect(told).toEqual([`spb: ${all.join(' ')}`]);
  });

  test('something sound is talked to in that, whatever is allowed, and nothing is told', async () => {
    const server = await serve({ hostKeys: [rsa] });
    await connect(server, { olderAlgorithms: [...olderAlgorithms.keys()] });
    expect(told).toEqual([]);
  });
});

/** Asks the client to open a channel; resolves with what came of it. */
function open(server: ServerSide, ask: (protocol: Protocol, channel: number) => void): Promise<string> {
  // ssh2 lets servers open three kinds of channels; its protocol beneath knows the others.
  const protocol = Reflect.get(server, '_protocol') as Protocol;
  const channels = Reflect.get(server, '_chanMgr') as { add(done: (error?: Error) => void): number };
  return new Promise((resolve) => {
    const channel = channels.add((error) => resolve(error === undefined ? 'opened' : 'refused'));
    // Some of these only a client may ask for, and this server is no honest one.
    Reflect.set(protocol, '_server', false);
    try {
      ask(protocol, channel);
    } catch {
      // And others only a server.
      Reflect.set(protocol, '_server', true);
      ask(protocol, channel);
    }
    Reflect.set(protocol, '_server', true);
  });
}

type Open = (channel: number, window: number, packet: number, more?: object) => void;
type Protocol = Readonly<
  Record<
    | 'session'
    | 'x11'
    | 'forwardedTcpip'
    | 'directTcpip'
    | 'openssh_authAgent'
    | 'openssh_forwardedStreamLocal'
    | 'openssh_directStreamLocal',
    Open
  >
>;

test('what a server opens towards us is refused, in any number, and the link goes on', async () => {
  let side: ServerSide | undefined;
  const server = await serve({ onReady: (connection) => (side = connection) });
  const connection = await connect(server);
  const address = { boundAddr: '127.0.0.1', boundPort: 22, remoteAddr: '127.0.0.1', remotePort: 22 };
  const there = { srcIP: '127.0.0.1', srcPort: 1, dstIP: '127.0.0.1', dstPort: 22 };
  const kinds: Readonly<Record<string, (protocol: Protocol, channel: number) => void>> = {
    session: (protocol, channel) => protocol.session(channel, 1_000, 1_000),
    x11: (protocol, channel) => protocol.x11(channel, 1_000, 1_000, { originAddr: '127.0.0.1', originPort: 1 }),
    'forwarded-tcpip': (protocol, channel) => protocol.forwardedTcpip(channel, 1_000, 1_000, address),
    'direct-tcpip': (protocol, channel) => protocol.directTcpip(channel, 1_000, 1_000, there),
    'auth-agent': (protocol, channel) => protocol.openssh_authAgent(channel, 1_000, 1_000),
    'forwarded-streamlocal': (protocol, channel) =>
      protocol.openssh_forwardedStreamLocal(channel, 1_000, 1_000, { socketPath: '/run/agent' }),
    'direct-streamlocal': (protocol, channel) =>
      protocol.openssh_directStreamLocal(channel, 1_000, 1_000, { socketPath: '/run/agent' }),
  };
  const all = Object.entries(kinds).flatMap((kind) => Array.from({ length: 100 }, () => kind));
  const fates = await Promise.all(all.map(async ([kind, ask]) => [kind, side && (await open(side, ask))] as const));
  const opened = fates.filter(([, fate]) => fate !== 'refused');
  console.log(
    `channels: ${Object.keys(kinds).length} kinds, ${fates.length} asked for by a server, ${opened.length} opened`,
  );
  expect(opened).toEqual([]);
  expect(text((await connection.exec(uname)).stdout)).toBe('here\n');
  expect(server.unwanted).toEqual([]);
});

test('the words by which sudo asks are worth nothing to a program that says them later', async () => {
  const password = 'Geh-heim-4711';
  const path = await writeFakeSudo(join(home, 'bin'), { password });
  const environment = { PATH: `${path}:${process.env['PATH'] ?? ''}`, HOME: home };
  const server = await serve({ environment, onReady: () => undefined });
  const connection = await connect(server);
  const become = { user: 'postgres', method: 'sudo', password } as const;
  // Whoever runs there can read them in the list of processes; each time on both streams, with and without a line end.
  const script =
    'printf "%s" "$SUDO_PROMPT" >&2; printf "%s\\n" "$SUDO_PROMPT" >&2; printf "%s" "$SUDO_PROMPT"; sleep 0.3; cat; env; cat /proc/$$/environ /proc/$$/cmdline 2>/dev/null';
  const said: string[] = [];
  for (const mutates of [false, false, true, true]) {
    const { stdout, stderr } = await connection.exec({
      command: { kind: 'shell', script },
      become,
      timeoutMs: 5_000,
      mutates,
    });
    said.push(text(stdout), text(stderr));
  }
  const prompts = said.filter((each) => /\[playbook [0-9a-f]+\]/.test(each));
  const hits = said.filter((each) => each.includes(password));
  console.log(`sudo: ${prompts.length} imitations of its prompt, ${hits.length} answered`);
  expect(prompts).toHaveLength(8);
  expect(hits).toEqual([]);
});

/** The most memory that a run had resident, in MiB. */
async function peakOf(
  directory: string,
  words: readonly string[],
): Promise<{ readonly said: string; readonly mebibytes: number }> {
  const child = spawn(process.execPath, [join(projectRoot, 'bin/playbook'), ...words], {
    cwd: directory,
    env: { ...process.env, PLAYBOOK_STATE_DIR: join(directory, 'state') },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const chunks: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  let kibibytes = 0;
  const look = setInterval(() => {
    try {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      kibibytes = Math.max(kibibytes, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0));
    } catch {
      // It has ended between two looks.
    }
  }, 20);
  await new Promise((resolve) => child.on('close', resolve));
  clearInterval(look);
  return { said: Buffer.concat(chunks).toString(), mebibytes: kibibytes / 1024 };
}

test.skipIf(!existsSync('/proc/self/status') || !hasSshd())(
  'a host that says more than we can hold is ended, and costs no more memory than one that says little',
  { timeout: 120_000 },
  async () => {
    const sshd = await startSshd();
    cleanUps.push(sshd);
    const directory = mkdtempSync(join(tmpdir(), 'playbook-flood-'));
    cleanUps.push({ [Symbol.asyncDispose]: async () => rmSync(directory, { recursive: true, force: true }) });
    const size = process.env['PLAYBOOK_FLOOD'] ?? '200M';
    const reached = `ssh_host: 127.0.0.1, ssh_port: ${sshd.port}, ssh_user: ${sshd.user}, ssh_private_key_file: ${sshd.privateKeyFile}, ssh_known_hosts_file: ${sshd.knownHostsFile}`;
    writeFileSync(
      join(directory, 'hosts.yml'),
      `all: { hosts: { flood: { ${reached}, state_directory: ${directory}/target } } }\n`,
    );
    const task = (name: string, script: string): void =>
      writeFileSync(
        join(directory, `${name}.yml`),
        `- hosts: flood\n  tasks:\n    - { name: talk, shell: ${JSON.stringify(script)} }\n`,
      );
    task('little', 'echo hello');
    task('lines', `yes | head -c ${size}`);
    task('errors', `yes | head -c ${size} >&2`);
    const run = (name: string, ...words: readonly string[]) =>
      peakOf(directory, ['run', `${name}.yml`, '-i', 'hosts.yml', ...words]);
    const little = await run('little');
    const peaks = new Map<string, number>();
    for (const name of ['lines', 'errors']) {
      const { said, mebibytes } = await run(name);
      expect(said).toContain('the command said more than 16 MiB on `flood`');
      peaks.set(name, mebibytes - little.mebibytes);
    }
    const words = [...peaks].map(([name, more]) => `${name} ${more.toFixed(0)}`);
    console.log(
      `flood of ${size}: MiB more than the ${little.mebibytes.toFixed(0)} of a run that says little: ${words.join(', ')}`,
    );
    expect(Math.max(...peaks.values())).toBeLessThan(120);
  },
);
