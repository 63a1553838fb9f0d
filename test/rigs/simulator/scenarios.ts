// Playbooks for the simulated world, each with the order in which its effects must come. A task's name ends with the words
// of its effect, so that a journal and what truly happened can be held against each other.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Inventory } from '../../../src/core/inventory.js';
import type { Playbook } from '../../../src/core/playbook.js';
import { loadInventory } from '../../../src/load/inventory.js';
import { loadPlaybook } from '../../../src/load/playbook.js';
import { modules } from '../../../src/modules/index.js';
import { simulatedModules } from './modules.js';

/** A playbook and its hosts, loaded. */
export interface Scenario {
  readonly name: string;
  readonly hosts: readonly string[];
  readonly playbook: Playbook;
  readonly inventory: Inventory;
  /** The words of all effects, in the order of the tasks. */
  readonly labels: readonly string[];
  /** Of these, what a host that could not be reached is excused from by a rescue. */
  readonly optional: readonly string[];
}

const texts: Readonly<Record<string, { readonly hosts: readonly string[]; readonly playbook: string }>> = {
  small: {
    hosts: ['a', 'b'],
    playbook: `
- hosts: all
  tasks:
    - { name: append L1, append: { file: log, line: L1 } }
    - { name: unit db=running, unit: { name: db, state: running } }
`,
  },
  sums: {
    hosts: ['a'],
    playbook: `
- hosts: all
  tasks:
    - { name: row mode=master, row: { key: mode, value: master } }
    - { name: add sum+5, add: { key: sum, value: '5' } }
    - { name: append L1, append: { file: log, line: L1 } }
`,
  },
  failover: {
    hosts: ['a', 'b'],
    playbook: `
- hosts: all
  any_errors_fatal: true
  tasks:
    - { name: unit app=running, unit: { name: app, state: running } }
    - { name: append stopping, append: { file: log, line: stopping }, when: inventory_hostname == 'a' }
    - { name: 'content /etc/conf: new', content: { path: /etc/conf, text: new } }
    - name: only b
      when: inventory_hostname == 'b'
      block:
        - { name: row role=primary, row: { key: role, value: primary } }
        - { name: add generation+1, add: { key: generation, value: '1' } }
        - { name: sign, sign: { title: is a fenced } }
    - { name: append, append: { file: items, line: '{{ item }}' }, loop: [one, two, three] }
    - { name: unit db=running, unit: { name: db, state: running } }
`,
  },
  rescued: {
    hosts: ['a', 'b'],
    playbook: `
- hosts: all
  tasks:
    - block:
        - { name: append bad, append: { file: log, line: bad, rc: 3 } }
        - { name: append never, append: { file: log, line: never } }
      rescue:
        - { name: append mended, append: { file: log, line: mended } }
      always:
        - { name: unit app=running, unit: { name: app, state: running } }
    - { name: append last, append: { file: log, line: last }, delegate_to: b, run_once: true }
`,
  },
};

const orders: Readonly<Record<string, readonly string[]>> = {
  small: ['L1', 'db=running'],
  sums: ['mode=master', 'sum+5', 'L1'],
  failover: [
    'app=running',
    'stopping',
    '/etc/conf: new',
    'role=primary',
    'generation+1',
    'one',
    'two',
    'three',
    'db=running',
  ],
  rescued: ['bad', 'mended', 'app=running', 'last'],
};

/** All scenarios by name. */
export const scenarioNames: readonly string[] = Object.keys(texts);

/** Loads a scenario through the real loader. */
export function scenarioOf(name: string): Scenario {
  const text = texts[name];
  if (text === undefined) throw new Error(`no scenario ${name}: there are ${scenarioNames.join(', ')}`);
  const directory = mkdtempSync(join(tmpdir(), 'playbook-simulator-'));
  try {
    writeFileSync(join(directory, 'play.yml'), text.playbook);
    writeFileSync(
      join(directory, 'hosts.yml'),
      `all: { hosts: { ${text.hosts.map((each) => `${each}: `).join(', ')} } }`,
    );
    const loaded = loadPlaybook(join(directory, 'play.yml'), new Map([...modules, ...simulatedModules]));
    const inventory = loadInventory([join(directory, 'hosts.yml')], { cwd: directory, cli: [] });
    if (!loaded.ok || !inventory.ok)
      throw new Error(
        JSON.stringify([loaded, inventory], (key, value: unknown) => (key === 'span' ? undefined : value)),
      );
    return {
      name,
      hosts: text.hosts,
      playbook: loaded.value.playbook,
      inventory: inventory.value,
      labels: orders[name] ?? [],
      optional: name === 'rescued' ? ['bad'] : [],
    };
  } finally {
    rmSync(directory, { recursive: true });
  }
}
