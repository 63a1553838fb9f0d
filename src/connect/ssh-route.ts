// The way to a host: itself, and the jump hosts before it, each with its own configuration, keys and known_hosts.
import { userInfo } from 'node:os';
import type { Target } from '../core/connection.js';
import { WorldError } from '../core/world-error.js';
import type { Credentials } from './authentication.js';
import type { Destination, SshConfig, SshConfigReader } from './ssh-config.js';

/** One ssh server on the way. */
export interface Hop {
  readonly host: string;
  readonly address: string;
  readonly port: number;
  readonly hostKeyName: string;
  readonly knownHostsFiles: readonly string[];
  readonly credentials: Credentials;
  /** Older algorithms that the inventory allows for it. */
  readonly olderAlgorithms?: readonly string[];
}

/** More jump hosts than this are a circle in the configuration. */
const mostHops = 8;

/** The hops to a target, the target last. */
export async function routeTo(
  target: Target,
  reader: SshConfigReader,
  environment: NodeJS.ProcessEnv,
): Promise<readonly Hop[]> {
  const config = await reader.read({
    address: target.address,
    ...(target.user === undefined ? {} : { user: target.user }),
    ...(target.port === undefined ? {} : { port: target.port }),
  });
  const { privateKeyFile, privateKeyPassphrase, password } = target;
  const last: Hop = {
    host: target.host,
    ...placeOf(config),
    knownHostsFiles: knownHostsFiles(target, config, environment),
    ...(target.olderAlgorithms === undefined ? {} : { olderAlgorithms: target.olderAlgorithms }),
    credentials: {
      ...credentialsOf(config),
      ...(privateKeyFile === undefined ? {} : { privateKeyFile: inHome(privateKeyFile, environment) }),
      ...(privateKeyPassphrase === undefined ? {} : { passphrase: privateKeyPassphrase }),
      ...(password === undefined ? {} : { password }),
    },
  };
  const before = await jumps(target, config, reader, environment, mostHops);
  return [...before, last];
}

async function jumps(
  target: Target,
  config: SshConfig,
  reader: SshConfigReader,
  environment: NodeJS.ProcessEnv,
  left: number,
  said: readonly string[] = target.jump,
): Promise<readonly Hop[]> {
  // A jump host that `Host *` sends through itself is reached directly, as ssh does.
  const names = said.length > 0 ? said : config.jump.filter((each) => !leadsTo(target.host, each, config));
  if (names.length === 0 && config.usesProxyCommand) throw refusedProxyCommand(target.host);
  if (names.length > left) throw circle(target.host);
  const hops: Hop[] = [];
  for (const [index, name] of names.entries()) {
    const jump = await reader.read(parseDestination(target.host, name));
    // Only the first jump host is reached from here, so only its own jump hosts count.
    if (index === 0) hops.push(...(await jumps(target, jump, reader, environment, left - names.length, [])));
    hops.push(hopOf(name, jump, target, environment));
  }
  return hops;
}

function hopOf(name: string, config: SshConfig, target: Target, environment: NodeJS.ProcessEnv): Hop {
  return {
    host: name,
    ...placeOf(config),
    knownHostsFiles: knownHostsFiles(target, config, environment),
    // Passwords and keys of the target are not shown to the machines before it.
    credentials: credentialsOf(config),
  };
}

function placeOf({ hostName, port, hostKeyName }: SshConfig): Pick<Hop, 'address' | 'port' | 'hostKeyName'> {
  return { address: hostName, port, hostKeyName };
}

function credentialsOf({ user, identityFiles, identitiesOnly, agent }: SshConfig): Credentials {
  return { user, identityFiles, identitiesOnly, agent };
}

function knownHostsFiles(
  { knownHostsFile }: Target,
  config: SshConfig,
  environment: NodeJS.ProcessEnv,
): readonly string[] {
  if (knownHostsFile !== undefined) return [inHome(knownHostsFile, environment)];
  return [...config.userKnownHostsFiles, ...config.globalKnownHostsFiles];
}

function inHome(path: string, environment: NodeJS.ProcessEnv): string {
  return path.replace(/^~(?=\/|$)/, environment['HOME'] ?? userInfo().homedir);
}

/** Reads `[user@]host[:port]`, with an IPv6 address in brackets when there is a port. */
function parseDestination(host: string, text: string): Destination {
  const match = /^(?:ssh:\/\/)?(?:([^@]+)@)?(?:\[([^\]]+)\]|([^:@]+)|([0-9a-f:.%]+))(?::(\d+))?$/i.exec(text.trim());
  const address = match?.[2] ?? match?.[3] ?? match?.[4];
  if (match === null || address === undefined) {
    throw new WorldError('unreachable', `\`${text}\` is not a jump host for \`${host}\``, {
      hint: 'write `[user@]host[:port]`',
    });
  }
  const [, user, , , , port] = match;
  return { address, ...(user === undefined ? {} : { user }), ...(port === undefined ? {} : { port: Number(port) }) };
}

function leadsTo(host: string, jump: string, config: SshConfig): boolean {
  const { address, port } = parseDestination(host, jump);
  return address === config.address && (port === undefined || port === config.port);
}

function refusedProxyCommand(host: string): WorldError {
  return new WorldError(
    'unreachable',
    `the ssh configuration of \`${host}\` uses ProxyCommand, which is not supported`,
    {
      hint: 'use `ProxyJump` in the ssh configuration, or `ssh_jump` in the inventory',
    },
  );
}

function circle(host: string): WorldError {
  return new WorldError('unreachable', `the jump hosts of \`${host}\` lead to more than ${mostHops} others`, {
    hint: 'look for a circle in the `ProxyJump` lines of the ssh configuration',
  });
}
