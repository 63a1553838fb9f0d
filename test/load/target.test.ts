import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Target } from '../../src/core/connection.js';
import type { Host, Inventory } from '../../src/core/inventory.js';
import { loadInventory } from '../../src/load/inventory.js';
import { resolveTarget } from '../../src/load/target.js';
import type { TargetOverrides } from '../../src/load/target.js';
import { parseYaml } from '../../src/load/yaml.js';
import { outcome, told } from './words.js';

function inventoryOf(variables: string): { inventory: Inventory; host: Host } {
  const parse = (path: string): ReturnType<typeof parseYaml> =>
    parseYaml({
      path,
      text: `all: { hosts: { h: } }\ng:\n  hosts: { h: }\n  vars:\n${variables.replaceAll(/^/gm, '    ')}`,
    });
  // Any file that exists will do: its text comes from `parse`.
  const loaded = loadInventory(['package.json'], { parse });
  const host = loaded.ok ? loaded.value.hosts.get('h') : undefined;
  if (!loaded.ok || host === undefined) throw new Error(loaded.ok ? 'no host' : loaded.problems.map(told).join('\n'));
  return { inventory: loaded.value, host };
}

function target(variables: string, overrides: TargetOverrides = {}): Target | readonly string[] {
  const { inventory, host } = inventoryOf(variables);
  return outcome(resolveTarget(host, inventory.scopeOf(host), overrides));
}

describe('the state of a host', () => {
  test('must be an absolute path', () => {
    expect(target('state_directory: relative')).toEqual([expect.stringContaining('must be an absolute path')]);
  });

  test('is our own on this machine where we have one, and one for all elsewhere', () => {
    const environment = { PLAYBOOK_STATE_DIR: '/home/anna/state' };
    expect(target('connection: local', { environment })).toMatchObject({ stateDirectory: '/home/anna/state/target' });
    expect(target('connection: ssh', { environment })).toMatchObject({ stateDirectory: '/var/tmp/playbook' });
    expect(target('connection: local', { environment: { PLAYBOOK_STATE_DIR: '' } })).toMatchObject({
      stateDirectory: '/var/tmp/playbook',
    });
  });
});

describe('older algorithms', () => {
  test('are those that are known, as a list or a text', () => {
    const olderAlgorithms = ['ssh-rsa', 'hmac-sha1'];
    expect(target('ssh_older_algorithms: [ssh-rsa, hmac-sha1]')).toMatchObject({ olderAlgorithms });
    expect(target('ssh_older_algorithms: ssh-rsa, hmac-sha1')).toMatchObject({ olderAlgorithms });
  });

  test.each(['hmac-md5', 'diffie-hellman-group1-sha1', 'ssh-dss', 'arcfour', 'none', 'rsa'])('cannot be %s', (name) => {
    const problems = [expect.stringMatching(`has \`${name}\`, which cannot be allowed \\| .+`)];
    expect(target(`ssh_older_algorithms: [${name}]`)).toEqual(problems);
  });
});

describe('a target', () => {
  test('of a host that says nothing', () => {
    expect(target('x: 1')).toEqual({
      host: 'h',
      connection: 'ssh',
      address: 'h',
      jump: [],
      connectTimeoutMs: 10_000,
      become: { enabled: false, method: 'sudo', user: 'root' },
      stateDirectory: '/var/tmp/playbook',
      postgres: {
        through: 'ssh',
        address: '127.0.0.1',
        port: 5432,
        user: 'postgres',
        database: 'postgres',
        tls: false,
      },
    });
  });

  test('of a host that says everything, in the words of Ansible too', () => {
    const variables = `
address: 10.0.0.1
ssh_host: "{{address}}"
ansible_port: "2222"
ansible_user: joe
ssh_private_key_file: keys/id
ansible_private_key_passphrase: p1
ansible_ssh_pass: 12345
ssh_jump: [a@b, c:22]
ssh_known_hosts_file: ~/known
connect_timeout: 500ms
ansible_become: "yes"
become_user: admin
become_password: p3
pg_connect: direct
pg_port: 5433
pg_user: u
pg_password: p4
pg_database: d
state_directory: /var/lib/playbook/`;
    expect(target(variables)).toEqual({
      host: 'h',
      connection: 'ssh',
      address: '10.0.0.1',
      port: 2222,
      user: 'joe',
      privateKeyFile: join(process.cwd(), 'keys/id'),
      privateKeyPassphrase: 'p1',
      stateDirectory: '/var/lib/playbook',
      password: '12345',
      jump: ['a@b', 'c:22'],
      knownHostsFile: join(homedir(), 'known'),
      connectTimeoutMs: 500,
      become: { enabled: true, method: 'sudo', user: 'admin', password: 'p3' },
      postgres: {
        through: 'direct',
        address: '10.0.0.1',
        port: 5433,
        user: 'u',
        password: 'p4',
        database: 'd',
        tls: true,
      },
    });
  });

  test('the command line is stronger than the inventory', () => {
    const overrides = {
      user: 'u',
      password: 'p',
      becomePassword: 'b',
      become: true,
      privateKeyFile: '/k',
      connectTimeoutMs: 1,
    };
    expect(
      target('ssh_user: x\nssh_password: x\nbecome: false\nssh_private_key_file: x\nconnect_timeout: 9', overrides),
    ).toMatchObject({
      user: 'u',
      password: 'p',
      privateKeyFile: '/k',
      connectTimeoutMs: 1,
      become: { enabled: true, password: 'b' },
    });
  });

  test.each([
    [
      'ssh_port: web',
      'target/bad-value 5:5 `ssh_port` of host `h` must be a port, a whole number from 1 to 65535 | write `ssh_port: 22`, or the port that it is',
    ],
    [
      'ssh_port: 70000',
      'target/bad-value 5:5 `ssh_port` of host `h` must be a port, a whole number from 1 to 65535 | write `ssh_port: 22`, or the port that it is',
    ],
    [
      'ssh_user: [a]',
      'target/bad-value 5:5 `ssh_user` of host `h` is a list, and must be a text | write it in quotes, or take the line out',
    ],
    [
      'become: perhaps',
      'target/bad-value 5:5 `become` of host `h` is a string, and must be true or false | write `true` or `false`, without quotes',
    ],
    [
      'become_method: su',
      'target/bad-value 5:5 `become_method` of host `h` is `su`, and must be `sudo` | only `sudo` is supported',
    ],
    [
      'connection: docker',
      'target/bad-value 5:5 `connection` of host `h` is `docker`, and must be `ssh` or `local` | write one of these',
    ],
    [
      'connect_timeout: soon',
      'target/bad-value 5:5 `connect_timeout` of host `h` must be a time: a number of seconds, or a text such as `30s` | write `connect_timeout: 10s`',
    ],
    [
      'ssh_host: "{{nope}}"',
      'variable/undefined 5:18 undefined variable `nope` | say it in `vars`, in the inventory or with `-e`',
    ],
    [
      'ansible_ssh_common_args: -o ProxyJump=b',
      'target/bad-value 5:5 `ansible_ssh_common_args` of host `h` is not read | say the jump hosts as `ssh_jump: user@host:port`',
    ],
  ])('%s is a problem', (variables, problem) => {
    expect(target(variables)).toEqual([problem]);
  });

  test('all that is wrong is told at once', () => {
    expect(target('ssh_port: a\npg_port: b')).toHaveLength(2);
  });
});
