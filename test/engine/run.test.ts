// What the engine promises, seen from outside: who is touched, in which order, with which status and exit code.
import { describe, expect, test } from 'vitest';
import { exitCode } from '../../src/core/exit.js';
import { FakeWorld } from '../rigs/fake-world.js';

const play = (tasks: string, more = ''): string => `- name: play\n  hosts: all\n${more}  tasks:\n${indent(tasks)}`;
const indent = (text: string): string =>
  text
    .replace(/^\n+|\s+$/g, '')
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n');

describe('a task', () => {
  test('changes what is not as wanted, looks again, and changes nothing the second time', async () => {
    const world = new FakeWorld();
    const playbook = play('- name: t\n  flag: { name: f, value: up }');
    const first = await world.run(playbook);
    expect(first.statuses('t')).toEqual(['a=changed', 'b=changed']);
    expect(first.exitCode).toBe(exitCode.done);
    const second = await world.run(playbook);
    expect(second.statuses('t')).toEqual(['a=ok', 'b=ok']);
    expect(second.touched).toEqual([]);
    expect(second.recap['a']).toMatchObject({ ok: 1, changed: 0, failed: 0 });
  });

  test('fails as not converged when the host does not take the change', async () => {
    const world = new FakeWorld();
    world.stubborn.add('b f');
    const ended = await world.run(
      play('- name: t\n  flag: { name: f, value: up }\n- name: after\n  flag: { name: g, value: up }'),
    );
    expect(ended.statuses('t')).toContain('b=not-converged');
    expect(ended.statuses('after')).toEqual([]);
    expect(ended.exitCode).toBe(exitCode.failed);
  });

  test('waits at a barrier: no host starts the next task before all have ended this one', async () => {
    const world = new FakeWorld();
    const ended = await world.run(play('- go: one\n- go: two'));
    expect(ended.touched.map((line) => line.split(' ').at(-1))).toEqual(['one', 'one', 'two', 'two']);
  });

  test('touches no host while another host of the task cannot be reached', async () => {
    const world = new FakeWorld();
    world.unreachable.add('b');
    const ended = await world.run(play('- name: t\n  flag: { name: f, value: up }'));
    expect(ended.statuses('t')).toEqual(['b=unreachable']);
    expect(ended.touched).toEqual([]);
    expect(ended.exitCode).toBe(exitCode.unreachable);
  });

  test('leaves an unreachable host alone when its condition says so', async () => {
    const world = new FakeWorld();
    world.unreachable.add('b');
    const ended = await world.run(play(`- name: t\n  when: reachable != 'none'\n  flag: { name: f, value: up }`));
    expect(ended.statuses('t')).toEqual(['b=skipped', 'a=changed']);
    expect(ended.exitCode).toBe(exitCode.done);
    expect([ended.recap['a']?.unreachable, ended.recap['b']?.unreachable]).toEqual([0, 1]);
    const skipped = ended.events.find((event) => event.type === 'task.finished' && event.status === 'skipped');
    expect(skipped).toMatchObject({ message: "condition is false: reachable != 'none'" });
  });

  test.each([
    ['- stat: { path: /tmp }', true],
    ['- stat: { path: /tmp }\n- assert: "1 < 2"\n- debug: { msg: x }', true],
    ['- stat: { path: /tmp }\n- flag: { name: f, value: up }', undefined],
  ])('that wants nothing of its host leaves open whether that is as wanted: %j', async (tasks, expected) => {
    const world = new FakeWorld();
    for (const host of ['a', 'b']) world.flagsOf(host).set('f', 'up');
    const ended = await world.run(play(tasks));
    expect(ended.exitCode).toBe(exitCode.done);
    const last = ended.events.at(-1);
    expect(last?.type === 'run.finished' ? last.onlyLooked : 'no end').toBe(expected);
  });

  test('whose assertion does not hold shows the words first, then what they rest on', async () => {
    const tasks = `- assert: { that: ['other != none.at', 'pg_password == "x"', 'hostvars["b"].n > 5'], fail_msg: no good }\n  vars: { other: 1, none: { at: 1 } }`;
    const ended = await new FakeWorld().run(play(tasks), {
      inventory: 'all: { vars: { pg_password: hidden-one }, hosts: { a: { n: 1 }, b: { n: 2 } } }',
    });
    const failed = ended.events.find((event) => event.type === 'task.finished' && event.status === 'failed');
    expect(failed).toMatchObject({
      failure: {
        message: 'no good',
        details: {
          'does not hold': ['other != none.at', 'pg_password == "x"', 'hostvars["b"].n > 5'],
          where: { other: 1, 'none.at': 1, 'hostvars.b.n': 2 },
        },
      },
    });
    expect(JSON.stringify(failed)).not.toContain('hidden-one');
  });

  test('that never looks at its host runs for an unreachable one too', async () => {
    const world = new FakeWorld();
    world.unreachable.add('b');
    const ended = await world.run(play('- name: t\n  assert: { that: reachable != null }'));
    expect(ended.statuses('t')).toEqual(['a=ok', 'b=ok']);
  });

  test('names the place of its failure', async () => {
    const ended = await new FakeWorld().run(play('- name: t\n  fail: { msg: no }'));
    const failure = ended.events.find((event) => event.type === 'task.finished');
    expect(failure).toMatchObject({ status: 'failed', failure: { message: 'no', location: { line: 5, column: 7 } } });
  });

  test('touches no host when the arguments of one cannot be resolved', async () => {
    const inventory = 'all: { hosts: { a: { where: up }, b: } }';
    const ended = await new FakeWorld().run(play('- name: t\n  go: "{{where}}"'), { inventory });
    expect(ended.touched).toEqual([]);
    expect(ended.statuses('t')).toEqual(['b=failed']);
  });
});

