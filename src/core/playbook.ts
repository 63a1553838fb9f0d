// A playbook after loading: checked, with its templates compiled and its imports in place.
// What a task inherits from its blocks and imports is already inside the task.
import type { Diagnostic } from './diagnostic.js';
import type { BoundModule } from './module.js';
import type { Brings } from './needs.js';
import type { Result } from './result.js';
import type { Definition, Scope } from './scope.js';
import type { Shape } from './shape.js';
import type { Span } from './source.js';
import type { Need, Template } from './template.js';
import type { Value } from './value.js';

/** A typed input of a playbook, given with `-e`. */
export interface Param {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'list' | 'map' | 'host';
  readonly description?: string;
  readonly enum?: readonly Value[];
  readonly default?: Definition;
  /** The group of which a host must be; it may be named by other params. */
  readonly group?: Template<string>;
  /** True when it need not be given although it has no default, because the inventory says it. */
  readonly inventorySays?: boolean;
  readonly secret: boolean;
  readonly span: Span;
}

/** One playbook file and all that it imports. */
export interface Playbook {
  /** The path as it was given or found. */
  readonly path: string;
  /** Directory of the file: where its templates, files and imports are looked for. */
  readonly directory: string;
  readonly name?: string;
  readonly description?: string;
  readonly params: readonly Param[];
  readonly plays: readonly Play[];
}

/** A condition: the template of a boolean. A value that is no boolean is a problem. */
export type Condition = Template<boolean>;

/** A play: tasks in order over hosts. */
export interface Play {
  /** Stable: file and line. */
  readonly id: string;
  readonly name: string;
  readonly hosts: string;
  /** The pattern while it still holds a template, which params and `-e` resolve before anything else is asked of it. */
  readonly hostsTemplate?: Template<string>;
  readonly span: Span;
  /** Where `hosts` was said. */
  readonly hostsSpan: Span;
  /** `vars`, `vars_files` and the defaults of `params`, weakest first. */
  readonly definitions: readonly Definition[];
  /** Batches: numbers of hosts or percentages such as `30%`; empty for all at once. */
  readonly serial: readonly (number | string)[];
  readonly maxFailPercentage?: number;
  readonly anyErrorsFatal: boolean;
  readonly steps: readonly Step[];
  readonly handlers: readonly Task[];
  readonly tags: readonly string[];
}

export type Step = Task | Block;

/** Tasks that are tried, rescued and always finished together. */
export interface Block {
  readonly kind: 'block';
  readonly id: string;
  readonly name?: string;
  readonly span: Span;
  readonly loop?: Loop;
  readonly steps: readonly Step[];
  readonly rescue: readonly Step[];
  readonly always: readonly Step[];
  /** Its loop as it is written. */
  written(): Value;
}

/** Items of a task or block, one after another. */
export interface Loop {
  readonly items: Template<Value>;
  /** Name of the variable that holds the item. */
  readonly itemName: string;
  readonly indexName?: string;
  readonly label?: Template<string>;
  readonly pauseMs: number;
}

/** A failure that is let pass, and why. */
export interface Tolerance {
  readonly reason?: string;
}

/** What a task says of its become; what it leaves out is said by the host. */
export interface BecomeSetting {
  readonly enabled?: Template<boolean>;
  readonly user?: Template<string>;
}

/** One task. */
export interface Task {
  readonly kind: 'task';
  /** Stable: file, line and place in the loop of imports. */
  readonly id: string;
  readonly name: Template<string>;
  readonly module: string;
  readonly span: Span;
  /** All must hold, outermost block first. */
  readonly when: readonly Condition[];
  readonly loop?: Loop;
  readonly register?: string;
  /** What its register holds (each of its `results`, in a loop), where that is known before the run. */
  readonly registers?: Shape;
  readonly until: readonly Condition[];
  readonly retries: number;
  readonly delayMs: number;
  readonly timeoutMs?: number;
  /** Empty when the module decides. */
  readonly changedWhen: readonly Condition[];
  readonly failedWhen: readonly Condition[];
  readonly ignoreErrors?: Tolerance;
  readonly ignoreUnreachable?: Tolerance;
  readonly delegateTo?: Template<string>;
  readonly runOnce: boolean;
  readonly throttle?: number;
  readonly become: BecomeSetting;
  readonly environment: readonly Template<Value>[];
  /** Of the task and the blocks around it, outermost first. */
  readonly definitions: readonly Definition[];
  readonly tags: readonly string[];
  /** Names of handlers. */
  readonly notify: readonly Template<string>[];
  readonly noLog: boolean;
  /** True when all before it must be well on every host, and a person must agree, before it begins. */
  readonly pointOfNoReturn: boolean;
  /** True when its module may touch a host. */
  readonly touches: boolean;
  /** True when its arguments name files of this machine: nothing that a host said may be in them. */
  readonly keepsHere: boolean;
  /** `check_mode: true`: this task only ever checks. */
  readonly alwaysCheck: boolean;
  /** Everything that its arguments use, for the check before the run. */
  readonly needs: readonly Need[];
  /** Variables that it adds to its hosts, its register aside. */
  readonly facts: readonly string[];
  /** The values of those facts, as they are written. */
  readonly factValues: ReadonlyMap<string, Template<Value>>;
  /** What it may bring for later tasks at most, whatever its arguments are. */
  readonly brings: Brings;
  /** The task as it is written, with what it inherits; comments and quotes are not in it. Holds secrets where the file does. */
  written(): Value;
  /** The problems of those arguments that are made of nothing but what is known before the run. */
  check(scope: Scope, isKnown: (need: Need) => boolean): readonly Diagnostic[];
  /** Arguments rendered for a host, checked by the module's schema, and bound. */
  bind(scope: Scope): Result<BoundModule>;
}
