// What a run is given: a checked playbook, an inventory, and a world. The engine takes these and nothing else,
// so that a test can hand it a world of its own.
import type { Clock } from './clock.js';
import type { Connector, Target } from './connection.js';
import type { Emit } from './event.js';
import type { Holder } from './hold.js';
import type { Host, Inventory } from './inventory.js';
import type { OwnFiles } from './own-file.js';
import type { Operator } from './operator.js';
import type { Past } from './past.js';
import type { Playbook } from './playbook.js';
import type { Redactor } from './redact.js';
import type { Result } from './result.js';
import type { Scope } from './scope.js';

/** What the operator chose on the command line. */
export interface RunOptions {
  readonly check: boolean;
  readonly diff: boolean;
  /** A host pattern that narrows every play. */
  readonly limit?: string;
  /** Empty for all. */
  readonly tags: readonly string[];
  readonly skipTags: readonly string[];
  readonly startAtTask?: string;
  readonly step: boolean;
  /** How many hosts are worked on at once. */
  readonly forks: number;
  /** Deadline of a task that says none. */
  readonly taskTimeoutMs: number;
  /** True to look at all that the tasks need before the first of them; false when the operator would have none of it. */
  readonly preflight?: boolean;
  /** True to end a check that found changes with exit code 2. */
  readonly detailedExitCode?: boolean;
  /** Of a run that is taken up again: whether to look if what it did last still is so, and to go on where it is not. */
  readonly drift?: 'refused' | 'accepted';
  /** True to hand every line of a running command to the reporters. */
  readonly liveOutput: boolean;
}

/** Everything outside the process, as the engine may use it. */
export interface World {
  readonly connector: Connector;
  readonly clock: Clock;
  readonly operator: Operator;
  /** The files of this machine. */
  readonly ownFiles: OwnFiles;
  readonly emit: Emit;
  readonly redactor: Redactor;
  /** Aborted when the operator wants the run to stop: nothing new starts, what runs is awaited. */
  readonly draining: AbortSignal;
  /** Aborted when the operator will not wait any longer. */
  readonly stopping: AbortSignal;
}

/** One run. */
export interface RunInput {
  readonly id: string;
  readonly playbooks: readonly Playbook[];
  readonly inventory: Inventory;
  /** How a host is reached, from its variables. */
  target(host: Host, scope: Scope): Result<Target>;
  readonly options: RunOptions;
  readonly world: World;
  /** As whom the run holds the hosts that it touches; a check holds none. */
  readonly holder?: Holder;
  /** What the earlier lives of the run did; none for a new run. */
  readonly past?: Past;
}
