// What is refused in a playbook, where it is pointed at, and what the hint says.
import { describe, expect, test } from 'vitest';
import { load, playbookOf, playWith, problemsOf, tasksOf } from './support/files.js';

type Case = readonly [text: string, start: string, parts: readonly string[]];

const playCases: readonly Case[] = [
  ['hello\n', 'playbook/wrong-value 1:1 a playbook must be a list of plays', ['not the string `hello`']],
  ['', 'playbook/wrong-value 1:1', ['not null']],
  ['hosts: all\ntasks: []\n', 'playbook/wrong-value 1:1 a play must be an item of a list', ['start it with `- `']],
  ['- ping:\n  hosts: all\n  tasks: []\n', 'playbook/unknown-key 1:3 a play has no key `ping`', []],
  ['- tasks: []\n', 'playbook/missing-key 1:3 this play has no `hosts`', ['add `hosts:`']],
  ['- hosts: all\n', 'playbook/missing-key 1:3 this play has no `tasks`', ['add `tasks:`']],
  ['- hosts: all\n  task: []\n  tasks: []\n', 'playbook/unknown-key 2:3', ['did you mean `tasks`?']],
  ['- hosts: all\n  pre_tasks: []\n  tasks: []\n', 'playbook/unknown-key 2:3', ['first in `tasks`']],
  ['- hosts: all\n  roles: [x]\n  tasks: []\n', 'playbook/unknown-key 2:3', ['import_tasks']],
  [
    '- hosts: [a, "{{ x }}"]\n  tasks: []\n',
    'playbook/template-here 1:14 a list of `hosts` cannot hold a template',
    ['a:b'],
  ],
  ['- hosts: all\n  gather_facts: true\n  tasks: []\n', 'playbook/gather-facts 2:3', ['register']],
  ['- hosts: all\n  serial: 0\n  tasks: []\n', 'playbook/wrong-value 2:11 `serial` must be a number of hosts', []],
  ['- hosts: all\n  serial: 130%\n  tasks: []\n', 'playbook/wrong-value 2:11', ['`30%`']],
  [
    '- hosts: all\n  any_errors_fatal: yes\n  tasks: []\n',
    'playbook/wrong-value 2:21',
    ['string in YAML 1.2; write `true`'],
  ],
  ['- hosts: all\n  max_fail_percentage: 101\n  tasks: []\n', 'playbook/wrong-value 2:24', ['from 0 to 100']],
  ['- hosts: all\n  become_method: su\n  tasks: []\n', 'playbook/wrong-value 2:18', ['sudo']],
  ['- hosts: all\n  vars: [a]\n  tasks: []\n', 'playbook/wrong-value 2:9 `vars` must be a map, not a list', []],
  ['- hosts: all\n  vars: {a-b: 1}\n  tasks: []\n', 'variable/bad-name 2:10', ['a_b']],
  ['- hosts: all\n  timeout: soon\n  tasks: []\n', 'playbook/wrong-value 2:12', ['`30s`']],
  ['- hosts: all\n  tasks: {}\n', 'playbook/wrong-value 2:10 `tasks` must be a list, not a map', []],
  ['- hosts: all\n  tags: "{{ t }}"\n  tasks: []\n', 'playbook/template-here 2:9', []],
  [
    'plays: [{hosts: all, tasks: []}]\nparms: {}\n',
    'playbook/unknown-key 2:1 a playbook has no key `parms`',
    ['`params`'],
  ],
  ['name: x\n', 'playbook/missing-key 1:1 this playbook has no `plays`', []],
  ['params: { a: string }\nplays: [{hosts: all, tasks: []}]\n', 'param/wrong-value 1:14', ['type: string']],
  ['params: { a: { type: strng } }\nplays: [{hosts: all, tasks: []}]\n', 'param/unknown-type 1:22', ['`string`']],
  [
    'params: { a: { type: integer, default: x } }\nplays: [{hosts: all, tasks: []}]\n',
    'param/wrong-default 1:40',
    ['a whole number'],
  ],
  [
    'params: { a: { enum: [x], default: y } }\nplays: [{hosts: all, tasks: []}]\n',
    'param/wrong-default 1:36',
    ['not in its `enum`'],
  ],
  ['params: { a: { required: false } }\nplays: [{hosts: all, tasks: []}]\n', 'param/required 1:16', ['add `default']],
  ['params: { run: {} }\nplays: [{hosts: all, tasks: []}]\n', 'variable/reserved-name 1:11', []],
  [
    'params: { a: { typ: x } }\nplays: [{hosts: all, tasks: []}]\n',
    'playbook/unknown-key 1:16 a param has no key `typ`',
    ['`type`'],
  ],
];

