import { describe, expect, it } from 'vitest';
import { confirm } from '../../src/modules/confirm.js';
import { accepts, planWhenFulfilled } from '../rigs/module-cases.js';
import { answeringHands } from '../rigs/modules-database.js';

const apply = async (args: object) => {
  const asking = answeringHands();
  const told = await confirm.bind(args).apply?.({ before: {}, after: {} }, asking);
  return { told, questions: asking.questions };
};

describe('confirm', () => {
  it('asks for the name of the host unless it is told what must be typed', async () => {
    expect(await apply({ title: 'Sure' })).toEqual({
      told: { answer: 'localhost' },
      questions: [{ title: 'Sure', text: '', steps: [], expect: 'localhost' }],
    });
  });

  it('shows text, steps, link and evidence', async () => {
    const args = {
      title: 'T',
      text: 'Why',
      steps: ['a', 'b'],
      link: 'https://x',
      answer: 'initialized',
      evidence: { lag: 2 },
    };
    expect((await apply(args)).questions).toEqual([
      { title: 'T', text: 'Why\n\n{\n  "lag": 2\n}', steps: ['a', 'b'], link: 'https://x', expect: 'initialized' },
    ]);
  });

  it('is nothing that a look can prove, nor a change of the host', () => {
    const { provable, leavesHostAlone, describe: said } = confirm.bind({ title: 'Initialize Slony' });
    expect({ provable, leavesHostAlone, said }).toEqual({
      provable: false,
      leavesHostAlone: true,
      said: 'would ask the operator: Initialize Slony',
    });
  });

  it('passes on that a person said no', async () => {
    const declining = { ...answeringHands(), ask: () => Promise.reject(new Error('declined')) };
    await expect(confirm.bind({ title: 'T' }).apply?.({ before: {}, after: {} }, declining)).rejects.toThrow(
      'declined',
    );
  });

  it('is content once it is fulfilled', async () => {
    expect(await planWhenFulfilled(confirm, { title: 'T' }, answeringHands())).toEqual({ kind: 'same' });
  });
});

describe('the schema of confirm', () => {
  it.each([
    ['', false],
    [' ', false],
    ['y', false],
    ['Y', false],
    ['yes', false],
    ['YES', false],
    ['ok', false],
    ['Okay', false],
    ['no', false],
    ['done', false],
    [' spa', false],
    ['spa', true],
    ['yes, drop it', true],
    ['initialized', true],
  ])('answer %j: %s', (answer, expected) => {
    expect(accepts(confirm, { title: 'T', answer })).toBe(expected);
  });
});
