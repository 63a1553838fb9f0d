import { PassThrough } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createOperator } from '../../src/cli/operator.js';
import type { Stamped } from '../../src/core/event.js';
import { createReporter } from '../../src/report/index.js';
import { Terminal } from '../../src/report/terminal.js';
import { plain } from '../../src/report/theme.js';
import { finishes, recap, stamp, starts } from './recorded.js';

// listr2 asks the process whether it may draw.
const wasTty = process.stdout.isTTY;
beforeEach(() => {
  process.stdout.isTTY = true;
});
afterEach(() => {
  process.stdout.isTTY = wasTty;
});

/** A stream that passes for a terminal of 100 columns. */
function screen() {
  const stream = Object.assign(new PassThrough(), { columns: 100, rows: 40, isTTY: true });
  const chunks: string[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk.toString()));
  // A terminal has more methods than listr2 uses.
  return { stream: stream as unknown as NodeJS.WriteStream, chunks };
}

const [head, play, start, end, last] = stamp([
  { type: 'run.started', playbook: 'p', inventory: [], check: false, diff: false, hosts: ['spb'] },
  { type: 'play.started', play: 'p', name: 'Promote', hosts: ['spb'] },
  starts('Ask the operator', 'confirm', ['spb']),
  finishes('Ask the operator', 'spb', 'ok'),
  { type: 'run.finished', exitCode: 0, durationMs: 1, recap: { spb: recap({ ok: 1 }) } },
]);

async function follow(events: AsyncIterable<Stamped | undefined>, out: ReturnType<typeof screen>): Promise<Terminal> {
  const terminal = new Terminal(out.stream);
  const live = { stdout: out.stream, stderr: screen().stream };
  const reporter = await createReporter('tree', { terminal, theme: plain, verbose: false, live });
  void reporter.report(defined(events));
  return terminal;
}

async function* defined<T>(values: AsyncIterable<T | undefined>): AsyncGenerator<T> {
  for await (const value of values) if (value !== undefined) yield value;
}

async function* slowly() {
  yield head;
  yield play;
  yield start;
  await delay(250);
  yield end;
  yield last;
}

test('a running task lives on the screen with its hosts, and leaves one line behind', async () => {
  const out = screen();
  await follow(slowly(), out);
  await expect.poll(() => out.chunks.join('')).toContain('nothing changed');
  const drawn = out.chunks.join('');
  expect(drawn).toMatch(/Ask the operator\r?\n {4}spb {2}looking/);
  const after = drawn.slice(drawn.lastIndexOf('\u001b'));
  expect(after).toContain('  ✔ Ask the operator  spb\n');
});

test('nothing is drawn while the operator is asked', async () => {
  const out = screen();
  const input = new PassThrough();
  let finish: (() => void) | undefined;
  const finished = new Promise<void>((resolve) => (finish = resolve));
  async function* events() {
    yield head;
    yield play;
    yield start;
    await finished;
    yield end;
    yield last;
  }
  const terminal = await follow(events(), out);
  await expect.poll(() => out.chunks.join('')).toContain('looking');
  const operator = createOperator({
    hide: (words) => words.replaceAll('hidden-word', '********'),
    streams: { input, output: out.stream },
    terminal,
    theme: plain,
    by: 'eve@laptop',
    interrupt: () => undefined,
  });
  const question = { host: 'spb', title: 'Sure?', text: '', steps: [], expect: 'yes, promote' };
  const answer = operator.ask(question, new AbortController().signal);
  await expect.poll(() => out.chunks.join('')).toContain('  > ');
  const before = out.chunks.length;
  await delay(350);
  expect(out.chunks.slice(before)).toEqual([]);
  input.write('yes, promote\n');
  expect(await answer).toMatchObject({ kind: 'confirmed' });
  await expect.poll(() => out.chunks.slice(before).join('')).toContain('Ask the operator');
  finish?.();
  await expect.poll(() => out.chunks.join('')).toContain('nothing changed');
});
