// What must be there before the first appliance boots: directories, keys, ports, and a PostgreSQL that may be run.
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ssh2, { type ParsedKey } from 'ssh2';
import { appliance, type HostName } from './appliances.js';
import { prepareBinaries } from './binaries.js';
import { databaseOwner, temporaryBase } from './database-owner.js';
import { freePorts } from './ports.js';
import { createTemplate, type DatabaseFarm } from './postgres.js';
import { problem } from './problem.js';
import { identify } from './processes.js';
import type { AppliancePlan } from './running-appliance.js';
import { writeMarker } from './state.js';
import { sandboxRoot, SOCKET_BASE_PREFIX } from './tear-down.js';

/** The directories of a lab that is about to start. */
export interface Ground {
  readonly directory: string;
  readonly socketBase: string;
  readonly privateDirectory: string;
  readonly farm: Omit<DatabaseFarm, 'binaries'>;
}

/** Claims a directory that is empty or missing, and makes its other half for the sockets. */
export function prepareGround(wanted: string, detached: boolean): Ground {
  if (process.platform === 'win32') throw problem('lab/no-posix', 'the lab needs a POSIX system', 'use WSL on Windows');
  const self = identify(process.pid);
  if (self === undefined) throw new Error('this process does not see itself');
  mkdirSync(wanted, { recursive: true, mode: 0o755 });
  const directory = realpathSync(wanted);
  if (readdirSync(directory).some((name) => name !== 'daemon.log')) {
    throw problem(
      'lab/not-empty',
      `\`${directory}\` is not empty`,
      'run `playbook lab down`, or name another directory',
    );
  }
  const owner = databaseOwner();
  const socketBase = mkdtempSync(join(realpathSync(temporaryBase(owner)), SOCKET_BASE_PREFIX));
  writeMarker(directory, { socketBase, process: self, detached });
  const privateDirectory = join(socketBase, 'private');
  mkdirSync(privateDirectory, { mode: 0o700 });
  // Another user must be able to pass through to its database, and for that only.
  chmodSync(socketBase, owner === undefined ? 0o700 : 0o711);
  const farm = { owner, directory: join(owner === undefined ? directory : socketBase, 'postgres'), mark: directory };
  return { directory, socketBase, privateDirectory, farm };
}

/** Brings PostgreSQL, ready to be copied for every appliance. */
export async function prepareFarm(ground: Ground): Promise<DatabaseFarm> {
  const base = ground.farm.owner === undefined ? ground.directory : ground.socketBase;
  const farm = {
    ...ground.farm,
    binaries: await prepareBinaries(join(base, 'postgresql'), ground.farm.owner),
  };
  await createTemplate(farm);
  return farm;
}

/** The client's key and one host key an appliance. */
export interface Keys {
  readonly privateKeyFile: string;
  readonly clientKey: ParsedKey;
  readonly hostKeys: readonly KeyPair[];
}

interface KeyPair {
  readonly private: string;
  readonly public: string;
}

const keyTries = 100;

/** Makes fresh keys, and writes the client's. */
export function makeKeys(directory: string, count: number): Keys {
  const client = freshKeyPair();
  const privateKeyFile = join(directory, 'id_ed25519');
  writeFileSync(privateKeyFile, client.private, { mode: 0o600 });
  writeFileSync(`${privateKeyFile}.pub`, `${client.public} playbook-lab\n`);
  const clientKey = ssh2.utils.parseKey(client.public);
  if (clientKey instanceof Error) throw clientKey;
  return { privateKeyFile, clientKey, hostKeys: Array.from({ length: count }, freshKeyPair) };
}

/** Of some 200 keys that ssh2 makes, it cannot read one back. */
function freshKeyPair(): KeyPair {
  for (let tries = 0; tries < keyTries; tries += 1) {
    const pair = ssh2.utils.generateKeyPairSync('ed25519');
    if ([pair.private, pair.public].every((each) => !(ssh2.utils.parseKey(each) instanceof Error))) return pair;
  }
  throw new Error(`no readable key came out of ${keyTries} tries`);
}

/** Gives every appliance its place and ports. */
export async function planAppliances(
  ground: Ground,
  hosts: readonly HostName[],
  keys: Keys,
): Promise<readonly AppliancePlan[]> {
  const ports = await freePorts(hosts.length * 2);
  const port = (index: number): number => ports[index] ?? 0;
  const addresses = hosts.map((host, index) => `${appliance(host).address} ${port(2 * index + 1)}`);
  return hosts.map((host, index) => ({
    host,
    directory: ground.directory,
    root: sandboxRoot(ground.directory, host),
    socketDirectory: join(ground.socketBase, host),
    privateDirectory: ground.privateDirectory,
    sshPort: port(2 * index),
    postgresPort: port(2 * index + 1),
    addresses,
    hostKey: keys.hostKeys[index]?.private ?? '',
    clientKey: keys.clientKey,
  }));
}

/** Writes the host keys as OpenSSH's known_hosts has them. */
export function writeKnownHosts(file: string, plans: readonly AppliancePlan[], keys: Keys): void {
  const lines = plans.map((plan, index) => {
    const [type, key] = keys.hostKeys[index]?.public.split(' ') ?? [];
    return `[127.0.0.1]:${plan.sshPort} ${type} ${key}\n`;
  });
  writeFileSync(file, lines.join(''));
}
