// A fact with a secret's name is a secret from the moment it is set.
import { expect, test } from 'vitest';
import { FakeWorld } from '../rigs/fake-world.js';
import { play } from '../rigs/play-text.js';

test('what set_fact keeps under a secret name is known to the redactor', async () => {
  const world = new FakeWorld();
  await world.run(play('- set_fact: { new_password: "made-{{inventory_hostname}}", shown: plain-text }'));
  expect(world.redactor.text('made-a made-b plain-text')).toBe('******** ******** plain-text');
});
