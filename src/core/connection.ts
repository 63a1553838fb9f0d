// Ways to reach a host and its databases, as the engine sees them. Nothing here may say "done" without evidence:
// a channel that closes without an exit status rejects with a WorldError of kind `in-doubt` (or `failed` for a mere look).
import type { Duplex } from 'node:stream';
import type { Claim, ClaimState, Fence, HoldAnswer, HoldRequest } from './hold.js';
import type { Value } from './value.js';

/** What to run: an argument vector, or a script for a POSIX shell (`/bin/sh` unless said otherwise). */
export type Command =
  | { readonly kind: 'argv'; readonly argv: readonly string[] }
  | { readonly kind: 'shell'; readonly script: string; readonly shell?: string };

/** As whom to run: the user, and the password that sudo may ask for. */
export interface Become {
  readonly user: string;
  readonly method: 'sudo';
  readonly password?: string;
}

/** How a host is reached: its inventory variables, resolved and typed. Ports are TCP ports, times milliseconds. */
export interface Target {
  /** The inventory name. */
  readonly host: string;
  readonly connection: 'ssh' | 'local';
  readonly address: string;
  readonly port?: number;
  readonly user?: string;
  readonly privateKeyFile?: string;
  readonly privateKeyPassphrase?: string;
  readonly password?: string;
  /** Jump hosts in order, as `[user@]host[:port]` each. */
  readonly jump: readonly string[];
  readonly knownHostsFile?: string;
  /** Names of `core/ssh-algorithms.ts` that are allowed for this host, beside those that are sound today. */
  readonly olderAlgorithms?: readonly string[];
  readonly connectTimeoutMs: number;
  readonly become: Become & { readonly enabled: boolean };
  /** Where the host keeps who holds it and what was started there, as an absolute path. */
  readonly stateDirectory: string;
  readonly postgres: PostgresTarget;
}

/** How the databases of a host are reached. */
export interface PostgresTarget {
  /** `ssh`: dialled from the host itself, through its connection; `direct`: dialled from here. */
  readonly through: 'ssh' | 'direct';
  /** An address as seen from the far side, or the directory of a unix socket (starts with `/`). */
  readonly address: string;
  readonly port: number;
  readonly user: string;
  readonly password?: string;
  readonly database: string;
  readonly tls: boolean;
}

/** One request to run a command. */
export interface ExecRequest {
  readonly command: Command;
  readonly become?: Become;
  readonly environment?: Readonly<Record<string, string>>;
  readonly chdir?: string;
  /**
   * The command's standard input; without it the command reads end of file at once. A stream is read no faster than the
   * command takes it, and one that fails ends the command.
   */
  readonly stdin?: Uint8Array | AsyncIterable<Uint8Array>;
  /**
   * Takes the standard output as it comes, and the outcome has none; the command is read no faster than these promises
   * resolve, and a rejection ends it. Without evidence that all was read, the request rejects.
   */
  readonly onStdout?: (chunk: Uint8Array) => Promise<void>;
  /** Deadline; a command over it is ended with its process group. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** False for a look. After a lost link, a look failed; a change is in doubt. */
  readonly mutates: boolean;
  /** With it the host runs the command only while this run holds it; else the request rejects with kind `fenced`, and nothing was run. */
  readonly fence?: Fence;
  /** The command's name there (needs a fence). A `once` command takes no stream as input, and its output is not streamed. */
  readonly claim?: Claim;
  /** True for a script of ours that leaves nothing running which could still speak, so that it needs no place of its own for its output. */
  readonly contained?: true;
  /** Called with whole lines as they come. */
  readonly onLine?: (stream: 'stdout' | 'stderr', line: string) => void;
}

/** What a command that ended said. A command ended by a signal has `signal`, and rc 128 + its number. */
export interface Outcome {
  readonly rc: number;
  readonly signal?: string;
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
}

