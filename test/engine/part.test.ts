// The barrier before a task: nobody is touched while it is not known for all hosts and items what they will do.
import { expect, test } from 'vitest';
import { FakeWorld } from '../rigs/fake-world.js';
import { play } from '../rigs/play-text.js';

// What a command said is known only in the run, so that no check of the files can find these.
const saying = '- name: said\n  debug: { msg: "{{inventory_hostname}}" }\n  register: said\n';

test('a condition that cannot be told on one host stops the task before any host is touched', async () => {
  const ended = await new FakeWorld().run(
    play(`${saying}- name: t\n  go: x\n  when: inventory_hostname == "a" || said.nothing == 1`),
  );
  expect(ended.touched).toEqual([]);
  expect(ended.statuses('t')).toEqual(['b=failed']);
});

test('arguments of a later item that cannot be resolved stop the loop before its first item', async () => {
  const ended = await new FakeWorld().run(
    play(`${saying}- name: t\n  go: "{{item}}{{#if (eq item 'two')}}{{said.nothing}}{{/if}}"\n  loop: [one, two]`),
  );
  expect(ended.touched).toEqual([]);
  expect(ended.statuses('t')).toEqual(['a=failed', 'b=failed']);
});

test('every host that an item is delegated to must answer before the first item runs', async () => {
  const world = new FakeWorld();
  world.unreachable.add('b');
  const ended = await world.run(play('- name: t\n  go: x\n  delegate_to: "{{item}}"\n  loop: [a, b]'), { limit: 'a' });
  expect(ended.touched).toEqual([]);
  expect(ended.statuses('t')).toEqual(['a=unreachable']);
});
