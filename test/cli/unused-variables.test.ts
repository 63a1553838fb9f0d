// Variables that nothing uses: told only when everything that could use them is known.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { checkFile, lintFiles } from '../../src/cli/validate-file.js';

const root = mkdtempSync(join(tmpdir(), 'playbook-unused-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let runs = 0;

const hosts = 'all: { hosts: { spa: } }\n';

/** The messages about a playbook with these files beside it. */
function unused(site: string, files: Readonly<Record<string, string>> = {}, inventory = hosts): readonly string[] {
  const directory = join(root, String(++runs));
  for (const [path, content] of Object.entries({ 'site.yml': site, 'hosts.yml': inventory, ...files })) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), content);
  }
  const checked = [checkFile('site.yml', directory)];
  expect(checked.flatMap((each) => each.problems.map(({ message }) => message))).toEqual([]);
  expect(lintFiles(checked, [], directory), 'without an inventory nobody knows').toEqual([]);
  return lintFiles(checked, ['hosts.yml'], directory).map(({ code, message }) => `${code} ${message}`);
}

const play = (vars: string, task: string): string =>
  `- name: P\n  hosts: all\n  vars: ${vars}\n  tasks:\n    - name: T\n      ${task}\n`;
const told = (name: string): string => `lint/unused-variable nothing uses the variable \`${name}\``;

test('what stands in a template, a condition or another variable is used', () => {
  expect(unused(play('{ a: 1, b: 2, c: "{{d}}", d: 4, e: 5 }', 'debug: { msg: "{{ a }} b {{c}}" }'))).toEqual([
    told('b'),
    told('e'),
  ]);
  expect(unused(play('{ a: 1, b: 2 }', 'assert: { that: ["a == 1"] }\n      when: b == 2'))).toEqual([]);
});

test('the vars of tasks, blocks and imports are looked at, too', () => {
  const site = `- name: P\n  hosts: all\n  tasks:\n    - block: [{ name: T, ping: , vars: { b: 1 } }]\n      vars: { a: 1 }
    - import_tasks: tasks.yml\n      vars: { c: 1, d: 2 }\n`;
  expect(unused(site, { 'tasks.yml': '- name: T\n  debug: { msg: "{{c}}" }\n' })).toEqual(['b', 'a', 'd'].map(told));
});

test('what a template file or an SQL file uses is used', () => {
  const files = { 'templates/motd.hbs': 'hello {{ a }}\n', 'files/q.sql': 'select {{ b }}\n' };
  expect(unused(play('{ a: 1, b: 2, c: 3 }', 'template: { src: motd.hbs, dest: /etc/motd }'), files)).toEqual([
    told('b'),
    told('c'),
  ]);
});

test('a template whose name is a variable may use anything', () => {
  const task = 'template: { src: "{{ which }}.hbs", dest: /etc/motd }';
  expect(unused(play('{ a: 1, which: motd }', task), { 'templates/motd.hbs': '' })).toEqual([]);
});

test('an inventory is resolved late, and may use a variable of a play', () => {
  const inventory = 'all: { vars: { url: "http://{{ a }}/" }, hosts: { spa: } }\n';
  expect(unused(play('{ a: 1 }', 'debug: { msg: "{{ url }}" }'), {}, inventory)).toEqual([]);
});

test('the runner itself uses what says how a host is reached', () => {
  expect(unused(play('{ pg_database: fdb, ansible_user: root }', 'ping:'))).toEqual([]);
});