describe('forks, serial, run_once, throttle', () => {
  const many = `all: { hosts: { 'h[1:6]': } }`;

  test('forks bound how many hosts are worked on at once', async () => {
    const world = new FakeWorld();
    await world.run(play('- go: x'), { inventory: many, forks: 2 });
    expect(world.busiest).toBe(2);
  });

  test('throttle bounds one task', async () => {
    const world = new FakeWorld();
    await world.run(play('- go: x\n  throttle: 1'), { inventory: many });
    expect(world.busiest).toBe(1);
  });

  test('serial runs batch after batch and stops after one that failed', async () => {
    const world = new FakeWorld();
    world.faults.set('h3 go x', { kind: 'failed', moment: 'before' });
    const ended = await world.run(play('- go: x', '  serial: [1, 2]\n'), { inventory: many });
    expect(ended.touched).toEqual(['h1: go x', 'h2: go x']);
    expect(ended.exitCode).toBe(exitCode.failed);
  });

  test('run_once runs on the first host and its register is known to all', async () => {
    const ended = await new FakeWorld().run(
      play('- go: x\n  run_once: true\n  register: r\n- name: t\n  go: "{{r.stdout}}"'),
    );
    expect(ended.touched).toEqual(['a: go x', 'a: go go x', 'b: go go x']);
  });
});

