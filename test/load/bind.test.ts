// Arguments as a module gets them: each value quoted for the place where it stands, and checked again after rendering.
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { data, Scope } from '../../src/core/scope.js';
import type { Value } from '../../src/core/value.js';
import { loadPlaybook } from '../../src/load/playbook.js';
import { directoryOf, playbookOf, playWith, tasksOf, tell } from './support/files.js';
import { boundTo, modules } from './support/modules.js';

const scope = (values: Readonly<Record<string, Value>>): Scope =>
  Scope.empty.with(
    'host',
    Object.entries(values).map(([name, value]) => data(name, value, 'test')),
  );

async function bound(task: string, values: Readonly<Record<string, Value>> = {}, files: Record<string, string> = {}) {
  const [first] = tasksOf(playbookOf({ ...files, 'p.yml': playWith(task) }));
  if (first === undefined) throw new Error('no task');
  return boundTo(first, scope(values));
}

const nasty = `it's; rm -rf $(x) "`;

describe('places', () => {
  test.each([
    ['- ping:\n', {}],
    ['- command: echo {{ x }} end\n', { cmd: ['echo', nasty, 'end'] }],
    ['- command: {cmd: "echo {{ x }}", unless: "test {{ x }}"}\n', { cmd: ['echo', nasty], unless: ['test', nasty] }],
    ['- command: {cmd: [echo, "{{ x }}"], chdir: "/{{ y }}"}\n', { cmd: ['echo', nasty], chdir: '/why' }],
    ['- shell: echo {{ y }} > /tmp/x\n', { cmd: expect.stringMatching(/^echo '?why'? > \/tmp\/x$/) }],
    ['- assert: {that: y == "why"}\n', { that: { text: 'y == "why"', holds: true } }],
    ['- assert: y == "no"\n', { that: { text: 'y == "no"', holds: false, values: { y: 'why' } } }],
    [
      '- assert: {that: [n > 1, true]}\n',
      {
        that: [
          { text: 'n > 1', holds: true },
          { text: 'true', holds: true },
        ],
      },
    ],
    ['- debug: {msg: "{{ list }}"}\n', { msg: [1, { a: null }] }],
    ['- debug: {msg: {deep: ["{{ n }}", "n is {{ n }}"]}}\n', { msg: { deep: [3, 'n is 3'] } }],
    ['- debug: "{{ n }}"\n', { msg: 3 }],
    ['- service: {name: "{{ y }}"}\n', { name: 'why', settle: 30 }],
    ['- wait_for: {port: "{{ n }}", hosts: "{{ names }}"}\n', { port: 3, hosts: ['a', 'b'] }],
    ['- sql:\n    change:\n      - delete from t\n', { change: [{ text: 'delete from t', values: [] }] }],
  ])('%j', async (task, expected) => {
    const values = { x: nasty, y: 'why', n: 3, list: [1, { a: null }], names: ['a', 'b'] };
    expect(plain(await bound(task, values))).toEqual(expected);
  });

  test('SQL takes values as parameters', async () => {
    expect(await bound('- sql: {query: "select * from t where a = {{ x }}"}\n', { x: nasty })).toMatchObject({
      query: { text: 'select * from t where a = $1', values: [nasty] },
    });
  });
});

