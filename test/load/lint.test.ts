// The linter's rules one by one: what they tell, what they let pass, and what silences them.
import { describe, expect, test } from 'vitest';
import { positionOf } from '../../src/core/source.js';
import type { LintFile } from '../../src/load/lint/holders.js';
import { lint } from '../../src/load/lint/index.js';
import { hasPipe } from '../../src/load/lint/pipes.js';
import { parseYaml } from '../../src/load/yaml.js';
import { modules } from '../../src/modules/index.js';

function file(text: string, kind: LintFile['kind']): LintFile {
  const source = { path: `${kind}.yml`, text };
  const node = parseYaml(source);
  if (!node.ok) throw new Error(node.problems[0]?.message);
  return { source, node: node.value, kind };
}

/** `rule line:column` of each warning. */
function told(text: string, kind: LintFile['kind'] = 'tasks'): readonly string[] {
  return lint({ files: [file(text, kind)], modules }).map(({ code, span }) => {
    const { line, column } = span === undefined ? { line: 0, column: 0 } : positionOf(span.source, span.start);
    return `${code.replace('lint/', '')} ${line}:${column}`;
  });
}

describe('pipes', () => {
  test.each([
    ['a | b', true],
    ['a |& b', true],
    ['echo "x | y"; a | b', true],
    ["x='it'; a | b", true],
    ['a || b', false],
    ["echo 'a | b'", false],
    ['echo "a | \\" | b"', false],
    ['echo a \\| b', false],
    ['# a | b\ntrue', false],
    ['echo x >| file', false],
    ['echo {{join list "|"}}', false],
    ['case $x in a|b) true;; c | d) false;; esac', false],
    ['case $x in a|b) c | d;; esac', true],
    ['set -o pipefail; a | b', false],
    ['set -euo pipefail\na | b', false],
    ['set -e -o pipefail\na | b', false],
  ])('%s', (script, expected) => {
    expect(hasPipe(script)).toBe(expected);
  });
});

describe('rules', () => {
  test.each([
    ['- { name: A, command: a }', ['command-without-guard 1:14']],
    ['- { name: A, command: { cmd: a, creates: /a } }', []],
    ['- { name: A, command: { argv: [a], unless: b } }', []],
    ['- { name: A, shell: a, changed_when: false }', []],
    ['- { name: A, script: a.sh }', ['command-without-guard 1:14']],
    ['- { name: A, wait_for: { command: [a] } }', []],
    ['- block:\n    - ping:', ['unnamed-task 2:7']],
    ['- { name: A, ping: , ignore_errors: false, ignore_unreachable: it may be off }', []],
    ['- name: A\n  ignore_unreachable: true\n  block: []', ['ignored-without-reason 2:3']],
    ['- { name: A, debug: { msg: "{{raw x}}" } }', []],
    ['- name: A\n  sql: { query: "select {{raw x}}" }', ['raw-value 2:25']],
    ['- name: A\n  command: { argv: [a, "{{raw x}}"], creates: /a }', []],
    ['- { name: A, uri: { url: http://a, url_password: abc } }', ['plain-secret 1:36']],
    ['- name: A\n  ping:\n  environment: { PGPASSWORD: "{{ db_password }}" }', []],
  ])('%s', (text, expected) => {
    expect(told(text)).toEqual(expected);
  });

  test('a handler runs after a change, and needs no guard', () => {
    expect(told('- hosts: all\n  tasks: []\n  handlers:\n    - { name: A, command: a }', 'playbook')).toEqual([]);
  });

  test('secrets of inventories and of the defaults of params', () => {
    const inventory = 'all:\n  vars: { a_password: "{{ b }}", token: "", secret: , passwords: [a], api_token: [a, b] }';
    expect(told(inventory, 'inventory')).toEqual(['plain-secret 2:71']);
    const params = 'params:\n  key: { secret: true, default: a }\n  db_password: { type: string }\nplays: []';
    expect(told(params, 'playbook')).toEqual(['plain-secret 2:24']);
  });
});

describe('silences', () => {
  test('hold for the task above which they stand, and for no other', () => {
    const allow = '# playbook-lint: allow unnamed-task because it is short';
    expect(told(`${allow}\n\n# and\n- ping:\n- ping:`)).toEqual(['unnamed-task 5:3']);
    expect(told(`- ping: ${allow}\n- ping:`)).toEqual(['unnamed-task 2:3']);
    expect(told(`- ping:\n${allow}`)).toEqual(['unnamed-task 1:3', 'unused-silence 2:1']);
  });

  test('are read with the full code, and several at once', () => {
    const allow = '# playbook-lint: allow lint/unnamed-task, command-without-guard because I say so';
    expect(told(`${allow}\n- command: a`)).toEqual([]);
  });

  test('say nothing without a reason', () => {
    expect(told('# playbook-lint: allow unnamed-task because\n- ping:')).toEqual([
      'silence-without-reason 1:1',
      'unnamed-task 2:3',
    ]);
    expect(told('# playbook-lint: off\n- { name: A, ping: }')).toEqual(['silence-without-reason 1:1']);
  });

  test('cannot silence what is said of silences', () => {
    const allow = '# playbook-lint: allow unused-silence because I say so';
    expect(told(`${allow}\n- { name: A, ping: }`)).toEqual(['unknown-rule 1:1']);
  });

  test('for unused variables wait until an inventory is known', () => {
    const allow = '# playbook-lint: allow unused-variable because it is for later';
    expect(told(`${allow}\n- { name: A, ping: }`)).toEqual([]);
  });
});
