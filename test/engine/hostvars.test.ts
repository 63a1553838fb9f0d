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

test('what another host has learned since is seen by the next condition', async () => {
  const inventory = 'all: { hosts: { a: , b: } }';
  const tasks = `- { name: before, debug: { msg: x }, when: "!defined(hostvars.b.later) && hostvars.b.inventory_hostname == 'b'" }
- { name: learn, set_fact: { later: 1 } }
- { name: after, debug: { msg: x }, when: hostvars.b.later == 1 }
- { name: learn again, set_fact: { later: 2 } }
- { name: at last, debug: { msg: x }, when: hostvars.b.later == 2 }`;
  const ended = await new FakeWorld().run(play(tasks), { inventory });
  expect(['before', 'after', 'at last'].map((name) => ended.statuses(name))).toEqual([
    ['a=ok', 'b=ok'],
    ['a=ok', 'b=ok'],
    ['a=ok', 'b=ok'],
  ]);
});
