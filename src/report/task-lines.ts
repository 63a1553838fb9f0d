// The lines that a task leaves in the tree. Hosts with the same outcome share a line, and a task that nothing came of
// takes one line in all.
import type { Status } from '../core/event.js';
import type { HostsOfTask } from './hosts-of-task.js';
import { outcomeOf, titleOf } from './outcome.js';
import type { Finished, Voice } from './outcome.js';
import { bySeverity, lookOf, worst } from './status.js';
import { safeLine } from './text.js';

/** Outcomes of several hosts that read the same. */
interface Group {
  readonly status: Status;
  readonly hosts: string[];
  readonly text: string;
  readonly block: readonly string[];
}

/** What went wrong so far, below the title of the task; nothing when there is no news. */
export function badLines(task: HostsOfTask, voice: Voice): readonly string[] {
  const groups = groupsOf(task.take(true), voice);
  return groups.length === 0 ? [] : [...title(task, voice), ...groupLines(groups, voice)];
}

/** All that was not said yet of a task that is over. */
export function taskLines(task: HostsOfTask, voice: Voice): readonly string[] {
  const groups = groupsOf(task.take(false), voice);
  if (task.titleShown || !fitsOneLine(groups)) return [...title(task, voice), ...groupLines(groups, voice)];
  const { symbol, paint } = lookOf(worst(groups.map((group) => group.status)));
  const name = titleOf(task.started);
  const { theme } = voice;
  const said = groups.map((group) => paintOf(group, voice)(inShort(group, groups.length === 1))).join(theme.dim('; '));
  if (groups.every(({ status }) => status === 'skipped')) return [`  ${theme.dim(`${symbol} ${name}`)}  ${said}`];
  return [`  ${theme[paint](symbol)} ${name}  ${said}`];
}

function paintOf({ status }: Group, { theme }: Voice): (text: string) => string {
  return status === 'ok' || status === 'skipped' ? theme.dim : theme[lookOf(status).paint];
}

/** One outcome for all, or several that need no words but for the reason of a skip: no host needs a line of its own. */
function fitsOneLine(groups: readonly Group[]): boolean {
  if (groups.some(({ status, block }) => block.length > 0 || lookOf(status).bad)) return false;
  if (groups.length === 1) return true;
  return groups.every(({ status, text }) => status === 'skipped' || text === '');
}

function inShort({ status, hosts, text }: Group, alone: boolean): string {
  return `${wordFor(status)}${hostList(hosts)}${text === '' || !alone ? '' : `  ${text}`}`;
}

function wordFor(status: Status): string {
  if (status === 'ok') return '';
  if (status === 'skipped') return 'skipped: ';
  return status === 'failed' ? 'failed: ' : `${lookOf(status).word}: `;
}

function title(task: HostsOfTask, { theme }: Voice): readonly string[] {
  if (task.titleShown) return [];
  task.titleShown = true;
  const { symbol, paint } = lookOf(worst(task.statuses));
  return [`  ${theme[paint](symbol)} ${titleOf(task.started)}`];
}

function groupsOf(events: readonly Finished[], voice: Voice): readonly Group[] {
  const groups = new Map<string, Group>();
  for (const event of events) {
    const { text, block } = outcomeOf(event, voice);
    const key = JSON.stringify([event.status, text, block]);
    const known = groups.get(key);
    if (known === undefined) groups.set(key, { status: event.status, hosts: [event.host], text, block });
    else known.hosts.push(event.host);
  }
  return [...groups.values()].toSorted((left, right) => bySeverity(right.status, left.status));
}

function groupLines(groups: readonly Group[], voice: Voice): readonly string[] {
  return groups.flatMap((group) => {
    const { symbol, paint } = lookOf(group.status);
    return [
      `      ${voice.theme[paint](symbol)} ${paintOf(group, voice)(inShort(group, true))}`,
      ...group.block.map((line) => `        ${line}`.trimEnd()),
    ];
  });
}

/** Hosts by name, of many only the first. */
export function hostList(hosts: readonly string[]): string {
  const named = hosts.slice(0, 5).map(safeLine).join(', ');
  return hosts.length > 5 ? `${named} and ${hosts.length - 5} more` : named;
}
