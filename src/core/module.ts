// The law of modules: a module says what is (`inspect`), what is wanted (`want`) and how to make it so (`apply`).
// The engine alone knows check mode, diff, idempotency and convergence; a module cannot even ask.
import type { Duplex } from 'node:stream';
import type { RemoteFile, SeenFile, WriteOptions } from './host-file.js';
import type { Static, TObject, TSchema } from '@sinclair/typebox';
import type { Command, PostgresTarget, Rows, SqlText, Transaction } from './connection.js';
import type { HttpAnswer, HttpLook, HttpRequest } from './http.js';
import { bringsAnything, bringsNothing } from './needs.js';
import type { Brings, Needs } from './needs.js';
import type { Kept, OwnFile, OwnPath } from './own-file.js';
import type { Question } from './operator.js';
import type { Value, ValueMap } from './value.js';

/** What a module found: plain data, in the words of the register. */
export type State = ValueMap;

/** A change: only the keys that differ, as they are and as they are wanted. */
export interface Change<S> {
  readonly before: Partial<S>;
  readonly after: Partial<S>;
}

/** The module will not do this, and why: part of the plan, so it shows in check mode too. */
export class Refusal {
  readonly message: string;
  readonly hint: string | undefined;
  /** What it rests on, for a person who wants to know more. */
  readonly details: Readonly<Record<string, Value>> | undefined;

  constructor(message: string, hint?: string, details?: Readonly<Record<string, Value>>) {
    this.message = message;
    this.hint = hint;
    this.details = details;
  }
}

/** A refusal, for `want` to return. */
export function refuse(message: string, hint?: string, details?: Readonly<Record<string, Value>>): Refusal {
  return new Refusal(message, hint, details);
}

/** The text of a finished command. A command ended by a signal has `signal`, and rc 128 + its number. */
export interface CommandResult {
  readonly rc: number;
  readonly signal?: string;
  readonly stdout: string;
  readonly stderr: string;
}

/** How to run a command, beyond what it is. `stdin` is text or bytes; without it the command reads end of file at once. */
export interface CommandOptions {
  readonly stdin?: string | Uint8Array;
  readonly chdir?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
  /** Exit codes that are not a failure (default 0); others reject with a WorldError that holds the last lines of stderr. */
  readonly expectRc?: readonly number[] | 'any';
  /** True for a script of our own that leaves nothing running; it is carried in fewer round trips. */
  readonly contained?: true;
  /** True for a command that a lost link is not to end, and whose end is to be known then: it runs apart from the link. */
  readonly detached?: true;
}

/** A command on any host of the inventory whose standard output is read on another. */
export interface StreamSource {
  readonly host: string;
  readonly command: Command;
  readonly options?: Omit<CommandOptions, 'stdin'>;
}

/** What became of both ends of a stream, and what passed from one to the other. */
export interface Streamed {
  /** Its `stdout` is what was streamed, so it is empty here. */
  readonly source: CommandResult;
  readonly sink: CommandResult;
  readonly bytes: number;
  /** SHA-256 (hex) of all bytes. */
  readonly sha256: string;
}

/** What a module may look at. Nothing here changes a host. */
export interface Eyes {
  /** The inventory name of the host. */
  readonly host: string;
  /** How its databases are reached, as the host itself sees them. */
  readonly postgres: PostgresTarget;
  /** Eyes on another host of the inventory, with its own session and become. When it does not answer, the look failed. */
  at(host: string): Eyes;
  /** Runs a command that only looks. */
  look(command: Command, options?: CommandOptions): Promise<CommandResult>;
  /** What stands at a path; nothing when there is nothing. Links are not followed unless asked. */
  stat(path: string, options?: { readonly follow?: boolean }): Promise<RemoteFile | undefined>;
  /** The content of a file; nothing when there is none. Rejects over 16 MiB. */
  read(path: string): Promise<Uint8Array | undefined>;
  /** What stands at a path, with the digest of a regular file and, up to so many bytes, its content: one look. Links are not followed. */
  file(path: string, upToBytes: number): Promise<SeenFile | undefined>;
  /** Runs a query in a READ ONLY transaction of a database (the host's `pg_database` when not named). */
  rows(
    query: SqlText,
    options?: { readonly database?: string | undefined; readonly timeoutMs?: number | undefined },
  ): Promise<Rows>;
  /** Asks the server whether it would accept a statement (EXPLAIN), without running it. */
  explain(statement: SqlText, options?: { readonly database?: string | undefined }): Promise<void>;
  /** True when something accepts TCP connections there, as seen from the host. */
  reaches(address: string, port: number, timeoutMs: number): Promise<boolean>;
  /** A stream to an address as the host itself would reach it. What is said over it must only look. */
  dial(address: string, port: number, timeoutMs: number): Promise<Duplex>;
  /**
   * What stands at a path of this machine, where a file of the host is to be kept. Rejects where a link is on the way, and
   * where this run keeps a file of another path or host there.
   */
  own(path: OwnPath, keptFrom: string): Promise<OwnFile | undefined>;
  /** Asks a web server. A status is an answer, whatever it says. */
  fetch(look: HttpLook): Promise<HttpAnswer>;
}