const taskCases: readonly Case[] = [
  ['- servise: {name: x}\n', 'playbook/unknown-module 3:7 unknown module `servise`', ['did you mean `service`?']],
  ['- ansible.builtin.servise: {name: x}\n', 'playbook/unknown-module 3:7', ['did you mean `service`?']],
  ['- community.general.ufw: {}\n', 'playbook/unknown-module 3:7', ['`ping`']],
  ['- name: nothing\n', 'playbook/no-module 3:7 this task has no module', ['playbook modules']],
  ['- nam: x\n  ping:\n', 'playbook/unknown-key 3:7 a task has no key `nam`', ['did you mean `name`?']],
  ['- command: x\n  ping:\n', 'playbook/two-modules 4:7 a task runs one module, this one has `command`, `ping`', []],
  ['- ping:\n  whn: x\n', 'playbook/unknown-key 4:7', ['`when`']],
  ['- command: x\n  with_items: [a]\n', 'playbook/unknown-key 4:7', ['write `loop`']],
  ['- local_action: command x\n', 'playbook/unknown-key 3:7', ['delegate_to']],
  ['- action: command x\n', 'playbook/unknown-key 3:7', ['write the module itself']],
  ['- include_tasks: x.yml\n', 'playbook/unknown-key 3:7', ['import_tasks']],
  ['- command: x\n  args: {chdir: /}\n', 'playbook/unknown-key 4:7', ["below the module's key"]],
  ['- ping:\n  when: "{{ x }}"\n', 'condition/braces 4:14', ['drop the braces: `x`']],
  ['- ping:\n  when: {a: b}\n', 'playbook/wrong-value 4:13', ['a condition, or a list']],
  ['- ping:\n  when:\n', 'playbook/wrong-value 4:12', ['not null']],
  ['- ping:\n  loop: a\n', 'playbook/wrong-value 4:13 `loop` must be a list', ['name_of_a_list']],
  ['- ping:\n  loop: {a: b}\n', 'playbook/wrong-value 4:13', ['list of maps']],
  ['- ping:\n  loop_control: {label: x}\n', 'playbook/no-loop 4:7', []],
  ['- ping:\n  loop: [1]\n  loop_control: {loopvar: x}\n', 'playbook/unknown-key 5:22', ['`loop_var`']],
  ['- ping:\n  register: a-b\n', 'variable/bad-name 4:17', ['a_b']],
  ['- ping:\n  register: groups\n', 'variable/reserved-name 4:17', []],
  ['- ping:\n  retries: 3\n', 'playbook/retries-without-until 4:7', ['until: result.rc == 0']],
  ['- ping:\n  until: true\n  retries: -1\n', 'playbook/wrong-value 5:16', ['0 or more']],
  ['- ping:\n  until: true\n  retries: "{{ n }}"\n', 'playbook/template-here 5:16', []],
  ['- ping:\n  become: yes\n', 'playbook/wrong-value 4:15', ['write `true`']],
  ['- ping:\n  become: "true"\n', 'playbook/wrong-value 4:15', ['write `true` without quotes']],
  ['- ping:\n  ignore_errors: yes\n', 'playbook/wrong-value 4:22', ['write `true`']],
  ['- ping:\n  ignore_errors: ""\n', 'playbook/wrong-value 4:22', ['or the reason']],
  ['- ping:\n  check_mode: false\n', 'playbook/wrong-value 4:19', ['nothing may touch']],
  ['- ping:\n  throttle: 0\n', 'playbook/wrong-value 4:17', ['1 or more']],
  ['- ping:\n  notify: tell\n', 'playbook/unknown-handler 4:15 no handler `tell`', ['no `handlers`']],
  ['- ping:\n  environment: [a]\n', 'playbook/wrong-value 4:20 `environment` must be a map', []],
  ['- just text\n', 'playbook/wrong-value 3:7 a task must be a map', ['`- name: ...`']],
  ['- block: []\n  until: x\n', 'playbook/unknown-key 4:7 a block has no key `until`', []],
  ['- rescue: []\n', 'playbook/no-block 3:7 `rescue` without `block`', []],
  ['- block: {}\n', 'playbook/wrong-value 3:14 `block` must be a list', []],
  ['- name: Say {{ x\n  ping:\n', 'template/', []],
];

