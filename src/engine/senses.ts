// The eyes of one task on one host: every look of a module goes through here, with the task's become, environment and
// deadline.
import type { Duplex } from 'node:stream';
import type { Become, Command, ExecRequest, Outcome, PostgresTarget, Rows, SqlText } from '../core/connection.js';
import type { HttpAnswer, HttpLook, HttpRequest } from '../core/http.js';
import type { RemoteFile, SeenFile } from '../core/host-file.js';
import type { CommandOptions, CommandResult, Eyes, StreamSource } from '../core/module.js';
import type { Question } from '../core/operator.js';
import type { Kept, OwnFile, OwnPath } from '../core/own-file.js';
import { shellWords } from '../core/quote.js';
import { WorldError } from '../core/world-error.js';
import type { World } from '../core/run.js';
import { exchange } from './http.js';
import { parseStat, readCommand, readContent, statCommand } from './remote-file.js';
import { fileCommand, parseFile } from './remote-look.js';
import type { Session } from './session.js';

/** What a task says of how to act on a host. */
export interface Manner {
  /** The host that the task is for; differs from the session's when delegated. */
  readonly host: string;
  readonly become: Become | undefined;
  readonly environment: Readonly<Record<string, string>>;
  /** Monotonic time at which the task is over its limit. */
  readonly deadlineMs: number;
  readonly onLine?: (stream: 'stdout' | 'stderr', line: string) => void;
  /** Another host of the run, and as whom the task acts there. */
  other(host: string): { readonly session: Session; readonly become: Become | undefined };
  /** Told at most once a second of what has been streamed. */
  readonly onProgress?: (bytes: number) => void;
  ask(question: Question): Promise<string>;
  /** Takes a path of this machine for a file of a host; rejects when the run keeps another one there. */
  takePlace?(kept: Kept, host: string): void;
}

/** What an `exec` may say beyond the options of a module. */
export type Streams = Pick<ExecRequest, 'onStdout' | 'signal' | 'fence' | 'claim'> & {
  readonly stdin?: AsyncIterable<Uint8Array>;
};

/** How many last lines of stderr a failure shows. */
const stderrLines = 20;

/** Looks at a host for a task. */
export class TaskEyes implements Eyes {
  readonly host: string;
  protected readonly session: Session;
  protected readonly manner: Manner;
  protected readonly world: World;

  constructor(session: Session, manner: Manner, world: World) {
    this.host = session.target.host;
    this.session = session;
    this.manner = manner;
    this.world = world;
  }

  get postgres(): PostgresTarget {
    return this.session.target.postgres;
  }

  at(host: string): Eyes {
    const { session, become } = this.manner.other(host);
    // What a task says of the environment is said for its own host.
    return new FarEyes(session, { ...this.manner, become, environment: {} }, this.world);
  }

  async look(command: Command, options: CommandOptions = {}): Promise<CommandResult> {
    return this.command(command, options);
  }

  async stat(path: string, options: { readonly follow?: boolean } = {}): Promise<RemoteFile | undefined> {
    const command = statCommand(path, options.follow ?? false);
    return parseStat(path, await this.look(command, { expectRc: 'any', contained: true }));
  }

  async read(path: string): Promise<Uint8Array | undefined> {
    const outcome = await this.exec(readCommand(path), { contained: true }, false);
    return readContent(path, outcome.rc, outcome.stdout, text(outcome.stderr));
  }

  async file(path: string, upToBytes: number): Promise<SeenFile | undefined> {
    return parseFile(path, await this.exec(fileCommand(path, upToBytes), { contained: true }, false));
  }

  async rows(
    query: SqlText,
    options: { readonly database?: string | undefined; readonly timeoutMs?: number | undefined } = {},
  ): Promise<Rows> {
    const statementTimeoutMs = Math.min(options.timeoutMs ?? Infinity, this.remainingMs());
    return this.session.withDatabase(this.#database(options), (database) =>
      database.look(query, { statementTimeoutMs }),
    );
  }

  async explain(statement: SqlText, options: { readonly database?: string | undefined } = {}): Promise<void> {
    await this.session.withDatabase(this.#database(options), (database) => database.explain(statement));
  }

  async reaches(address: string, port: number, timeoutMs: number): Promise<boolean> {
    return this.session.withConnection(async (connection) => {
      try {
        const stream = await connection.dial({ kind: 'tcp', address, port }, Math.min(timeoutMs, this.remainingMs()));
        stream.on('error', () => undefined).destroy();
        return true;
      } catch (error) {
        // A refused dial is the answer "no"; a lost link is not.
        if (error instanceof WorldError && error.kind === 'failed') return false;
        throw error;
      }
    });
  }

  async dial(address: string, port: number, timeoutMs: number): Promise<Duplex> {
    return this.session.withConnection((connection) =>
      connection.dial({ kind: 'tcp', address, port }, Math.min(timeoutMs, this.remainingMs())),
    );
  }

  async own(path: OwnPath, keptFrom: string): Promise<OwnFile | undefined> {
    this.manner.takePlace?.({ src: keptFrom, at: path }, this.host);
    return this.world.ownFiles.look(path);
  }

  async fetch(look: HttpLook): Promise<HttpAnswer> {
    return this.exchange(look);
  }

  #database(options: { readonly database?: string | undefined }): string {
    return options.database ?? this.session.target.postgres.database;
  }

