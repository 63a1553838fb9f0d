// What is told of a change that was made, when the look that should prove it does not come.
import { expect, test } from 'vitest';
import { exitCode } from '../../src/core/exit.js';
import { FakeWorld } from '../rigs/fake-world.js';
import { play } from '../rigs/play-text.js';

test.each(['unreachable', 'failed'] as const)(
  'a change that nobody could look at afterwards (%s) is not converged, and no tolerance for unreachable hosts hides it',
  async (kind) => {
    const world = new FakeWorld();
    world.onRequest = (request) => {
      if (request === 'a set f up') world.faults.set('a get f', { kind, moment: 'before', keep: true });
    };
    const ended = await world.run(play('- name: t\n  flag: { name: f, value: up }\n  ignore_unreachable: true'), {
      limit: 'a',
    });
    expect(ended.touched).toEqual(['a: set f up']);
    expect(ended.statuses('t')).toEqual(['a=not-converged']);
    expect(ended.exitCode).toBe(exitCode.failed);
    expect(JSON.stringify(ended.events)).toContain('the change was made, and could not be looked at afterwards');
  },
);