const argumentCases: readonly Case[] = [
  [
    '- service: {name: x, sate: stopped}\n',
    'playbook/unknown-argument 3:26 `service` has no argument `sate`',
    ['`state`'],
  ],
  [
    '- service: {state: stopped}\n',
    'playbook/missing-argument 3:7 `service` needs `name`',
    ['playbook modules service'],
  ],
  ['- service:\n', 'playbook/missing-argument 3:7 `service` needs `name`', []],
  [
    '- service: {name: x, state: stoped}\n',
    'playbook/wrong-argument 3:33 `state` of `service` must be',
    ['`stopped`?'],
  ],
  [
    '- service: {name: x, state: 5}\n',
    'playbook/wrong-argument 3:33',
    ['`started`, `stopped` or `restarted`, not `5`'],
  ],
  ['- service: {name: x, enabled: yes}\n', 'playbook/wrong-argument 3:35', ['must be a boolean', 'write `true`']],
  ['- service: {name: x, settle: 601}\n', 'playbook/wrong-argument 3:34', ['at most 600, not `601`']],
  ['- service: {name: ""}\n', 'playbook/wrong-argument 3:23 `name` of `service` must not be empty', []],
  ['- service: {name: 0o644}\n', 'playbook/wrong-argument 3:23', ['not `420`', '`"0o644"`']],
  ['- ping:\n  timeout: 0\n', 'playbook/wrong-value 4:16', ['more than 0 seconds', 'say how long']],
  ['- service: {name: 5}\n', 'playbook/wrong-argument 3:23', ['must be a string, not `5`', 'put quotes around it']],
  ['- service: name=x state=stopped\n', 'playbook/wrong-argument 3:16 `service` takes a map', ['`name`, `state`']],
  ['- service: [x]\n', 'playbook/wrong-argument 3:16 `service` takes a map of arguments, not a list', []],
  ['- service: "{{ args }}"\n', 'playbook/wrong-argument 3:16', ['write the arguments out']],
  ['- ping: hello\n', 'playbook/wrong-argument 3:13', ['nothing after the colon']],
  [
    '- service:\n    name: x\n    when: true\n',
    'playbook/unknown-argument 5:9',
    ['word of the task', 'like `service`'],
  ],
  ['- command: {cmd: 5}\n', 'playbook/wrong-argument 3:22', ['must be a string or a list, not `5`']],
  ['- command: {cmd: []}\n', 'playbook/wrong-argument 3:22', ['must not be empty']],
  ['- command: {cmd: [a, 5]}\n', 'playbook/wrong-argument 3:26 `cmd[1]` of `command` must be a string', []],
  ['- command: {cmd: x, environment: {A: 1}}\n', 'playbook/wrong-argument 3:42 `environment.A` of `command`', []],
  [
    '- sql: {query: select 1, change: delete from x}\n',
    'playbook/wrong-argument 3:7',
    ['cannot have `query` and `change` together'],
  ],
  ['- assert: {that: [1 == 1, "1 +"]}\n', 'condition/syntax 3:', []],
  ['- assert: {that: [{a: b}]}\n', 'playbook/wrong-argument 3:23 `that[0]` of `assert` must be a string', []],
  [
    '- wait_for: {port: "443"}\n',
    'playbook/wrong-argument 3:24',
    ['must be a whole number', 'write it without quotes'],
  ],
  ['- wait_for: {port: 443, hosts: a}\n', 'playbook/wrong-argument 3:36', ['must be a list', '`[a]`']],
  ['- copy: {src: nope.txt, dest: /x}\n', 'file/missing 3:19 no file `nope.txt`', ['looked in']],
  ['- copy: {src: ../x, dest: /x}\n', 'file/outside 3:19', ['beside it']],
  ['- copy: {src: /etc/passwd, dest: /x}\n', 'file/outside 3:19', []],
  ["- debug: {msg: 'see {{ x '}\n", 'template/', []],
];

function expectSaid(problems: readonly string[], start: string, parts: readonly string[]): void {
  expect(problems[0]).toMatch(new RegExp(`^${start.replaceAll(/[[\]().?*+]/g, '\\$&')}`));
  for (const part of parts) expect(problems[0]).toContain(part);
}

describe('a playbook or a play that is wrong', () => {
  test.each(playCases)('%j', (text, start, parts) => {
    const problems = problemsOf(text);
    expectSaid(problems, start, parts);
    expect(problems).toHaveLength(1);
  });
});

describe('a task that is wrong', () => {
  test.each(taskCases)('%j', (text, start, parts) => {
    const problems = problemsOf(playWith(text));
    expectSaid(problems, start, parts);
    expect(problems).toHaveLength(1);
  });
});

describe('arguments that are wrong', () => {
  test.each(argumentCases)('%j', (text, start, parts) => {
    const problems = problemsOf(playWith(text));
    expectSaid(problems, start, parts);
    expect(problems).toHaveLength(1);
  });
});

test('all problems of all files are told at once', () => {
  const problems = problemsOf({
    'p.yml':
      '- hosts: all\n  vras: {}\n  vars_files: [v.yml]\n  tasks:\n    - import_tasks: t.yml\n    - servise: {}\n      whn: x\n',
    't.yml': '- service: {state: on}\n- ping: 5\n',
    'v.yml': 'a-b: 1\n',
  });
  expect(problems.map((each) => each.split(' ').slice(0, 2).join(' ')).toSorted()).toEqual([
    'playbook/missing-argument t.yml:1:3',
    'playbook/unknown-key 2:3',
    'playbook/unknown-key 7:7',
    'playbook/unknown-module 6:7',
    'playbook/wrong-argument t.yml:1:20',
    'playbook/wrong-argument t.yml:2:9',
    'variable/bad-name v.yml:1:1',
  ]);
});

