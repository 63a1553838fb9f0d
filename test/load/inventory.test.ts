import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Inventory } from '../../src/core/inventory.js';
import type { Value } from '../../src/core/value.js';
import { parseCliVariables } from '../../src/load/cli-variables.js';
import { findInventory, loadInventory } from '../../src/load/inventory.js';
import { compileValue } from '../../src/load/template.js';
import { directoryOf } from './support/files.js';
import { outcome, scalar, told } from './words.js';

type Files = Readonly<Record<string, string>>;

function load(files: Files, names: readonly string[] = ['dc.yml'], extra: readonly string[] = []): Inventory {
  const cli = parseCliVariables(extra);
  const loaded = loadInventory(names, { cwd: directoryOf(files), cli: cli.ok ? cli.value : [] });
  if (!loaded.ok) throw new Error(loaded.problems.map(told).join('\n'));
  return loaded.value;
}

function value(inventory: Inventory, host: string, name: string): Value | readonly string[] | undefined {
  const found = inventory.hosts.get(host);
  const result = found === undefined ? undefined : inventory.scopeOf(found).get(name);
  return result === undefined ? undefined : outcome(result);
}

function problems(text: string, names: readonly string[] = ['dc.yml']): readonly string[] {
  const loaded = loadInventory(names, { cwd: directoryOf({ 'dc.yml': text }) });
  return loaded.ok ? [] : loaded.problems.map(told);
}

const sample = `
all:
  vars: { from: all, port: 5432 }
  children:
    service_providers:
      vars: { from: parent }
      children:
        old:
          vars: { from: child }
          hosts:
            sp[01:02]: { rank: low }
            sp02: { rank: high }
    tenants:
      hosts: { ta: , tb: { ssh_host: 10.0.0.2 } }
dmz:
  hosts: { tb: }
`;

describe('hosts and groups', () => {
  test('ranges, children, top-level groups and hosts without variables', () => {
    const inventory = load({ 'dc.yml': sample });
    expect([...inventory.hosts.keys()]).toEqual(['sp01', 'sp02', 'ta', 'tb']);
    expect([...inventory.groups.values()].map((group) => [group.name, group.hosts])).toEqual([
      ['all', ['sp01', 'sp02', 'ta', 'tb']],
      ['service_providers', ['sp01', 'sp02']],
      ['old', ['sp01', 'sp02']],
      ['tenants', ['ta', 'tb']],
      ['dmz', ['tb']],
      ['ungrouped', []],
    ]);
    expect(inventory.groups.get('all')?.children).toEqual(['service_providers', 'tenants', 'dmz', 'ungrouped']);
    expect(value(inventory, 'tb', 'group_names')).toEqual(['dmz', 'tenants']);
    expect(value(inventory, 'sp02', 'rank')).toBe('high');
  });

  test('a host in no group is ungrouped', () => {
    const inventory = load({ 'dc.yml': 'all: { hosts: { a: } }' });
    expect(inventory.groups.get('ungrouped')?.hosts).toEqual(['a']);
    expect(value(inventory, 'a', 'group_names')).toEqual([]);
  });
});

function gv(name: string, text: string): Files {
  return { [`group_vars/${name}`]: text };
}

function twoGroups(more: string): string {
  return `{ b: { vars: { v: b }, hosts: { h: } }, a: { vars: { v: a${more} }, hosts: { h: } } }`;
}

