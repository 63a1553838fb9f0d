// How a host is reached, from its variables: the names of the inventory become one typed value.
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import type { PostgresTarget, Target } from '../core/connection.js';
import type { Host } from '../core/inventory.js';
import { fail, ok } from '../core/result.js';
import type { Result } from '../core/result.js';
import type { Scope } from '../core/scope.js';
import { olderAlgorithms } from '../core/ssh-algorithms.js';
import { didYouMean } from '../core/words.js';
import { TargetVariables } from './target-variables.js';

/** What the command line says of connections (`-u -k -K -b --private-key -T`); it is stronger than any variable. */
export interface TargetOverrides {
  readonly user?: string;
  readonly password?: string;
  readonly becomePassword?: string;
  readonly become?: boolean;
  /** Relative to the working directory. */
  readonly privateKeyFile?: string;
  readonly connectTimeoutMs?: number;
  /** Where PLAYBOOK_STATE_DIR is looked for (default: our own). */
  readonly environment?: NodeJS.ProcessEnv;
}

const defaultConnectTimeoutMs = 10_000;

/** The target of a host; every variable of it that has the wrong type. */
export function resolveTarget(host: Host, scope: Scope, overrides: TargetOverrides = {}): Result<Target> {
  const variables = new TargetVariables(host.name, scope);
  checkProxies(scope, variables);
  const connection =
    variables.oneOf('connection', { ssh: 'ssh', smart: 'ssh', paramiko: 'ssh', paramiko_ssh: 'ssh', local: 'local' }) ??
    'ssh';
  const address = variables.text('ssh_host') ?? host.name;
  const target: Target = {
    host: host.name,
    connection,
    address,
    jump: variables.texts('ssh_jump') ?? [],
    connectTimeoutMs:
      overrides.connectTimeoutMs ?? variables.milliseconds('connect_timeout') ?? defaultConnectTimeoutMs,
    ...given('port', variables.port('ssh_port')),
    ...given('user', overrides.user ?? variables.text('ssh_user')),
    ...given('privateKeyFile', privateKeyFile(variables, scope, overrides)),
    ...given('privateKeyPassphrase', variables.text('ssh_private_key_passphrase')),
    ...given('password', overrides.password ?? variables.text('ssh_password')),
    ...given('knownHostsFile', pathOf(variables.text('ssh_known_hosts_file'), scope)),
    ...given('olderAlgorithms', allowedAlgorithms(variables)),
    become: becomeOf(variables, overrides),
    stateDirectory: stateDirectoryOf(variables, connection, overrides.environment ?? process.env),
    postgres: postgresOf(variables, address),
  };
  return variables.problems.length > 0 ? fail(...variables.problems) : ok(target);
}

function given<K extends string, T>(key: K, value: T | undefined): Partial<Record<K, T>> {
  // The computed key is exactly `K`, which TypeScript widens to string.
  return value === undefined ? {} : ({ [key]: value } as Partial<Record<K, T>>);
}

/** A host of its own is the same for everybody; this machine has a state for each who set one up, so that they do not meet. */
function stateDirectoryOf(
  variables: TargetVariables,
  connection: Target['connection'],
  environment: NodeJS.ProcessEnv,
): string {
  const said = variables.text('state_directory');
  if (said !== undefined) {
    const path = said.replace(/\/+$/, '');
    if (/^\/[^/]/.test(path)) return path;
    variables.wrong(
      'state_directory',
      'must be an absolute path',
      'write such as `state_directory: /var/tmp/playbook`',
    );
  }
  const own = environment['PLAYBOOK_STATE_DIR'];
  return connection === 'local' && own !== undefined && own !== '' ? resolve(own, 'target') : '/var/tmp/playbook';
}

/** Options of Ansible's ssh command line are not read; one that leads through another host must not be lost silently. */
function checkProxies(scope: Scope, variables: TargetVariables): void {
  for (const name of ['ansible_ssh_common_args', 'ansible_ssh_extra_args']) {
    const value = scope.get(name);
    if (value?.ok !== true || typeof value.value !== 'string' || !/proxy|-J/i.test(value.value)) continue;
    variables.wrong(name, 'is not read', 'say the jump hosts as `ssh_jump: user@host:port`');
  }
}

function allowedAlgorithms(variables: TargetVariables): readonly string[] | undefined {
  const names = variables.texts('ssh_older_algorithms', '[ssh-rsa, hmac-sha1]');
  for (const name of names ?? []) {
    if (olderAlgorithms.has(name)) continue;
    const hint = didYouMean(name, olderAlgorithms.keys()) ?? `there are ${[...olderAlgorithms.keys()].join(', ')}`;
    variables.wrong('ssh_older_algorithms', `has \`${name}\`, which cannot be allowed`, hint);
  }
  return names;
}

function privateKeyFile(variables: TargetVariables, scope: Scope, overrides: TargetOverrides): string | undefined {
  if (overrides.privateKeyFile !== undefined) return resolve(fromHome(overrides.privateKeyFile));
  return pathOf(variables.text('ssh_private_key_file'), scope);
}

/** A path of the operator's machine: absolute, below `~`, or relative to the inventory. */
function pathOf(path: string | undefined, scope: Scope): string | undefined {
  if (path === undefined) return undefined;
  const absolute = fromHome(path);
  if (isAbsolute(absolute)) return absolute;
  const directory = scope.get('inventory_dir');
  return resolve(directory?.ok === true && typeof directory.value === 'string' ? directory.value : '.', absolute);
}

function fromHome(path: string): string {
  return path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : path;
}

function becomeOf(variables: TargetVariables, overrides: TargetOverrides): Target['become'] {
  const hint = 'only `sudo` is supported';
  return {
    enabled: overrides.become ?? variables.boolean('become') ?? false,
    method: variables.oneOf('become_method', { sudo: 'sudo' }, hint) ?? 'sudo',
    user: variables.text('become_user') ?? 'root',
    ...given('password', overrides.becomePassword ?? variables.text('become_password')),
  };
}

function postgresOf(variables: TargetVariables, hostAddress: string): PostgresTarget {
  const through = variables.oneOf('pg_connect', { ssh: 'ssh', direct: 'direct' }) ?? 'ssh';
  const address = variables.text('pg_host') ?? (through === 'ssh' ? '127.0.0.1' : hostAddress);
  return {
    through,
    address,
    port: variables.port('pg_port') ?? 5432,
    user: variables.text('pg_user') ?? 'postgres',
    ...given('password', variables.text('pg_password')),
    database: variables.text('pg_database') ?? 'postgres',
    // What leaves this machine unprotected by ssh is encrypted unless the inventory says that it cannot be.
    tls: variables.boolean('pg_tls') ?? (through === 'direct' && !/^(?:\/|127\.|::1$|localhost$)/.test(address)),
  };
}
