// Nothing that a host, a file or another operator says moves the terminal: each event with each sequence in each of its texts,
// through each reporter; questions, problems and complaints as well.
import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { createOperator } from '../../src/cli/operator.js';
import type { Diagnostic } from '../../src/core/diagnostic.js';
import type { Event } from '../../src/core/event.js';
import { HostsOfTask } from '../../src/report/hosts-of-task.js';
import { frameAll } from '../../src/report/frame.js';
import { problemsAsLines, problemsAsSarif } from '../../src/report/problem-data.js';
import { Terminal } from '../../src/report/terminal.js';
import { plain } from '../../src/report/theme.js';
import { recap, stamp, told } from '../report/recorded.js';
import { terminalPayloads, unsafeForTerminals } from '../rigs/payloads.js';

const task = { task: 'p.yml:1', host: 'spa' } as const;
const key = { step: '0.1', host: 'spa' } as const;
const state = { content: 'a\nb', rows: [{ x: 'y' }], other: { deep: ['z'] }, one: '1' };
const change = { before: { ...state, one: '2', content: 'c' }, after: { ...state, rows: [{ x: 'w' }], other: 'o' } };
const place = { file: 'p.yml', line: 1, column: 1, text: '- ping:', length: 3 };
const failure = {
  message: 'no',
  hint: 'h',
  details: { stdout: 'a\nb', stderr: ['c'], map: { k: 'v' }, n: 1 },
  location: place,
};

/** One of each type, so that a new type of event cannot be forgotten here. */
const everyEvent: { readonly [T in Event['type']]: Extract<Event, { type: T }> } = {
  'run.opened': {
    type: 'run.opened',
    format: 2,
    tool: 't',
    by: 'b',
    invocation: { words: ['w'], directory: 'd' } as never,
    inputs: { i: 'x' },
  },
  'run.resumed': { type: 'run.resumed', number: 2, by: 'b', done: 1 },
  'run.edited': { type: 'run.edited', by: 'b', changes: ['c'], inputs: { i: 'x' }, outline: [] as never },
  'run.drifted': { type: 'run.drifted', by: 'b', accepted: true, things: ['n on spa: is, was wanted'] },
  'run.unlocked': { type: 'run.unlocked', by: 'b', halfDone: ['h'] },
  'run.started': { type: 'run.started', playbook: 'p', inventory: ['i'], check: true, diff: true, hosts: ['spa'] },
  'play.started': { type: 'play.started', play: 'p', name: 'n', hosts: ['spa'] },
  'play.finished': { type: 'play.finished', play: 'p' },
  'host.connected': { type: 'host.connected', host: 'spa', reachable: 'ssh' },
  'host.held': { type: 'host.held', host: 'spa' },
  'host.released': { type: 'host.released', host: 'spa' },
  'run.closing': { type: 'run.closing' },
  'host.unreachable': { type: 'host.unreachable', host: 'spa', reason: 'r', hint: 'h' },
  'preflight.found': {
    type: 'preflight.found',
    code: 'c',
    severity: 'error',
    message: 'm',
    hint: 'h',
    place,
    labels: [{ message: 'l', place }],
  },
  'task.started': { type: 'task.started', task: 'p.yml:1', name: 'n', module: 'm', hosts: ['spa'], within: ['w'] },
  'task.planned': { type: 'task.planned', ...task, item: 'i', plan: { kind: 'refuse', message: 'm', hint: 'h' } },
  'task.applying': { type: 'task.applying', ...task, item: 'i', change },
  'task.committing': {
    type: 'task.committing',
    task: 'p.yml:1',
    attempt: 1,
    nth: 1,
    database: 'd',
    mark: { xid: 'x', pid: 1, server: 's' },
    ...key,
  },
  'task.decided': { type: 'task.decided', task: 'p.yml:1', attempt: 1, decision: 'done', by: 'b', typed: 't', ...key },
  'task.left-out': { type: 'task.left-out', task: 'p.yml:1', step: '0' },
  'run.passed': { type: 'run.passed', task: 'p.yml:1', step: '0' },
  'task.retrying': { type: 'task.retrying', ...task, attempt: 1, left: 1, reason: 'r' },
  'task.output': { type: 'task.output', ...task, stream: 'stdout', line: 'l' },
  'task.progress': { type: 'task.progress', ...task, bytes: 5 },
  'task.asked': { type: 'task.asked', ...task, title: 't', expect: 'e' },
  'task.answered': { type: 'task.answered', ...task, by: 'b', typed: 't' },
  'task.finished': {
    type: 'task.finished',
    ...task,
    name: 'n',
    module: 'm',
    status: 'failed',
    durationMs: 1,
    item: 'i',
    message: 'm',
    diff: change,
    failure,
    result: { stdout: 'o', k: ['v'] },
    facts: { f: 'g' },
  },
  'run.warned': { type: 'run.warned', message: 'm' },
  'run.finished': {
    type: 'run.finished',
    exitCode: 5,
    durationMs: 1,
    recap: { spa: recap({ failed: 1 }) },
    standing: { done: 1, doubt: ['n on spa'], at: 'n', resumable: true },
  },
};

/** Words of the program, by which reporters decide; hosts have no say in them. */
const own = new Set(['type', 'status', 'kind', 'severity', 'stream', 'decision', 'task', 'reachable']);

