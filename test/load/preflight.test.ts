import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadInventory } from '../../src/load/inventory.js';
import { loadPlaybook } from '../../src/load/playbook.js';
import { checkWords } from '../../src/load/preflight.js';
import type { WordOptions } from '../../src/load/preflight.js';
import { setFact } from '../../src/modules/set-fact.js';
import { directoryOf } from './support/files.js';
import { modules } from './support/modules.js';
import { told } from './words.js';

const inventoryText = `
all:
  vars: { port: 5432, broken: "{{nowhere}}", services: [{ name: a }, { name: b }] }
  children:
    sp: { hosts: { spa: { role: primary }, spb: { } } }
    ta: { hosts: { taa: { } } }
`;

const noChoice: WordOptions = { tags: [], skipTags: [] };

function check(play: string, options: Partial<WordOptions> = {}, inventory = inventoryText): readonly string[] {
  const cwd = directoryOf({ 'dc.yml': inventory, 'p.yml': play });
  const loaded = loadInventory(['dc.yml'], { cwd });
  const book = loadPlaybook(join(cwd, 'p.yml'), new Map([...modules, ['set_fact', setFact]]));
  if (!loaded.ok || !book.ok) {
    throw new Error([...(loaded.ok ? [] : loaded.problems), ...(book.ok ? [] : book.problems)].map(told).join('\n'));
  }
  const problems = checkWords(book.value.playbook, loaded.value, { ...noChoice, ...options });
  return problems.map((each) => [told(each), ...(each.labels ?? []).map((label) => label.message)].join(' / '));
}

function tasks(text: string, options: Partial<WordOptions> = {}): readonly string[] {
  return check(`- name: a play\n  hosts: sp\n  tasks:\n${text.replaceAll(/^(?=.)/gm, '    ')}`, options);
}

function twoPlays(hosts: string): string {
  return `- name: a\n  hosts: ta\n  tasks:\n    - ping:\n      register: r\n- name: b\n  hosts: ${hosts}\n  tasks:\n    - debug: { msg: "{{r.x}}" }`;
}

describe('variables', () => {
  test.each([
    ['known', '- debug: { msg: "{{port}} {{hostvars.taa.port}} {{play_hosts}} {{run.id}} {{inventory_hostname}}" }'],
    ['registered before', '- ping:\n  register: r\n- debug: { msg: "{{r.anything}}" }\n  when: r.rc == 0'],
    ['set before', '- set_fact: { done: true }\n- debug: { msg: "{{done}}" }'],
    [
      'registered, and used through another variable',
      '- ping:\n  register: r\n- debug: { msg: "{{v}}" }\n  vars: { v: "{{r.x}}" }',
    ],
    [
      'of another host, registered before',
      '- ping:\n  register: r\n- debug: { msg: "{{hostvars.spb.r.x}} {{lookup hostvars inventory_hostname \'zz\'}}" }',
    ],
    ['in the condition after the task', '- ping:\n  register: r\n  until: r.rc == 0\n  failed_when: r.rc > 1'],
    [
      'items of a loop',
      '- debug: { msg: "{{item.name}} {{i}}" }\n  loop: "{{services}}"\n  loop_control: { index_var: i }',
    ],
    ['items of the loop of a block', '- block:\n    - debug: { msg: "{{item.x}}" }\n  loop: [1]'],
    ['guarded', '- debug: { msg: "{{default nope 1}}" }\n  when: defined(nope) && nope == 1'],
    ['only where the task runs', '- debug: { msg: "{{role}}" }\n  when: inventory_hostname == \'spa\''],
  ])('%s', (_, text) => {
    expect(tasks(text)).toEqual([]);
  });

  test.each([
    ['- debug: { msg: "{{prt}}" }', 'variable/undefined 4:24 undefined variable `prt` | did you mean `port`?'],
    ['- ping:\n  when: prt == 1', 'variable/undefined 5:13 undefined variable `prt` | did you mean `port`?'],
    ['- ping:\n  name: x {{prt}}', 'variable/undefined 5:17 undefined variable `prt` | did you mean `port`?'],
    [
      '- debug: { msg: "{{r.x}}" }\n- ping:\n  register: r',
      'variable/undefined 4:24 undefined variable `r` | say it in `vars`, in the inventory or with `-e`',
    ],
    [
      '- set_fact: { ready: 1 }\n- debug: { msg: "{{raedy}}" }',
      'variable/undefined 5:24 undefined variable `raedy` | did you mean `ready`?',
    ],
    [
      '- debug: { msg: "{{role}}" }',
      'variable/undefined 4:24 undefined variable `role` | say it in `vars`, in the inventory or with `-e` / only on `spb`',
    ],
    [
      '- debug: { msg: "{{broken}}" }',
      'variable/undefined 3:34 undefined variable `nowhere` | say it in `vars`, in the inventory or with `-e`',
    ],
    [
      '- debug: { msg: "{{hostvars.spc.port}}" }',
      'variable/no-such-key 4:24 `hostvars` has no host `spc` | did you mean `spa`?',
    ],
    [
      '- debug: { msg: "{{hostvars.spa.prt}}" }',
      'variable/no-such-key 4:24 host `spa` has no variable `prt` | did you mean `port`?',
    ],
    [
      '- debug: { msg: "{{item.nme}}" }\n  loop: "{{services}}"',
      'variable/no-such-key 4:24 `item` has no `nme` | did you mean `name`?',
    ],
    [
      '- debug: { msg: "x" }\n  loop: "{{port}}"',
      'playbook/loop-not-a-list 5:13 `loop` needs a list, and this is a number | write a list, or the name of one',
    ],
    [
      '- ping:\n  when: port',
      'condition/not-boolean 5:13 this condition is a number, and not true or false | compare it with something',
    ],
    [
      '- debug: { msg: "x" }\n  vars: { a: "{{b}}", b: "{{a}}", c: 1 }\n  when: a == 1',
      'variable/cycle 5:15 variable `a` refers to itself | the circle is `a` -> `b` -> `a`; let one of them say a plain value',
    ],
    [
      '- ping:\n  delegate_to: spx',
      'inventory/unknown-host 5:20 `delegate_to` names no host of the inventory: `spx` | did you mean `spa`?',
    ],
  ])('%j', (text, problem) => {
    expect(tasks(text)).toEqual([problem]);
  });

  test('handlers are checked, with everything that the tasks registered', () => {
    const play =
      '- name: p\n  hosts: sp\n  tasks:\n    - ping:\n      register: r\n  handlers:\n    - name: h\n      debug: { msg: "{{r.x}} {{q}}" }';
    expect(check(play)).toEqual([
      'variable/undefined 8:32 undefined variable `q` | say it in `vars`, in the inventory or with `-e`',
    ]);
  });

  test('a register of one play is known in the next, on the hosts that ran it', () => {
    expect(check(twoPlays('ta'))).toEqual([]);
    expect(check(twoPlays('all'))).toEqual([
      'variable/undefined 9:24 undefined variable `r` | say it in `vars`, in the inventory or with `-e` / only on `spa`, `spb`',
    ]);
  });
});

