import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Inventory } from '../../src/core/inventory.js';
import { loadInventory } from '../../src/load/inventory.js';
import { parseYaml } from '../../src/load/yaml.js';
import { told } from './words.js';

const text = 'sp: { hosts: { "sp[1:4]": } }\ndb: { hosts: { db1: , sp2: , sp3: } }\nnone:';

function inventoryOf(yaml: string): Inventory {
  const parse = (path: string): ReturnType<typeof parseYaml> => parseYaml({ path, text: yaml });
  // Any file that exists will do: its text comes from `parse`.
  const loaded = loadInventory(['package.json'], { parse });
  if (!loaded.ok) throw new Error(loaded.problems.map(told).join('\n'));
  return loaded.value;
}

const inventory = inventoryOf(text);

function names(pattern: string): readonly string[] {
  const selected = inventory.select(pattern);
  return selected.ok ? selected.value.map((host) => host.name) : selected.problems.map(told);
}

describe('patterns', () => {
  test.each([
    ['all', 'sp1 sp2 sp3 sp4 db1'],
    ['*', 'sp1 sp2 sp3 sp4 db1'],
    ['sp', 'sp1 sp2 sp3 sp4'],
    ['db1:sp1', 'sp1 db1'],
    ['db1, sp1', 'sp1 db1'],
    ['sp:&db', 'sp2 sp3'],
    ['sp:!db', 'sp1 sp4'],
    ['!sp2:sp', 'sp1 sp3 sp4'],
    ['!sp', 'db1'],
    ['sp*:!sp3', 'sp1 sp2 sp4'],
    ['s?1', 'sp1'],
    ['~sp[13]:!sp1', 'sp3'],
    ['~(sp|db)1', 'sp1 db1'],
    ['sp[0]', 'sp1'],
    ['sp[-1]', 'sp4'],
    ['sp[1:2]', 'sp2 sp3'],
    ['sp[2:]', 'sp3 sp4'],
    ['sp[:1]:db1', 'sp1 sp2 db1'],
  ])('%s', (pattern, hosts) => {
    expect(names(pattern).join(' ')).toBe(hosts);
  });

  test.each([
    ['sq', 'inventory/unknown-host no group and no host is called `sq` | did you mean `sp`?'],
    ['sp:!dc', 'inventory/unknown-host no group and no host is called `dc` | did you mean `db`?'],
    [
      'localhost',
      'inventory/unknown-host no group and no host is called `localhost` | this machine is a host like others: add `localhost: { connection: local }` to the inventory',
    ],
    ['none', 'inventory/empty-match `none` matches no host | write `all`, or see `playbook inventory --graph`'],
    ['sp:&db1', 'inventory/empty-match `sp:&db1` matches no host | write `all`, or see `playbook inventory --graph`'],
    [
      'x*',
      'inventory/empty-match `x*` matches no group and no host | known: `sp`, `db`, `none`, `all`, `ungrouped`, `sp1`, `sp2`, `sp3`, `sp4`, `db1`',
    ],
    ['sp[4]', 'inventory/empty-match `sp` has 4 hosts, none at `[4]` | the first is `[0]`, the last is `[-1]`'],
    [
      'sp[a]',
      'inventory/bad-range `[a]` picks nothing | write `[0]` for the first, `[-1]` for the last, `[1:3]` for the second to the fourth',
    ],
    [
      '~(',
      'inventory/bad-regex `~(` is no usable regular expression: unterminated group | name hosts and groups, or use `*`',
    ],
    ['', 'inventory/empty-match `` matches no host | write `all`, or see `playbook inventory --graph`'],
  ])('%s is a problem', (pattern, problem) => {
    expect(names(pattern)).toEqual([problem]);
  });

  test('a problem points at its own term', () => {
    const source = { path: 'p.yml', text: '- hosts: sp:!dc' };
    const selected = inventory.select('sp:!dc', { source, start: 9, end: 15 });
    expect(selected.ok ? [] : selected.problems.map(told)).toEqual([
      'inventory/unknown-host 1:13 no group and no host is called `dc` | did you mean `db`?',
    ]);
  });
});

function group(name: string, members: readonly number[]): string {
  return `${name}: { hosts: { ${members.map((each) => `h${each}: `).join(', ')} } }\n`;
}

test('a union, an intersection and a difference are those of sets', () => {
  const groups = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.uniqueArray(fc.integer({ min: 1, max: 6 })), {
    minKeys: 3,
    noNullPrototype: true,
  });
  const property = fc.property(groups, ({ a = [], b = [], c = [] }) => {
    const known = inventoryOf(`all: { hosts: { "h[1:6]": } }\n${group('a', a)}${group('b', b)}${group('c', c)}`);
    const selected = known.select('a:b:&all:!c');
    const wanted = [1, 2, 3, 4, 5, 6].filter((each) => (a.includes(each) || b.includes(each)) && !c.includes(each));
    expect(selected.ok ? selected.value.map((host) => host.name) : []).toEqual(wanted.map((each) => `h${each}`));
  });
  fc.assert(property);
});
