// A run that is taken up again: what was done stays done, with its registers and handlers; what was begun is settled by
// evidence or by a person; and a host that is another's is not touched.
import { describe, expect, test } from 'vitest';
import type { Event } from '../../src/core/event.js';
import { exitCode } from '../../src/core/exit.js';
import { WorldError } from '../../src/core/world-error.js';
import { FakeWorld } from '../rigs/fake-world.js';
import type { Ended } from '../rigs/fake-world.js';

const play = (tasks: string, more = ''): string => `- name: play\n  hosts: all\n${more}  tasks:\n${tasks}`;
const three = play(`
    - name: first
      go: one
      register: said
      notify: told
    - name: second
      go: two
    - name: third
      when: said.stdout == 'go one'
      go: three
  handlers:
    - name: told
      go: handler
`);

/** What a process that died behind the n-th event of this type and task had written down. */
function cutBehind(events: readonly Event[], type: Event['type'], task: string, host = 'b'): readonly Event[] {
  const at = events.findIndex(
    (event) => event.type === type && 'host' in event && event.host === host && nameOf(events, event) === task,
  );
  return events.slice(0, at + 1);
}

function nameOf(events: readonly Event[], event: Event): string {
  const started = events.find((each) => each.type === 'task.started' && 'task' in event && each.task === event.task);
  return started?.type === 'task.started' ? started.name : '';
}

/** A process that died has given nothing back. */
function stillHeld(world: FakeWorld): void {
  const holder = { run: 'test', number: 1, by: 'anna@laptop', since: 'now', playbook: 'play.yml' };
  for (const host of ['a', 'b']) world.holds.ask(host, { kind: 'take', holder });
}

async function resumed(world: FakeWorld, playbook: string, past: readonly Event[], life = 2): Promise<Ended> {
  return world.run(playbook, { life, past });
}

describe('what was done', () => {
  test('is not done again, and its register and handlers are there', async () => {
    const world = new FakeWorld();
    world.faults.set('b go two', { kind: 'failed', moment: 'before' });
    const first = await world.run(three, { life: 1 });
    expect(first.exitCode).toBe(exitCode.failed);
    const second = await resumed(world, three, first.events);
    expect(second.exitCode).toBe(exitCode.done);
    // On `a` the second task was done; the handler waits for the end.
    expect(second.touched).toEqual(['b: go two', 'a: go three', 'b: go three', 'a: go handler', 'b: go handler']);
    expect(second.recap['a']).toMatchObject({ ok: 4, changed: 4, failed: 0 });
  });

  test('is not done again however often the run is taken up', async () => {
    const world = new FakeWorld();
    let past: readonly Event[] = [];
    for (let life = 1; life <= 4; life += 1) {
      world.faults.set('b go two', { kind: 'failed', moment: 'before' });
      const ended = await world.run(three, life === 1 ? { life } : { life, past });
      past = [...past, ...ended.events];
    }
    const last = await resumed(world, three, past, 5);
    expect(last.exitCode).toBe(exitCode.done);
    expect(world.touched.filter((line) => line === 'a: go one')).toHaveLength(1);
    expect(world.touched.filter((line) => line === 'a: go two')).toHaveLength(1);
  });

  test('keeps the items of a loop apart', async () => {
    const world = new FakeWorld();
    const looped = play(`\n    - name: t\n      go: "{{item}}"\n      loop: [x, y, z]\n`);
    world.faults.set('a go y', { kind: 'failed', moment: 'before' });
    const first = await world.run(looped, { life: 1 });
    const second = await resumed(world, looped, first.events);
    expect(first.touched.filter((line) => line.startsWith('a'))).toEqual(['a: go x']);
    expect(second.touched.filter((line) => line.startsWith('a'))).toEqual(['a: go y', 'a: go z']);
    expect(second.exitCode).toBe(exitCode.done);
  });

  test('keeps a failure that was rescued: the rescue goes on, and the block is not tried again', async () => {
    const world = new FakeWorld();
    const block = play(`
    - name: around
      block:
        - name: t
          go: fail-it
      rescue:
        - name: mend
          go: mend
        - name: more
          go: more
`);
    world.faults.set('b go more', { kind: 'failed', moment: 'before' });
    const first = await world.run(block, { life: 1 });
    expect(first.exitCode).toBe(exitCode.failed);
    const second = await resumed(world, block, first.events);
    expect(second.touched).toEqual(['b: go more']);
    expect(second.exitCode).toBe(exitCode.done);
    expect(second.recap['b']).toMatchObject({ rescued: 1, failed: 0 });
  });

  test('does not keep the failure of a look that a rescue only told of: it is looked at again', async () => {
    const world = new FakeWorld();
    const compared = play(`
    - name: around
      block:
        - name: look
          check_mode: true
          flag: { name: f, value: up }
          register: seen
          failed_when: seen.changed
        - name: inside
          go: inside
      rescue:
        - name: tell
          fail: { msg: not yet }
`);
    const first = await world.run(compared, { life: 1 });
    expect(first.exitCode).toBe(exitCode.failed);
    for (const host of ['a', 'b']) world.flagsOf(host).set('f', 'up');
    const second = await resumed(world, compared, first.events);
    expect(second.exitCode).toBe(exitCode.done);
    expect(second.touched).toEqual(['a: go inside', 'b: go inside']);
  });

  test('leaves out what the operator left out', async () => {
    const world = new FakeWorld();
    world.steps = ['skip', 'run', 'run', 'run'];
    world.faults.set('b go two', { kind: 'failed', moment: 'before' });
    const plain = play('\n    - name: first\n      go: one\n    - name: second\n      go: two\n');
    const first = await world.run(plain, { life: 1, step: true });
    const second = await resumed(world, plain, first.events);
    expect([...first.touched, ...second.touched].filter((line) => line.endsWith('one'))).toEqual([]);
    expect(second.exitCode).toBe(exitCode.done);
  });

  test('decides by what the run saw first, whatever answers now', async () => {
    const world = new FakeWorld();
    world.unreachable.add('a');
    const judged = play(`
    - name: dead
      when: reachable == 'none'
      debug: { msg: dead }
    - name: alive
      when: reachable != 'none'
      go: fail-once
`);
    const first = await world.run(judged, { life: 1 });
    world.unreachable.delete('a');
    const second = await resumed(world, judged, first.events);
    expect(second.touched.filter((line) => line.startsWith('a'))).toEqual([]);
  });

  test('is looked at again where the journal could not keep what it found', async () => {
    const world = new FakeWorld();
    world.redactor.add('hunter22');
    world.flagsOf('a').set('f', 'hunter22');
    world.flagsOf('b').set('f', 'hunter22');
    const secret = play(`
    - name: look
      flag: { name: f, value: hunter22 }
      register: found
    - name: use
      when: found.value == 'hunter22'
      go: use
`);
    world.faults.set('b go use', { kind: 'failed', moment: 'before' });
    const first = await world.run(secret, { life: 1 });
    expect(JSON.stringify(first.events.filter((event) => event.type === 'task.finished'))).not.toContain('hunter22');
    const second = await resumed(world, secret, first.events);
    expect(second.exitCode).toBe(exitCode.done);
    expect(second.touched).toEqual(['b: go use']);
  });
});

