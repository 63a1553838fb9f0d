// What the check of registers and slips must let pass: names that may be missing on purpose, and registers that nobody can know.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadInventory } from '../../src/load/inventory.js';
import { loadPlaybook } from '../../src/load/playbook.js';
import { checkWords } from '../../src/load/preflight.js';
import { modules } from '../../src/modules/index.js';

/** What is said of tasks on two hosts. */
function problemsOf(tasks: string): readonly string[] {
  const directory = mkdtempSync(join(tmpdir(), 'playbook-shapes-'));
  try {
    const path = join(directory, 'site.yml');
    writeFileSync(path, `- hosts: all\n  tasks:\n${tasks.replaceAll(/^/gm, '    ')}\n`);
    writeFileSync(join(directory, 'hosts.yml'), 'all: { vars: { port: 1, chosen: a }, hosts: { a: , b: } }\n');
    const loaded = loadPlaybook(path, modules);
    const inventory = loadInventory([join(directory, 'hosts.yml')]);
    if (!loaded.ok || !inventory.ok) return ['not loaded'];
    return checkWords(loaded.value.playbook, inventory.value, { tags: [], skipTags: [] }).map((each) => each.message);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

test.each([
  ['a name far from all others, behind a default', `- debug: { msg: "{{default region 'none'}}" }`],
  [
    'the words of a failure',
    '- { slony_status: , register: s, ignore_errors: true }\n- debug: { msg: "{{s.msg}} {{s.failed}}" }',
  ],
  [
    'the items of a loop',
    '- { slony_status: , register: s, loop: [1], until: s.consistent }\n- debug: { msg: "{{json s.results}}" }',
  ],
  [
    'a register of a module that says nothing',
    '- { uri: { url: "http://x" }, register: u }\n- debug: { msg: "{{u.json.any}}" }',
  ],
  [
    'one register of two modules',
    '- { set_fact: { any: 1 }, register: r }\n- { slony_status: , register: r }\n- debug: { msg: "{{r.any}}" }',
  ],
  [
    'a key of an item that is nearly a variable',
    '- debug: { msg: "{{#each hosts}}{{ports}}{{/each}}" }\n  vars: { hosts: [{ ports: 2 }] }',
  ],
  ['a name in a task that is guarded', '- { ping: , when: [defined(region), region == 1] }'],
  ['what only the run knows of another host', `- { ping: , when: "hostvars[chosen].reachable == 'ssh'" }`],
  [
    'a register of another host',
    '- { command: id, register: r }\n- debug: { msg: "{{lookup (lookup hostvars chosen) \'r\'}}" }',
  ],
])('%s is no problem', (_name, tasks) => {
  expect(problemsOf(tasks)).toEqual([]);
});

test('a register that is filled twice has the keys of both', () => {
  const tasks = '- { slony_status: , register: r }\n- { sql: { query: select 1 }, register: r }\n';
  expect(problemsOf(`${tasks}- debug: { msg: "{{r.role}} {{r.rows}}" }`)).toEqual([]);
  expect(problemsOf(`${tasks}- debug: { msg: "{{r.rwos}}" }`)).toEqual(['register `r` has no `rwos`']);
});
