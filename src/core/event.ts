// A run tells what it does as events: plain JSON, past tense, never a live object. Reporters,
// the journal and scripts (`--output jsonl`) all read these and nothing else.
import type { Decision } from './decision.js';
import type { Outline } from './outline.js';
import type { Severity } from './diagnostic.js';
import type { ExitCode } from './exit.js';
import type { TransactionMark } from './connection.js';
import type { Invocation } from './invocation.js';
import type { Change, State } from './module.js';
import type { Plan } from './plan.js';
import type { Value, ValueMap } from './value.js';

/** The outcome of one task on one host. */
export const statuses = [
  'ok',
  'changed',
  'would-change',
  'unknown',
  'skipped',
  'failed',
  'not-converged',
  'unreachable',
  'in-doubt',
  'rescued',
  'ignored',
] as const;
export type Status = (typeof statuses)[number];

/** Counts of one host, in Ansible's words; `changed` counts what would change in check mode, `unknown` what no look can tell. */
export interface HostRecap {
  readonly ok: number;
  readonly changed: number;
  readonly unreachable: number;
  readonly failed: number;
  readonly skipped: number;
  readonly rescued: number;
  readonly ignored: number;
  readonly unknown: number;
}

/** Where a failing task was said, for people and editors. */
export interface Location {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** A line of a file as it was then, for whoever reads a journal later; `length` characters of it are meant. */
export interface Excerpt extends Location {
  readonly text: string;
  readonly length: number;
}

/** Why a task did not succeed, and what a person needs to know of it. */
export interface Failure {
  readonly message: string;
  readonly hint?: string;
  readonly details?: Readonly<Record<string, Value>>;
  readonly location?: Location;
}

/** Why a host goes no further, or a run ends before its end. */
export const halts = ['in-doubt', 'fenced', 'interrupted', 'waiting', 'unreachable', 'failed'] as const;
export type Halt = (typeof halts)[number];

/** One task on one host, for one item of its loop: the same in every life of a run, whatever moved in its files. */
export interface TaskKey {
  /** The place in the playbook: play and step, counted from 0, with `r`, `a`, `h` for rescue, always, handlers and `#` for the pass of a loop around it. */
  readonly step: string;
  readonly host: string;
  /** The item, counted from 0; none without a loop, and none for the task as a whole. */
  readonly turn?: number;
  /** Of the item, so that a list that has changed in between is noticed. */
  readonly digest?: string;
}

/** How far a run came, for whoever goes on with it. */
export interface Standing {
  /** Tasks that are over, on one host each. */
  readonly done: number;
  /** What may or may not have happened, as `NAME on HOST`. */
  readonly doubt: readonly string[];
  /** The task at which it stopped. */
  readonly at?: string;
  /** True when `playbook resume` can go on with it. */
  readonly resumable: boolean;
}

export type Event =
  | Decision
  | {
      /** The first record of a journal: who runs what, and a digest of each piece of the input. */
      readonly type: 'run.opened';
      /** Of the journal: 2. Another one cannot be gone on with. */
      readonly format: number;
      readonly tool: string;
      readonly by: string;
      readonly invocation: Invocation;
      readonly inputs: Readonly<Record<string, string>>;
      /** Missing in journals of versions that could not go on with edited input. */
      readonly outline?: Outline;
    }
  | {
      /** The run was taken up again; `number` counts its lives, the first is 1. */
      readonly type: 'run.resumed';
      readonly number: number;
      readonly by: string;
      /** Tasks that were over before, on one host each. */
      readonly done: number;
    }
  | {
      readonly type: 'run.started';
      readonly playbook: string;
      readonly inventory: readonly string[];
      readonly check: boolean;
      readonly diff: boolean;
      readonly hosts: readonly string[];
    }
  | { readonly type: 'play.started'; readonly play: string; readonly name: string; readonly hosts: readonly string[] }
  | { readonly type: 'play.finished'; readonly play: string }
  | {
      readonly type: 'host.connected';
      readonly host: string;
      readonly reachable?: 'ssh' | 'db';
      /** The fingerprint of the key by which it proved itself. */
      readonly hostKey?: string;
    }
  /** The run holds the host from here on. */
  | { readonly type: 'host.held'; readonly host: string }
  | { readonly type: 'host.released'; readonly host: string }
  /** All that was done is on disk, and what the hosts know of it may be forgotten there. */
  | { readonly type: 'run.closing' }
  | { readonly type: 'host.unreachable'; readonly host: string; readonly reason: string; readonly hint?: string }
  | {
      /** Something is not as the run needs it, found before anything was touched. An error keeps the run from starting. */
      readonly type: 'preflight.found';
      readonly code: string;
      readonly severity: Severity;
      readonly message: string;
      readonly hint?: string;
      readonly place?: Excerpt;
      /** Other places that explain it. */
      readonly labels?: readonly { readonly message: string; readonly place: Excerpt }[];
    }
  | {
      readonly type: 'task.started';
      readonly task: string;
      readonly step?: string;
      readonly name: string;
      readonly module: string;
      readonly hosts: readonly string[];
      /** Names of the blocks around it, outermost first; `rescue`, `always` and `handlers` are said too. */
      readonly within: readonly string[];
    }
  | {
      readonly type: 'task.planned';
      readonly task: string;
      readonly host: string;
      readonly item?: string;
      readonly plan: Plan;
    }
  | {
      /** The intent: on disk before the host can see anything of it. */
      readonly type: 'task.applying';
      readonly task: string;
      readonly step?: string;
      readonly host: string;
      readonly item?: string;
      readonly turn?: number;
      readonly digest?: string;
      /** Counts the tries, from 1. */
      readonly attempt?: number;
      /** `once` when no look can tell whether it was done. */
      readonly effect?: 'converge' | 'once';
      readonly change?: Change<State>;
    }
  | ({
      /** A transaction is about to be committed; it can be asked for by its mark. */
      readonly type: 'task.committing';
      readonly task: string;
      readonly attempt: number;
      /** Which of the attempt's transactions, from 1. */
      readonly nth: number;
      readonly database: string;
      readonly mark: TransactionMark;
    } & TaskKey)
  | ({
      /** A person said what became of something that nobody could tell. */
      readonly type: 'task.decided';
      readonly task: string;
      readonly attempt: number;
      readonly decision: 'done' | 'not-done';
      readonly by: string;
      readonly typed: string;
    } & TaskKey)
  /** The operator left a task out, with `--step`. */
  | { readonly type: 'task.left-out'; readonly task: string; readonly step: string }
  /** From here on a run only goes forward. */
  | { readonly type: 'run.passed'; readonly task: string; readonly step: string }
  | {
      readonly type: 'task.retrying';
      readonly task: string;
      readonly host: string;
      readonly attempt: number;
      readonly left: number;
      readonly reason?: string;
    }
  | {
      readonly type: 'task.output';
      readonly task: string;
      readonly host: string;
      readonly stream: 'stdout' | 'stderr';
      readonly line: string;
    }
  | {
      /** Something long goes on: what has passed so far, at most once a second. */
      readonly type: 'task.progress';
      readonly task: string;
      readonly host: string;
      readonly bytes: number;
    }
  | {
      readonly type: 'task.asked';
      readonly task: string;
      readonly host: string;
      readonly title: string;
      readonly expect?: string;
    }
  | {
      readonly type: 'task.answered';
      readonly task: string;
      readonly step?: string;
      readonly host: string;
      readonly turn?: number;
      readonly by: string;
      readonly typed: string;
    }
  | {
      /** One for each item of a loop (with `item`), and one for the host as a whole (without). */
      readonly type: 'task.finished';
      readonly task: string;
      readonly step?: string;
      readonly name: string;
      readonly module: string;
      readonly host: string;
      readonly item?: string;
      readonly turn?: number;
      readonly digest?: string;
      readonly attempt?: number;
      readonly status: Status;
      /** Set when it stopped the host. */
      readonly halt?: Halt;
      /** What its register holds, without what may not be written down. */
      readonly result?: ValueMap;
      readonly facts?: ValueMap;
      /** Keys of the register and names of facts that hold secrets, and so are missing here. */
      readonly withheld?: readonly string[];
      readonly durationMs: number;
      /** A line for a person: what was skipped and why, what a message said, what would be done. */
      readonly message?: string;
      readonly diff?: Change<State>;
      readonly failure?: Failure;
    }
  /** Something the operator must hear, such as a decision that was taken with `-e`. */
  | { readonly type: 'run.warned'; readonly message: string }
  | {
      readonly type: 'run.finished';
      readonly exitCode: ExitCode;
      readonly durationMs: number;
      readonly recap: Readonly<Record<string, HostRecap>>;
      /** Missing when every task ran to its end. */
      readonly standing?: Standing;
      /** True when no task wanted anything of a host, so that nobody can say whether it is as wanted. */
      readonly onlyLooked?: boolean;
    };

/** An event as it is written down: version 1, sequence from 1, ISO 8601 time, run id. */
export type Stamped = Event & { readonly v: 1; readonly seq: number; readonly at: string; readonly run: string };

/** Says an event; resolves once it is durable. */
export type Emit = (event: Event) => Promise<void>;

/** Reads events as they come and writes something a person or a machine reads. */
export interface Reporter {
  report(events: AsyncIterable<Stamped>): Promise<void>;
}
