// The folder that a row of measurements happens in: keys, inventories and settings for every peer, for the same hosts.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BenchLab } from './bench-lab.js';
import type { BenchHost } from './ground.js';

/** A folder with all that peers need to reach the hosts. */
export interface Place extends Disposable {
  readonly directory: string;
  /** A folder that no disk is below. */
  readonly memory: string;
  readonly hosts: readonly BenchHost[];
  /** The lab of real appliances, where the work is done there. */
  readonly lab: BenchLab | undefined;
  readonly sshConfigFile: string;
  /** The root of this checkout. */
  readonly checkout: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Writes a file and gives its path. */
  write(name: string, text: string): string;
}

/** What is run of a peer, and how the page shows it. */
export interface Run {
  readonly argv: readonly [string, ...string[]];
  readonly environment?: Readonly<Record<string, string>>;
  /** Said instead of the words themselves, where these are only the name of a script. */
  readonly shown?: string;
}

/** The fastest that OpenSSH's client can be set to without trusting anybody more. */
function sshConfig(hosts: readonly BenchHost[], privateKeyFile: string, knownHostsFile: string): string {
  const settings = [
    'User root',
    `IdentityFile ${privateKeyFile}`,
    'IdentitiesOnly yes',
    `UserKnownHostsFile ${knownHostsFile}`,
    'GlobalKnownHostsFile /dev/null',
    'StrictHostKeyChecking yes',
    'BatchMode yes',
    'PreferredAuthentications publickey',
    'GSSAPIAuthentication no',
    'KexAlgorithms curve25519-sha256',
    'HostKeyAlgorithms ssh-ed25519',
    'Ciphers aes128-gcm@openssh.com',
    'AddressFamily inet',
    'UpdateHostKeys no',
    'ConnectTimeout 60',
    'LogLevel ERROR',
  ];
  const named = hosts.flatMap(({ name, address, port }) => [`Host ${name}`, `  HostName ${address}`, `  Port ${port}`]);
  return [...named, 'Host *', ...settings.map((line) => `  ${line}`), ''].join('\n');
}

/** An inventory of both kinds: JSON is YAML. */
function inventory(hosts: readonly BenchHost[], variables: (host: BenchHost) => object): string {
  const all = Object.fromEntries(hosts.map((host) => [host.name, variables(host)]));
  return `${JSON.stringify({ all: { hosts: all } }, undefined, 1)}\n`;
}

/** Makes the folder. */
export function makePlace(
  hosts: readonly BenchHost[],
  privateKeyFile: string,
  checkout: string,
  lab?: BenchLab,
): Place {
  // Short: the paths of sockets below it may have 100 letters.
  const directory = mkdtempSync(join(tmpdir(), 'pbb-'));
  const memory = mkdtempSync('/dev/shm/pbb-');
  const write = (name: string, text: string): string => {
    const file = join(directory, name);
    writeFileSync(file, text);
    return file;
  };
  for (const each of ['home', 'state', 'cm']) mkdirSync(join(directory, each));
  const nameOf = ({ address, port }: BenchHost): string => (port === 22 ? address : `[${address}]:${port}`);
  const knownHostsFile = write('known_hosts', hosts.map((host) => `${nameOf(host)} ${host.publicKey}\n`).join(''));
  const sshConfigFile = write('ssh_config', sshConfig(hosts, privateKeyFile, knownHostsFile));
  write(
    'hosts.yml',
    inventory(hosts, ({ address, port }) => ({
      ssh_host: address,
      ssh_port: port,
      ssh_user: 'root',
      ssh_private_key_file: privateKeyFile,
      ssh_known_hosts_file: knownHostsFile,
    })),
  );
  write(
    'ansible-hosts.yml',
    inventory(hosts, ({ address, port }) => ({
      ansible_host: address,
      ansible_port: port,
      ansible_user: 'root',
      ansible_ssh_private_key_file: privateKeyFile,
      ansible_ssh_common_args: `-o UserKnownHostsFile=${knownHostsFile} -o GlobalKnownHostsFile=/dev/null`,
    })),
  );
  const environment = {
    PATH: process.env['PATH'] ?? '/usr/bin:/bin',
    HOME: join(directory, 'home'),
    LANG: 'C.UTF-8',
    NO_COLOR: '1',
  };
  const remove = (): void => {
    for (const each of [directory, memory]) rmSync(each, { recursive: true, force: true, maxRetries: 5 });
  };
  return { directory, memory, hosts, lab, sshConfigFile, checkout, environment, write, [Symbol.dispose]: remove };
}

/** A command as a person would type it, with the temporary folder as `$D`. */
export function shownOf(run: Run, place: Place): string {
  const variables = Object.entries(run.environment ?? {}).map(([name, value]) => `${name}=${value}`);
  const words = run.shown ?? run.argv.join(' ');
  return [...variables, words]
    .join(' ')
    .replaceAll(place.directory, '$D')
    .replaceAll(place.memory, '/dev/shm/$D')
    .replaceAll(`${process.execPath} ${place.checkout}bin/playbook`, 'playbook')
    .replaceAll(place.checkout, '');
}
