// Files that bring in other files.
import { expect, test } from 'vitest';
import { playbookOf, problemsOf, tasksOf } from './support/files.js';

const play = (tasks: string): string => `- hosts: all\n  tasks:\n${tasks.replaceAll(/^(?=.)/gm, '    ')}`;

test('imports are relative to the file that says them', () => {
  const playbook = playbookOf({
    'p.yml': play('- import_tasks: a/one.yml\n- import_tasks: a/one.yml\n'),
    'a/one.yml': '- ping:\n- import_tasks: b/two.yml\n',
    'a/b/two.yml': '- command: x\n',
  });
  expect(tasksOf(playbook).map((task) => task.id)).toEqual([
    'a/one.yml:1@p.yml:3',
    'a/b/two.yml:1@a/one.yml:2@p.yml:3',
    'a/one.yml:1@p.yml:4',
    'a/b/two.yml:1@a/one.yml:2@p.yml:4',
  ]);
});

test('a circle of imports is shown', () => {
  const [problem, ...others] = problemsOf({
    'p.yml': play('- import_tasks: a.yml\n'),
    'a.yml': '- import_tasks: b.yml\n',
    'b.yml': '- ping:\n- import_tasks: a.yml\n',
  });
  expect(problem).toMatch(
    /^playbook\/import-circle b\.yml:2:17 .* \| the circle is `.*a\.yml` -> `.*b\.yml` -> `.*a\.yml`$/,
  );
  expect(others).toEqual([]);
});

const level = (times: number, next: number): string => `- import_tasks: t${next}.yml\n`.repeat(times);

test('imports that double at each level, or never stop, have an end', () => {
  const levels = (count: number, times: number): Record<string, string> => ({
    'p.yml': play(level(1, 0)),
    ...Object.fromEntries(Array.from({ length: count }, (_, each) => [`t${each}.yml`, level(times, each + 1)])),
    [`t${count}.yml`]: '- ping:\n',
  });
  expect(problemsOf(levels(24, 2))).toEqual([expect.stringContaining('more than 1000 imports')]);
  expect(problemsOf(levels(40, 1))).toEqual([
    expect.stringMatching(/^playbook\/imports-too-deep t31\.yml:1:17 imports nest deeper than 32 files/),
  ]);
  expect(problemsOf(levels(20, 1))).toEqual([]);
});

test.each([
  ['- import_tasks: tasks.yml\n', {}, 'file/missing 3:21', 'did you mean'],
  ['- import_tasks: "{{ x }}.yml"\n', {}, 'playbook/template-here 3:21', 'before any variable'],
  ['- import_tasks: other\n', { 'other/x': '' }, 'file/not-a-file 3:21', 'a directory'],
  ['- import_tasks: task.yml\n  register: x\n', {}, 'playbook/unknown-key 4:7', ''],
  ['- import_tasks: bad.yml\n', { 'bad.yml': 'a: 1\n' }, 'playbook/wrong-value bad.yml:1:1', 'must be a list'],
  [
    '- import_tasks: bad.yml\n',
    { 'bad.yml': new Uint8Array([0x2d, 0xff]) },
    'file/not-utf8 bad.yml:1:2',
    'near byte 1',
  ],
])('%j', (tasks, files, start, part) => {
  const problems = problemsOf({ 'p.yml': play(tasks), 'task.yml': '- ping:\n', ...files });
  expect(problems[0]).toContain(start);
  expect(problems[0]).toContain(part);
  expect(problems).toHaveLength(1);
});

test('an imported playbook takes its params from the vars of the import', () => {
  const playbook = playbookOf({
    'p.yml': `params: {site: {}}
vars: {outer: 1}
plays:
  - import_playbook: sub/q.yml
    vars: {who: spa}
    tags: sub
    when: site == 'x'
  - hosts: last
    tasks: []
`,
    'sub/q.yml': `params:
  who: {}
  why: {default: no reason}
plays:
  - hosts: first
    vars: {who: me}
    tasks:
      - copy: {src: here.txt, dest: /x}
`,
    'sub/files/here.txt': 'hello',
  });
  expect(playbook.params.map((param) => param.name)).toEqual(['site', 'why']);
  expect(playbook.plays.map((each) => [each.id, each.hosts, each.tags])).toEqual([
    ['sub/q.yml:5@p.yml:4', 'first', ['sub']],
    ['p.yml:8', 'last', []],
  ]);
  expect(playbook.plays[0]?.definitions.map((each) => `${each.name} ${each.saidBy}`)).toEqual([
    'outer playbook vars',
    'why param default',
    'who play vars',
    'who import vars',
  ]);
  expect(tasksOf(playbook)[0]?.when.map((each) => each.text)).toEqual(["site == 'x'"]);
});

test('a playbook that imports itself is refused', () => {
  expect(problemsOf('- import_playbook: p.yml\n')).toEqual([expect.stringContaining('playbook/import-circle 1:20')]);
});

test('an import of a playbook takes few words', () => {
  const problems = problemsOf({
    'p.yml': '- import_playbook: q.yml\n  become: true\n',
    'q.yml': '- hosts: all\n  tasks: []\n',
  });
  expect(problems).toEqual([
    expect.stringContaining('playbook/unknown-key 2:3 an import of a playbook has no key `become`'),
  ]);
});
