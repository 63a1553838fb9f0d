// A real data centre for tests: appliances with sshd, sudo, PostgreSQL and Slony-I, made of namespaces by lab/lab.
// What a playbook claims is proven here or nowhere.
import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { LAB_DIRECTORY, openDatabase, serves } from './lab/database.js';
import { watchWritable, type WritableMonitor } from './writable-monitor.js';

export { startServiceCenter } from './real-service-center.js';

/** The service provider pair spa, spb and the tenant pair taa, tab; `a` is the primary at the start. */
export type LabHost = 'spa' | 'spb' | 'taa' | 'tab';
/** Service provider appliances have fdb, tenant appliances all three. */
export type LabDatabase = 'fdb' | 'edb' | 'avdb';
/** A row as node-postgres gives it: int8 is a string. */
export type Row = Readonly<Record<string, unknown>>;
/** A value for each part of a host (a file, a process, a table, ...) that changes when the part does. */
export type Fingerprint = Readonly<Record<string, string>>;

/** What a command in a host came to. */
export interface Executed {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The lab's users are `root`, `desktone` (sudo asks for this password) and `operator` (sudo does not ask). */
export const LAB_LOGIN = { user: 'desktone', password: 'Desktone1' } as const;
/** The databases' superuser; over TCP with this password, on the socket without. */
export const LAB_DATABASE_LOGIN = { user: 'admin', password: 'desktone-db' } as const;

const ADDRESSES = { spa: '10.231.77.11', spb: '10.231.77.12', taa: '10.231.77.21', tab: '10.231.77.22' } as const;
const LAB_SCRIPT = fileURLToPath(new URL('lab/lab', import.meta.url));

/** A lab that runs. */
export interface RealLab extends AsyncDisposable {
  readonly hosts: readonly LabHost[];
  /** A private key that every user of every host accepts. */
  readonly privateKeyFile: string;
  readonly knownHostsFile: string;
  /** For `ssh -F`: knows the hosts by name, logs in as root by key. */
  readonly sshConfigFile: string;
  address(host: LabHost): string;
  /** An inventory (YAML) with the connection variables of the lab's hosts, complete by itself or as another `-i`. */
  inventoryOverlay(): string;
  /** Runs a command as root inside a host; a cut cable is no hindrance. Any exit code is an answer. */
  exec(host: LabHost, argv: readonly string[], stdin?: string): Promise<Executed>;
  /** The rows of the last statement; rejects with node-postgres' DatabaseError. */
  sql(host: LabHost, database: LabDatabase, text: string): Promise<readonly Row[]>;
  /** What the Service Center's button does. Without a subscriber the origin stays alone. */
  initSlony(database: LabDatabase, origin: LabHost, subscriber?: LabHost): Promise<void>;
  /** Pulls the network cable. */
  cut(host: LabHost): Promise<void>;
  heal(host: LabHost): Promise<void>;
  /** Stops PostgreSQL and nothing else: ssh goes on. */
  stopDatabase(host: LabHost): Promise<void>;
  startDatabase(host: LabHost): Promise<void>;
  /** Ends all processes of a host at once and boots it: services and slons run again. A cut cable stays cut. */
  reboot(host: LabHost): Promise<void>;
  /** Watches for moments at which two databases take writes. It holds a connection, which a plain dropdb minds. */
  writableMonitor(hosts: readonly LabHost[], database?: LabDatabase): Promise<WritableMonitor>;
  fingerprint(host: LabHost): Promise<Fingerprint>;
  /** Ends everything the lab has started. */
  stop(): Promise<void>;
}

/** Why the lab cannot run on this machine; undefined when it can. */
export function whyNoLab(): string | undefined {
  const { status, stderr, error } = spawnSync(LAB_SCRIPT, ['check'], { encoding: 'utf8' });
  return status === 0 ? undefined : (error?.message ?? stderr.trim());
}

/** For `describe.skipIf`: whether tests that need the lab are skipped. A line says why; under CI they run, and fail. */
export function skipsWithoutLab(): boolean {
  const reason = whyNoLab();
  if (reason === undefined || Boolean(process.env['CI'])) return false;
  console.warn(`SKIPPED, tests of the real lab: ${reason}`);
  return true;
}

/** Starts the lab, or some hosts of it, replicating. One lab a machine: another process' lab is respected while that process lives. */
export async function startLab({
  hosts = ['spa', 'spb', 'taa', 'tab'],
}: { readonly hosts?: readonly LabHost[] } = {}): Promise<RealLab> {
  const reason = whyNoLab();
  if (reason !== undefined) throw new Error(`the real lab cannot run here: ${reason}`);
  const { code, stderr } = await lab(['up', ...hosts], { LAB_OWNER: String(process.pid) });
  if (code !== 0) throw new Error(`the real lab did not start: ${stderr.trim()}`);
  return labOf(hosts);
}

/** The parts in which two fingerprints differ. */
export function changedParts(before: Fingerprint, after: Fingerprint): readonly string[] {
  const parts = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...parts].filter((part) => before[part] !== after[part]).toSorted();
}

