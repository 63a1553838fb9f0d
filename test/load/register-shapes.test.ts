// What the check of registers and slips must let pass: names that may be missing on purpose, and registers that nobody can know.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadInventory } from '../../src/load/inventory.js';
import { loadPlaybook } from '../../src/load/playbook.js';
import { checkWords } from '../../src/load/preflight.js';
import { failureKeys } from '../../src/load/register-shapes.js';
import { modules } from '../../src/modules/index.js';
import { projectRoot } from '../rigs/command-line.js';

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

const look = '- { service: { name: x }, register: r }\n';

test.each([
  ['{{r.sttae}}', 'register `r` has no `sttae`'],
  ['{{r.state.x}}', '`r.state` is a string, which has no `x`'],
  ['{{#each r.output_lines}}{{this.x}}{{/each}}', 'an item of `r.output_lines` is a string, which has no `x`'],
  ['{{#with r}}{{stte}}{{/with}}', 'undefined variable `stte`'],
  ['{{#each list as |it|}}{{it.nmae}} {{run.id}}{{/each}}', 'an item of `list` has no `nmae`'],
  ['{{#each list}}{{#each hosts}}{{../nmae}} {{run.id}}{{/each}}{{/each}}', 'undefined variable `nmae`'],
  ['{{v.sttae}}', '`v` has no `sttae`'],
  ['{{fact.prot}}', 'register `fact` has no `prot`'],
  ['{{run.chekc}}', '`run` has no `chekc`'],
])('%s is refused', (text, problem) => {
  const vars = '{ v: "{{r}}", list: [{ name: a, hosts: [x] }, { name: b, hosts: [] }] }';
  const tasks = `${look}- set_fact: { fact: { port: 1 } }\n- debug: { msg: "${text}" }\n  vars: ${vars}`;
  expect(problemsOf(tasks)).toEqual([problem]);
});

test.each([
  ["r.state == 'runing'", '`r.state` is never `runing`'],
  ["r.state in ['running', 'stoped']", '`r.state` is never `stoped`'],
  ["r.enabled == 'yes'", '`r.enabled` is never `yes`'],
  ["reachable == 'shh'", '`reachable` is never `shh`'],
  ["hostvars.b.r.state == 'runing'", '`hostvars.b.r.state` is never `runing`'],
  ["fact == 'one'", '`fact` is never `one`'],
  ['r.output_lines.all(line, line.x == 1)', 'an item of `r.output_lines` is a string, which has no `x`'],
])('%s can never hold', (condition, problem) => {
  expect(problemsOf(`${look}- set_fact: { fact: 1 }\n- { ping: , when: "${condition}" }`)).toEqual([problem]);
});

test.each([
  ['null, which a register may lack', 'r.pid == null || r.state != null'],
  ['a fact that is set to several things', "fact == 'one' || fact == 2"],
  ['the keys of a map', 'r.properties.all(key, key.x == 1)'],
  ['what a failure tells', 'default(r.journal, 1) == 1'],
])('%s is no problem', (_name, condition) => {
  const tasks = `- set_fact: { fact: one }\n- set_fact: { fact: 2 }\n${look}- { properties: { path: /x }, register: r }\n`;
  expect(problemsOf(`${tasks}- { ping: , when: "${condition}" }`)).toEqual([]);
});

test('in a loop, a register is one item until it is all of them', () => {
  const loop = '- { service: { name: x }, loop: [1, 2], register: r, until: r.state != "unknown" }\n';
  expect(problemsOf(`${loop}- debug: { msg: "{{r.results.[0].state}} {{r.changed}}" }`)).toEqual([]);
  expect(problemsOf(`${loop}- debug: { msg: "{{r.state}}" }`)).toEqual(['register `r` has no `state`']);
  expect(problemsOf(`${loop}- debug: { msg: "{{item.sttae}}" }\n  loop: "{{r.results}}"`)).toEqual([
    '`item` has no `sttae`',
  ]);
});

test('every detail of a failure is a key that a register may have', () => {
  const files = ['modules', 'engine', 'connect'].flatMap((room) => filesBelow(join(projectRoot, 'src', room)));
  const blocks = files.flatMap((file) => [...readFileSync(file, 'utf8').matchAll(/details: \{([^{}]*)\}/g)]);
  const keys = blocks.flatMap(([, block = '']) =>
    block.split(',').flatMap((each) => /^\s*(\w+)(?::|\s*$)/.exec(each)?.[1] ?? []),
  );
  expect(keys.length).toBeGreaterThan(20);
  // These two are told of a failure, and are in no register.
  const told = new Set([...failureKeys, 'also', 'last_seen']);
  expect([...new Set(keys)].filter((key) => !told.has(key))).toEqual([]);
});

function filesBelow(directory: string): readonly string[] {
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' });
  return names.filter((name) => name.endsWith('.ts')).map((name) => join(directory, name));
}
