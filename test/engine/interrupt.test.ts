// The first Ctrl-C, and doubt on another host: what runs is awaited, nothing new starts, and nothing untrue is told.
import { expect, test } from 'vitest';
import { exitCode } from '../../src/core/exit.js';
import { FakeWorld } from '../rigs/fake-world.js';
import { play } from '../rigs/play-text.js';

test('between two items of a loop, no further item starts', async () => {
  const world = new FakeWorld();
  world.onRequest = (request) => request.endsWith('go 2') && world.draining.abort();
  const ended = await world.run(play('- name: t\n  go: "{{item}}"\n  loop: ["1", "2", "3", "4"]'), { limit: 'a' });
  expect(ended.touched).toEqual(['a: go 1', 'a: go 2']);
  expect(ended.statuses('t')).toEqual(['a=failed']);
  expect(ended.events).toContainEqual(
    expect.objectContaining({ failure: expect.objectContaining({ message: 'stopped before item `3`' }) }),
  );
  expect(ended.exitCode).toBe(exitCode.interrupted);
});

test('between two tries, it is not told that the tries were used up', async () => {
  const world = new FakeWorld();
  world.onRequest = () => world.draining.abort();
  const ended = await world.run(
    play('- name: t\n  go: x\n  register: r\n  until: r.rc == 7\n  retries: 30\n  delay: 1'),
    { limit: 'a' },
  );
  expect(ended.touched).toEqual(['a: go x']);
  const failures = ended.events.flatMap((event) => (event.type === 'task.finished' ? [event.failure?.message] : []));
  expect(failures).toEqual(['stopped before it was tried again; the last try: `r.rc == 7` does not hold yet']);
  expect(ended.exitCode).toBe(exitCode.interrupted);
});

test('a host that had not begun is told as skipped, not as failed', async () => {
  const world = new FakeWorld();
  world.onRequest = () => world.draining.abort();
  const ended = await world.run(play('- name: t\n  go: x'), { forks: 1 });
  expect(ended.statuses('t')).toEqual(['a=changed', 'b=skipped']);
  expect(ended.recap['b']).toMatchObject({ failed: 0, skipped: 1 });
  expect(ended.exitCode).toBe(exitCode.interrupted);
});

test('after doubt on one host, the hosts that wait for their turn do not begin', async () => {
  const world = new FakeWorld();
  world.faults.set('a go x', { kind: 'in-doubt', moment: 'after' });
  const ended = await world.run(play('- name: t\n  go: x\n  throttle: 1'));
  expect(ended.touched).toEqual(['a: go x']);
  expect(ended.statuses('t')).toEqual(['a=in-doubt', 'b=skipped']);
  expect(ended.exitCode).toBe(exitCode.inDoubt);
});