test('wrong arguments and missing files of one task are told together', () => {
  expect(problemsOf(playWith('- copy: {src: x, dest: /x, mode: abc}\n')).map((each) => each.split(' |')[0])).toEqual([
    'playbook/wrong-argument 3:38 `mode` of `copy` must match `^0?[0-7]{3,4}$`, not the string `abc`',
    'file/missing 3:19 no file `x`',
  ]);
});

test('a playbook without plays is only warned about', () => {
  expect(problemsOf('plays: []\n')).toEqual(['playbook/no-plays 1:1 this playbook has no plays | ']);
});

test('`gather_facts: false` is only warned about', () => {
  const loaded = load('- hosts: all\n  gather_facts: false\n  tasks: [{ping: }]\n');
  expect(loaded.ok && loaded.value.warnings.map((each) => [each.code, each.severity])).toEqual([
    ['playbook/gather-facts', 'warning'],
  ]);
});

test('templates are let pass until a task is bound, wherever a value may stand', () => {
  const text = `
- service: {name: "{{ a }}", state: "{{ b }}", enabled: "{{ c }}", settle: "{{ d }}"}
- command: {cmd: ["{{ a }}", b], environment: "{{ e }}"}
- wait_for: {port: "{{ p }}", hosts: "{{ h }}"}
`;
  expect(problemsOf(playWith(text))).toEqual([]);
});

test('a play is what it says, with the defaults of this house', () => {
  const [play] = playbookOf('- hosts: [a, "!b"]\n  tasks: []\n').plays;
  expect(play).toMatchObject({
    name: 'a:!b',
    hosts: 'a:!b',
    anyErrorsFatal: true,
    serial: [],
    tags: [],
    id: 'p.yml:1',
  });
  const [other] = playbookOf(
    '- name: n\n  hosts: all\n  serial: [1, "30%"]\n  max_fail_percentage: 20\n  tags: a, b\n  tasks: []\n',
  ).plays;
  expect(other).toMatchObject({
    name: 'n',
    anyErrorsFatal: false,
    serial: [1, '30%'],
    maxFailPercentage: 20,
    tags: ['a', 'b'],
  });
});

test('the head says name, description and params', () => {
  const playbook = playbookOf(
    'name: N\ndescription: D\nparams:\n  a: {type: integer, default: 3, description: how many}\n  b: {secret: true, enum: [x, y]}\nvars: {v: 1}\nplays: [{hosts: all, tasks: []}]\n',
  );
  expect(playbook).toMatchObject({ name: 'N', description: 'D' });
  expect(playbook.params).toMatchObject([
    { name: 'a', type: 'integer', secret: false, description: 'how many', default: { name: 'a' } },
    { name: 'b', type: 'string', secret: true, enum: ['x', 'y'] },
  ]);
  expect(playbook.plays[0]?.definitions.map((each) => [each.name, each.saidBy])).toEqual([
    ['a', 'param default'],
    ['v', 'playbook vars'],
  ]);
});

test('a task keeps all that it says', () => {
  const [task] = tasksOf(
    playbookOf(
      playWith(`- name: Do {{ x }}
  ansible.builtin.command: echo {{ y }}
  register: out
  until: [out.rc == 0, true]
  retries: 7
  delay: 500ms
  timeout: 2m
  changed_when: false
  failed_when: out.rc > 1
  ignore_errors: the old one may be gone
  delegate_to: "{{ z }}"
  run_once: true
  throttle: 2
  no_log: true
  check_mode: true
  loop: [1, 2]
  loop_control: {loop_var: one, index_var: n, label: "{{ one }}", pause: 1}
`),
    ),
  );
  expect(task).toMatchObject({
    id: 'p.yml:3',
    module: 'command',
    register: 'out',
    retries: 7,
    delayMs: 500,
    timeoutMs: 120_000,
    ignoreErrors: { reason: 'the old one may be gone' },
    runOnce: true,
    throttle: 2,
    noLog: true,
    alwaysCheck: true,
    loop: { itemName: 'one', indexName: 'n', pauseMs: 1000 },
  });
  expect(task?.name.text).toBe('Do {{ x }}');
  expect(task?.until).toHaveLength(2);
  expect(task?.needs.map((each) => each.path)).toEqual([['y']]);
  expect(task?.delegateTo?.needs.map((each) => each.path)).toEqual([['z']]);
});