/** Where to dial from the far side of a connection. */
export type DialAddress =
  | { readonly kind: 'tcp'; readonly address: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string };

/** A way to a host that is open. Every promise rejects with a WorldError and nothing else. */
export interface Connection extends AsyncDisposable {
  readonly host: string;
  /** The fingerprint of the key by which the host proved itself; none for our own machine. */
  readonly hostKey?: string;
  /**
   * Runs a command. Under a claim it may be sent again after a lost link: it is not run again, and one that neither ended
   * nor runs rejects with kind `in-doubt` and the detail `reason: 'claim-gone'`.
   */
  exec(request: ExecRequest): Promise<Outcome>;
  /** Asks or changes who holds the host, as the login user. */
  hold(request: HoldRequest, signal?: AbortSignal): Promise<HoldAnswer>;
  /** The claims of a run whose names begin so, as the user who made them; `forget` removes all of the run's. */
  claims(query: {
    readonly run: string;
    readonly prefix: string;
    readonly become?: Become;
    readonly forget?: boolean;
  }): Promise<readonly ClaimState[]>;
  /** A stream to an address as the host itself would reach it. */
  dial(address: DialAddress, timeoutMs: number): Promise<Duplex>;
}

/** SQL text with `$1`, `$2`, ... and the values bound to them. */
export interface SqlText {
  readonly text: string;
  readonly values: readonly Value[];
}

/** Rows by column name. int8 and numeric are numbers where that is exact, else strings; times are ISO 8601 strings; bytea is hex. */
export interface Rows {
  readonly columns: readonly string[];
  readonly rows: readonly Readonly<Record<string, Value>>[];
  /** Rows returned, or touched by INSERT, UPDATE, DELETE. */
  readonly rowCount: number;
}

/** Statements that happen together or not at all. */
export interface Transaction {
  readonly statements: readonly SqlText[];
  readonly lockTimeoutMs: number;
  readonly statementTimeoutMs: number;
  /** The number of rows that each statement must touch; a different number rolls everything back. */
  readonly expectRows?: readonly (number | undefined)[];
  /** Awaited before COMMIT is sent, with what can be asked for later; a rejection rolls everything back. */
  readonly beforeCommit?: (mark: TransactionMark) => Promise<void>;
}

/** A transaction that can be asked for later. */
export interface TransactionMark {
  /** Its number (`txid_current()`); none on a standby. */
  readonly xid: string | null;
  readonly pid: number;
  /** Cluster and timeline, so that another server behind the same address is not believed. */
  readonly server: string | null;
}

/** What became of a transaction; `unknown` when the server cannot say (before PostgreSQL 10, or another server). */
export type CommitOutcome = 'committed' | 'aborted' | 'unknown';

/** A session with one database of a host. Every promise rejects with a WorldError and nothing else. */
export interface Database extends AsyncDisposable {
  /** Runs one query in a READ ONLY transaction. */
  look(query: SqlText, options?: { readonly statementTimeoutMs?: number }): Promise<Rows>;
  /** EXPLAINs a statement (never runs it): proves that it parses, that relations exist and that we may. */
  explain(statement: SqlText): Promise<void>;
  /** Runs a transaction; a link lost at COMMIT rejects with kind `in-doubt`. */
  change(transaction: Transaction): Promise<readonly Rows[]>;
  /** Asks what became of an earlier transaction; one that still waits for its COMMIT is ended, since it is ours. */
  outcome(mark: TransactionMark): Promise<CommitOutcome>;
  /** Ends the sessions that this run had here when it was taken up fewer times; gives how many. */
  endEarlierSessions(): Promise<number>;
}

/** Opens connections and database sessions. */
export interface Connector {
  connect(target: Target, signal: AbortSignal): Promise<Connection>;
  /** The connection is the one of the host, used when the target's databases are reached through it. */
  database(target: Target, connection: () => Promise<Connection>, name: string, signal: AbortSignal): Promise<Database>;
}