describe('a failure', () => {
  test('stops the play on all hosts, and the plays after it', async () => {
    const world = new FakeWorld();
    world.faults.set('a go x', { kind: 'failed', moment: 'before' });
    const ended = await world.run(`${play('- go: x\n- go: y')}\n${play('- go: z')}`);
    expect(ended.touched).toEqual(['b: go x']);
    expect(ended.exitCode).toBe(exitCode.failed);
  });

  test('stops only its own host with any_errors_fatal: false', async () => {
    const world = new FakeWorld();
    world.faults.set('a go x', { kind: 'failed', moment: 'before' });
    const ended = await world.run(`${play('- go: x\n- go: y', '  any_errors_fatal: false\n')}\n${play('- go: z')}`);
    expect(ended.touched).toEqual(['b: go x', 'b: go y', 'b: go z']);
    expect(ended.exitCode).toBe(exitCode.failed);
  });

  test('is let pass by ignore_errors, with its reason shown', async () => {
    const ended = await new FakeWorld().run(play('- name: t\n  go: fail\n  ignore_errors: known to fail\n- go: y'));
    expect(ended.statuses('t')).toEqual(['a=ignored', 'b=ignored']);
    expect(ended.events).toContainEqual(expect.objectContaining({ type: 'task.finished', message: 'known to fail' }));
    expect(ended.exitCode).toBe(exitCode.done);
  });

  test('is judged by failed_when, which sees the exit code in the register', async () => {
    const ended = await new FakeWorld().run(
      play('- name: t\n  go: fail\n  register: r\n  failed_when: r.rc > 1\n- go: y'),
    );
    expect(ended.statuses('t')).toEqual(['a=changed', 'b=changed']);
  });

  test('changed_when decides whether a change is told', async () => {
    const ended = await new FakeWorld().run(
      play(`- name: t\n  go: x\n  register: r\n  changed_when: "'nothing' in [r.stdout]"`),
    );
    expect(ended.statuses('t')).toEqual(['a=ok', 'b=ok']);
  });

  test('is retried until the condition holds', async () => {
    const world = new FakeWorld();
    world.faults.set('a get f', { kind: 'failed', moment: 'before' });
    const ended = await world.run(
      play(
        '- name: t\n  flag: { name: f, value: up }\n  register: r\n  until: r.value == "up"\n  retries: 2\n  delay: 1',
      ),
    );
    expect(ended.statuses('t')).toEqual(expect.arrayContaining(['a=changed', 'b=changed']));
  });

  test('says what it waited for when the tries are used up', async () => {
    const ended = await new FakeWorld().run(
      play('- name: t\n  go: x\n  register: r\n  until: r.stdout == "never"\n  retries: 2\n  delay: 1'),
    );
    expect(ended.touched).toHaveLength(6);
    const failed = ended.events.find((event) => event.type === 'task.finished' && event.status === 'failed');
    expect(failed).toMatchObject({ failure: { message: '`r.stdout == "never"` does not hold after 3 tries' } });
  });
});

describe('doubt', () => {
  const fault = { kind: 'in-doubt', moment: 'before' } as const;

  test('after a bare command ends everything with exit code 5, whatever the playbook tolerates', async () => {
    const world = new FakeWorld();
    world.faults.set('a go x', fault);
    const ended = await world.run(
      play(
        '- block:\n    - name: t\n      go: x\n      ignore_errors: true\n  rescue:\n    - go: rescue\n  always:\n    - go: always\n- go: y',
        '  any_errors_fatal: false\n',
      ),
    );
    expect(ended.statuses('t')).toContain('a=in-doubt');
    expect(ended.touched).toEqual(['b: go x']);
    expect(ended.exitCode).toBe(exitCode.inDoubt);
  });

  test('is not tried again, however often the task may try', async () => {
    const world = new FakeWorld();
    world.faults.set('a go x', { kind: 'in-doubt', moment: 'after' });
    const ended = await world.run(
      play('- name: t\n  go: x\n  register: r\n  until: r.changed && false\n  retries: 2\n  delay: 0'),
    );
    expect(ended.statuses('t')).toEqual(expect.arrayContaining(['a=in-doubt', 'b=failed']));
    expect(ended.touched.toSorted()).toEqual(['a: go x', 'b: go x', 'b: go x', 'b: go x']);
    expect(ended.exitCode).toBe(exitCode.inDoubt);
  });

  test('is settled by a look where a look can tell', async () => {
    const world = new FakeWorld();
    world.faults.set('a set f', { kind: 'in-doubt', moment: 'after' });
    const ended = await world.run(play('- name: t\n  flag: { name: f, value: up }'));
    expect(ended.statuses('t')).toEqual(expect.arrayContaining(['a=changed', 'b=changed']));
    expect(ended.exitCode).toBe(exitCode.done);
  });

  test('stays doubt when the look shows that the change is not there', async () => {
    const world = new FakeWorld();
    world.faults.set('a set f', fault);
    const ended = await world.run(play('- name: t\n  flag: { name: f, value: up }'));
    expect(ended.statuses('t')).toContain('a=in-doubt');
    expect(ended.exitCode).toBe(exitCode.inDoubt);
  });
});

