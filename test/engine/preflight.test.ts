// What is missing is told before anything is touched: each finding at its task, all at once, and nothing that the run
// itself would bring, do without, or cope with.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Database } from '../../src/core/connection.js';
import { exitCode } from '../../src/core/exit.js';
import { WorldError } from '../../src/core/world-error.js';
import { allProblems } from '../../src/engine/preflight.js';
import { FakeWorld } from '../rigs/fake-world.js';
import type { Ended } from '../rigs/fake-world.js';

const root = mkdtempSync(join(tmpdir(), 'playbook-preflight-'));
writeFileSync(join(root, 'here'), '');
writeFileSync(join(root, 'tool'), '#!/bin/sh\n', { mode: 0o755 });
afterAll(() => rmSync(root, { recursive: true }));

const play = (tasks: string, more = ''): string =>
  `- name: play\n  hosts: all\n${more}  tasks:\n${tasks.replaceAll('ROOT', root).replace(/^/gm, '    ')}\n`;

/** Severity, code and message of each problem that `playbook preflight` would tell. */
async function told(world: FakeWorld, playbook: string, inventory?: string): Promise<readonly string[]> {
  const problems = allProblems(await world.preflight(playbook, inventory === undefined ? {} : { inventory }));
  return problems.map(({ severity, code, message }) => `${severity} ${code}: ${message.replaceAll(root, 'ROOT')}`);
}

const running = (world: FakeWorld, playbook: string, more: object = {}): Promise<Ended> =>
  world.run(playbook, { preflight: true, ...more });

const codes = ({ events }: Ended): readonly string[] =>
  events.flatMap((event) => (event.type === 'preflight.found' ? [event.code] : []));

const one = 'all: { hosts: { a: } }';

describe('a run', () => {
  test('starts nothing when its last task lacks a file, and says where that task stands', async () => {
    const world = new FakeWorld();
    const ended = await running(
      world,
      play('- ping: {}\n- copy: { content: x, dest: ROOT/new }\n- lineinfile: { path: ROOT/gone, line: x }'),
    );
    expect(ended.exitCode).toBe(exitCode.preflightRefused);
    expect(ended.events.filter((event) => event.type === 'task.started')).toEqual([]);
    expect(world.touched).toEqual([]);
    expect(ended.events.filter((event) => event.type === 'preflight.found')).toMatchObject([
      {
        code: 'preflight/no-file',
        severity: 'error',
        message: `there is no file \`${root}/gone\` on \`a\`, \`b\``,
        place: { line: 6, column: 7, length: 'lineinfile'.length, text: expect.stringContaining('- lineinfile: ') },
      },
    ]);
  });

  test('begins at once when all is there', async () => {
    const ended = await running(new FakeWorld(), play('- command: ROOT/tool\n- debug: { msg: done }'));
    expect(codes(ended)).toEqual([]);
    expect(ended.statuses('debug')).toEqual(['a=ok', 'b=ok']);
  });

  test('without a preflight says so loudly', async () => {
    const ended = await new FakeWorld().run(play('- debug: { msg: done }'), { preflight: false });
    expect(ended.events).toContainEqual({
      type: 'run.warned',
      message: expect.stringMatching(/^NOBODY HAS LOOKED.*--no-preflight/),
    });
    expect(ended.exitCode).toBe(exitCode.done);
  });

  test('in a check is refused as well', async () => {
    const ended = await running(new FakeWorld(), play('- command: ROOT/nothing'), { check: true });
    expect(ended.exitCode).toBe(exitCode.preflightRefused);
  });
});

