// A real OpenSSH server as the current user, on a free loopback port, with its own keys and configuration.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { freePort } from './postgres.js';

/** A server that runs. */
export interface TestSshd extends AsyncDisposable {
  readonly port: number;
  readonly user: string;
  readonly pid: number;
  readonly privateKeyFile: string;
  readonly knownHostsFile: string;
  /** What it has logged so far; each session that a client opens has a line. */
  log(): string;
}

const program = '/usr/sbin/sshd';

/** True when there is one to start; in CI there must be. */
export function hasSshd(): boolean {
  if (existsSync(program)) return true;
  if (process.env['CI'] !== undefined) throw new Error('no sshd to test with, and this is CI');
  console.warn('SKIPPED: no sshd to test with; install openssh-server');
  return false;
}

/** Starts one. */
export async function startSshd(more: readonly string[] = []): Promise<TestSshd> {
  const directory = await mkdtemp(join(tmpdir(), 'pb-sshd-'));
  const port = await freePort();
  // As root sshd insists on this directory, which Debian makes at boot.
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
  const key = (name: string, type: string): string => {
    const file = join(directory, name);
    execFileSync('ssh-keygen', ['-q', '-t', type, '-N', '', '-f', file]);
    return file;
  };
  const hostKeys = [key('host_ed25519', 'ed25519'), key('host_rsa', 'rsa')];
  const privateKeyFile = key('user', 'ecdsa');
  const config = [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    ...hostKeys.map((file) => `HostKey ${file}`),
    `AuthorizedKeysFile ${privateKeyFile}.pub`,
    'StrictModes no',
    'UsePAM no',
    'PasswordAuthentication no',
    'PermitRootLogin yes',
    `PidFile ${join(directory, 'pid')}`,
    'LogLevel VERBOSE',
    ...more,
  ];
  await writeFile(join(directory, 'config'), `${config.join('\n')}\n`);
  const publicKey = (await readFile(`${hostKeys[1] ?? ''}.pub`, 'utf8')).trim();
  await writeFile(join(directory, 'known_hosts'), `[127.0.0.1]:${port} ${publicKey}\n`);
  execFileSync('ssh-keygen', ['-q', '-H', '-f', join(directory, 'known_hosts')], { stdio: 'ignore' });
  const logFile = join(directory, 'log');
  const server = spawn(program, ['-D', '-E', logFile, '-f', join(directory, 'config')], { stdio: 'ignore' });
  await answers(port);
  return {
    port,
    user: userInfo().username,
    pid: server.pid ?? 0,
    privateKeyFile,
    knownHostsFile: join(directory, 'known_hosts'),
    log: () => readFileSync(logFile, 'utf8'),
    [Symbol.asyncDispose]: async () => {
      const end = new Promise((resolve) => server.once('exit', resolve));
      server.kill('SIGTERM');
      await end;
      await rm(directory, { recursive: true });
    },
  };
}

async function answers(port: number): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => socket.end(() => resolve(true)));
      socket.once('error', () => resolve(false));
    });
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('sshd did not answer within 5 s');
}