describe('words of the command line', () => {
  const text = '- name: first\n  ping:\n  tags: [look]\n- name: second\n  ping:';

  test.each<readonly [options: Partial<WordOptions>, problems: readonly string[]]>([
    [{ tags: ['look', 'always'], skipTags: ['never'], startAtTask: 'second', limit: 'spa' }, []],
    [{ tags: ['lok'] }, ['playbook/unknown-tag --tags: no task has the tag `lok` | did you mean `look`?']],
    [{ skipTags: ['x'] }, ['playbook/unknown-tag --skip-tags: no task has the tag `x` | known: `look`']],
    [
      { startAtTask: 'secnd' },
      ['playbook/unknown-task --start-at-task: no task is called `secnd` | did you mean `second`?'],
    ],
    [{ limit: 'spx' }, ['inventory/unknown-host --limit: no group and no host is called `spx` | did you mean `sp`?']],
    [
      { limit: 'ta' },
      ['inventory/empty-match `--limit ta` leaves no host of any play | limit the run to hosts or groups of its plays'],
    ],
  ])('%j', (options, problems) => {
    expect(tasks(text, options)).toEqual(problems);
  });

  const pair =
    'name: pair\nparams: { a: { type: host, default: spa }, b: { type: host, default: spb }, c: { type: host, default: taa } }\nplays:\n  - name: p\n    hosts: sp\n    tasks: [{ ping: }]\n';

  test.each([
    ['spa', ['inventory/limit-leaves-out `--limit spa` leaves out `spb`, which is the `b` of this playbook']],
    ['spa,spb', []],
    ['all', []],
  ])('a limit to %s of a playbook about two hosts, and a third on which it does not run', (limit, problems) => {
    expect(check(pair, { limit }).map((each) => each.split(' |')[0])).toEqual(problems);
  });

  const inTheMiddle = [
    '- { name: look, ping: , register: seen, tags: [early] }',
    '- { name: decide, set_fact: { decided: "{{seen.changed}}" }, tags: [early] }',
    '- { name: act, ping: , when: decided == true, tags: [late] }',
    '- { name: other, debug: { msg: "{{default decided 1}}" }, tags: [alone] }',
    '- { name: never, debug: { msg: "{{seen.changed}}" }, when: inventory_hostname == \'x\', tags: [alone] }',
    '- { name: again, ping: , register: seen, tags: [alone] }',
    '- { name: tell, debug: { msg: "{{seen.changed}}" }, tags: [alone] }',
  ].join('\n');

  test.each<readonly [options: Partial<WordOptions>, problems: readonly string[]]>([
    [{}, []],
    [{ startAtTask: 'look' }, []],
    [{ startAtTask: 'decide' }, ['`seen` comes from the task `look`, which `--start-at-task` leaves out']],
    [{ startAtTask: 'act' }, ['`decided` comes from the task `decide`, which `--start-at-task` leaves out']],
    [{ startAtTask: 'other' }, []],
    [{ tags: ['late'] }, ['`decided` comes from the task `decide`, which `--tags` leaves out']],
    [{ skipTags: ['early'] }, ['`decided` comes from the task `decide`, which `--skip-tags` leaves out']],
    [{ tags: ['alone'] }, []],
    [
      { startAtTask: 'act', skipTags: ['alone'] },
      ['`decided` comes from the task `decide`, which `--start-at-task` and `--skip-tags` leave out'],
    ],
  ])('a run of a part: %j', (options, problems) => {
    const said = tasks(inTheMiddle, options).map((each) => each.replace(/^playbook\/left-out \S+ /, '').split(' |')[0]);
    expect(said).toEqual(problems);
  });

  test('hosts of a play', () => {
    expect(check('- name: p\n  hosts: sp:sq\n  tasks: []')).toEqual([
      'inventory/unknown-host 2:13 no group and no host is called `sq` | did you mean `sp`?',
    ]);
  });
});