describe('blocks', () => {
  test('rescue runs for the hosts that failed, which then go on; always runs for all', async () => {
    const world = new FakeWorld();
    world.faults.set('a go x', { kind: 'failed', moment: 'before' });
    const ended = await world.run(
      play(
        '- block:\n    - go: x\n  rescue:\n    - go: rescue\n  always:\n    - go: always\n- go: after',
        '  any_errors_fatal: false\n',
      ),
    );
    expect(ended.touched).toEqual([
      'b: go x',
      'a: go rescue',
      'a: go always',
      'b: go always',
      'a: go after',
      'b: go after',
    ]);
    expect(ended.exitCode).toBe(exitCode.done);
    expect(ended.recap['a']).toMatchObject({ failed: 0, rescued: 1 });
  });

  test('when any error is fatal, the rescue runs for all hosts that were stopped', async () => {
    const world = new FakeWorld();
    world.faults.set('a go x', { kind: 'failed', moment: 'before' });
    const ended = await world.run(play('- block:\n    - go: x\n    - go: never\n  rescue:\n    - go: rescue'));
    expect(ended.touched).toEqual(['b: go x', 'a: go rescue', 'b: go rescue']);
  });

  test('a failing rescue is a failure, and always still runs', async () => {
    const ended = await new FakeWorld().run(
      play('- block:\n    - go: fail\n  rescue:\n    - go: fail-too\n  always:\n    - go: always\n- go: after'),
    );
    expect(ended.touched.filter((line) => line.startsWith('a'))).toEqual([
      'a: go fail',
      'a: go fail-too',
      'a: go always',
    ]);
    expect(ended.exitCode).toBe(exitCode.failed);
  });

  test('a loop around a block runs it whole for each item', async () => {
    const ended = await new FakeWorld().run(
      play('- loop: [1, 2]\n  block:\n    - go: "one{{item}}"\n    - go: "two{{item}}"'),
    );
    expect(ended.touched.filter((line) => line.startsWith('a'))).toEqual([
      'a: go one1',
      'a: go two1',
      'a: go one2',
      'a: go two2',
    ]);
  });
});

describe('loops', () => {
  test('run item after item and gather the results', async () => {
    const ended = await new FakeWorld().run(
      play(
        '- name: t\n  go: "{{item}}"\n  loop: [x, y]\n  register: r\n- go: "{{join r.results.[1].stdout}}"\n  when: size(r.results) == 2'.replace(
          'join ',
          '',
        ),
      ),
    );
    expect(ended.touched.filter((line) => line.startsWith('a'))).toEqual(['a: go x', 'a: go y', 'a: go go y']);
  });

  test('say in each result which item it is of', async () => {
    const second = play('- name: t\n  go: "{{item}}"\n  loop: [x, y]\n  register: r\n- go: "{{r.results.[1].item}}"');
    const ended = await new FakeWorld().run(second);
    expect(ended.touched).toContain('a: go y');
    expect(ended.touched.filter((line) => line === 'a: go y')).toHaveLength(2);
  });

  test('stop at the first item that failed', async () => {
    const ended = await new FakeWorld().run(play('- name: t\n  go: "{{item}}"\n  loop: [x, fail, y]'));
    expect(ended.touched.filter((line) => line.startsWith('a'))).toEqual(['a: go x', 'a: go fail']);
    expect(ended.statuses('t')).toContain('a=failed');
  });

  test('skip items by condition', async () => {
    const ended = await new FakeWorld().run(play(`- go: "{{item}}"\n  loop: [x, y]\n  when: item != 'x'`));
    expect(ended.touched).toEqual(['a: go y', 'b: go y']);
  });
});

