// The person at the terminal. A question shows what it is about, and only the exact words pass: no default, no bare
// return, no "y" typed in advance for another question.
import { setTimeout as delay } from 'node:timers/promises';
import type { Answer, Operator, Question } from '../core/operator.js';
import type { Terminal } from '../report/terminal.js';
import { safeLine, safeLines, wrap } from '../report/text.js';
import type { Theme } from '../report/theme.js';
import { readLine } from './read-line.js';
import type { LineRead } from './read-line.js';

const tries = 3;
const typedAheadMs = 50;

/** What an operator needs: where to ask, and what Ctrl-C means. */
export interface OperatorOptions {
  /** Nothing when there is no terminal to ask on. */
  readonly streams: { readonly input: NodeJS.ReadableStream; readonly output: NodeJS.WritableStream } | undefined;
  readonly terminal: Terminal;
  readonly theme: Theme;
  readonly by: string;
  /** The words as they may be shown. */
  readonly hide: (words: string) => string;
  /** Called on Ctrl-C, which the terminal hands to the question while one is asked. */
  interrupt(): void;
}

/** Makes the operator of this process. */
export function createOperator(options: OperatorOptions): Operator {
  const { streams, terminal } = options;
  if (streams === undefined) {
    return { ask: () => Promise.resolve({ kind: 'nobody' }), step: () => Promise.resolve('continue') };
  }
  const read = async (prompt: string, signal?: AbortSignal): Promise<LineRead> => {
    const answer = await readLine({ ...streams, prompt, ...(signal === undefined ? {} : { signal }) });
    if (answer.kind === 'interrupted') options.interrupt();
    return answer;
  };
  return {
    ask: (question, signal) =>
      terminal.question(async () => {
        await discardTypedAhead(streams.input);
        const lines = questionLines(hidden(question, options), options.theme, widthOf(streams.output));
        streams.output.write(`${lines.join('\n')}\n`);
        return answerOf(question, options, (prompt) => read(prompt, signal));
      }),
    step: (task) => terminal.question(() => stepAnswer(options.hide(task), options.theme, read)),
  };
}

/** The question as it may be shown; the answer is still the one that it was. */
function hidden(question: Question, { hide }: OperatorOptions): Question {
  const { title, text, steps, link, expect, otherwise } = question;
  return {
    ...question,
    title: hide(title),
    text: hide(text),
    steps: steps.map(hide),
    expect: hide(expect),
    ...(link === undefined ? {} : { link: hide(link) }),
    ...(otherwise === undefined ? {} : { otherwise: otherwise.map(hide) }),
  };
}

async function answerOf(
  question: Question,
  { streams, theme, by, hide }: OperatorOptions,
  read: (prompt: string) => Promise<LineRead>,
): Promise<Answer> {
  for (let left = tries - 1; left >= 0; left -= 1) {
    const answer = await read(`  ${theme.bold('>')} `);
    if (answer.kind !== 'line') return { kind: 'declined', by };
    if (answer.line !== '' && answersOf(question).includes(answer.line))
      return { kind: 'confirmed', typed: answer.line, by };
    const more = left > 0 ? `type ${hide(wordsOf(question))} exactly, or press Ctrl-C to decline` : 'declined';
    streams?.output.write(`    ${theme.yellow(`that is not it; ${more}`)}\n`);
  }
  return { kind: 'declined', by };
}

function answersOf({ expect, otherwise = [] }: Question): readonly string[] {
  return [expect, ...otherwise];
}

function wordsOf(question: Question): string {
  return answersOf(question)
    .map((each) => `\`${safeLine(each)}\``)
    .join(' or ');
}

function forget(): void {
  // Being a listener is all that it does: it makes the keys flow away.
}

/** Keys pressed before the question was seen are no answer to it. */
async function discardTypedAhead(input: NodeJS.ReadableStream): Promise<void> {
  input.on('data', forget);
  await delay(typedAheadMs);
  input.off('data', forget);
  input.pause();
}

function widthOf(output: NodeJS.WritableStream): number {
  return 'columns' in output && typeof output.columns === 'number' ? Math.min(output.columns, 100) : 100;
}

function questionLines(question: Question, theme: Theme, width: number): readonly string[] {
  const { title, host, text, steps, link, otherwise = [] } = question;
  const digits = String(steps.length).length;
  return [
    '',
    `  ${theme.cyan('?')} ${theme.bold(safeLine(title))}  ${theme.dim(safeLine(host))}`,
    ...(text === ''
      ? []
      : safeLines(text).flatMap((line) => (line === '' ? [''] : indented('    ', wrap(line, width - 4))))),
    ...steps.flatMap((step, at) => numbered(`    ${String(at + 1).padStart(digits)}. `, step, width)),
    ...(link === undefined ? [] : [`    ${theme.cyan(theme.underline(safeLine(link)))}`]),
    otherwise.length > 0
      ? `    type ${theme.bold(wordsOf(question))}, or press Ctrl-C to decide later`
      : `    type ${theme.bold(wordsOf(question))} to confirm, or press Ctrl-C to decline`,
  ];
}

function numbered(number: string, step: string, width: number): readonly string[] {
  const [first = '', ...rest] = safeLines(step).flatMap((line) => wrap(line, width - number.length));
  return [`${number}${first}`, ...indented(' '.repeat(number.length), rest)];
}

function indented(by: string, lines: readonly string[]): readonly string[] {
  return lines.map((line) => `${by}${line}`);
}

async function stepAnswer(
  task: string,
  theme: Theme,
  read: (prompt: string) => Promise<LineRead>,
): Promise<'run' | 'skip' | 'continue'> {
  for (;;) {
    const answer = await read(
      `  ${theme.cyan('?')} run ${theme.bold(safeLine(task))}: [y]es, [n]o, [c]ontinue without asking: `,
    );
    if (answer.kind !== 'line') return 'skip';
    const typed = answer.line.trim().toLowerCase();
    if (['y', 'yes'].includes(typed)) return 'run';
    if (['n', 'no'].includes(typed)) return 'skip';
    if (['c', 'continue'].includes(typed)) return 'continue';
  }
}