/** The data with a text behind each of its texts, in its keys too where these come from outside. */
function poisoned<T>(data: T, payload: string): T {
  const walk = (value: unknown, name: string): unknown => {
    if (typeof value === 'string') return own.has(name) ? value : `${value}${payload}`;
    if (Array.isArray(value)) return value.map((each) => walk(each, name));
    if (typeof value !== 'object' || value === null) return value;
    const outside = [
      'before',
      'after',
      'details',
      'map',
      'rows',
      'other',
      'recap',
      'result',
      'facts',
      'inputs',
    ].includes(name);
    return Object.fromEntries(
      Object.entries(value).map(([each, inner]) => [
        outside ? `${each}${payload}` : each,
        walk(inner, outside ? '' : each),
      ]),
    );
  };
  return walk(data, '') as T;
}

/** A run in which every type of event comes, as reporters want to see them. */
function poisonedRun(payload: string): readonly Event[] {
  const {
    'run.started': first,
    'play.started': play,
    'task.started': start,
    'run.finished': last,
    ...others
  } = everyEvent;
  const events = [first, play, start, ...Object.values(others), start, everyEvent['task.finished'], last];
  return events.map((event) => poisoned(event, payload));
}

/** Where a text holds what a terminal would obey. */
function hits(texts: readonly (readonly [payload: string, text: string])[]): readonly string[] {
  return texts.flatMap(([payload, text]) => (unsafeForTerminals.test(text) ? [JSON.stringify(payload)] : []));
}

test('there are more than 100 sequences', () => {
  expect(terminalPayloads.length).toBeGreaterThan(100);
});

test.each(['tree', 'lines', 'jsonl'] as const)('%s lets nothing through, in any text of any event', async (output) => {
  const texts: (readonly [string, string])[] = [];
  for (const payload of terminalPayloads)
    texts.push([payload, await told(output, poisonedRun(payload), { verbose: true })]);
  console.log(
    `terminal: ${output}: ${terminalPayloads.length} sequences in each text of ${Object.keys(everyEvent).length} events, ${hits(texts).length} hits`,
  );
  expect(hits(texts)).toEqual([]);
  expect(texts.every(([, text]) => text.length > 500)).toBe(true);
});

test('the row that is at work, with what a host says meanwhile', () => {
  const texts = terminalPayloads.map((payload) => {
    const row = new HostsOfTask(stamp([poisoned(everyEvent['task.started'], payload)])[0] as never);
    row.busy('spa', `doing ${payload} this`);
    return [payload, row.detail] as const;
  });
  expect(hits(texts)).toEqual([]);
  expect(texts.every(([, text]) => text.includes('this'))).toBe(true);
});

test('jsonl says the same data', async () => {
  const payload = terminalPayloads.filter((each) => !/\p{Cs}/u.test(each)).join(' ');
  const lines = (await told('jsonl', poisonedRun(payload))).trimEnd().split('\n');
  const read = lines.map((line) => JSON.parse(line) as Event);
  expect(read[0]).toMatchObject({ type: 'run.started', playbook: `p${payload}` });
  expect(read).toHaveLength(poisonedRun('').length);
});

describe('a problem', () => {
  const problemsWith = (payload: string): readonly Diagnostic[] => {
    const source = { path: `p${payload}.yml`, text: `- name: a${payload}b\n  b: c${payload}` };
    const span = { source, start: 0, end: 9 };
    return [
      {
        code: 'yaml/syntax',
        severity: 'error',
        message: `m${payload}`,
        span,
        hint: `h${payload}\nsecond${payload}`,
        labels: [{ span, message: `l${payload}` }],
      },
    ];
  };
  test.each([
    ['in its frame', (problems: readonly Diagnostic[]) => frameAll(problems, { theme: plain, columns: 100 })],
    ['as a line of JSON', problemsAsLines],
    ['as SARIF', (problems: readonly Diagnostic[]) => problemsAsSarif(problems, { version: '1', codes: new Map() })],
  ])('%s', (place_, tell) => {
    const texts = terminalPayloads.map((payload) => [payload, tell(problemsWith(payload))] as const);
    console.log(`terminal: a problem ${place_}: ${terminalPayloads.length} sequences, ${hits(texts).length} hits`);
    expect(hits(texts)).toEqual([]);
  });
});

test('a question', async () => {
  // A carriage return is drawn as a new line by the reader of lines, before anything is typed.
  const payloads = terminalPayloads.filter((each) => !each.includes('\r'));
  const texts = await Promise.all(payloads.map(async (payload) => [payload, await asked(payload)] as const));
  console.log(`terminal: a question: ${texts.length} sequences, ${hits(texts).length} hits`);
  expect(hits(texts)).toEqual([]);
  expect(texts.every(([, text]) => text.includes('decide later'))).toBe(true);
});

/** What a question with this in all its texts writes until it is given up. */
async function asked(payload: string): Promise<string> {
  const [input, output] = [new PassThrough(), new PassThrough()];
  const chunks: Buffer[] = [];
  output.on('data', (chunk: Buffer) => chunks.push(chunk));
  const terminal = new Terminal(output);
  const operator = createOperator({
    streams: { input, output },
    terminal,
    theme: plain,
    by: 'me',
    interrupt,
    hide: (words) => words,
  });
  const question = {
    title: 't',
    host: 'spa',
    text: 'a\nb',
    steps: ['s'],
    link: 'http://x',
    expect: 'e',
    otherwise: ['o'],
  };
  await operator.ask(poisoned(question, payload), AbortSignal.timeout(500));
  // What the reader of lines itself draws its prompt with.
  return Buffer.concat(chunks)
    .toString()
    .replaceAll(/\u001b\[\d*[GJ]/g, '');
}

function interrupt(): void {
  throw new Error('nobody pressed Ctrl-C');
}
