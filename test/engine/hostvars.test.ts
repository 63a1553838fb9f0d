// Of another host's variables only what is asked for is resolved: one that cannot be told here is nobody's business.
import { expect, test } from 'vitest';
import { FakeWorld } from '../rigs/fake-world.js';
import { play } from '../rigs/play-text.js';

test('a condition that asks for one variable of another host resolves no other', async () => {
  const inventory = 'all: { vars: { place: "{{ database }}" }, hosts: { a: { port: 1 }, b: { port: 2 } } }';
  const vars = '  vars: { database: fdb, other: b }\n';
  const tasks = '- name: t\n  debug: { msg: x }\n  when: hostvars[other].port == 2 && hostvars[other].port == 2';
  const ended = await new FakeWorld().run(play(tasks, vars), { inventory, limit: 'a' });
  expect(ended.statuses('t')).toEqual(['a=ok']);
});
