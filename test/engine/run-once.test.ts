// What one host does for all of them: what it said is known to all, and when it failed it was done for none.
import { describe, expect, test } from 'vitest';
import { FakeWorld } from '../rigs/fake-world.js';
import { play } from '../rigs/play-text.js';

describe('run_once', () => {
  test('makes facts and registers known to every host', async () => {
    const ended = await new FakeWorld().run(
      play(
        '- set_fact: { chosen: "{{inventory_hostname}}" }\n  run_once: true\n  register: r\n' +
          '- name: t\n  assert: { that: chosen == "a" && !r.failed }',
      ),
    );
    expect(ended.statuses('t')).toEqual(['a=ok', 'b=ok']);
  });

  test('that failed lets no host go on, though errors of one host are not fatal', async () => {
    const ended = await new FakeWorld().run(
      play('- go: fail-once\n  run_once: true\n- name: t\n  go: after', '  any_errors_fatal: false\n'),
    );
    expect(ended.touched).toEqual(['a: go fail-once']);
  });

  test('that failed is rescued for all of them', async () => {
    const ended = await new FakeWorld().run(
      play(
        '- block:\n    - go: fail-once\n      run_once: true\n    - go: inside\n  rescue:\n    - go: rescue\n- go: after',
        '  any_errors_fatal: false\n',
      ),
    );
    expect(ended.touched).toEqual(['a: go fail-once', 'a: go rescue', 'b: go rescue', 'a: go after', 'b: go after']);
  });

  test('runs once in each batch of serial', async () => {
    const ended = await new FakeWorld().run(play('- go: once\n  run_once: true\n- go: each', '  serial: 1\n'));
    expect(ended.touched).toEqual(['a: go once', 'a: go each', 'b: go once', 'b: go each']);
  });
});