describe('a check', () => {
  test('touches nothing and tells what would change, what is unknown and what is fine', async () => {
    const world = new FakeWorld();
    world.flagsOf('b').set('f', 'up');
    const ended = await world.run(play('- name: t\n  flag: { name: f, value: up }\n- name: u\n  go: x'), {
      check: true,
    });
    expect(ended.touched).toEqual([]);
    expect(ended.statuses('t')).toEqual(expect.arrayContaining(['a=would-change', 'b=ok']));
    expect(ended.statuses('u')).toEqual(['a=unknown', 'b=unknown']);
    expect(ended.exitCode).toBe(exitCode.done);
  });

  test('hands the predicted state to later tasks', async () => {
    const ended = await new FakeWorld().run(
      play(
        '- flag: { name: f, value: up }\n  register: r\n- name: t\n  assert: { that: r.value == "up" && r.changed }',
      ),
      { check: true },
    );
    expect(ended.statuses('t')).toEqual(['a=ok', 'b=ok']);
  });

  test('calls a failing look unknown behind a planned change on the host, and failed elsewhere', async () => {
    const world = new FakeWorld();
    world.flagsOf('b').set('f', 'up');
    world.faults.set('a get g', { kind: 'failed', moment: 'before' });
    const tasks = '- flag: { name: f, value: up }\n- name: t\n  flag: { name: g, value: up }';
    expect((await world.run(play(tasks), { check: true })).statuses('t')).toContain('a=unknown');
    world.faults.set('b get g', { kind: 'failed', moment: 'before' });
    expect((await world.run(play(tasks), { check: true })).statuses('t')).toContain('b=failed');
  });

  test('calls a failure that rests on no change failed, whatever would change before it', async () => {
    const tasks = '- flag: { name: f, value: up }\n- name: t\n  assert: { that: inventory_hostname == "a" }';
    const ended = await new FakeWorld().run(play(tasks), { check: true });
    expect(ended.statuses('t')).toEqual(expect.arrayContaining(['a=ok', 'b=failed']));
    expect(ended.exitCode).toBe(exitCode.failed);
  });

  test('calls what is waited for unknown when it may come from a change on another host', async () => {
    const world = new FakeWorld();
    world.flagsOf('b').set('f', 'up');
    const tasks =
      '- flag: { name: f, value: up }\n- name: t\n  when: inventory_hostname == "b"\n  flag: { name: f, value: up }\n  register: r\n  until: r.value == "more"';
    const ended = await world.run(play(tasks), { check: true });
    expect(ended.statuses('t')).toContain('b=unknown');
  });

  test('ends with 2 when asked and something would change', async () => {
    const ended = await new FakeWorld().run(play('- flag: { name: f, value: up }'), {
      check: true,
      detailedExitCode: true,
    });
    expect(ended.exitCode).toBe(exitCode.changesPending);
  });

  test('of one task by check_mode: true touches nothing even in a run', async () => {
    const ended = await new FakeWorld().run(play('- name: t\n  flag: { name: f, value: up }\n  check_mode: true'));
    expect(ended.touched).toEqual([]);
    expect(ended.statuses('t')).toEqual(['a=would-change', 'b=would-change']);
  });
});

