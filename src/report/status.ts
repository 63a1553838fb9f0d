// The words, symbols and colours of an outcome, said once for all reporters. Quiet things are dim,
// what changed stands out, what went wrong cannot be missed.
import type { Status } from '../core/event.js';
import type { Theme } from './theme.js';

/** How one status looks. */
export interface StatusLook {
  /** In plain lines, in Ansible's word where it has one. */
  readonly word: string;
  readonly symbol: string;
  readonly paint: keyof Pick<Theme, 'green' | 'yellow' | 'cyan' | 'red' | 'dim' | 'magenta'>;
  /** True when the outcome needs a person's eye, so that it is shown framed at once. */
  readonly bad: boolean;
}

const looks: Readonly<Record<Status, StatusLook>> = {
  ok: { word: 'ok', symbol: '✔', paint: 'green', bad: false },
  changed: { word: 'changed', symbol: '●', paint: 'yellow', bad: false },
  'would-change': { word: 'would change', symbol: '◌', paint: 'yellow', bad: false },
  unknown: { word: 'unknown', symbol: '?', paint: 'magenta', bad: false },
  skipped: { word: 'skipping', symbol: '↷', paint: 'cyan', bad: false },
  failed: { word: 'fatal', symbol: '✖', paint: 'red', bad: true },
  'not-converged': { word: 'not converged', symbol: '✖', paint: 'red', bad: true },
  unreachable: { word: 'unreachable', symbol: '✖', paint: 'red', bad: true },
  'in-doubt': { word: 'in doubt', symbol: '‼', paint: 'red', bad: true },
  rescued: { word: 'failed, rescued', symbol: '↺', paint: 'yellow', bad: true },
  ignored: { word: 'failed, ignored', symbol: '✖', paint: 'yellow', bad: true },
};

// From the least to the most that a person must know: the row of a task shows the worst of its hosts.
const severities: readonly Status[] = [
  'skipped',
  'ok',
  'unknown',
  'would-change',
  'changed',
  'rescued',
  'ignored',
  'failed',
  'not-converged',
  'unreachable',
  'in-doubt',
];

/** How a status looks. */
export function lookOf(status: Status): StatusLook {
  return looks[status];
}

/** Compares two statuses: the one that a person must know more of is greater. */
export function bySeverity(left: Status, right: Status): number {
  return severities.indexOf(left) - severities.indexOf(right);
}

/** The status that a person must know most of. */
export function worst(all: Iterable<Status>): Status {
  return [...all].reduce((left, right) => (bySeverity(right, left) > 0 ? right : left), 'skipped');
}
