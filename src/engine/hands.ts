// The hands of one task on one host: every touch goes through here, as the holder of the host and under a name by which
// the next life of the run knows it. Hands exist only where the engine lets a module touch.
import type { Command, Outcome, Rows, Transaction, TransactionMark } from '../core/connection.js';
import type { Claim } from '../core/hold.js';
import type { HttpAnswer, HttpRequest } from '../core/http.js';
import type { WriteOptions } from '../core/host-file.js';
import type { CommandOptions, CommandResult, Hands, Streamed, StreamSource } from '../core/module.js';
import type { Question } from '../core/operator.js';
import type { OwnPath } from '../core/own-file.js';
import type { World } from '../core/run.js';
import { WorldError } from '../core/world-error.js';
import { claimed } from './claimed.js';
import { inParts, paced } from './progress.js';
import { checkWritten, writeCommand } from './remote-file.js';
import { FarEyes, TaskEyes } from './senses.js';
import type { Manner, Streams } from './senses.js';
import type { Session } from './session.js';
import { joined } from './stream.js';
import { unheld } from './touch.js';
import type { Touch } from './touch.js';

/** How long the host may take to say whose it is. */
const fenceMs = 30_000;

/** A file over this is sent in parts, on a channel of its own. */
const largeBytes = 1024 * 1024;

/** Touches a host for a task. */
export class TaskHands extends TaskEyes implements Hands {
  readonly #touch: Touch;

  constructor(session: Session, manner: Manner, world: World, touch: Touch = unheld) {
    super(session, manner, world);
    this.#touch = touch;
  }

  async run(command: Command, options: CommandOptions = {}): Promise<CommandResult> {
    const apart = this.#touch.once || options.detached === true;
    const outcome = await this.#touching(command, options, apart ? 'once' : 'watched');
    return this.judged(command, options, outcome);
  }

  /** Runs a command under its name, as the holder of the host. */
  async #touching(
    command: Command,
    options: CommandOptions,
    kind: Claim['manner'],
    streams: Streams = {},
  ): Promise<Outcome> {
    const fence = await this.#touch.fence(this.session, this.manner.become);
    if (fence === undefined) return this.exec(command, options, true, streams);
    const claim = this.#touch.claim(kind);
    const { clock, stopping } = this.world;
    const { become, deadlineMs } = this.manner;
    return claimed(() => this.exec(command, options, true, { ...streams, fence, claim }), {
      session: this.session,
      fence,
      claim,
      become,
      clock,
      stopping,
      deadlineMs,
    });
  }

  /** Rejects with kind `fenced` when the host is another run's by now. */
  async #stillOurs(): Promise<void> {
    const fence = await this.#touch.fence(this.session).catch(nothingIfUnreachable);
    if (fence === undefined) return;
    await this.session.withConnection((connection) =>
      connection.exec({ command: { kind: 'argv', argv: ['true'] }, fence, mutates: false, timeoutMs: fenceMs }),
    );
  }

  async stream(source: StreamSource, command: Command, options: Omit<CommandOptions, 'stdin'> = {}): Promise<Streamed> {
    const { session, become } = this.manner.other(source.host);
    const far = new FarEyes(session, { ...this.manner, become, environment: {} }, this.world);
    const { clock, stopping } = this.world;
    return joined(
      { host: source.host, run: (streams) => far.source(source, streams) },
      {
        host: this.host,
        run: async (streams) =>
          this.judged(command, options, await this.#touching(command, options, 'watched', streams)),
      },
      { clock, stopping, onProgress: this.manner.onProgress },
    );
  }

  async write(path: string, content: Uint8Array, options: WriteOptions): Promise<void> {
    const command = writeCommand(path, content, options);
    // A program that is to check the content may leave anything behind.
    const said: CommandOptions = {
      expectRc: 'any',
      ...(options.validate === undefined ? { contained: true } : {}),
    };
    // What is small goes along with the script; how far the rest is, a person wants to see.
    const large = content.length > largeBytes;
    const parts = large ? { stdin: inParts(content, paced(this.world.clock, this.manner.onProgress)) } : {};
    const sent = large ? said : { ...said, stdin: content };
    checkWritten(path, this.judged(command, said, await this.#touching(command, sent, 'watched', parts)));
  }

  async keep(path: OwnPath, content: Uint8Array, expected: string | null): Promise<void> {
    this.world.ownFiles.keep(path, content, expected);
  }

  async statements(
    transaction: Transaction,
    options: { readonly database?: string | undefined } = {},
  ): Promise<readonly Rows[]> {
    const name = options.database ?? this.session.target.postgres.database;
    // The server ends a statement itself, so that a task over its time has not left one running there.
    const statementTimeoutMs = Math.min(transaction.statementTimeoutMs, this.remainingMs());
    // Whoever takes the host away from us ends our sessions after that, so a look that began in time is proof enough.
    const beforeCommit = async (mark: TransactionMark): Promise<void> => {
      await Promise.all([this.#touch.committing(name, mark), this.#stillOurs()]);
    };
    return this.session.withDatabase(name, (database) =>
      database.change({ ...transaction, statementTimeoutMs, beforeCommit }),
    );
  }

  async ask(question: Omit<Question, 'host'>): Promise<string> {
    return this.manner.ask({ ...question, host: this.manner.host });
  }

  async request(request: HttpRequest): Promise<HttpAnswer> {
    this.#touch.sending();
    await this.#stillOurs();
    return this.exchange(request);
  }

  async sleep(ms: number): Promise<void> {
    await this.world.clock.sleep(Math.min(ms, this.remainingMs()), this.world.stopping);
    if (this.world.stopping.aborted) throw new WorldError('interrupted', 'stopped by the operator while it waited');
  }
}

/** What is asked of a database or a web server may be reached while the host itself does not answer. */
function nothingIfUnreachable(error: unknown): undefined {
  if (!(error instanceof WorldError) || error.kind !== 'unreachable') throw error;
}
