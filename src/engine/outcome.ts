// What came of a task on one host, and what that means for the host and the run.
import type { Diagnostic } from '../core/diagnostic.js';
import type { Failure, Halt, HostRecap, Status } from '../core/event.js';
import type { ExitCode } from '../core/exit.js';
import { exitCode } from '../core/exit.js';
import type { Change, State } from '../core/module.js';
import { positionOf, whereIs } from '../core/source.js';
import type { Span } from '../core/source.js';
import type { Scope } from '../core/scope.js';
import type { Template } from '../core/template.js';
import type { Value, ValueMap } from '../core/value.js';
import { mapOf } from '../core/value.js';
import type { Kept } from '../core/past.js';
import type { WorldError } from '../core/world-error.js';
import { firstUnmet } from './conditions.js';

export type { Halt } from '../core/event.js';

/** The outcome of one step, item or task on one host. */
export interface Outcome {
  readonly status: Status;
  /** What the register holds. */
  readonly result: ValueMap;
  readonly message?: string;
  readonly diff?: Change<State>;
  readonly failure?: Failure;
  /** Set when the outcome stops the host. */
  readonly halt?: Halt;
  /** Variables for the host. */
  readonly facts?: ValueMap;
  /** True for what an earlier life of the run did: it counts, and is not told again. */
  readonly fromPast?: boolean;
  /** True when the journal could not keep what its register held, and no look can find it again. */
  readonly unknowable?: boolean;
  /** Which try it was, counted from 1 over all lives of the run. */
  readonly attempt?: number;
}

/** True for an outcome that the journal could not keep as a whole, because of secrets, and that a look may find again. */
export function mayLookAgain({ withheld, halt, status }: Kept): boolean {
  return withheld.length > 0 && halt === undefined && status !== 'skipped';
}

/** The outcome that the journal kept. */
export function fromPast({ status, result, facts, halt, message, failure, withheld }: Kept): Outcome {
  return {
    status,
    result,
    fromPast: true,
    ...(withheld.length === 0 ? {} : { unknowable: true }),
    ...(Object.keys(facts).length === 0 ? {} : { facts }),
    ...(halt === undefined ? {} : { halt }),
    ...(message === undefined ? {} : { message }),
    ...(failure === undefined ? {} : { failure }),
  };
}

/** What is told instead of what `no_log` hides. */
export const hiddenByNoLog = 'hidden by `no_log`';

/** True when a check says that the host may be another afterwards. */
export function changesSomething({ status }: Outcome): boolean {
  return status === 'would-change' || status === 'unknown';
}

/** A task that did not run. */
export function skipped(message: string): Outcome {
  return {
    status: 'skipped',
    message,
    result: mapOf([
      ['changed', false],
      ['failed', false],
      ['skipped', true],
      ['skip_reason', message],
    ]),
  };
}

/** A task that did not run because a condition of its is false. */
export function skippedBy(conditions: readonly Template<boolean>[], scope: Scope): Outcome {
  return skipped(`condition is false: ${firstUnmet(conditions, scope)}`);
}

/** A failure with its words in the register too, so that a rescue can tell what happened. */
export function failedOutcome(failure: Failure, halt: Halt = 'failed', more: ValueMap = {}): Outcome {
  const status: Status = halt === 'in-doubt' || halt === 'unreachable' ? halt : 'failed';
  return {
    status,
    halt,
    failure,
    result: mapOf([
      ...Object.entries(more),
      ['changed', false],
      ['failed', true],
      ['skipped', false],
      ['msg', failure.message],
    ]),
  };
}

/** Problems of a template or an argument, found at run time. */
export function problemsOutcome(problems: readonly Diagnostic[]): Outcome {
  const [first] = problems;
  const rest = problems
    .slice(1)
    .map((each) => (each.span === undefined ? each.message : `${whereIs(each.span)}: ${each.message}`));
  return failedOutcome({
    message: first?.message ?? 'this cannot be resolved',
    ...(first?.hint === undefined ? {} : { hint: first.hint }),
    ...(first?.span === undefined ? {} : { location: locationOf(first.span) }),
    ...(rest.length === 0 ? {} : { details: { also: rest } }),
  });
}