describe('precedence', () => {
  test('all, then parents, then children, then the host, then -e', () => {
    expect(value(load({ 'dc.yml': sample }), 'ta', 'from')).toBe('all');
    expect(value(load({ 'dc.yml': sample }), 'sp01', 'from')).toBe('child');
    const files = { 'dc.yml': sample, 'host_vars/sp01.yml': 'from: host' };
    expect(value(load(files), 'sp01', 'from')).toBe('host');
    expect(value(load(files, ['dc.yml'], ['from=cli']), 'sp01', 'from')).toBe('cli');
  });

  test('group_vars beat the vars of the same group, and never those of a child', () => {
    expect(value(load({ 'dc.yml': sample, ...gv('all.yml', 'from: gv') }), 'ta', 'from')).toBe('gv');
    expect(value(load({ 'dc.yml': sample, ...gv('service_providers', 'from: gv') }), 'sp01', 'from')).toBe('child');
    const nested = {
      ...gv('old/1.yml', 'from: one'),
      ...gv('old/2.json', '{"from": "two"}'),
      ...gv('old/.x.yml', 'from: no'),
    };
    expect(value(load({ 'dc.yml': sample, ...nested }), 'sp01', 'from')).toBe('two');
  });

  test('groups of one depth by name, or by ansible_group_priority', () => {
    expect(value(load({ 'dc.yml': twoGroups('') }), 'h', 'v')).toBe('b');
    expect(value(load({ 'dc.yml': twoGroups(', ansible_group_priority: 2') }), 'h', 'v')).toBe('a');
  });

  test('a later -i wins, and adds to groups of an earlier one', () => {
    const files = { 'dc.yml': sample, 'more.yml': 'old: { vars: { from: more }, hosts: { sp03: } }' };
    const inventory = load(files, ['dc', 'more']);
    expect(value(inventory, 'sp01', 'from')).toBe('more');
    expect(value(inventory, 'sp03', 'port')).toBe(5432);
    expect(value(load(files, ['more', 'dc']), 'sp01', 'from')).toBe('child');
  });

  test('a directory is all its files, by name', () => {
    const files = {
      'inventories/dc/1.yml': 'g: { vars: { v: 1 }, hosts: { h: } }',
      'inventories/dc/2.yml': 'g: { vars: { v: 2 } }',
    };
    expect(value(load(files, ['dc']), 'h', 'v')).toBe(2);
  });
});

describe('variables known everywhere', () => {
  test('names of hosts and groups, and the variables of other hosts', () => {
    const inventory = load({
      'dc.yml': sample,
      'host_vars/ta.yml': 'x: "{{from}} {{inventory_hostname}}"\nbad: "{{nope}}"\nloop: "{{hostvars.ta.loop}}"',
    });
    expect(value(inventory, 'sp01', 'inventory_hostname')).toBe('sp01');
    expect(value(inventory, 'sp01', 'groups')).toMatchObject({ tenants: ['ta', 'tb'] });
    const ta = inventory.hosts.get('sp01');
    const render = (text: string): unknown => {
      const template = compileValue(scalar(text));
      return template.ok && ta !== undefined ? outcome(template.value.render(inventory.scopeOf(ta))) : undefined;
    };
    expect(render('{{hostvars.ta.x}}')).toBe('all ta');
    expect(render('{{lookup hostvars "ta" "inventory_hostname"}}')).toBe('ta');
    expect(render('{{hostvars.ta.bad}}')).toEqual([
      'variable/unresolved 1:3 `hostvars.ta.bad` cannot be resolved: undefined variable `nope` | say it in `vars`, in the inventory or with `-e`',
    ]);
    expect(render('{{hostvars.ta.loop}}')).toEqual([
      'variable/unresolved 1:3 `hostvars.ta.loop` cannot be resolved: `hostvars.ta.loop` cannot be resolved: ' +
        'variable `loop` refers to itself | the circle is `hostvars.ta.loop` -> `hostvars.ta.loop`',
    ]);
    expect(render('{{hostvars.tc.x}}')).toEqual([
      'variable/no-such-key 1:3 `hostvars` has no `tc` | did you mean `ta`?',
    ]);
  });

  test("Ansible's names are ours too, and stay readable under their own", () => {
    const text = 'all: { hosts: { a: { ansible_host: 10.0.0.1, ansible_ssh_pass: x, ansible_become_pass: y } } }';
    const inventory = load({ 'dc.yml': text }, ['dc.yml'], ['ansible_user=root']);
    expect(
      ['ssh_host', 'ansible_host', 'ssh_password', 'become_password', 'ssh_user'].map((name) =>
        value(inventory, 'a', name),
      ),
    ).toEqual(['10.0.0.1', '10.0.0.1', 'x', 'y', 'root']);
  });
});