describe('what the journal cannot tell', () => {
  test('is refused to whoever asks for it, also with a default', async () => {
    const world = new FakeWorld();
    const secret = play(`
    - name: secret
      go: one
      no_log: true
      register: secret
    - name: fails once
      go: two
    - name: branch
      when: default(secret.stdout, '') == ''
      go: format
`);
    world.faults.set('b go two', { kind: 'failed', moment: 'before' });
    const first = await world.run(secret, { life: 1 });
    const second = await resumed(world, secret, first.events);
    expect(second.exitCode).toBe(exitCode.failed);
    expect(JSON.stringify(second.events)).toContain('is not known to a run that was taken up again');
    expect(world.touched.filter((line) => line.includes('format'))).toEqual([]);
  });

  test('is never taken for another: a loop over another list is not gone on with', async () => {
    const world = new FakeWorld();
    world.flagsOf('a').set('f', 'x');
    world.flagsOf('b').set('f', 'x');
    const looped = (items: string): string => play(`\n    - name: t\n      go: "{{item}}"\n      loop: ${items}\n`);
    world.faults.set('a go y', { kind: 'failed', moment: 'before' });
    const first = await world.run(looped('[x, y, z]'), { life: 1 });
    const second = await resumed(world, looped('[w, x, y, z]'), first.events);
    expect(second.exitCode).toBe(exitCode.stale);
    expect(second.touched).toEqual([]);
  });

  test('is done once for all on the host that began it', async () => {
    const world = new FakeWorld();
    const once = play(`\n    - name: t\n      run_once: true\n      go: one\n    - name: after\n      go: two\n`);
    world.faults.set('b go two', { kind: 'failed', moment: 'before' });
    const first = await world.run(once, { life: 1 });
    await resumed(world, once, first.events);
    expect(world.touched.filter((line) => line.endsWith('one'))).toEqual(['a: go one']);
  });
});

