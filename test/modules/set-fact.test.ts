import { describe, expect, it } from 'vitest';
import type { Value } from '../../src/core/value.js';
import { setFact } from '../../src/modules/set-fact.js';
import { accepts, planFor } from '../rigs/module-cases.js';
import { answeringHands } from '../rigs/modules-database.js';

const hands = answeringHands();

describe('set_fact', () => {
  it('gives the host its variables and changes nothing else', async () => {
    const bound = setFact.bind({ master: 'spb', bits: 192 });
    const state = await bound.inspect(hands);
    expect(bound.facts(state)).toEqual({ master: 'spb', bits: 192 });
    expect(await planFor(setFact, { master: 'spb' }, hands)).toEqual({ kind: 'same' });
  });
});

describe('the schema of set_fact', () => {
  it.each<[Value, boolean]>([
    [{ a: null, b_2: [1] }, true],
    [{}, false],
    [{ cacheable: true, a: 1 }, false],
    [{ groups: {} }, false],
    [{ 'a-b': 1 }, false],
  ])('takes %j: %s', (args, expected) => {
    expect(accepts(setFact, args)).toBe(expected);
  });
});