describe('problems', () => {
  test.each([
    ['- a', 'inventory/not-a-map 1:1 an inventory is a map, and this is a list | start it with `all:`'],
    [
      'all: { hosts: [a] }',
      'inventory/not-a-map 1:15 `hosts` is a map, and this is a list | write each host as `name:`, with its variables below',
    ],
    [
      'all: { host: { a: } }',
      'inventory/unknown-key 1:8 unknown key `host` in group `all` | groups below a group stand under `children:`, hosts under `hosts:`',
    ],
    ['all: { var: 1 }', 'inventory/unknown-key 1:8 unknown key `var` in group `all` | did you mean `vars`?'],
    [
      'all: { hosts: { "a[3:1]": } }',
      'inventory/bad-range 1:17 `[3:1]` goes backwards | write it as `sp[01:20]` or `db-[a:f]`, with a step as `[0:10:2]`',
    ],
    [
      'all: { hosts: { a b: } }',
      'inventory/bad-host-name 1:17 `a b` cannot be the name of a host | spaces, the signs of patterns (`,` `!` `&` `~` `*`) and a `-` in front are not allowed',
    ],
    [
      'all: { hosts: { "a:22": } }',
      'inventory/port-in-name 1:17 a port does not belong into the name `a:22` | write `a: { ssh_port: 22 }`',
    ],
    ['all: { vars: { a-b: 1 } }', 'variable/bad-name 1:16 `a-b` cannot be the name of a variable | write `a_b`'],
    [
      'all: { vars: { groups: 1 } }',
      'variable/reserved-name 1:16 `groups` is a name that the runner itself says | choose another name',
    ],
    [
      'a: { children: { b: { children: { a: } } } }',
      'inventory/circle 1:1 group `a` is below itself | the circle is `a` -> `b` -> `a`',
    ],
    [
      'a: { hosts: { b: } }\nb: { hosts: { c: } }',
      'inventory/same-name 1:15 `b` is a group and a host | a pattern could mean either; rename one of them',
    ],
  ])('%j: %s', (text, problem) => {
    expect(problems(text)).toEqual([problem]);
  });

  test('an INI inventory is refused by name', () => {
    expect(problems('# hosts\n[web]\na b=1\n')[0]).toMatch(
      /^inventory\/ini 2:1 this is an INI inventory, and only YAML is read \| convert it once/,
    );
  });

  test('groups that go down and down', () => {
    const chain = Array.from({ length: 3000 }, (_, each) => `g${each}: { children: { g${each + 1}: } }`).join('\n');
    expect(problems(chain)).toEqual([expect.stringMatching(/^inventory\/too-deep .* is more than 64 groups deep/)]);
    const ring = `${chain}\ng3000: { children: { g0: } }`;
    expect(problems(ring)).toEqual([expect.stringMatching(/^inventory\/circle 1:1 group `g0` is below itself/)]);
  });

  test('an inventory that is not there', () => {
    const cwd = directoryOf({ 'inventories/dc1.yml': 'all:' });
    expect(outcome(findInventory('dc2', cwd))).toEqual([
      'inventory/missing no inventory `dc2` here or in `inventories/` | did you mean `dc1`?',
    ]);
    expect(outcome(findInventory('dc1', cwd))).toEqual([join(cwd, 'inventories/dc1.yml')]);
    expect(outcome(loadInventory([], { cwd }))).toEqual([
      'inventory/none no inventory was given | name one with `-i`, such as `-i dc1.yml`',
    ]);
  });

  test('all problems of all files are told at once', () => {
    const cwd = directoryOf({ 'a.yml': 'x: { hots: 1 }', 'b.yml': '- 1', 'group_vars/x.yml': 'a-b: 1' });
    const loaded = loadInventory(['a', 'b', 'c'], { cwd });
    expect(loaded.ok ? [] : loaded.problems.map((each) => each.code)).toEqual([
      'inventory/missing',
      'inventory/unknown-key',
      'inventory/not-a-map',
      'variable/bad-name',
    ]);
  });
});