/** What the world refused. */
export function worldOutcome(error: WorldError): Outcome {
  const halts: Readonly<Record<WorldError['kind'], Halt>> = {
    failed: 'failed',
    declined: 'failed',
    unreachable: 'unreachable',
    'in-doubt': 'in-doubt',
    waiting: 'waiting',
    interrupted: 'interrupted',
    fenced: 'fenced',
  };
  const details: ValueMap = { ...error.details };
  return failedOutcome(
    {
      message: error.message,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      ...(Object.keys(details).length === 0 ? {} : { details }),
    },
    halts[error.kind],
    details,
  );
}

/** The failure with the place of its task, unless it knows a better one. */
export function located(outcome: Outcome, span: Span): Outcome {
  if (outcome.failure === undefined || outcome.failure.location !== undefined) return outcome;
  return { ...outcome, failure: { ...outcome.failure, location: locationOf(span) } };
}

function locationOf(span: Span): { readonly file: string; readonly line: number; readonly column: number } {
  return { file: span.source.path, ...positionOf(span.source, span.start) };
}

/** The outcome of a loop: every item in `results`, the worst status of them as its own. */
export function combined(items: readonly Outcome[]): Outcome {
  const halted = items.find((each) => each.halt !== undefined);
  // An item whose failure is let pass has failed all the same, as a register without a loop says too.
  const failed = items.find((each) => each.result['failed'] === true);
  const order: readonly Status[] = [
    'in-doubt',
    'unreachable',
    'not-converged',
    'failed',
    'changed',
    'would-change',
    'unknown',
    'rescued',
    'ignored',
    'ok',
  ];
  const status = order.find((each) => items.some((item) => item.status === each)) ?? 'skipped';
  const results: readonly Value[] = items.map((each) => each.result);
  const facts = Object.assign(mapOf([]), ...items.map((each) => each.facts ?? {})) as ValueMap;
  return {
    status,
    result: mapOf([
      ['results', results],
      ['changed', items.some((each) => each.result['changed'] === true)],
      ['failed', failed !== undefined],
      ['skipped', status === 'skipped'],
      ['msg', failed?.result['msg'] ?? 'all items completed'],
    ]),
    ...(Object.keys(facts).length === 0 ? {} : { facts }),
    ...(halted?.halt === undefined ? {} : { halt: halted.halt }),
    ...(halted?.failure === undefined ? {} : { failure: halted.failure }),
    ...(items.length === 0 ? { message: 'the loop has no items' } : {}),
  };
}

/** Counts the outcomes of a host. */
export class Recap {
  readonly #counts = { ok: 0, changed: 0, unreachable: 0, failed: 0, skipped: 0, rescued: 0, ignored: 0, unknown: 0 };

  /** Counts one task; a changed task is `ok` too, as Ansible counts. */
  count(status: Status): void {
    const counts = this.#counts;
    switch (status) {
      case 'ok':
        counts.ok += 1;
        break;
      case 'changed':
      case 'would-change':
        counts.ok += 1;
        counts.changed += 1;
        break;
      case 'unknown':
        counts.unknown += 1;
        break;
      case 'ignored':
        counts.ok += 1;
        counts.ignored += 1;
        break;
      case 'in-doubt':
      case 'failed':
      case 'not-converged':
        counts.failed += 1;
        break;
      case 'skipped':
      case 'rescued':
      case 'unreachable':
        counts[status] += 1;
        break;
    }
  }

  /** A failure that a rescue made good is no failure of the run. */
  rescue(was: 'failed' | 'unreachable'): void {
    this.#counts[was] -= 1;
    this.#counts.rescued += 1;
  }

  /** The counts so far; a host that has not been reached is counted although no task may have asked for it. */
  counts(unreached = false): HostRecap {
    const { unreachable } = this.#counts;
    return { ...this.#counts, unreachable: unreached ? Math.max(1, unreachable) : unreachable };
  }
}

/** The exit code for the worst that stopped a host. */
export function exitCodeFor(halts: ReadonlySet<Halt>): ExitCode {
  if (halts.has('in-doubt')) return exitCode.inDoubt;
  if (halts.has('fenced')) return exitCode.stale;
  if (halts.has('waiting')) return exitCode.waiting;
  if (halts.has('interrupted')) return exitCode.interrupted;
  if (halts.has('failed')) return exitCode.failed;
  return halts.has('unreachable') ? exitCode.unreachable : exitCode.done;
}