describe('what was begun', () => {
  const one = play('\n    - name: t\n      go: one\n    - name: after\n      go: two\n');

  test('is sent again under the same name, which the host knows', async () => {
    const world = new FakeWorld();
    const names: string[] = [];
    world.onClaim = (host, name) => void names.push(`${host} ${name}`);
    const first = await world.run(one, { life: 1 });
    const before = [...names];
    names.length = 0;
    stillHeld(world);
    await resumed(world, one, cutBehind(first.events, 'task.applying', 't'));
    expect(names.slice(0, 2).toSorted()).toEqual(before.slice(0, 2).toSorted());
    expect(new Set(before).size).toBe(before.length);
  });

  test.each([
    ['b done', ['a: go two', 'b: go two'], exitCode.done],
    ['b not done', ['b: go one', 'a: go two', 'b: go two'], exitCode.done],
  ] as const)('and is gone without a word is asked for: %s', async (typed, touched, code) => {
    const world = new FakeWorld();
    world.faults.set('b go one', { kind: 'in-doubt', moment: 'before', reason: 'claim-gone' });
    const first = await world.run(one, { life: 1 });
    expect(first.exitCode).toBe(exitCode.inDoubt);
    world.faults.set('b go one', { kind: 'in-doubt', moment: 'before', reason: 'claim-gone' });
    world.answer = { kind: 'confirmed', typed, by: 'anna' };
    const second = await resumed(world, one, first.events);
    expect(world.asked.at(-1)).toMatchObject({ expect: 'b done', otherwise: ['b not done'] });
    expect(second.touched).toEqual(touched);
    expect(second.exitCode).toBe(code);
  });

  test('and can only be told by a person ends with 8 where nobody is, and names the command', async () => {
    const world = new FakeWorld();
    const fault = { kind: 'in-doubt', moment: 'before', reason: 'claim-gone', keep: true } as const;
    world.faults.set('b go one', fault);
    const first = await world.run(one, { life: 1 });
    world.answer = { kind: 'nobody' };
    const second = await resumed(world, one, first.events);
    expect(second.exitCode).toBe(exitCode.waiting);
    expect(JSON.stringify(second.events)).toContain("playbook resume test --confirm 'b not done'");
    expect(second.touched).toEqual([]);
  });

  test('stays unknown after a failure that is none of its own', async () => {
    const world = new FakeWorld();
    const fault = { kind: 'in-doubt', moment: 'before', reason: 'claim-gone' } as const;
    world.faults.set('b go one', fault);
    const first = await world.run(one, { life: 1 });
    world.faults.set('b go one', { kind: 'failed', moment: 'before', reason: 'become' });
    const second = await resumed(world, one, first.events);
    expect(second.exitCode).toBe(exitCode.inDoubt);
    world.faults.set('b go one', fault);
    world.answer = { kind: 'confirmed', typed: 'b done', by: 'anna' };
    const third = await resumed(world, one, [...first.events, ...second.events], 3);
    expect(third.exitCode).toBe(exitCode.done);
    expect(world.touched.filter((line) => line === 'b: go one')).toEqual([]);
  });

  test('on a host that does not answer stays unknown', async () => {
    const world = new FakeWorld();
    const first = await world.run(one, { life: 1 });
    stillHeld(world);
    world.unreachable.add('b');
    const second = await resumed(world, one, cutBehind(first.events, 'task.applying', 't'));
    expect(second.exitCode).toBe(exitCode.inDoubt);
    expect(second.statuses('t')).toContain('b=in-doubt');
  });
});

describe('a host', () => {
  const one = play('\n    - name: t\n      go: one\n    - name: after\n      go: two\n');

  test('that another run holds is not touched, and who it is is said', async () => {
    const world = new FakeWorld();
    world.holds.ask('b', {
      kind: 'take',
      holder: { run: 'other', number: 1, by: 'bob@desk', since: '2025-01-30T02:00:00Z', playbook: 'x.yml' },
    });
    const ended = await world.run(one, { life: 1 });
    expect(ended.exitCode).toBe(exitCode.locked);
    expect(ended.touched).toEqual([]);
    expect(JSON.stringify(ended.events)).toContain('held by run `other` of bob@desk');
    expect(world.holds.ask('a', { kind: 'look' }).holder).toBeUndefined();
  });

  test('that was taken away is not touched any more', async () => {
    const world = new FakeWorld();
    world.onRequest = (request) => {
      if (request.endsWith('go two')) return;
      for (const host of ['a', 'b']) world.holds.ask(host, { kind: 'break', run: 'test', by: 'bob', at: 'now' });
    };
    const ended = await world.run(one, { life: 1 });
    expect(ended.exitCode).toBe(exitCode.stale);
    expect(ended.touched.filter((line) => line.endsWith('two'))).toEqual([]);
    const again = await resumed(new FakeWorld(), one, ended.events);
    expect(again.exitCode).toBe(exitCode.stale);
    expect(again.touched).toEqual([]);
  });

  test('is given back at the end, and kept while anything is unknown', async () => {
    const world = new FakeWorld();
    await world.run(one, { life: 1 });
    expect(world.holds.ask('a', { kind: 'look' }).holder).toBeUndefined();
    world.faults.set('b go one', { kind: 'in-doubt', moment: 'before', reason: 'claim-gone' });
    const ended = await world.run(one, { life: 1 });
    expect(ended.exitCode).toBe(exitCode.inDoubt);
    expect(world.holds.ask('a', { kind: 'look' }).holder).toMatchObject({ run: 'test' });
  });

  test('on which another run has worked since it was given back is not gone on with', async () => {
    const world = new FakeWorld();
    world.faults.set('b go two', { kind: 'failed', moment: 'before' });
    const first = await world.run(one, { life: 1 });
    const other = { run: 'other', number: 1, by: 'bob', since: 'now', playbook: 'x.yml' };
    world.holds.ask('b', { kind: 'take', holder: other });
    world.holds.ask('b', { kind: 'release', fence: other });
    const second = await resumed(world, one, first.events);
    expect(second.exitCode).toBe(exitCode.stale);
    expect(second.touched).toEqual([]);
    expect(JSON.stringify(second.events)).toContain('run `other` has worked on `b`');
  });

  test('is not held by a check, nor by a playbook that only looks', async () => {
    const world = new FakeWorld();
    world.holds.ask('b', {
      kind: 'take',
      holder: { run: 'other', number: 1, by: 'bob', since: 'now', playbook: 'x.yml' },
    });
    const looks = await world.run(play('\n    - ping:\n'), { life: 1 });
    expect(looks.exitCode).toBe(exitCode.done);
  });
});

