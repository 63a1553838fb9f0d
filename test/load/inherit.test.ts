// What is said around a task ends up inside it: outermost first, and the nearest word wins where there can be only one.
import { expect, test } from 'vitest';
import { playbookOf, playWith, problemsOf, tasksOf } from './support/files.js';

test('a task carries what its play, its blocks and its import say', () => {
  const playbook = playbookOf({
    'p.yml': `- hosts: all
  become: true
  become_user: root
  tags: play
  timeout: 60
  environment: {A: play, B: play}
  vars: {v: play}
  ignore_unreachable: it may be gone
  tasks:
    - block:
        - import_tasks: sub/t.yml
          when: c == 3
          vars: {v: import}
          become_user: db
          throttle: 3
      when: [a == 1, b == 2]
      vars: {v: block, w: block}
      tags: [block, play]
      environment: {B: block}
      ignore_errors: true
      run_once: true
`,
    'sub/t.yml': `- ping:
  when: d == 4
  vars: {v: task}
  tags: task
  timeout: 5s
  ignore_errors: false
  environment: {C: task}
`,
  });
  const [task] = tasksOf(playbook);
  expect(task?.when.map((each) => each.text)).toEqual(['a == 1', 'b == 2', 'c == 3', 'd == 4']);
  expect(task?.definitions.map((each) => `${each.name} ${each.saidBy}`)).toEqual([
    'v block vars',
    'w block vars',
    'v import vars',
    'v task vars',
  ]);
  expect(task?.tags).toEqual(['play', 'block', 'task']);
  expect(task?.environment.map((each) => each.render({ get: () => undefined, names: () => [] }))).toEqual([
    { ok: true, value: { A: 'play', B: 'play' } },
    { ok: true, value: { B: 'block' } },
    { ok: true, value: { C: 'task' } },
  ]);
  expect(task?.become.user?.text).toBe('db');
  expect(task?.become.enabled?.text).toBe('true');
  expect(task).toMatchObject({
    timeoutMs: 5000,
    throttle: 3,
    runOnce: true,
    ignoreUnreachable: { reason: 'it may be gone' },
  });
  expect(task?.ignoreErrors).toBeUndefined();
  expect(task?.id).toBe('sub/t.yml:1@p.yml:11');
});

test('the variables of a play stay with the play', () => {
  const playbook = playbookOf({
    'p.yml': '- hosts: all\n  vars_files: [v.yml, w.yml]\n  vars: {a: 1}\n  tasks: [{ping: }]\n',
    'v.yml': 'a: 2\n',
    'w.yml': '# nothing yet\n',
  });
  expect(playbook.plays[0]?.definitions.map((each) => `${each.name} ${each.saidBy}`)).toEqual([
    'a play vars',
    'a vars_files v.yml',
  ]);
  expect(tasksOf(playbook)[0]?.definitions).toEqual([]);
});

test('rescue and always inherit like the block; a loop of the block stays with the block', () => {
  const playbook = playbookOf(
    playWith(`- name: try it
  block: [{ping: }]
  rescue: [{ping: }]
  always: [{ping: , when: z}]
  when: y
  loop: "{{ list }}"
  loop_control: {loop_var: one}
`),
  );
  const [block] = playbook.plays[0]?.steps ?? [];
  expect(block).toMatchObject({ kind: 'block', name: 'try it', id: 'p.yml:3', loop: { itemName: 'one' } });
  expect(tasksOf(playbook).map((task) => task.when.map((each) => each.text))).toEqual([['y'], ['y'], ['y', 'z']]);
  expect(tasksOf(playbook).every((task) => task.loop === undefined)).toBe(true);
});

test('`become` may be a template, which must give a boolean', () => {
  const [task] = tasksOf(playbookOf(playWith('- ping:\n  become: "{{ b }}"\n')));
  const render = (value: string | boolean) =>
    task?.become.enabled?.render({ get: () => ({ ok: true, value }), names: () => ['b'] });
  expect(render(true)).toEqual({ ok: true, value: true });
  expect(render('yes')).toMatchObject({
    problems: [{ code: 'playbook/wrong-value', hint: expect.stringContaining('`true`') }],
  });
});

test('tasks on one line have different ids, and ids do not depend on where the playbook is', () => {
  const ids = tasksOf(playbookOf('- hosts: all\n  tasks: [{ping: }, {ping: }, {ping: }]\n')).map((task) => task.id);
  expect(ids).toEqual(['p.yml:2', 'p.yml:2:21', 'p.yml:2:31']);
});

test('`until` alone tries three times more, five seconds apart', () => {
  const [task] = tasksOf(playbookOf(playWith('- ping:\n  until: x\n')));
  expect(task).toMatchObject({ retries: 3, delayMs: 5000 });
});

function handlers(text: string): readonly string[] {
  return problemsOf(`- hosts: all\n  tasks: []\n  handlers:\n${text.replaceAll(/^(?=.)/gm, '    ')}`);
}

function notifying(notify: string, handler: string): string {
  return `- hosts: all\n  tasks: [{ping: , notify: ${notify}}]\n  handlers: [{name: Restart it, ${handler}}]\n`;
}

test('handlers have plain names, and no two the same', () => {
  expect(handlers('- name: a\n  ping:\n- name: a\n  ping:\n')).toEqual([
    'playbook/duplicate-handler 6:13 two handlers are called `a` | give one of them another name',
  ]);
  expect(handlers('- ping:\n')).toEqual([expect.stringContaining('playbook/handler-name 4:7')]);
  expect(handlers('- name: x {{ y }}\n  ping:\n')).toEqual([expect.stringContaining('playbook/handler-name 5:7')]);
  expect(handlers('- block: []\n')).toEqual([expect.stringContaining('playbook/handler-block 4:7')]);
});

test('a handler is found by its name, also when it has a mistake of its own', () => {
  expect(problemsOf(notifying('[Restart it]', 'ping: '))).toEqual([]);
  expect(problemsOf(notifying('"{{ one }}"', 'ping: '))).toEqual([]);
  expect(problemsOf(notifying('Restart them', 'ping: '))).toEqual([
    expect.stringContaining('did you mean `Restart it`?'),
  ]);
  expect(problemsOf(notifying('Restart it', 'pnig: '))).toEqual([expect.stringContaining('playbook/unknown-module')]);
});
