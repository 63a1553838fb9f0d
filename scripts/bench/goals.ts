// What is to be reached, held against what was measured. A reason is written by hand, for a goal that is not met.
import type { PeerId } from './peers.js';
import type { Figures, Results } from './results.js';
import { median, ratio, rounded } from './statistics.js';

/** One number of a goal, and the bound that it must keep. */
export interface Check {
  readonly what: string;
  /** NaN when it was not measured. */
  readonly value: number;
  readonly unit: 'x' | 's' | 'MB';
  readonly atMost?: number;
  readonly atLeast?: number;
}

/** A row of the table of goals. */
export interface Goal {
  readonly title: string;
  readonly checks: (results: Results) => readonly Check[];
  /** Why it is not met, and what was tried; or what the number cannot say. */
  readonly reason?: string;
}

function figures(results: Results, row: string, peer: PeerId): Figures | undefined {
  return results.rows.find(({ id }) => id === row)?.figures[peer];
}

/** How many times slower than another peer playbook may be. */
function behind(results: Results, row: string, peer: PeerId, atMost: number, what: string): Check {
  const value = ratio(figures(results, row, 'playbook')?.seconds, figures(results, row, peer)?.seconds);
  return { what, value, unit: 'x', atMost };
}

/** How many times faster than another peer playbook must be. */
function ahead(results: Results, row: string, peer: PeerId, atLeast: number, what: string): Check {
  const value = ratio(figures(results, row, peer)?.seconds, figures(results, row, 'playbook')?.seconds);
  return { what, value, unit: 'x', atLeast };
}

function memory(results: Results, row: string, atMost: number): Check {
  const value = figures(results, row, 'playbook')?.largestMb ?? Number.NaN;
  return { what: 'memory', value, unit: 'MB', atMost };
}

function time(results: Results, row: string, atMost: number, what: string): Check {
  return { what, value: median(figures(results, row, 'playbook')?.seconds ?? []), unit: 's', atMost };
}

function far(results: Results): Check {
  const row = results.rows.find(({ id }) => id === '1x200-10ms-converged');
  const connect = median(row?.figures['connect']?.seconds ?? []);
  const wire = (200 * (row?.roundTripMs ?? Number.NaN)) / 1000 + connect;
  const value = median(row?.figures['playbook']?.seconds ?? []) / wire;
  return { what: 'of tasks x round trip + connect', value, unit: 'x', atMost: 1.15 };
}

function nearTheScript(results: Results, script: PeerId, what: string): Check {
  const of = (peer: PeerId): number => median(figures(results, 'promote-sp', peer)?.seconds ?? []);
  return { what, value: of('playbook') - of(script), unit: 's', atMost: 1 };
}