describe('of an unreachable host', () => {
  const needsAll = play('- name: t\n  command: ROOT/tool');

  test('a run keeps its own exit code, and a preflight names the first task that needs it', async () => {
    const world = new FakeWorld();
    world.unreachable.add('b');
    const ended = await running(world, needsAll);
    expect(ended.exitCode).toBe(exitCode.unreachable);
    expect(codes(ended)).toEqual([]);
    expect(await told(world, needsAll)).toEqual(['error preflight/unreachable: no route']);
  });

  test('a run that is refused for another reason tells it too', async () => {
    const world = new FakeWorld();
    world.unreachable.add('b');
    const ended = await running(world, play('- command: ROOT/nothing'));
    expect(ended.exitCode).toBe(exitCode.preflightRefused);
    expect(codes(ended)).toEqual(['preflight/unreachable', 'preflight/no-program']);
  });

  test('nothing is demanded by tasks that leave it out', async () => {
    const world = new FakeWorld();
    world.unreachable.add('b');
    const playbook = play(`- name: t\n  when: reachable != 'none'\n  command: ROOT/tool`);
    expect((await running(world, playbook)).statuses('t')).toEqual(['b=skipped', 'a=changed']);
    expect(await told(world, playbook)).toEqual([
      'warning preflight/unreachable: `b` cannot be reached, and no task that is known to run needs it',
    ]);
  });
});

describe('what an earlier task may bring', () => {
  test.each([
    ['a copy of it', '- copy: { content: x, dest: ROOT/new }'],
    ['a directory above it', '- file: { path: ROOT/new, state: directory }'],
    ['a command', '- command: ROOT/tool'],
    [
      'a copy of which little is known',
      '- command: ROOT/tool\n  register: r\n- copy: { content: x, dest: "{{r.stdout}}" }',
    ],
    ['a person with steps to do', '- confirm: { title: t, steps: [make the file], answer: a made }'],
  ])('is no refusal, only a warning of the preflight: %s', async (_, before) => {
    const world = new FakeWorld();
    const playbook = play(`${before}\n- lineinfile: { path: ROOT/new, line: x }`);
    const [only, ...others] = await told(world, playbook);
    expect(only).toBe('warning preflight/no-file: there is no file `ROOT/new` on `a`, `b`');
    expect(others).toEqual([]);
    expect(codes(await running(world, playbook, { check: true }))).toEqual([]);
  });

  test.each([
    ['a copy elsewhere', '- copy: { content: x, dest: ROOT/new.txt }'],
    ['a command that does not run', '- command: ROOT/tool\n  when: inventory_hostname == "nobody"'],
    ['a person who only allows something', '- confirm: { title: t, answer: a allowed }'],
    ['a command on another host', '- command: ROOT/tool\n  when: inventory_hostname == "b"\n  loop: [1]'],
  ])('is a refusal behind what cannot bring it: %s', async (_, before) => {
    const playbook = play(`${before}\n- lineinfile: { path: ROOT/new, line: x }\n  when: inventory_hostname == "a"`);
    expect(await told(new FakeWorld(), playbook)).toEqual([
      'error preflight/no-file: there is no file `ROOT/new` on `a`',
    ]);
  });

  test('a daemon that starts brings files and no programs', async () => {
    const start = '- process: { name: some-daemon, state: present, start: ROOT/tool }\n';
    expect(await told(new FakeWorld(), play(`${start}- command: ROOT/nothing`), one)).toEqual([
      'error preflight/no-program: there is no program `ROOT/nothing` on `a`',
    ]);
    expect(await told(new FakeWorld(), play(`${start}- file: ROOT/nothing`), one)).toEqual([
      'warning preflight/no-file: there is no file `ROOT/nothing` on `a`',
    ]);
  });
});

describe('what the playbook copes with is a warning', () => {
  test.each([
    ['ignore_errors', '- command: ROOT/nothing\n  ignore_errors: true'],
    ['failed_when', '- command: ROOT/nothing\n  failed_when: false'],
    ['until', '- command: ROOT/nothing\n  register: r\n  until: r.rc == 0'],
    ['rescue', '- block:\n    - command: ROOT/nothing\n  rescue:\n    - debug: { msg: x }'],
    ['a rescue itself', '- block:\n    - ping: {}\n  rescue:\n    - command: ROOT/nothing'],
  ])('by %s', async (_, tasks) => {
    const world = new FakeWorld();
    expect(await told(world, play(tasks), one)).toEqual([
      'warning preflight/no-program: there is no program `ROOT/nothing` on `a`',
    ]);
    expect(codes(await running(world, play(tasks), { inventory: one }))).toEqual([]);
  });

  test('and so is what a handler lacks, which may never be asked for', async () => {
    const playbook = `${play('- ping: {}')}  handlers:\n    - name: h\n      command: ${root}/nothing\n`;
    expect(await told(new FakeWorld(), playbook, one)).toEqual([
      'warning preflight/no-program: there is no program `ROOT/nothing` on `a`',
    ]);
  });
});