describe('people', () => {
  const ask = play('- name: t\n  run_once: true\n  confirm: { title: sure, answer: the-host }\n- go: x');

  test('an answer lets the run go on and is recorded', async () => {
    const ended = await new FakeWorld().run(ask);
    expect(ended.touched).toEqual(['a: go x', 'b: go x']);
    expect(ended.events).toContainEqual(expect.objectContaining({ type: 'task.answered', by: 'test' }));
  });

  test('a refusal stops the run', async () => {
    const world = new FakeWorld();
    world.answer = { kind: 'declined', by: 'test' };
    const ended = await world.run(ask);
    expect(ended.touched).toEqual([]);
    expect(ended.exitCode).toBe(exitCode.failed);
  });

  test('nobody there ends with 8', async () => {
    const world = new FakeWorld();
    world.answer = { kind: 'nobody' };
    const ended = await world.run(ask);
    expect(ended.touched).toEqual([]);
    expect(ended.exitCode).toBe(exitCode.waiting);
  });

  test('--step asks before each task', async () => {
    const world = new FakeWorld();
    world.steps = ['skip', 'run', 'continue'];
    const ended = await world.run(play('- go: one\n- go: two\n- go: three\n- go: four'), { step: true });
    expect(ended.touched.filter((line) => line.startsWith('a'))).toEqual(['a: go two', 'a: go three', 'a: go four']);
  });

  test('an interrupt lets nothing new start and ends with 130', async () => {
    const world = new FakeWorld();
    world.onRequest = (request) => request.endsWith('go one') && world.draining.abort();
    const ended = await world.run(play('- go: one\n- go: two'), { forks: 1 });
    expect(ended.touched).toEqual(['a: go one']);
    expect(ended.exitCode).toBe(exitCode.interrupted);
  });
});

describe('picking', () => {
  const tasks = play(
    '- name: one\n  go: one\n  tags: [x]\n- name: two\n  go: two\n- name: three\n  go: three\n  tags: [always]\n- name: four\n  go: four\n  tags: [never]',
  );
  const ran = (touched: readonly string[]): readonly string[] =>
    touched.filter((line) => line.startsWith('a')).map((line) => line.split(' ').at(-1) ?? '');

  test.each([
    [{}, ['one', 'two', 'three']],
    [{ tags: ['x'] }, ['one', 'three']],
    [{ skipTags: ['x'] }, ['two', 'three']],
    [{ tags: ['never'] }, ['three', 'four']],
    [{ tags: ['untagged'] }, ['two', 'three']],
    [{ startAtTask: 'two' }, ['two', 'three']],
  ])('%o runs %o', async (options, expected) => {
    expect(ran((await new FakeWorld().run(tasks, options)).touched)).toEqual(expected);
  });

  test('--limit leaves other hosts alone', async () => {
    expect((await new FakeWorld().run(play('- go: x'), { limit: 'b' })).touched).toEqual(['b: go x']);
  });

  test('delegate_to acts on another host with the variables of this one', async () => {
    const ended = await new FakeWorld().run(play('- go: "{{inventory_hostname}}"\n  delegate_to: b'));
    expect(ended.touched).toEqual(['b: go a', 'b: go b']);
  });
});

describe('handlers', () => {
  const playbook = play(
    '- flag: { name: f, value: up }\n  notify: h\n- go: x',
    '  handlers:\n    - name: h\n      go: handled\n',
  );

  test('run once at the end, only where something changed', async () => {
    const world = new FakeWorld();
    world.flagsOf('b').set('f', 'up');
    expect((await world.run(playbook)).touched).toEqual(['a: set f up', 'a: go x', 'b: go x', 'a: go handled']);
  });

  test('that did not run because of a failure are named', async () => {
    const world = new FakeWorld();
    world.faults.set('a go x', { kind: 'failed', moment: 'before' });
    const ended = await world.run(playbook);
    expect(ended.touched).not.toContain('a: go handled');
    expect(ended.events).toContainEqual(
      expect.objectContaining({ type: 'run.warned', message: expect.stringContaining('`h`') }),
    );
  });
});

test('no_log keeps words and values out of the events', async () => {
  const ended = await new FakeWorld().run(
    play('- name: t\n  flag: { name: f, value: s3cret }\n  no_log: true\n- name: u\n  go: fail-s3cret\n  no_log: true'),
  );
  expect(JSON.stringify(ended.events)).not.toContain('s3cret');
  expect(ended.statuses('u')).toContain('a=failed');
});
