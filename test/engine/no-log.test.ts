// What a task with `no_log` must not tell, whichever event would carry it.
import { expect, test } from 'vitest';
import { FakeWorld } from '../rigs/fake-world.js';
import { play } from '../rigs/play-text.js';

test.each([
  ['a plan that no look can tell', '- command: echo s3cret\n  no_log: true'],
  ['a refusal', '- assert: { that: 1 == 2, fail_msg: s3cret }\n  no_log: true'],
  ['an item of a loop', '- go: "{{item}}"\n  loop: [s3cret]\n  no_log: true'],
  [
    'the reason of a retry',
    '- fail: { msg: s3cret }\n  register: r\n  until: r.changed\n  retries: 1\n  delay: 0\n  no_log: true',
  ],
  ['a difference', '- flag: { name: f, value: s3cret }\n  no_log: true'],
  ['a question and its answer', '- confirm: { title: s3cret, answer: s3cret answer }\n  no_log: true'],
  ['a failure', '- go: fail-s3cret\n  no_log: true'],
])('no_log hides %s, in a run and in a check', async (_, tasks) => {
  for (const check of [false, true]) {
    const world = new FakeWorld();
    world.answer = { kind: 'confirmed', typed: 's3cret answer', by: 'test' };
    const ended = await world.run(play(tasks), { check, diff: true, liveOutput: true });
    expect(ended.events.map((event) => event.type)).toContain('task.finished');
    expect(JSON.stringify(ended.events)).not.toContain('s3cret');
  }
});
