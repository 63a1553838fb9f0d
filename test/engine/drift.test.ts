// A run that is taken up again looks whether what it did last still is so, where nothing of its own can have changed it.
import { describe, expect, test } from 'vitest';
import type { Event } from '../../src/core/event.js';
import { exitCode } from '../../src/core/exit.js';
import { FakeWorld } from '../rigs/fake-world.js';
import type { Ended } from '../rigs/fake-world.js';

const play = (tasks: string): string => `- name: play\n  hosts: all\n  tasks:\n${tasks}`;
const set = (name: string, more = ''): string =>
  `    - name: set ${name}\n      flag: { name: ${name}, value: wanted }\n${more}`;
const go = '    - go: on\n';

/** A world in which the run has ended because nobody could look at `last`. */
async function failed(playbook: string): Promise<{ readonly world: FakeWorld; readonly past: readonly Event[] }> {
  const world = new FakeWorld();
  for (const host of ['a', 'b']) world.faults.set(`${host} get last`, { kind: 'failed', moment: 'before' });
  const { exitCode: code, events } = await world.run(playbook, { life: 1 });
  expect(code).toBe(exitCode.failed);
  return { world, past: events };
}

function told({ events }: Ended): readonly string[] {
  return events.flatMap((event) => (event.type === 'run.drifted' ? event.things : []));
}

describe('what was done last and is not so any more', () => {
  const playbook = play(set('first') + set('second') + set('last'));

  test('ends the run before anything new begins, and can be let be', async () => {
    const { world, past } = await failed(playbook);
    world.flagsOf('b').set('second', 'other');
    const refused = await world.run(playbook, { life: 2, past, drift: 'refused' });
    expect([refused.exitCode, refused.touched]).toEqual([exitCode.stale, []]);
    expect(told(refused)).toEqual(['set second on b: value is "other", wanted "wanted"']);
    expect(refused.events.at(-1)).toMatchObject({ standing: { resumable: true } });
    const both = [...past, ...refused.events];
    const accepted = await world.run(playbook, { life: 3, past: both, drift: 'accepted' });
    expect([accepted.exitCode, accepted.touched]).toEqual([
      exitCode.done,
      ['a: set last wanted', 'b: set last wanted'],
    ]);
    expect(world.flagsOf('b').get('second')).toBe('other');
  });

  test('is accepted once, and what comes after is looked at anew', async () => {
    const { world, past } = await failed(playbook);
    world.flagsOf('b').set('second', 'other');
    for (const host of ['a', 'b']) world.faults.set(`${host} get last`, { kind: 'failed', moment: 'before' });
    const accepted = await world.run(playbook, { life: 2, past, drift: 'accepted' });
    expect(accepted.exitCode).toBe(exitCode.failed);
    const last = await world.run(playbook, { life: 3, past: [...past, ...accepted.events], drift: 'refused' });
    expect([last.exitCode, told(last)]).toEqual([exitCode.done, []]);
  });

  test('is told where nothing is left to do, too', async () => {
    const world = new FakeWorld();
    const { events } = await world.run(play(set('only')), { life: 1 });
    world.flagsOf('a').set('only', 'other');
    const cut = events.filter(({ type }) => !['run.finished', 'run.closing', 'host.released'].includes(type));
    const ended = await world.run(play(set('only')), { life: 2, past: cut, drift: 'refused' });
    expect([ended.exitCode, told(ended)]).toEqual([
      exitCode.stale,
      ['set only on a: value is "other", wanted "wanted"'],
    ]);
  });

  test('is looked at for each item of a loop, and not shown of a task that says `no_log`', async () => {
    const looped = play(
      `    - name: set many\n      flag: { name: "{{item}}", value: wanted }\n      loop: [one, two]\n      no_log: true\n${set('last')}`,
    );
    const { world, past } = await failed(looped);
    world.flagsOf('a').set('two', 'other');
    const refused = await world.run(looped, { life: 2, past, drift: 'refused' });
    expect([refused.exitCode, told(refused)]).toEqual([exitCode.stale, ['set many on a: hidden by `no_log`']]);
  });

  test('is what was found well behind the last touch, too', async () => {
    const world = new FakeWorld();
    for (const host of ['a', 'b']) {
      world.flagsOf(host).set('second', 'wanted');
      world.faults.set(`${host} get last`, { kind: 'failed', moment: 'before' });
    }
    const { events } = await world.run(playbook, { life: 1 });
    for (const name of ['first', 'second']) world.flagsOf('a').set(name, 'other');
    const refused = await world.run(playbook, { life: 2, past: events, drift: 'refused' });
    expect(told(refused)).toEqual([
      'set first on a: value is "other", wanted "wanted"',
      'set second on a: value is "other", wanted "wanted"',
    ]);
  });
});

describe('no alarm is given', () => {
  test.each([
    ['of what a later task may have changed', play(set('mine') + go + set('last'))],
    [
      'of what a later task may have changed from another host',
      play(`${set('mine')}${go}      when: inventory_hostname == 'a'\n${set('last')}`),
    ],
    ['of what a person may have changed', play(`${set('mine')}    - confirm: { title: x, answer: x }\n${set('last')}`)],
    ['of a task that says itself what a failure is', play(set('mine', '      failed_when: false\n') + set('last'))],
    ['of a task that was left out', play(set('mine', '      when: false\n') + set('last'))],
  ])('%s', async (_what, playbook) => {
    const { world, past } = await failed(playbook);
    for (const host of ['a', 'b']) world.flagsOf(host).set('mine', 'other');
    const ended = await world.run(playbook, { life: 2, past, drift: 'refused' });
    expect([ended.exitCode, told(ended)]).toEqual([exitCode.done, []]);
  });

  test('where nobody can look', async () => {
    const playbook = play(set('mine') + set('last'));
    const { world, past } = await failed(playbook);
    world.flagsOf('a').set('mine', 'other');
    for (const host of ['a', 'b'])
      world.faults.set(`${host} get mine`, { kind: 'failed', moment: 'before', keep: true });
    const ended = await world.run(playbook, { life: 2, past, drift: 'refused' });
    expect([ended.exitCode, told(ended)]).toEqual([exitCode.done, []]);
  });
});
