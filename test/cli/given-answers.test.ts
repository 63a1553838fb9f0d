import { expect, test } from 'vitest';
import { withGivenAnswers } from '../../src/cli/given-answers.js';
import type { Answer, Operator, Question } from '../../src/core/operator.js';

const question = (expected: string): Question => ({
  host: 'spa',
  title: 'Is A switched off?',
  text: '',
  steps: [],
  expect: expected,
});

/** A person who declines everything, and what they were asked. */
function person() {
  const asked: string[] = [];
  const operator: Operator = {
    ask: ({ expect: expected }): Promise<Answer> => {
      asked.push(expected);
      return Promise.resolve({ kind: 'declined', by: 'eve@laptop' });
    },
    step: (task) => {
      asked.push(task);
      return Promise.resolve('skip');
    },
  };
  return { asked, operator };
}

function ask(expected: string, given: readonly string[], signal = new AbortController().signal) {
  const { asked, operator } = person();
  const answer = withGivenAnswers(operator, given, 'eve@laptop').ask(question(expected), signal);
  return answer.then(({ kind, ...more }) => ({ kind, ...more, asked }));
}

test('the exact text answers its question, nobody is asked, and it is recorded how', async () => {
  expect(await ask('spa is off', ['spb', 'spa is off'])).toEqual({
    kind: 'confirmed',
    typed: 'spa is off',
    by: 'eve@laptop, with --confirm',
    asked: [],
  });
});

test.each([
  ['nothing', []],
  ['another text', ['spb is off']],
  ['another case', ['Spa is off']],
  ['spaces around', [' spa is off', 'spa is off ']],
  ['a part', ['spa', 'is off']],
  ['a text with more', ['spa is off, I think']],
  ['a pattern', ['.*', '*']],
  ['yes', ['y', 'yes', 'true', '']],
] as const)('%s is no answer: the person is asked', async (_title, given) => {
  expect(await ask('spa is off', given)).toEqual({ kind: 'declined', by: 'eve@laptop', asked: ['spa is off'] });
});

test('an empty text answers nothing, not even where nothing is expected', async () => {
  expect(await ask('', [''])).toMatchObject({ kind: 'declined', asked: [''] });
});

test('a run that is told to stop takes no answer', async () => {
  expect(await ask('spa is off', ['spa is off'], AbortSignal.abort())).toMatchObject({ kind: 'declined' });
});

test('one text answers every question that expects it, and others go to the person', async () => {
  const { asked, operator } = person();
  const answering = withGivenAnswers(operator, ['spa', 'spb'], 'eve');
  const { signal } = new AbortController();
  const kinds: string[] = [];
  for (const expected of ['spa', 'taa', 'spb', 'spa'])
    kinds.push((await answering.ask(question(expected), signal)).kind);
  expect(kinds).toEqual(['confirmed', 'declined', 'confirmed', 'confirmed']);
  expect(asked).toEqual(['taa']);
});

test('`--step` still asks the person', async () => {
  const { asked, operator } = person();
  expect(await withGivenAnswers(operator, ['Stop it'], 'eve').step('Stop it')).toBe('skip');
  expect(asked).toEqual(['Stop it']);
});