  protected exchange(request: HttpRequest): Promise<HttpAnswer> {
    const { redactor, stopping } = this.world;
    if (request.credentials !== undefined) redactor.add(request.credentials.password);
    return exchange(
      { ...request, timeoutMs: Math.min(request.timeoutMs, this.remainingMs()) },
      { stopping, dial: (...to) => this.dial(...to), hide: (secret) => redactor.add(secret) },
    );
  }

  protected remainingMs(): number {
    const left = this.manner.deadlineMs - this.world.clock.monotonicMs();
    if (left > 0) return left;
    throw new WorldError('failed', 'the task ran out of its time before this could be asked', {
      hint: 'give the task a longer `timeout`',
    });
  }

  protected exec(command: Command, options: CommandOptions, mutates: boolean, streams: Streams = {}): Promise<Outcome> {
    const { become, environment, onLine } = this.manner;
    const stdin = typeof options.stdin === 'string' ? Buffer.from(options.stdin) : options.stdin;
    const request: ExecRequest = {
      command,
      mutates,
      environment: { ...environment, ...options.environment },
      timeoutMs: Math.min(options.timeoutMs ?? Infinity, this.remainingMs()),
      signal: this.world.stopping,
      ...(become === undefined ? {} : { become }),
      ...(options.chdir === undefined ? {} : { chdir: options.chdir }),
      ...(stdin === undefined ? {} : { stdin }),
      ...(mutates && onLine !== undefined ? { onLine } : {}),
      ...(options.contained === undefined ? {} : { contained: options.contained }),
      ...streams,
    };
    return this.session.withConnection((connection) => connection.exec(request));
  }

  protected async command(command: Command, options: CommandOptions): Promise<CommandResult> {
    return this.judged(command, options, await this.exec(command, options, false));
  }

  protected judged(command: Command, options: CommandOptions, outcome: Outcome): CommandResult {
    const result: CommandResult = {
      rc: outcome.rc,
      stdout: text(outcome.stdout),
      stderr: text(outcome.stderr),
      ...(outcome.signal === undefined ? {} : { signal: outcome.signal }),
    };
    const expected = options.expectRc ?? [0];
    if (expected === 'any' || expected.includes(result.rc)) return result;
    throw commandFailed(command, result);
  }
}

/** Eyes on a host that a task of another host looks at: what they cannot reach is a failure there, not here. */
export class FarEyes extends TaskEyes {
  protected override exec(...asked: Parameters<TaskEyes['exec']>): Promise<Outcome> {
    return super.exec(...asked).catch(failedHere);
  }

  override rows(...asked: Parameters<TaskEyes['rows']>): Promise<Rows> {
    return super.rows(...asked).catch(failedHere);
  }

  override explain(...asked: Parameters<TaskEyes['explain']>): Promise<void> {
    return super.explain(...asked).catch(failedHere);
  }

  override dial(...asked: Parameters<TaskEyes['dial']>): Promise<Duplex> {
    return super.dial(...asked).catch(failedHere);
  }

  /** Runs the command whose output another host reads; it makes nothing that lasts. */
  async source({ command, options = {} }: StreamSource, streams: Streams): Promise<CommandResult> {
    return this.judged(command, options, await this.exec(command, options, false, streams));
  }
}

function failedHere(error: unknown): never {
  if (!(error instanceof WorldError) || error.kind !== 'unreachable') throw error;
  const { message, hint, details } = error;
  throw new WorldError('failed', message, { ...(hint === undefined ? {} : { hint }), details, cause: error });
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}

function commandFailed(command: Command, result: CommandResult): WorldError {
  const ended = result.signal === undefined ? `exit code ${result.rc}` : `signal ${result.signal}`;
  return new WorldError('failed', `the command ended with ${ended}`, {
    details: {
      rc: result.rc,
      cmd: command.kind === 'argv' ? shellWords(command.argv) : command.script,
      stdout: result.stdout,
      stderr: result.stderr.split('\n').slice(-stderrLines).join('\n').trimEnd(),
    },
  });
}
