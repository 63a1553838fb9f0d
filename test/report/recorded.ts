// Runs as the engine tells them, for the reporters to be driven with.
import { PassThrough } from 'node:stream';
import type { Event, HostRecap, Stamped } from '../../src/core/event.js';
import { createReporter } from '../../src/report/index.js';
import type { Output } from '../../src/report/index.js';
import { Terminal } from '../../src/report/terminal.js';
import { plain } from '../../src/report/theme.js';

/** Stamps events as the wire does, one second apart. */
export function stamp(events: readonly Event[]): readonly Stamped[] {
  return events.map((event, at) => ({
    ...event,
    v: 1,
    seq: at + 1,
    at: new Date(Date.UTC(2025, 0, 30, 3, 0, at)).toISOString(),
    run: '20250130T030000-test',
  }));
}

/** What a reporter writes of these events. */
export async function told(
  output: Output,
  events: readonly Event[],
  options: { readonly verbose?: boolean } = {},
): Promise<string> {
  const out = new PassThrough();
  const chunks: Buffer[] = [];
  out.on('data', (chunk: Buffer) => chunks.push(chunk));
  const terminal = new Terminal(out);
  const reporter = await createReporter(output, { terminal, theme: plain, verbose: options.verbose ?? false });
  await reporter.report(each(stamp(events)));
  return Buffer.concat(chunks).toString();
}

async function* each<T>(values: readonly T[]): AsyncGenerator<T> {
  for (const value of values) yield await Promise.resolve(value);
}

/** A recap of nothing, and what is said. */
export function recap(counts: Partial<HostRecap>): HostRecap {
  return { ok: 0, changed: 0, unreachable: 0, failed: 0, skipped: 0, rescued: 0, ignored: 0, unknown: 0, ...counts };
}

type Finish = Extract<Event, { type: 'task.finished' }>;
type More = Partial<Omit<Finish, 'type' | 'task' | 'name' | 'host' | 'status'>>;

/** A task that starts on hosts. */
export function starts(name: string, module: string, hosts: readonly string[], within: readonly string[] = []): Event {
  return { type: 'task.started', task: `p.yml:${name}`, name, module, hosts, within };
}

/** A task that finishes on a host. */
export function finishes(name: string, host: string, status: Finish['status'], more: More = {}): Event {
  return {
    type: 'task.finished',
    task: `p.yml:${name}`,
    name,
    module: 'service',
    host,
    status,
    durationMs: 5,
    ...more,
  };
}

const head = {
  type: 'run.started',
  playbook: 'promote-sp.yml',
  inventory: ['dc1.yml'],
  hosts: ['spa', 'spb'],
} as const;

/** A run that changes things and then fails on one host. */
export const failingRun: readonly Event[] = [
  { ...head, check: false, diff: false },
  { type: 'host.connected', host: 'spa' },
  { type: 'host.connected', host: 'spb' },
  { type: 'play.started', play: 'p.yml:1', name: 'Stop the old world', hosts: ['spa', 'spb'] },
  starts('Stop dtService', 'service', ['spa', 'spb']),
  finishes('Stop dtService', 'spa', 'changed'),
  finishes('Stop dtService', 'spb', 'ok', { message: 'stopped already' }),
  starts('Look at the version', 'command', ['spa', 'spb'], ['Look first']),
  { type: 'task.output', task: 'p.yml:Look at the version', host: 'spa', stream: 'stdout', line: '8.4.1' },
  finishes('Look at the version', 'spa', 'ok'),
  finishes('Look at the version', 'spb', 'ok'),
  starts('Old appliances only', 'debug', ['spa', 'spb']),
  finishes('Old appliances only', 'spa', 'skipped', { message: 'when: version < 9 is false' }),
  finishes('Old appliances only', 'spb', 'skipped', { message: 'when: version < 9 is false' }),
  starts('Remove from the list', 'properties', ['spa']),
  finishes('Remove from the list', 'spa', 'changed', { item: 'hosts' }),
  finishes('Remove from the list', 'spa', 'ok', { item: 'peers' }),
  finishes('Remove from the list', 'spa', 'changed'),
  starts('Promote', 'command', ['spa', 'spb']),
  {
    type: 'task.retrying',
    task: 'p.yml:Promote',
    host: 'spb',
    attempt: 1,
    left: 2,
    reason: 'until: rc == 0 is false',
  },
  finishes('Promote', 'spb', 'failed', {
    failure: {
      message: 'command exited with rc 1',
      hint: 'look into /var/log/slony.log on the host',
      details: {
        command: 'slonik /tmp/\u001b]0;evil\u0007x',
        rc: 1,
        stderr: 'cannot lock\nnode 2 is gone\n',
        stdout: '',
      },
      location: { file: 'playbooks/promote-sp.yml', line: 41, column: 9 },
    },
  }),
  finishes('Promote', 'spa', 'ok'),
  { type: 'play.finished', play: 'p.yml:1' },
  {
    type: 'run.finished',
    exitCode: 1,
    durationMs: 65_400,
    recap: { spa: recap({ ok: 2, changed: 2, skipped: 1 }), spb: recap({ ok: 2, failed: 1, skipped: 1 }) },
  },
];

/** A check with --diff: a file, rows, plain keys, and what no look can tell. */
export const checkedRun: readonly Event[] = [
  { ...head, check: true, diff: true },
  { type: 'run.warned', message: 'primary_state=dead was said with -e: `spa` is not asked' },
  { type: 'play.started', play: 'p.yml:1', name: 'Promote B', hosts: ['spb'] },
  starts('Forget the old primary', 'properties', ['spb']),
  finishes('Forget the old primary', 'spb', 'would-change', {
    diff: { before: { content: 'a=1\nhosts=10.0.0.1,10.0.0.2\n' }, after: { content: 'a=1\nhosts=10.0.0.2\n' } },
  }),
  starts('Mark as primary', 'sql', ['spb']),
  finishes('Mark as primary', 'spb', 'would-change', {
    diff: {
      before: {
        rows: [
          { id: 1, name: 'spa', primary: true },
          { id: 2, name: 'spb', primary: false },
          { id: 3, name: 'nd1', primary: false },
        ],
      },
      after: {
        rows: [
          { id: 1, name: 'spa', primary: false },
          { id: 2, name: 'spb', primary: true },
          { id: 3, name: 'nd1', primary: false },
        ],
      },
    },
  }),
  starts('Start dtService', 'service', ['spb'], ['handlers']),
  finishes('Start dtService', 'spb', 'would-change', {
    diff: { before: { state: 'stopped', enabled: null }, after: { state: 'started', enabled: true } },
  }),
  starts('Run slonik', 'command', ['spb']),
  finishes('Run slonik', 'spb', 'unknown', { message: 'a command cannot be predicted' }),
  { type: 'play.finished', play: 'p.yml:1' },
  { type: 'run.finished', exitCode: 0, durationMs: 1200, recap: { spb: recap({ changed: 3, unknown: 1 }) } },
];