test('fifty tasks on ten hosts are checked', () => {
  const inventory = 'all: { vars: { a: "{{b}}", b: "{{c}}", c: 1, list: [1, 2] }, hosts: { "h[0:9]": } }';
  const task =
    '    - debug: { msg: "{{a}} {{json list}}" }\n      when: a == 1 && size(list) == 2\n      register: r\n';
  const play = `- name: p\n  hosts: all\n  tasks:\n${task.repeat(50)}`;
  expect(check(play, {}, inventory)).toEqual([]);
});

describe('variables of other hosts', () => {
  const inventory = (a: string, b: string): string =>
    `all: { vars: { later: "{{r.x}}" }, hosts: { spa: { v: ${a} }, spb: { v: ${b} } } }`;
  const say = (what: string): string =>
    `- name: P\n  hosts: spa\n  tasks:\n    - ping:\n      register: r\n    - debug: { msg: "${what}" }`;

  test('that can never have a value are a problem of whoever asks', () => {
    expect(check(say('{{hostvars.spb.v}}'), {}, inventory('1', '"{{nowhere}}"'))).toEqual([
      'variable/unresolved 6:24 `hostvars.spb.v` cannot be resolved: undefined variable `nowhere` | say it in `vars`, in the inventory or with `-e` / undefined variable `nowhere`',
    ]);
  });

  test('may be known only in the run', () => {
    expect(check(say('{{hostvars.spb.later}}'), {}, inventory('1', '1'))).toEqual([]);
  });

  test('that ask each other are a circle', () => {
    const both = inventory('"{{hostvars.spb.v}}"', '"{{hostvars.spa.v}}"');
    const [problem = '', ...others] = check(say('{{hostvars.spb.v}}'), {}, both);
    expect(problem).toContain('variable/unresolved 6:24 `hostvars.spb.v` cannot be resolved');
    expect(problem).toContain('the circle is `hostvars.spb.v` -> `hostvars.spa.v` -> `hostvars.spb.v`');
    expect(others).toEqual([]);
  });
});

test('what is told of many hosts at once is what is told of each', () => {
  const inventory = `
all:
  vars: { port: 1 }
  children:
    sp: { hosts: { a: { role: x }, b: { role: y }, c: {}, d: { role: x } } }
    ta: { vars: { role: z, path: "{{rol}}" }, hosts: { e: {}, f: { path: "{{port}}", role: x } } }
`;
  const play = `
- name: one
  hosts: sp
  tasks:
    - ping:
      register: first
      when: role == 'x'
    - debug: { msg: "{{first.rc}} {{role}} {{inventory_hostname}}" }
    - set_fact: { made: "{{role}}" }
      when: inventory_hostname != 'c'
- name: two
  hosts: all
  tasks:
    - debug: { msg: "{{first.rc}} {{path}}" }
    - debug: { msg: "{{made}} {{here}}" }
      vars: { here: "{{role}}/{{port}}" }
    - ping:
      when: role == 'z' && qqqqq == 1
    - debug: { msg: "{{qqqqq}}" }
      when: role == 'y'
    - debug: { msg: "{{item}} {{role}}" }
      loop: [1, 2]
`;
  const hosts = ['a', 'b', 'c', 'd', 'e', 'f'];
  const each = new Map<string, string[]>();
  for (const limit of hosts) {
    for (const problem of check(play, { limit }, inventory)) each.set(problem, [...(each.get(problem) ?? []), limit]);
  }
  const wanted = [...each].map(([problem, by]) => `${problem} / ${by.length === hosts.length ? 'all' : by.join()}`);
  const all = check(play, {}, inventory).map((problem) => {
    const [words, by] = problem.split(' / only on ');
    return `${words} / ${by?.replaceAll(/[` ]/g, '') ?? 'all'}`;
  });
  expect(all.toSorted()).toEqual(wanted.toSorted());
  expect(all.length).toBeGreaterThan(5);
});