describe('work that is found done', () => {
  test('needs nothing any more', async () => {
    expect(await told(new FakeWorld(), play('- command: { cmd: ROOT/nothing, creates: ROOT/here }'))).toEqual([]);
    expect(await told(new FakeWorld(), play('- command: { cmd: ROOT/nothing, creates: ROOT/new }'), one)).toEqual([
      'error preflight/no-program: there is no program `ROOT/nothing` on `a`',
    ]);
  });

  test('counts for nothing when an earlier task would undo it', async () => {
    // Nobody else's command line looks like this.
    const mark = `${600 + Math.random()}`;
    const daemon = spawn('sleep', [mark], { stdio: 'ignore' });
    try {
      const start = `- process: { pattern: 'sleep ${mark}', state: present, start: ROOT/nothing }`;
      const stop = `- process: { pattern: 'sleep ${mark}', state: absent }`;
      expect(await told(new FakeWorld(), play(start), one)).toEqual([]);
      expect(await told(new FakeWorld(), play(`${stop}\n${start}`), one)).toEqual([
        'error preflight/no-program: there is no program `ROOT/nothing` on `a`',
      ]);
    } finally {
      daemon.kill();
    }
  });
});

describe('what cannot be told before the run', () => {
  test.each([
    ['a condition on a register', '- ping: {}\n  register: r\n- command: ROOT/nothing\n  when: r.changed'],
    ['arguments from a fact', '- set_fact: { what: nothing }\n- command: ROOT/{{what}}'],
    ['a loop over a register', '- ping: {}\n  register: r\n- command: ROOT/nothing\n  loop: "{{r.results}}"'],
    [
      'a variable that a task may set',
      '- set_fact: { go: false }\n- command: ROOT/nothing\n  when: go\n  vars: { go: true }',
    ],
    ['what another host says', '- ping: {}\n  register: r\n- command: ROOT/nothing\n  when: hostvars["a"].r.changed'],
    [
      'a register that may not be there',
      '- ping: {}\n  register: r\n- command: ROOT/nothing\n  when: default(r.changed, true)',
    ],
  ])('is left to the run, and counted: %s', async (_, tasks) => {
    const world = new FakeWorld();
    const seen = await world.preflight(play(tasks));
    expect(seen.findings).toEqual([]);
    expect(seen.deferred.map(({ task, host }) => `${task.module} ${host}`)).toEqual(
      expect.arrayContaining(['command a', 'command b']),
    );
  });

  test('is known all the same when `-e` says it, or when another condition decides', async () => {
    const decided =
      '- ping: {}\n  register: r\n- command: ROOT/nothing\n  when: [r.changed, inventory_hostname == "b"]';
    const seen = await new FakeWorld().preflight(play(decided));
    expect(seen.deferred.map(({ host }) => host)).toEqual(['b']);
  });

  test('other hosts are asked for what their inventory says', async () => {
    const inventory = 'all: { hosts: { a: { tool: nothing }, b: { tool: nothing } } }';
    const playbook = play("- command: \"ROOT/{{lookup (lookup hostvars 'b') 'tool'}}\"");
    expect(await told(new FakeWorld(), playbook, inventory)).toEqual([
      'error preflight/no-program: there is no program `ROOT/nothing` on `a`, `b`',
    ]);
  });
});

describe('tasks that the operator leaves out', () => {
  const tasks = play('- command: ROOT/nothing\n  tags: [x]\n- name: later\n  ping: {}');
  test.each([{ skipTags: ['x'] }, { startAtTask: 'later' }, { limit: 'b' }])('are not looked at: %j', async (more) => {
    const expected = 'limit' in more ? ['b'] : [];
    const { findings } = await new FakeWorld().preflight(tasks, more);
    expect(findings.map((each) => each.host)).toEqual(expected);
  });
});