/** All of them. */
export const goals: readonly Goal[] = [
  {
    title: '50 hosts x 20 tasks, all as wanted',
    checks: (results) => [
      behind(results, '50x20-converged', 'floor', 1.25, 'of the one-script floor'),
      ahead(results, '50x20-converged', 'ansible', 50, 'faster than Ansible’s best'),
      ahead(results, '50x20-converged', 'mitogen', 20, 'faster than Mitogen'),
      ahead(results, '50x20-converged', 'controlMaster', 3, 'faster than ssh ControlMaster'),
    ],
    reason:
      'Two thirds of it are the processor time of one thread: SSH in JavaScript for 50 connections, and 1,000 looks that are judged, ' +
      'recorded and told, where the floor sends 50 scripts and judges nothing. Journal and preflight are less than 5 %. Done: one connection ' +
      'and one shell a host, a round trip a task, scopes and events that cost nothing a host and task. Not tried: SSH in worker threads.',
  },
  {
    title: '1 host x 200 tasks, all as wanted',
    checks: (results) => [
      behind(results, '1x200-converged', 'floor', 2, 'of the one-script floor'),
      ahead(results, '1x200-converged', 'ansible', 40, 'faster than Ansible’s best'),
    ],
    reason:
      'The floor is 200 guards in one shell, 0.15 s in all; the start of Node and of playbook alone is longer. 200 tasks are 200 round trips, because a ' +
      'later look may rest on what an earlier task did; a look ahead across tasks was left out, since the order of looks is a promise.',
  },
  {
    title: '200 hosts x 5 tasks, all as wanted',
    checks: (results) => [
      behind(results, '200x5-converged', 'floor', 1.1, 'of the one-script floor'),
      memory(results, '200x5-converged', 150),
    ],
    reason:
      'As with 50 hosts: key exchanges and what is judged of 200 hosts are the work of one thread, 5 s of processor time, where OpenSSH uses all cores. ' +
      'OpenSSH’s client took 1.1 GB for it.',
  },
  {
    title: '1 host x 200 tasks, 10 ms away, all as wanted',
    checks: (results) => [far(results)],
    reason:
      'A task costs its round trip and about 5 ms of both ends: a subshell and a fork on the host, and here what records and tells it.',
  },
  {
    title: 'journal, claim, checks, events and redaction',
    checks: (results) => [
      behind(
        results,
        '50x20-changed',
        'stateInMemory',
        1.15,
        'of a run with its journal in memory (50 x 20, all to do)',
      ),
      behind(results, '50x20-changed', 'noPreflight', 1.15, 'of a run without preflight (50 x 20, all to do)'),
    ],
    reason: 'No other part can be switched off, which is as it should be: these two are what can be told from outside.',
  },
  {
    title: 'start-up',
    checks: (results) => [
      behind(results, 'version', 'node', 2, 'of bare Node: `--version`'),
      behind(results, 'validate-50', 'node', 4, 'of bare Node: `validate` of 50 tasks'),
      ahead(results, 'validate-50', 'ansible', 3, 'faster than `ansible-playbook --syntax-check`'),
    ],
    reason:
      'Node reads and compiles what it runs at each start. Done: one bundle, validators as code that is built ahead, what is not needed not loaded. ' +
      'Node’s compile cache would help and is left out: Node 20 has none, and its default place is a directory that anybody may write.',
  },
  {
    title: '10,000 hosts, 10,000 lines',
    checks: (results) => [
      time(results, 'validate-lines', 3, 'a playbook of 10,000 lines'),
      memory(results, 'validate-lines', 400),
      time(results, 'validate-hosts', 3, '50 tasks for 10,000 hosts'),
      memory(results, 'validate-hosts', 400),
    ],
  },
  {
    title: 'a file of 50 MB to one host',
    checks: (results) => [
      behind(results, 'file-large-changed', 'sftp', 1, 'of OpenSSH’s sftp'),
      ahead(results, 'file-large-changed', 'ansible', 10, 'faster than Ansible’s copy'),
    ],
    reason:
      'sftp neither knows nor proves what it wrote: playbook takes the digest here, of what is there before, and of what arrived, and has it on the disk before the ' +
      'rename; and its cipher and framing are one thread of JavaScript, where sftp takes a process of its own at each end.',
  },
  {
    title: '200 small files to one host',
    checks: (results) => [
      behind(results, 'file-small-changed', 'sftp', 1, 'of OpenSSH’s sftp'),
      ahead(results, 'file-small-changed', 'ansible', 10, 'faster than Ansible’s copy'),
    ],
    reason:
      'Each file is written so that a crash leaves the old or the new one: a private directory, digests before and after, owner, mode and access list compared, ' +
      'two fsyncs, and a journal record before and after. sftp does none of it. Each file is one program more on the host for each of these steps.',
  },
  {
    title: 'promote-sp with a dead primary',
    checks: (results) => [
      nearTheScript(results, 'script', 'more than the script'),
      nearTheScript(
        results,
        'carefulScript',
        'more than the script that looks at the primary and waits for slon as it does',
      ),
    ],
    reason:
      'Looks that the script does without are 15 s of it: three times 3 s in which a host without power does not answer, ' +
      'and twice 3 s after which slon must still be as it was left. They are what the runbook is for, so they stay.',
  },
];

/** Whether a number keeps its bound; undefined when it was not measured. */
export function isMet({ value, atMost, atLeast }: Check): boolean | undefined {
  if (Number.isNaN(value)) return undefined;
  return value <= (atMost ?? Infinity) && value >= (atLeast ?? -Infinity);
}

/** A check as the page tells it. */
export function toldCheck(check: Check): string {
  const unit = check.unit === 'x' ? ' x' : ` ${check.unit}`;
  const bound = check.atMost === undefined ? `at least ${check.atLeast}` : `at most ${check.atMost}`;
  const met = isMet(check);
  const verdict = met === undefined ? 'not measured' : met ? 'met' : '**not met**';
  const value = met === undefined ? '' : `${rounded(check.value)}${unit} `;
  return `${verdict}: ${value}${check.what} (${bound}${unit})`;
}