/** What a module may touch. The engine gives hands only to `apply`, and never in check mode. */
export interface Hands extends Eyes {
  run(command: Command, options?: CommandOptions): Promise<CommandResult>;
  /**
   * Runs a command that reads what a command on another host writes, chunk by chunk and never held as a whole. The input
   * ends only after the source ended well; when either side fails or is lost, the other one is ended, and `sink` is in
   * doubt unless it is known to have ended.
   */
  stream(source: StreamSource, command: Command, options?: Omit<CommandOptions, 'stdin'>): Promise<Streamed>;
  /** Replaces a file as a whole: temporary file in its directory, fsync, rename, so that a reader sees the old or the new. */
  write(path: string, content: Uint8Array, options: WriteOptions): Promise<void>;
  /** Keeps a file on this machine, whole and for its owner alone; `expected` is the digest that was found there, or `null`. */
  keep(path: OwnPath, content: Uint8Array, expected: string | null): Promise<void>;
  statements(transaction: Transaction, options?: { readonly database?: string | undefined }): Promise<readonly Rows[]>;
  /** Asks the operator; rejects with a WorldError `declined` or `waiting` unless the person typed what was expected. */
  ask(question: Omit<Question, 'host'>): Promise<string>;
  sleep(ms: number): Promise<void>;
  /** Asks a web server for a change, once. A status is an answer; a lost answer rejects with kind `in-doubt`. */
  request(request: HttpRequest): Promise<HttpAnswer>;
}

/** What an apply tells the register beyond the state, such as `rc` and `stdout` of a command. */
export type Told = ValueMap;

/** A module as its file declares it. `A` are its bound arguments, `S` the state it finds. */
export interface ModuleSpec<A, S extends State> {
  /** As a playbook writes it: snake_case, Ansible's word where Ansible has one. */
  readonly name: string;
  readonly summary: string;
  /** A paragraph or two for `playbook modules NAME`. */
  readonly description?: string;
  /** Arguments: TypeBox, so one source for JSON Schema and type. */
  readonly args: TSchema;
  /**
   * What its register holds, where that is the same for all arguments: then a playbook that asks a register for anything
   * else is refused before the run.
   */
  readonly state?: TObject;
  /** The argument that a plain string stands for, as in `command: echo hi`. */
  readonly shorthand?: string;
  /** Tasks in YAML, shown by `playbook modules NAME` and validated by a test. */
  readonly examples: readonly string[];
  /** What is. Looks at the host; never touches it. */
  inspect(args: A, eyes: Eyes): Promise<S>;
  /** What is wanted, given what is: only the keys that matter. Pure, and content with its own answer. */
  want(args: A, found: S): Partial<S> | Refusal;
  /** Makes this change and no other. A module that only looks has none. */
  apply?(change: Change<S>, hands: Hands, args: A): Promise<Told | void>;
  /** How long the world may take to show the change; the engine looks again until then (default 0: one look). */
  settleMs?(args: A): number;
  /** False when no look can prove that the work was done (a bare command). */
  provable?(args: A): boolean;
  /**
   * True when what it brings about stays as it is unless somebody changes it, as a file or a service does: then a run that
   * is taken up again looks whether it still is, where nothing of its own can have changed it since.
   */
  readonly lasting?: boolean;
  /** True when apply waits or asks but leaves the host as it was: then its outcome is `ok`, not `changed`. */
  readonly leavesHostAlone?: boolean;
  /** True when it never looks at its host, as `assert` and `debug`: then it runs for an unreachable host too. */
  readonly offline?: boolean | ((args: A) => boolean);
  /**
   * What these arguments are about, from the whole to the part, such as a service's name. In a check, a later task about
   * the same thing is planned from what an earlier one would have made of it; what is said of a whole holds for its parts.
   */
  resource?(args: A): readonly string[];
  /**
   * Which path of its host it keeps at which of this machine. Nothing that a host said may be in the arguments of a module
   * that has this.
   */
  keeps?(args: A): Kept | undefined;
  /** Variables that the module adds to its host. */
  facts?(args: A, state: S): ValueMap;
  /** What check mode says would be done, in a few words, when the change itself does not say it. */
  describe?(args: A): string;
  /** What must be there before it can do its work; looked at before the run. */
  needs?(args: A): Needs;
  /** What it may bring for later tasks (default: anything, when it can touch its host); without arguments, at most. */
  brings?(args: A | undefined): Brings;
}

