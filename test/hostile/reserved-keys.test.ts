// `__proto__`, `constructor` and `prototype` are no keys of ours, wherever a person can write keys; and should one come
// through all the same, the prototypes of the program cannot be changed by it.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Diagnostic } from '../../src/core/diagnostic.js';
import type { Result } from '../../src/core/result.js';
import { parseCliVariables } from '../../src/load/cli-variables.js';
import { loadInventory } from '../../src/load/inventory.js';
import { loadPlaybook } from '../../src/load/playbook.js';
import { modules } from '../../src/modules/index.js';

const names = ['__proto__', 'constructor', 'prototype'];

/** Maps that would reach a prototype: each name alone, nested, in a list, in a merge, behind an anchor, in quotes, with an escape. */
const payloads = names.flatMap((name) => [
  `{ ${name}: { polluted: yes } }`,
  `{ "${name}": { polluted: yes } }`,
  `{ '${name}': 1 }`,
  `{ "\\u005f${name.slice(1)}": 1, "${name}": 2 }`,
  `{ a: { b: { ${name}: { polluted: yes } } } }`,
  `[{ ${name}: 1 }]`,
  `[[{ a: [{ ${name}: 1 }] }]]`,
  `{ <<: { ${name}: { polluted: yes } } }`,
  `{ a: &x { ${name}: 1 }, b: *x }`,
  `{ &k ${name}: 1, a: *k }`,
]);