/** Maps without prototypes compare as different from literals; a round trip makes them alike. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

function text(value: unknown): string {
  return Buffer.from((value as { src: { content: Uint8Array } }).src.content).toString();
}

describe('files of this machine', () => {
  const files = {
    'a.txt': 'raw {{ x }}',
    'files/b.txt': 'in files',
    'templates/t.hbs': 'hello {{ x }}',
    'files/s.sql': 'delete from t where a = {{ x }};',
  };
  test('a file is sent as it is, from beside the playbook or from `files`', async () => {
    expect(text(await bound('- copy: {src: a.txt, dest: /x}\n', {}, files))).toBe('raw {{ x }}');
    expect(text(await bound('- copy: {src: b.txt, dest: /x}\n', {}, files))).toBe('in files');
    expect(text(await bound('- copy: {src: "{{ y }}.txt", dest: /x}\n', { y: 'b' }, files))).toBe('in files');
  });

  test('a template is rendered for the host, and its needs are known before', async () => {
    expect(text(await bound('- template: {src: t.hbs, dest: /x}\n', { x: nasty }, files))).toBe(`hello ${nasty}`);
    const [task] = tasksOf(playbookOf({ ...files, 'p.yml': playWith('- template: {src: t.hbs, dest: "{{ d }}"}\n') }));
    expect(task?.needs.map((each) => each.path[0])).toEqual(['x', 'd']);
  });

  test('an SQL file has its values bound', async () => {
    const script = await bound('- sql: {script: s.sql}\n', { x: 1 }, files);
    expect(script).toMatchObject({ script: { text: expect.stringContaining('a = $1'), values: [1] } });
  });

  test('a mistake in a template is shown in the template', () => {
    const directory = directoryOf({
      't.hbs': 'one\n  {{ if',
      'p.yml': playWith('- template: {src: t.hbs, dest: /x}\n'),
    });
    const loaded = loadPlaybook(join(directory, 'p.yml'), modules);
    expect(loaded.ok ? [] : tell(loaded.problems)).toEqual([expect.stringMatching(/^template\/\S+ t\.hbs:2:/)]);
  });

  test('a name that a variable leads outside is refused when it is known', async () => {
    const problems = await bound('- copy: {src: "{{ y }}", dest: /x}\n', { y: '../../etc/passwd' }, files);
    expect(problems).toEqual([expect.stringContaining('file/outside')]);
  });

  test('a link that leads outside is refused', () => {
    const directory = directoryOf({ 'p.yml': playWith('- copy: {src: link, dest: /x}\n') });
    symlinkSync('/etc/passwd', join(directory, 'link'));
    const loaded = loadPlaybook(join(directory, 'p.yml'), modules);
    expect(loaded.ok ? [] : tell(loaded.problems)).toEqual([expect.stringMatching(/^file\/outside 3:19/)]);
  });

  test('a file of imported tasks may lie beside them', async () => {
    const playbook = playbookOf({
      'p.yml': playWith('- import_tasks: sub/t.yml\n'),
      'sub/t.yml': '- copy: {src: near.txt, dest: /x}\n- copy: {src: far.txt, dest: /x}\n',
      'sub/near.txt': 'near',
      'far.txt': 'far',
    });
    const contents = await Promise.all(tasksOf(playbook).map(async (task) => text(await boundTo(task, Scope.empty))));
    expect(contents).toEqual(['near', 'far']);
  });
});

describe('after rendering, the schema is strict', () => {
  test.each([
    [
      '- service: {name: x, enabled: "{{ v }}"}\n',
      'yes',
      '`enabled` of `service` must be a boolean, not the string `yes` | it came from `{{ v }}`',
    ],
    [
      '- service: {name: x, state: "{{ v }}"}\n',
      'up',
      '`state` of `service` must be `started`, `stopped` or `restarted`, not the string `up`',
    ],
    ['- wait_for: {port: "{{ v }}"}\n', '443', '`port` of `wait_for` must be a whole number'],
    ['- wait_for: {port: 1, hosts: "{{ v }}"}\n', ['a', 5], '`hosts[1]` of `wait_for` must be a string'],
    ['- debug: {msg: "{{ nope }}"}\n', 1, '`nope`'],
  ])('%j with %j', async (task, v, words) => {
    expect(await bound(task, { v })).toEqual([expect.stringContaining(words)]);
  });

  test('the problem is shown where the argument stands', () => {
    const [task] = tasksOf(playbookOf(playWith('- service:\n    name: x\n    enabled: "{{ v }}"\n')));
    const result = task?.bind(scope({ v: 1 }));
    expect(result?.ok === false ? tell(result.problems) : []).toEqual([
      expect.stringMatching(/^playbook\/wrong-argument 5:18 /),
    ]);
  });

  test('defaults are filled in without touching the variable they were rendered from', async () => {
    const list: Value = [{ a: 1 }];
    await bound('- debug: {msg: "{{ v }}"}\n', { v: list });
    expect(list).toEqual([{ a: 1 }]);
  });
});