/** The bound arguments of a schema. */
export type Bound<T extends TSchema> = Static<T>;

/** A module with its types closed over, as the registry and the engine hold it. */
export interface AnyModule {
  readonly name: string;
  readonly summary: string;
  readonly description: string;
  readonly args: TSchema;
  readonly state: TObject | undefined;
  readonly shorthand: string | undefined;
  readonly examples: readonly string[];
  /** False when it never changes a host. */
  readonly touches: boolean;
  /** True when the module has no `apply`. */
  readonly onlyLooks: boolean;
  /** True when its arguments name files of this machine. */
  readonly keepsHere: boolean;
  /** What it may bring at most, whatever its arguments are. */
  readonly brings: Brings;
  /** Arguments that passed the schema, bound. The caller vouches for the schema check. */
  bind(args: unknown): BoundModule;
}

/** A module and its arguments for one host: what the engine steps through. */
export interface BoundModule {
  readonly name: string;
  readonly provable: boolean;
  /** True when what it brought about should still be so later. */
  readonly lasting: boolean;
  readonly leavesHostAlone: boolean;
  readonly offline: boolean;
  readonly resource: readonly string[] | undefined;
  readonly keeps: Kept | undefined;
  readonly settleMs: number;
  readonly describe: string | undefined;
  readonly needs: Needs;
  readonly brings: Brings;
  inspect(eyes: Eyes): Promise<State>;
  want(found: State): Partial<State> | Refusal;
  readonly apply: ((change: Change<State>, hands: Hands) => Promise<Told | void>) | undefined;
  facts(state: State): ValueMap;
}

/** Closes over a module's types. This is the one border where they are vouched for: `args` passed its schema. */
export function defineModule<A, S extends State>(
  spec: ModuleSpec<A, S>,
): AnyModule & { readonly spec: ModuleSpec<A, S> } {
  return {
    spec,
    name: spec.name,
    summary: spec.summary,
    description: spec.description ?? spec.summary,
    args: spec.args,
    state: spec.state,
    shorthand: spec.shorthand,
    examples: spec.examples,
    touches: spec.apply !== undefined && spec.leavesHostAlone !== true,
    onlyLooks: spec.apply === undefined,
    keepsHere: spec.keeps !== undefined,
    brings: bringsOf(spec, undefined),
    bind: (unbound) => bind(spec, unbound as A),
  };
}

function bind<A, S extends State>(spec: ModuleSpec<A, S>, args: A): BoundModule {
  return {
    name: spec.name,
    provable: spec.provable?.(args) ?? true,
    lasting: spec.lasting === true && (spec.provable?.(args) ?? true),
    leavesHostAlone: spec.leavesHostAlone ?? false,
    offline: typeof spec.offline === 'function' ? spec.offline(args) : (spec.offline ?? false),
    resource: spec.resource?.(args),
    keeps: spec.keeps?.(args),
    settleMs: spec.settleMs?.(args) ?? 0,
    describe: spec.describe?.(args),
    needs: spec.needs?.(args) ?? {},
    brings: bringsOf(spec, args),
    inspect: (eyes) => spec.inspect(args, eyes),
    want: (found) => spec.want(args, found as S),
    apply:
      spec.apply === undefined
        ? undefined
        : (change, hands) => spec.apply?.(change as Change<S>, hands, args) ?? Promise.resolve(),
    facts: (state) => spec.facts?.(args, state as S) ?? {},
  };
}

function bringsOf<A, S extends State>(spec: ModuleSpec<A, S>, args: A | undefined): Brings {
  if (spec.brings !== undefined) return spec.brings(args);
  return spec.apply === undefined || spec.leavesHostAlone === true ? bringsNothing : bringsAnything;
}