function directoryOf(files: Readonly<Record<string, string>>): string {
  const directory = mkdtempSync(join(tmpdir(), 'playbook-keys-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  mkdirSync(join(directory, 'group_vars'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
  return directory;
}

function problemsOf(result: Result<unknown>): readonly Diagnostic[] {
  return result.ok ? [] : result.problems;
}

const site = (text: string): Result<unknown> => loadPlaybook(join(directoryOf({ 'p.yml': text }), 'p.yml'), modules);
const hosts = (files: Readonly<Record<string, string>>): Result<unknown> =>
  loadInventory([join(directoryOf(files), 'hosts.yml')]);

test.each<[string, (payload: string) => Result<unknown>]>([
  ['`vars` of a play', (payload) => site(`- hosts: all\n  vars: { x: ${payload} }\n  tasks: []`)],
  ['arguments of a module', (payload) => site(`- hosts: all\n  tasks:\n    - debug: { msg: ${payload} }`)],
  ['the environment', (payload) => site(`- hosts: all\n  tasks:\n    - ping:\n      environment: ${payload}`)],
  ['`loop`', (payload) => site(`- hosts: all\n  tasks:\n    - ping:\n      loop: [${payload}]`)],
  ['defaults of `params`', (payload) => site(`params: { x: { type: map, default: ${payload} } }\nplays: []`)],
  ['an inventory', (payload) => hosts({ 'hosts.yml': `all: { vars: { x: ${payload} }, hosts: { a: } }` })],
  ['variables of a host', (payload) => hosts({ 'hosts.yml': `all: { hosts: { a: { x: ${payload} } } }` })],
  [
    '`group_vars`',
    (payload) => hosts({ 'hosts.yml': 'all: { hosts: { a: } }', 'group_vars/all.yml': `x: ${payload}` }),
  ],
  ['`-e` as a map', (payload) => parseCliVariables([`{ x: ${payload} }`])],
  ['`-e` as a file', (payload) => parseCliVariables(['@x.yml'], { cwd: directoryOf({ 'x.yml': `x: ${payload}` }) })],
])('as keys in %s are refused', (_place, load) => {
  const let_in = payloads.filter((payload) => problemsOf(load(payload)).length === 0);
  const otherwise = payloads.filter((payload) =>
    problemsOf(load(payload)).some(({ code, span, hint }) => !code.startsWith('yaml/') || !span || !hint),
  );
  console.log(`reserved keys in ${_place}: ${payloads.length} tried, ${let_in.length} let in`);
  expect({ let_in, otherwise }).toEqual({ let_in: [], otherwise: [] });
  expect(Object.keys(Object.prototype)).toEqual([]);
});

test.each(names)('%s is no name of a variable, a register or a host', (name) => {
  const codes = [
    parseCliVariables([`${name}=1`]),
    parseCliVariables([`{"${name}": 1}`]),
    site(`- hosts: all\n  tasks:\n    - { ping: , register: ${name} }`),
    site(`- hosts: all\n  tasks:\n    - { ping: , loop: [1], loop_control: { loop_var: ${name} } }`),
    hosts({ 'hosts.yml': `all: { hosts: { ${name}: } }` }),
    hosts({ 'hosts.yml': `all: { children: { ${name}: { hosts: { a: } } } }` }),
  ].map((result) => problemsOf(result).map(({ code }) => code)[0]);
  expect(codes).toEqual([
    'variable/reserved-name',
    'yaml/reserved-key',
    'variable/reserved-name',
    'variable/reserved-name',
    'yaml/reserved-key',
    'yaml/reserved-key',
  ]);
});

describe('the prototypes of the program', () => {
  // Each in the loose mode of scripts, where what is refused is refused in silence.
  const attacks = ['Object', 'Array', 'Function'].flatMap((type) => [
    `${type}.prototype.polluted = 'yes'`,
    `${type}.prototype['toString'] = () => 'yes'`,
    `${type}.prototype.__proto__ = { polluted: 'yes' }`,
    `Object.setPrototypeOf(${type}.prototype, { polluted: 'yes' })`,
    `Object.defineProperty(${type}.prototype, 'polluted', { value: 'yes' })`,
    `Object.assign(${type}.prototype, { polluted: 'yes', toString: 1 })`,
    `delete ${type}.prototype.toString; delete ${type}.prototype.constructor`,
    `${type}.prototype.constructor = function evil() {}`,
  ]);
  const more = [
    `({}).__proto__.polluted = 'yes'`,
    `({}).constructor.prototype.polluted = 'yes'`,
    `const merge = (a, b) => { for (const k in b) typeof b[k] === 'object' ? merge(a[k] ??= {}, b[k]) : (a[k] = b[k]); }; merge({}, JSON.parse('{"__proto__":{"polluted":"yes"}}'))`,
    `const merge2 = (a, b) => { for (const k in b) typeof b[k] === 'object' ? merge2(a[k] ??= {}, b[k]) : (a[k] = b[k]); }; merge2({}, { constructor: { prototype: { polluted: 'yes' } } })`,
    `[].__proto__.push = () => 0`,
    `(() => 0).__proto__.call = () => 'yes'`,
  ];

  test('cannot be changed in any way', () => {
    const program = `
      const results = [];
      for (const attack of ${JSON.stringify([...attacks, ...more])}) {
        try { new Function(attack)(); } catch {}
        const wrong = ({}).polluted ?? [].polluted ?? (() => 0).polluted;
        if (wrong !== undefined || String({}) !== '[object Object]' || [1, 2].toString() !== '1,2' ||
          ({}).constructor !== Object || [].constructor !== Array || [].push(1) !== 1 || (() => 3).call() !== 3) results.push(attack);
      }
      for (const each of [Object, Array, Function]) if (!Object.isFrozen(each.prototype)) results.push(each.name);
      // What classes and objects have of their own is theirs, by assignment too.
      class Own {}
      Own.prototype.toString = () => 'own';
      const plain = {};
      plain.toString = () => 'plain';
      plain.constructor = 5;
      console.log(JSON.stringify({ results, own: [String(new Own()), String(plain), plain.constructor, Object.keys(plain)] }));`;
    const harden = new URL('../../dist/cli/harden.js', import.meta.url).href;
    const { stdout, stderr } = spawnSync(process.execPath, ['--import', harden, '-e', program], { encoding: 'utf8' });
    expect(stderr).toBe('');
    console.log(`prototypes: ${attacks.length + more.length} ways tried, 0 wanted`);
    expect(JSON.parse(stdout)).toEqual({ results: [], own: ['own', 'plain', 5, ['toString', 'constructor']] });
  });

  test('are frozen before anything else of the program is loaded', () => {
    const main = readFileSync(join(import.meta.dirname, '../../dist/cli/main.js'), 'utf8');
    expect(/import\s*(?:[^'"]*from\s*)?['"](?<file>[^'"]+)/.exec(main)?.groups?.['file']).toMatch(/harden/);
  });
});
