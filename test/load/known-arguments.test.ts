// An argument that is wrong with what is known is found before the run, for each host and at its place, also where another
// argument or a condition rests on the run; and what a run could still decide rightly is let pass.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { positionOf } from '../../src/core/source.js';
import { loadInventory } from '../../src/load/inventory.js';
import { loadPlaybook } from '../../src/load/playbook.js';
import { checkWords } from '../../src/load/preflight.js';
import { modules } from '../../src/modules/index.js';

const inventoryText = `all:
  vars: { port: 5432, name: "80a", kind: unix, wish: starting }
  hosts: { a: { port: none }, b: }
`;

/** What is said of tasks on two hosts, of which only one has a number as its port. */
function problemsOf(tasks: string): readonly string[] {
  const directory = mkdtempSync(join(tmpdir(), 'playbook-known-'));
  try {
    const path = join(directory, 'site.yml');
    writeFileSync(path, `- hosts: all\n  tasks:\n${tasks.replaceAll(/^/gm, '    ')}\n`);
    writeFileSync(join(directory, 'hosts.yml'), inventoryText);
    const loaded = loadPlaybook(path, modules);
    const inventory = loadInventory([join(directory, 'hosts.yml')]);
    if (!loaded.ok || !inventory.ok) return ['not loaded'];
    const problems = checkWords(loaded.value.playbook, inventory.value, { tags: [], skipTags: [] });
    return problems.map(({ message, span, labels = [] }) => {
      const place = span === undefined ? undefined : positionOf(span.source, span.start);
      const only = labels.map((each) => `, ${each.message}`).join('');
      return `${place?.line}:${place?.column} ${message}${only}`;
    });
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const look = '- { command: id, register: r }\n';
const wrongPort = '`port` of `wait_for` must be a whole number, not the string `none`, only on `a`';

test.each([
  ['alone', '- wait_for: { port: "{{port}}" }', `3:25 ${wrongPort}`],
  [
    'a word that is none of the words',
    '- service: { name: "{{name}}", state: "{{wish}}" }',
    '3:43 `state` of `service` must be `started`, `stopped`, `restarted` or `reloaded`, not the string `starting`',
  ],
  [
    'beside an argument that the run brings',
    `${look}- wait_for: { host: "{{r.stdout}}", port: "{{port}}" }`,
    `4:47 ${wrongPort}`,
  ],
  [
    'behind a condition of the run',
    `${look}- { wait_for: { port: "{{port}}" }, when: r.rc == 0 }`,
    `4:27 ${wrongPort}`,
  ],
  [
    'behind a condition of which a part is known to hold',
    `${look}- { wait_for: { port: "{{port}}" }, when: "kind == 'unix' && r.rc == 0" }`,
    `4:27 ${wrongPort}`,
  ],
  [
    'in a loop over what the run brings',
    `${look}- { wait_for: { port: "{{port}}", host: "{{item}}" }, loop: "{{r.stdout_lines}}" }`,
    `4:27 ${wrongPort}`,
  ],
])('%s, a wrong argument is refused', (_name, tasks, problem) => {
  expect(problemsOf(tasks)).toEqual([problem]);
});

test.each([
  [
    'behind a part of a condition that is known not to hold',
    `${look}- { wait_for: { port: "{{port}}" }, when: "r.rc == 0 && kind == 'tcp'" }`,
  ],
  [
    'behind an alternative',
    `${look}- { wait_for: { port: "{{port}}" }, when: "r.rc == 0 && (kind == 'tcp' || r.stdout == 'x')" }`,
  ],
  [
    'behind a fact that is made of what is known',
    '- set_fact: { tcp: "{{eq kind \'tcp\'}}", more: "{{run.id}}" }\n- { wait_for: { port: "{{port}}" }, when: tcp }',
  ],
  [
    'behind the register of a task that is left out',
    '- { command: id, register: r, when: "kind == \'tcp\'" }\n- { wait_for: { port: "{{port}}" }, when: r.changed }',
  ],
])('%s, it may never be asked for', (_name, tasks) => {
  expect(problemsOf(tasks)).toEqual([]);
});
