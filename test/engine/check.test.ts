// What a check may foresee, and for whom: only what a run would really do, on the host where it would do it.
import { describe, expect, test } from 'vitest';
import { exitCode } from '../../src/core/exit.js';
import { FakeWorld } from '../rigs/fake-world.js';
import { play } from '../rigs/play-text.js';

describe('a check', () => {
  test('touches nothing by delegation, handlers, run_once, rescue, always and loops', async () => {
    const world = new FakeWorld();
    const ended = await world.run(
      play(
        `
- flag: { name: f, value: up }
  delegate_to: b
  notify: h
- flag: { name: g, value: "{{item}}" }
  loop: [x, y]
- go: once
  run_once: true
- block:
    - fail: { msg: no }
  rescue:
    - flag: { name: rescued, value: up }
    - go: rescue
  always:
    - flag: { name: always, value: up }
    - go: always
- go: polled
  register: r
  until: r.rc == 0
  retries: 3`,
        '  handlers:\n    - name: h\n      go: handled\n',
      ),
      { check: true },
    );
    expect(ended.touched).toEqual([]);
    expect(ended.events.map((event) => event.type)).not.toContain('task.applying');
    expect(ended.exitCode).toBe(exitCode.done);
  });

  test('calls a failing look at a host unknown when a task delegated to it would change it', async () => {
    const world = new FakeWorld();
    world.faults.set('b get g', { kind: 'failed', moment: 'before', keep: true });
    const ended = await world.run(
      '- hosts: a\n  tasks: [{ flag: { name: f, value: up }, delegate_to: b }]\n' +
        '- hosts: b\n  tasks: [{ name: t, flag: { name: g, value: up } }]\n',
      { check: true },
    );
    expect(ended.statuses('t')).toEqual(['b=unknown']);
  });
});

describe('check_mode: true in a run', () => {
  test('makes no later check forgive what fails: nothing was going to change', async () => {
    const ended = await new FakeWorld().run(
      play(
        '- flag: { name: f, value: up }\n  check_mode: true\n- name: t\n  assert: { that: 1 == 2 }\n  check_mode: true',
      ),
    );
    expect(ended.statuses('t')).toEqual(['a=failed', 'b=failed']);
    expect(ended.exitCode).toBe(exitCode.failed);
  });
});

test('the register of a loop has failed when an item has, though its failure is let pass', async () => {
  const ended = await new FakeWorld().run(
    play(
      '- go: "{{item}}"\n  loop: [one, fail-two, three]\n  ignore_errors: true\n  register: r\n' +
        '- name: t\n  assert:\n    that: "r.failed && size(r.results) == 3 && r.results[1].failed && !r.results[2].failed"',
    ),
    { limit: 'a' },
  );
  expect(ended.touched).toEqual(['a: go one', 'a: go fail-two', 'a: go three']);
  expect(ended.statuses('t')).toEqual(['a=ok']);
});