describe('where a task acts', () => {
  test('is where it is delegated to', async () => {
    const playbook = play('- command: ROOT/nothing\n  delegate_to: b\n  when: inventory_hostname == "a"');
    expect(await told(new FakeWorld(), playbook)).toEqual([
      'error preflight/no-program: there is no program `ROOT/nothing` on `b`',
    ]);
  });

  test('is reached, too, when it is delegated to', async () => {
    const world = new FakeWorld();
    world.unreachable.add('b');
    const playbook = play('- command: ROOT/tool\n  delegate_to: b\n  when: inventory_hostname == "a"');
    expect(await told(world, playbook)).toEqual(['error preflight/unreachable: no route']);
  });

  test('and as whom, and with which PATH, decides what it finds', async () => {
    const world = new FakeWorld();
    const found = play('- command: tool\n  environment: { PATH: ROOT }');
    expect(await told(world, found)).toEqual([]);
    const both = '- command: tool\n- command: tool\n  become: true\n  become_user: postgres';
    const [first] = await told(world, play(both), one);
    expect(first).toBe('error preflight/no-program: there is no program `tool` on `a`');
    expect(new Set(world.looks.slice(-3))).toEqual(new Set(['a -', 'a postgres']));
  });

  test('in a loop, and in the loop of a block, is every turn of it', async () => {
    const loops =
      '- block:\n    - command: "ROOT/{{item}}{{each}}"\n      loop: [1, 2]\n      loop_control: { loop_var: each }\n  loop: [x, y]';
    const { findings } = await new FakeWorld().preflight(play(loops), { inventory: one });
    expect(findings.map((each) => each.message.replace(/^.*\//, ''))).toEqual(['x1`', 'x2`', 'y1`', 'y2`']);
  });
});

describe('what a user may not do', () => {
  test.each([
    ['hidden 1 yes', 'lineinfile: { path: /r/x, line: x }', 'preflight/hidden: `/r/x` cannot be looked at by `root`'],
    [
      'yes\n1 readonly',
      'lineinfile: { path: /r/x, line: x }',
      'preflight/not-writable: directory `/r` cannot be written by `root`',
    ],
    [
      'readonly',
      'file: { path: /r/x, state: directory }',
      'preflight/not-writable: directory `/r/x` cannot be written by `root`',
    ],
    ['denied', 'command: /r/x', 'preflight/not-executable: `/r/x` cannot be executed by `root`'],
  ])('is told by what the host answers: %j', async (answer, task, expected) => {
    const world = new FakeWorld();
    world.answers.set('a root', `0 ${answer.replace(' 1', '\n1')}\n`);
    expect(await told(world, play(`- ${task}\n  become: true`), one)).toEqual([`error ${expected} on \`a\``]);
  });

  test('and a host that breaks off is a doubt', async () => {
    const world = new FakeWorld();
    world.answers.set('a root', new WorldError('failed', 'cut off'));
    expect(await told(world, play('- command: /r/x\n  become: true'), one)).toEqual([
      'warning preflight/no-answer: cut off',
    ]);
  });
});

describe('become', () => {
  test('is tried once for each user that a task needs, at the first task that does', async () => {
    const world = new FakeWorld();
    world.withoutSudo.add('b');
    const playbook = play('- ping: {}\n- command: ROOT/tool\n  become: true\n- command: ROOT/tool\n  become: true');
    expect(await told(world, playbook)).toEqual(['error preflight/become: sudo on `b` refused (2 tasks need it)']);
    expect(world.looks.filter((look) => look.endsWith(' root'))).toEqual(['a root', 'b root']);
    expect((await running(world, playbook)).exitCode).toBe(exitCode.preflightRefused);
  });

  test('matters to no task that only speaks with a database', async () => {
    const world = new FakeWorld();
    world.withoutSudo.add('a');
    world.databases.set('a x', database());
    expect(await told(world, play('- sql: { query: select 1 }\n  become: true'), one)).toEqual([]);
  });
});

describe('databases', () => {
  test.each([
    ['42501', 'error preflight/privilege'],
    ['42P01', 'error preflight/no-relation'],
    ['3F000', 'error preflight/no-relation'],
    ['42703', 'error preflight/statement'],
    ['55P03', 'warning preflight/statement'],
  ])('that would not take a statement say why: %s', async (code, expected) => {
    const world = new FakeWorld();
    world.databases.set('a x', database({ 'delete from t': new WorldError('failed', 'no', { details: { code } }) }));
    const playbook = play('- sql: { change: delete from t }');
    expect(await told(world, playbook, one)).toEqual([`${expected}: no on \`a\``]);
  });

  test.each([
    ['preflight/no-database', { code: '3D000' }],
    ['preflight/login', { reason: 'database-login', code: '28P01' }],
    ['preflight/login', { reason: 'database-login' }],
    ['preflight/database-full', { code: '53300' }],
    ['preflight/database-not-ready', { code: '57P03' }],
    ['preflight/database', { reason: 'database-unreachable' }],
  ])('that cannot be opened are told by their reason: %s %j', async (code, details) => {
    const world = new FakeWorld();
    world.closed.set('a x', new WorldError('failed', 'no session', { details }));
    expect(await told(world, play('- sql: { query: select 1 }'), one)).toEqual([`error ${code}: no session`]);
  });

  test('whose login is refused are not taken for databases that are down', async () => {
    const inventory = 'all: { vars: { pg_user: x }, hosts: { a: , b: } }';
    const playbook = play("- name: t\n  when: reachable == 'ssh'\n  debug: { msg: it is down }");
    const world = new FakeWorld();
    for (const host of ['a', 'b']) world.databases.set(`${host} x`, database());
    world.databases.delete('b x');
    expect((await running(world, playbook, { inventory })).statuses('t')).toEqual(['a=skipped', 'b=ok']);
    world.closed.set('b x', new WorldError('failed', 'no login', { details: { reason: 'database-login' } }));
    const refused = await running(world, playbook, { inventory });
    expect(refused.exitCode).toBe(exitCode.preflightRefused);
    expect(refused.statuses('t')).toEqual([]);
    expect(await told(world, playbook, inventory)).toEqual(['error preflight/login: no login']);
    world.closed.set('b x', new WorldError('failed', 'full', { details: { code: '53300' } }));
    const warned = await running(world, playbook, { inventory });
    expect([warned.exitCode, ...codes(warned)]).toEqual([exitCode.done, 'preflight/database-full']);
  });

  test('are no refusal behind what may make them', async () => {
    const playbook = play(
      '- service: { name: some-server, state: started, absent_ok: true }\n- sql: { query: select 1 }',
    );
    expect(await told(new FakeWorld(), playbook, one)).toEqual(['warning preflight/database: no database here']);
    expect(await told(new FakeWorld(), play('- sql: { query: select 1 }'), one)).toEqual([
      'error preflight/database: no database here',
    ]);
  });

  test('of two hosts that are one running server are refused, and those of a clone are not', async () => {
    const playbook = play('- sql: { query: select 1 }');
    const world = new FakeWorld();
    for (const host of ['a', 'b']) world.databases.set(`${host} x`, database({}, { id: '7', started: 'noon' }));
    expect(await told(world, playbook)).toEqual([
      'error preflight/one-database: `a` and `b` lead to one and the same server of databases',
    ]);
    world.databases.set('b x', database({}, { id: '7', started: 'one o’clock' }));
    expect(await told(world, playbook)).toEqual([]);
  });
});

describe('the host that a database is taken from', () => {
  const restore = '- postgresql_restore: { database: d, from_host: b, work_dir: ROOT }';
  const fromB = play(`${restore}\n  when: inventory_hostname == "a"`);
  /** Both servers are there, with a database that looks like nothing. */
  const pair = (): FakeWorld => {
    const world = new FakeWorld();
    world.databases.set('a postgres', database()).set('b d', database());
    world.answers.set('a -', '0 yes\n1 yes\n2 yes\n3 yes\n4 yes 9\n').set('b -', '0 yes\n1 yes\n2 yes\n');
    return world;
  };

  test('is looked at when all is there', async () => {
    const world = pair();
    expect(await told(world, fromB)).toEqual([]);
    expect(world.looks).toContain('b -');
  });

  test('must answer, and let us into its database', async () => {
    const away = pair();
    away.unreachable.add('b');
    expect(await told(away, fromB)).toEqual(['error preflight/unreachable: no route']);
    const closed = pair();
    closed.databases.delete('b d');
    expect(await told(closed, fromB)).toEqual(['error preflight/database: no database here']);
  });

  test('must have the programs that dump it', async () => {
    const world = pair();
    world.answers.set('b -', '0 no\n1 yes\n2 denied\n');
    expect(await told(world, fromB)).toEqual([
      'error preflight/no-program: there is no program `pg_dump` on `b`',
      'error preflight/not-executable: `psql` cannot be executed by the user who logs in on `b`',
    ]);
  });

  test('needs none of them for a task that only compares', async () => {
    const world = pair();
    world.answers.set('b -', '0 no\n1 no\n2 no\n');
    expect(await told(world, fromB.replace('when:', 'check_mode: true\n      when:'))).toEqual([]);
  });
});

test('a dump that may not fit is told of, and is no refusal', async () => {
  const world = new FakeWorld();
  world.databases.set('a big', database({}, { bytes: 1e18 }));
  const playbook = play('- postgresql_dump: { database: big, dest: ROOT/big.dump }');
  const [only, ...others] = await told(world, playbook, one);
  expect(only).toMatch(
    /^warning preflight\/no-space: there is no room for `ROOT\/big.dump`: it takes 1000000000000000000 /,
  );
  expect(others).toEqual([]);
});

test('no session with a database stays open behind the preflight', async () => {
  const world = new FakeWorld();
  const events: string[] = [];
  const close = (): Promise<void> => Promise.resolve(void events.push('closed'));
  world.databases.set('a x', { ...database(), [Symbol.asyncDispose]: close });
  world.onRequest = (request) => void events.push(request);
  await running(world, play('- flag: { name: f, value: up }\n- sql: { query: select 1 }'), { inventory: one });
  // Once behind the preflight, and once at the end of the run.
  expect(events).toEqual(['closed', 'a get f', 'a set f up', 'a get f', 'closed']);
});

/** A database that objects to some statements, and says which server it is. */
function database(objections: Readonly<Record<string, WorldError>> = {}, server = {}): Database {
  return {
    look: () => Promise.resolve({ columns: [], rows: [server], rowCount: 1 }),
    explain: ({ text }) => (objections[text] === undefined ? Promise.resolve() : Promise.reject(objections[text])),
    change: () => Promise.reject(new Error('nothing is changed here')),
    outcome: () => Promise.resolve('unknown'),
    endEarlierSessions: () => Promise.resolve(0),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

describe('the hosts themselves', () => {
  test('with one key on one machine are one, and a lab with many keys is not', async () => {
    const world = new FakeWorld();
    world.hostKeys.set('a', 'SHA256:x').set('b', 'SHA256:x');
    const playbook = play('- debug: { msg: x }');
    expect(await told(world, playbook)).toEqual(['error preflight/one-machine: `a` and `b` lead to one machine']);
    expect((await running(world, playbook)).exitCode).toBe(exitCode.preflightRefused);
    world.hostKeys.set('b', 'SHA256:y');
    expect(await told(world, playbook)).toEqual([]);
  });

  test('whose clocks are off are told of, and run all the same', async () => {
    const world = new FakeWorld();
    world.behindMs = 3_600_000;
    const ended = await running(world, play('- debug: { msg: x }'), { inventory: one });
    expect(codes(ended)).toEqual(['preflight/clock']);
    expect(ended.exitCode).toBe(exitCode.done);
  });
});

test('one user of a host is asked everything in one look', async () => {
  const world = new FakeWorld();
  const tasks = Array.from({ length: 20 }, (_, index) => `- command: ROOT/nothing${index}`).join('\n');
  const { findings } = await world.preflight(play(tasks), { inventory: one });
  expect(findings).toHaveLength(20);
  // One for who it is, and one for all the programs.
  expect(world.looks).toEqual(['a -', 'a -']);
});

test('what a task keeps to itself is not told', async () => {
  const world = new FakeWorld();
  const [problem] = allProblems(
    await world.preflight(play('- command: ROOT/nothing\n  no_log: true'), { inventory: one }),
  );
  expect(problem?.message).toContain('hidden by `no_log`');
  expect(JSON.stringify([problem?.message, problem?.hint])).not.toContain('nothing');
});