describe('a point of no return', () => {
  const turning = play(`
    - name: before
      go: one
    - name: pivot
      go: two
      point_of_no_return: true
    - name: after
      go: three
`);

  test('is passed when a person says so, once for all hosts, and not asked for again', async () => {
    const world = new FakeWorld();
    world.faults.set('b go three', { kind: 'failed', moment: 'before' });
    const first = await world.run(turning, { life: 1 });
    expect(world.asked.map((question) => question.expect)).toEqual(['no return for a, b']);
    // Half of what only goes forward is done, so nobody else may start from here.
    expect(world.holds.ask('a', { kind: 'look' }).holder).toMatchObject({ run: 'test' });
    const second = await resumed(world, turning, first.events);
    expect(world.asked).toHaveLength(1);
    expect(second.touched).toEqual(['b: go three']);
    expect(second.exitCode).toBe(exitCode.done);
  });

  test('is not passed when a host before it failed, whatever was let pass', async () => {
    const world = new FakeWorld();
    world.unreachable.add('b');
    const ended = await world.run(turning.replace('go: one', 'go: one\n      ignore_unreachable: true'), { life: 1 });
    expect(ended.touched).toEqual(['a: go one']);
    expect(ended.exitCode).not.toBe(exitCode.done);
    expect(world.asked).toEqual([]);
  });

  test.each([
    ['declined', exitCode.failed],
    ['nobody', exitCode.waiting],
  ] as const)('is not passed when the answer is %s', async (kind, code) => {
    const world = new FakeWorld();
    world.answer = kind === 'nobody' ? { kind } : { kind, by: 'anna' };
    const ended = await world.run(turning, { life: 1 });
    expect(ended.exitCode).toBe(code);
    expect(ended.touched).toEqual(['a: go one', 'b: go one']);
  });

  test('is nothing that a check asks for', async () => {
    const world = new FakeWorld();
    const ended = await world.run(turning, { check: true });
    expect(world.asked).toEqual([]);
    expect(ended.exitCode).toBe(exitCode.done);
  });
});

test('a host that proves itself with another key than before is not touched', async () => {
  const world = new FakeWorld();
  for (const host of ['a', 'b']) world.hostKeys.set(host, `SHA256:${host}`);
  world.faults.set('b go two', { kind: 'failed', moment: 'before' });
  const first = await world.run(three, { life: 1 });
  world.hostKeys.set('b', 'SHA256:another');
  const second = await resumed(world, three, first.events);
  expect([second.exitCode, second.touched]).toEqual([exitCode.stale, []]);
  expect(JSON.stringify(second.events)).toContain('proves itself with another key');
  world.hostKeys.set('b', 'SHA256:b');
  expect((await resumed(world, three, first.events, 3)).exitCode).toBe(exitCode.done);
});

test('a host that does not say whose it is is not touched', async () => {
  const world = new FakeWorld();
  const ask = world.holds.ask.bind(world.holds);
  world.holds.ask = (host, request) => {
    if (host === 'b' && request.kind === 'take') throw new WorldError('unreachable', 'no answer');
    return ask(host, request);
  };
  const ended = await world.run(three, { life: 1 });
  expect([ended.exitCode, ended.touched]).toEqual([exitCode.unreachable, ['a: go one']]);
});
