// The items of a loop may be looked at before their turn; what was seen counts only while nothing was touched.
import { expect, test } from 'vitest';
import { FakeWorld } from '../rigs/fake-world.js';
import { play } from '../rigs/play-text.js';

const loop = (items: readonly string[], more = ''): string =>
  play(`- name: t\n  flag: { name: "{{item.n}}", value: "{{item.v}}" }\n  loop: [${items.join(', ')}]\n${more}`);
const item = (name: string, value: string): string => `{ n: ${name}, v: "${value}" }`;

/** What was asked of host `a`, in order. */
function listening(world: FakeWorld): readonly string[] {
  const asked: string[] = [];
  world.onRequest = (request) => request.startsWith('a ') && asked.push(request.slice(2));
  return asked;
}

test('items that are as wanted share their round trips, and each is looked at once', async () => {
  const world = new FakeWorld();
  const names = Array.from({ length: 40 }, (_, index) => `n${index}`);
  for (const name of names) world.flagsOf('a').set(name, 'x');
  const asked = listening(world);
  const ended = await world.run(loop(names.map((name) => item(name, 'x'))), { limit: 'a' });
  expect(ended.statuses('t')).toEqual(['a=ok']);
  expect(asked).toEqual(names.map((name) => `get ${name}`));
  expect(world.busiest).toBeGreaterThan(8);
  const told = ended.events.flatMap((event) => (event.type === 'task.finished' ? [event.item] : []));
  expect(told.slice(0, 40)).toEqual(names.map((name) => JSON.stringify({ n: name, v: 'x' })));
});

test('what an earlier item has changed is seen by the later ones', async () => {
  const world = new FakeWorld();
  world.flagsOf('a').set('x', '0');
  const items = [item('x', '1'), item('x', '1'), item('x', '2'), item('x', '1')];
  const ended = await world.run(loop(items), { limit: 'a' });
  expect(ended.touched).toEqual(['a: set x 1', 'a: set x 2', 'a: set x 1']);
});

test('with a pause between them, or tried until something holds, items are looked at when it is their turn', async () => {
  for (const more of ['  loop_control: { pause: 1 }', '  retries: 2\n  until: r.value == "x"\n  register: r']) {
    const world = new FakeWorld();
    for (const name of ['p', 'q', 'r']) world.flagsOf('a').set(name, 'x');
    await world.run(
      loop(
        ['p', 'q', 'r'].map((name) => item(name, 'x')),
        more,
      ),
      { limit: 'a' },
    );
    expect(world.busiest).toBe(1);
  }
});

test('an item whose condition does not hold is not looked at', async () => {
  const world = new FakeWorld();
  const asked = listening(world);
  await world.run(loop([item('p', ''), item('q', ''), item('r', '')], '  when: item.n != "q"'), { limit: 'a' });
  expect(asked).toEqual(['get p', 'get r']);
});
