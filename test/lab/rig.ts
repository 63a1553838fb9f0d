// What the lab's tests share: an ssh client, SQL through an appliance's gate, and waiting for something to become true.
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { Client as Postgres } from 'pg';
import ssh2, { type ClientChannel, type Client as SshClient, type ConnectConfig } from 'ssh2';
import { DATABASE_LOGIN, LOGIN, type ApplianceState, type LabState } from '../../src/lab/index.js';

export interface Answer {
  readonly code: number | null;
  readonly signal: string | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

export function place(lab: LabState, host: string): ApplianceState {
  const found = lab.appliances.find((each) => each.host === host);
  if (found === undefined) throw new Error(`no host ${host}`);
  return found;
}

/** How to log in: by the lab's key unless a password is given. */
export type Login = Pick<ConnectConfig, 'username' | 'password' | 'readyTimeout'>;

export function connect(lab: LabState, host: string, login: Login = {}): Promise<SshClient> {
  const { sshPort } = place(lab, host);
  const known = readFileSync(lab.knownHostsFile, 'utf8')
    .split('\n')
    .find((line) => line.startsWith(`[127.0.0.1]:${sshPort} `));
  const expected = known?.split(' ')[2];
  const client = new ssh2.Client();
  return new Promise((resolve, reject) => {
    // A connection that never came about may complain more than once.
    client.once('ready', () => resolve(client)).on('error', reject);
    client.connect({
      host: '127.0.0.1',
      port: sshPort,
      username: LOGIN.user,
      ...(login.password === undefined ? { privateKey: readFileSync(lab.privateKeyFile) } : {}),
      hostVerifier: (key: Buffer) => key.toString('base64') === expected,
      ...login,
    });
  });
}

/** What a channel says until it closes. */
export function collect(channel: ClientChannel): Promise<Answer> {
  let code: number | null = null;
  let signal: string | undefined;
  const out = { stdout: '', stderr: '' };
  channel.on('data', (chunk: Buffer) => (out.stdout += chunk.toString()));
  channel.stderr.on('data', (chunk: Buffer) => (out.stderr += chunk.toString()));
  channel.on('exit', (first: number | null, second?: string) => ([code, signal] = [first, second]));
  return new Promise((resolve) => channel.on('close', () => resolve({ code, signal, ...out })));
}

/** A command that runs. */
export interface Running {
  readonly channel: ClientChannel;
  readonly answer: Promise<Answer>;
}

/** Starts a command, or a shell when none is named. */
export function launch(client: SshClient, command?: string): Promise<Running> {
  return new Promise((resolve, reject) => {
    const opened = (reason: Error | undefined, channel: ClientChannel): void => {
      if (reason !== undefined) return reject(reason);
      // Listening begins here and not after an await: the exit status may be in the very packet that comes next.
      resolve({ channel, answer: collect(channel) });
    };
    if (command === undefined) client.shell(false, opened);
    else client.exec(command, opened);
  });
}

export async function exec(client: SshClient, command: string, stdin?: string): Promise<Answer> {
  const { channel, answer } = await launch(client, command);
  channel.end(stdin);
  return answer;
}

export function asRoot(client: SshClient, command: string): Promise<Answer> {
  return exec(client, `sudo -S -p '' sh -c '${command.replaceAll("'", `'\\''`)}'`, `${LOGIN.password}\n`);
}

export async function sql<Row extends Record<string, unknown>>(
  lab: LabState,
  host: string,
  text: string,
  database = 'fdb',
): Promise<readonly Row[]> {
  const { postgresPort: port } = place(lab, host);
  const client = new Postgres({ host: '127.0.0.1', port, database, ...DATABASE_LOGIN });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
}

/** Waits until `probe` is true; throws after `timeoutMs`. */
export async function until(what: string, probe: () => Promise<boolean>, timeoutMs = 30_000): Promise<void> {
  const began = Date.now();
  while (!(await probe())) {
    if (Date.now() - began > timeoutMs) throw new Error(`${what}: not within ${timeoutMs} ms`);
    await delay(25);
  }
}