function labOf(hosts: readonly LabHost[]): RealLab {
  return {
    hosts,
    privateKeyFile: `${LAB_DIRECTORY}/id_ed25519`,
    knownHostsFile: `${LAB_DIRECTORY}/known_hosts`,
    sshConfigFile: `${LAB_DIRECTORY}/ssh_config`,
    address: (host) => ADDRESSES[host],
    inventoryOverlay: () => inventoryOverlay(hosts),
    exec: (host, argv, stdin) => lab(['exec', host, ...argv], {}, stdin),
    sql,
    async initSlony(database, origin, subscriber) {
      await labOrThrow(['init-slony', database, origin, ...(subscriber === undefined ? [] : [subscriber])]);
    },
    cut: async (host) => void (await labOrThrow(['cut', host])),
    heal: async (host) => void (await labOrThrow(['heal', host])),
    stopDatabase: async (host) => void (await labOrThrow(['exec', host, 'service', 'postgresql', 'stop'])),
    startDatabase: async (host) => void (await labOrThrow(['exec', host, 'service', 'postgresql', 'start'])),
    reboot: async (host) => void (await labOrThrow(['reboot', host])),
    writableMonitor: (watched, database = 'fdb') =>
      watchWritable(
        watched.map((host) => ({
          host,
          open: (queryTimeoutMs) => openDatabase(host, database, queryTimeoutMs),
          serves: () => serves(host),
        })),
      ),
    fingerprint: async (host) => parseFingerprint(await labOrThrow(['fingerprint', host])),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function inventoryOverlay(hosts: readonly LabHost[]): string {
  const variables = (host: LabHost): object => ({
    ssh_host: ADDRESSES[host],
    ssh_user: LAB_LOGIN.user,
    ssh_private_key_file: `${LAB_DIRECTORY}/id_ed25519`,
    ssh_known_hosts_file: `${LAB_DIRECTORY}/known_hosts`,
    become_password: LAB_LOGIN.password,
    pg_host: ADDRESSES[host],
    pg_user: LAB_DATABASE_LOGIN.user,
    pg_password: LAB_DATABASE_LOGIN.password,
    appliance_ip: ADDRESSES[host],
  });
  return stringify({ all: { hosts: Object.fromEntries(hosts.map((host) => [host, variables(host)])) } });
}

async function sql(host: LabHost, database: LabDatabase, text: string): Promise<readonly Row[]> {
  const client = await openDatabase(host, database);
  try {
    // Typed as one result, but a text of several statements gives a result each.
    const results = [await client.query<Row>(text)].flat();
    return results.at(-1)?.rows ?? [];
  } finally {
    await client.end();
  }
}

function parseFingerprint(text: string): Fingerprint {
  const lines = text.split('\n').filter((line) => line !== '');
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf('\t')), line.slice(line.indexOf('\t') + 1)]),
  );
}

async function stop(): Promise<void> {
  await labOrThrow(['down']);
}

async function labOrThrow(args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await lab(args);
  if (code !== 0) throw new Error(`lab ${args.join(' ')}: exit code ${code}: ${stderr.trim()}${stdout.trim()}`);
  return stdout;
}

function lab(args: readonly string[], environment: NodeJS.ProcessEnv = {}, stdin = ''): Promise<Executed> {
  return new Promise((resolve, reject) => {
    const child = spawn(LAB_SCRIPT, args, { env: { ...process.env, ...environment } });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    child.on('error', reject);
    child.on('close', (code) =>
      resolve({
        code: code ?? 128,
        stdout: Buffer.concat(stdout).toString(),
        stderr: Buffer.concat(stderr).toString(),
      }),
    );
    // A command may end without having read its input.
    child.stdin.on('error', () => {});
    child.stdin.end(stdin);
  });
}
