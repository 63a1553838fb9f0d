import { PassThrough } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createOperator } from '../../src/cli/operator.js';
import type { Answer, Question } from '../../src/core/operator.js';
import { Terminal } from '../../src/report/terminal.js';
import { plain } from '../../src/report/theme.js';

const question: Question = {
  host: 'spa',
  title: 'Is A switched off?',
  text: 'Look at the machine.\nIts power light must be dark.',
  steps: ['open vCenter', 'power off A'],
  link: 'https://vcenter.example/ui',
  expect: 'spa is off',
};

interface Asked {
  readonly answer: Answer;
  readonly screen: string;
  readonly interrupts: number;
}

/** Asks, and types each text once the screen has asked for it. */
async function asked(
  typed: readonly string[],
  options: {
    readonly before?: string;
    readonly signal?: AbortSignal;
    readonly expect?: string;
    readonly title?: string;
  } = {},
): Promise<Asked> {
  const input = new PassThrough();
  const output = new PassThrough();
  let screen = '';
  let interrupts = 0;
  output.on('data', (chunk: Buffer) => (screen += chunk.toString()));
  const terminal = new Terminal(output);
  const operator = createOperator({
    hide: (words) => words.replaceAll('hidden-word', '********'),
    streams: { input, output },
    terminal,
    theme: plain,
    by: 'eve@laptop',
    interrupt: () => (interrupts += 1),
  });
  if (options.before !== undefined) input.write(options.before);
  const answering = operator.ask(
    { ...question, expect: options.expect ?? question.expect, title: options.title ?? question.title },
    options.signal ?? new AbortController().signal,
  );
  for (const [at, text] of typed.entries()) {
    await expect.poll(() => screen.split('  > ').length - 1, { interval: 5 }).toBeGreaterThan(at);
    terminal.write(`told meanwhile ${at}\n`);
    if (text === 'END') input.end();
    else input.write(text);
    await delay(20);
  }
  return { answer: await answering, screen, interrupts };
}

test('the exact words confirm, and the screen says all that was asked', async () => {
  const { answer, screen } = await asked(['spa is off\n']);
  expect(answer).toEqual({ kind: 'confirmed', typed: 'spa is off', by: 'eve@laptop' });
  for (const words of [question.title, 'spa', 'Its power light', '1. open vCenter', '2. power off A', question.link]) {
    expect(screen).toContain(words);
  }
});

test('a secret in a question is hidden on the screen, and the answer is still the one that it was', async () => {
  const expected = 'spa has hidden-word';
  const { answer, screen } = await asked(['spa is on\n', `${expected}\n`], {
    expect: expected,
    title: 'is it hidden-word?',
  });
  expect(answer).toEqual({ kind: 'confirmed', typed: expected, by: 'eve@laptop' });
  expect(screen).toContain('is it ********?');
  expect(screen.match(/type `spa has \*{8}`/g)).toHaveLength(2);
  // What a person types is echoed.
  expect(screen.slice(0, screen.lastIndexOf('  > '))).not.toContain('hidden-word');
});

test('what is told during a question appears after it', async () => {
  const { screen } = await asked(['spa is off\n']);
  expect(screen.endsWith('told meanwhile 0\n')).toBe(true);
});

test.each([['\n'], ['y\n'], ['spa is off \n'], ['Spa is off\n']])(
  '%j is not an answer; three tries and it is declined',
  async (typed) => {
    const { answer, screen } = await asked([typed, typed, typed]);
    expect(answer).toEqual({ kind: 'declined', by: 'eve@laptop' });
    expect(screen.match(/that is not it/g)).toHaveLength(3);
  },
);

test('an empty line never passes, not even where nothing is expected', async () => {
  const { answer } = await asked(['\n', '\n', '\n'], { expect: '' });
  expect(answer.kind).toBe('declined');
});

test('a mistyping can be mended', async () => {
  const { answer } = await asked(['spa is of\n', 'spa is off\n']);
  expect(answer.kind).toBe('confirmed');
});

test('what was typed before the question was shown is no answer', async () => {
  const { answer } = await asked(['no\n', 'no\n', 'no\n'], { before: 'spa is off\n' });
  expect(answer.kind).toBe('declined');
});

test('Ctrl-C declines and interrupts the run', async () => {
  const { answer, interrupts } = await asked(['\u0003']);
  expect(answer.kind).toBe('declined');
  expect(interrupts).toBe(1);
});

test('the end of input declines', async () => {
  const { answer } = await asked(['END']);
  expect(answer.kind).toBe('declined');
});

test('a run that is told to stop does not wait for a person', async () => {
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 150);
  const { answer } = await asked([], { signal: controller.signal });
  expect(answer.kind).toBe('declined');
});

test('without a terminal there is nobody', async () => {
  const operator = createOperator({
    hide: (words) => words.replaceAll('hidden-word', '********'),
    streams: undefined,
    terminal: new Terminal(new PassThrough()),
    theme: plain,
    by: 'eve@laptop',
    interrupt: () => undefined,
  });
  expect(await operator.ask(question, new AbortController().signal)).toEqual({ kind: 'nobody' });
});
