// In a check, a task is planned from what the tasks before it would have made of the same thing on the same host.
import { describe, expect, test } from 'vitest';
import { FakeWorld } from '../rigs/fake-world.js';
import { play } from '../rigs/play-text.js';

/** A world in which everything runs on both hosts. */
function running(): FakeWorld {
  const world = new FakeWorld();
  for (const host of ['a', 'b'])
    for (const name of ['slon', 'slon.fdb', 'slon.edb', 'other']) world.flagsOf(host).set(name, 'up');
  return world;
}

const stop = (name: string, more = ''): string => `- name: stop\n  flag: { name: ${name}, value: down }\n${more}`;
const start = (name: string, more = ''): string => `- name: start\n  flag: { name: ${name}, value: up }\n${more}`;
const check = { check: true } as const;
const changes = ['a=would-change', 'b=would-change'];

describe('two tasks about one thing', () => {
  test('stop it and start it are two changes, although it runs', async () => {
    const world = running();
    const ended = await world.run(play(stop('slon') + start('slon')), check);
    expect(ended.statuses('stop')).toEqual(changes);
    expect(ended.statuses('start')).toEqual(changes);
    expect(ended.touched).toEqual([]);
    const real = await world.run(play(stop('slon') + start('slon')));
    expect(real.touched.toSorted()).toEqual([
      'a: set slon down',
      'a: set slon up',
      'b: set slon down',
      'b: set slon up',
    ]);
  });

  test('the second start of it is no change', async () => {
    const ended = await running().run(play(stop('slon') + start('slon') + start('slon')), check);
    expect(ended.statuses('start')).toEqual([...changes, 'a=ok', 'b=ok']);
  });

  test('the plan says what it would find then, and so does the register', async () => {
    const ended = await running().run(
      play(
        `${stop('slon')}${start('slon', '  register: r\n')}- name: t\n  assert: { that: r.value == "up" && r.changed }`,
      ),
      { ...check, limit: 'a' },
    );
    expect(ended.events.filter((event) => event.type === 'task.planned').slice(0, 2)).toMatchObject([
      { plan: { change: { before: { value: 'up' }, after: { value: 'down' } } } },
      { plan: { change: { before: { value: 'down' }, after: { value: 'up' } } } },
    ]);
    expect(ended.statuses('t')).toEqual(['a=ok']);
  });

  test('items of a loop are tasks too', async () => {
    const task = '- name: t\n  flag: { name: slon, value: "{{item}}" }\n  loop: [down, up, up]';
    const ended = await running().run(play(task), { ...check, limit: 'a' });
    const items = ended.events.flatMap((event) =>
      event.type === 'task.finished' && event.item !== undefined ? [event.status] : [],
    );
    expect(items).toEqual(['would-change', 'would-change', 'ok']);
  });
});

describe('a prediction', () => {
  test('is of its own host', async () => {
    const ended = await running().run(play(stop('slon', "  when: inventory_hostname == 'a'\n") + start('slon')), check);
    expect(ended.statuses('start')).toEqual(expect.arrayContaining(['a=would-change', 'b=ok']));
  });

  test('is of the host that a task is delegated to', async () => {
    const ended = await running().run(
      play(stop('slon', '  delegate_to: b\n  run_once: true\n') + start('slon')),
      check,
    );
    expect(ended.statuses('start')).toEqual(expect.arrayContaining(['a=ok', 'b=would-change']));
  });

  test('is of its own thing', async () => {
    const ended = await running().run(play(stop('slon') + start('other')), check);
    expect(ended.statuses('start')).toEqual(['a=ok', 'b=ok']);
  });

  test('of a whole is one of its parts', async () => {
    const ended = await running().run(play(stop('slon') + start('slon.fdb')), check);
    expect(ended.statuses('start')).toEqual(changes);
  });

  test('of a part is none of the whole, nor of another part', async () => {
    for (const name of ['slon', 'slon.edb']) {
      const ended = await running().run(play(stop('slon.fdb') + start(name)), check);
      expect(ended.statuses('start')).toEqual(['a=ok', 'b=ok']);
    }
  });

  test('of a whole replaces those of its parts', async () => {
    const ended = await running().run(
      play(stop('slon.fdb') + start('slon.fdb') + stop('slon') + start('slon.fdb')),
      check,
    );
    expect(ended.statuses('start')).toEqual([...changes, ...changes]);
  });

  test('is kept from play to play', async () => {
    const ended = await running().run(`${play(stop('slon'))}\n${play(start('slon'))}`, check);
    expect(ended.statuses('start')).toEqual(changes);
  });

  test('is not made by a task that only checks while the run is real', async () => {
    const task = stop('slon', '  check_mode: true\n');
    const ended = await running().run(play(task + task + start('slon', '  check_mode: true\n')));
    expect(ended.statuses('stop')).toEqual([...changes, ...changes]);
    expect(ended.statuses('start')).toEqual(['a=ok', 'b=ok']);
  });

  test('is not kept when the run is over', async () => {
    const world = running();
    await world.run(play(stop('slon')), check);
    expect((await world.run(play(start('slon')), check)).statuses('start')).toEqual(['a=ok', 'b=ok']);
  });
});
