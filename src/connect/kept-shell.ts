// One shell on a host for many commands: a request is one write and its answer one read, without a new channel, login,
// or sudo. Commands run one at a time, in the order in which they were asked for; looks may be asked for ahead.
import { constants } from 'node:os';
import type { ExecRequest, Outcome } from '../core/connection.js';
import type { WorldError } from '../core/world-error.js';
import { CommandErrors } from './command-errors.js';
import { Deadline, quietPause } from './deadline.js';
import { KeptAnswer } from './kept-answer.js';
import type { Answered } from './kept-answer.js';
import { keptShellLoop, readyWord, scriptMarker, tidyWord } from './kept-shell-script.js';
import { requestText } from './kept-request.js';
import { MarkerScan } from './marker-scan.js';
import { outcomeOf } from './outcome-of.js';
import type { Launcher } from './process.js';
import { endCommand, runCommand } from './run-command.js';
import { encodeScript } from './shell-command.js';
import { ShellStart } from './shell-start.js';
import type { WaitingShell } from './shell-start.js';

/** What stays on the host of one command until the next tidying, in bytes, is no more than this. */
const untidyBytes = 1024 * 1024;

/** How many looks may be asked for before the first is over. */
const mostAhead = 32;

/** How long its last words may be on their way, in milliseconds. */
const lastWordsMs = 2_000;

/** The shell took nothing, and never will: the command is to be run in another way. */
export class NotKept extends Error {}

/** The shell ended under a command that only looks, on a link that is still there. */
export class EndedUnderALook extends Error {}

interface Asked {
  readonly request: ExecRequest;
  readonly answer: KeptAnswer;
}

/** A shell that stays. */
export class KeptShell {
  readonly #launcher: Launcher;
  readonly #shell: WaitingShell;
  /** Until the shell has said that it is ready it has taken nothing. */
  #ready: MarkerScan | undefined;
  /** Requests that were written and are not over, in order. */
  readonly #asked: Asked[] = [];
  #firstSinceMs = 0;
  #directory: string | undefined;
  #isOver = false;

  /** Starts one, in the time and with the errors of the command that is to be its first. */
  static async start(launcher: Launcher, request: ExecRequest): Promise<KeptShell> {
    using deadline = new Deadline(request.timeoutMs, request.signal);
    const errors = new CommandErrors(launcher.host, request.mutates, deadline.timeoutMs, request.command);
    let kept: KeptShell | undefined;
    const start = new ShellStart({
      launcher,
      become: request.become,
      deadline,
      errors,
      onData: (stream, chunk) => {
        // Before it was told anything it says nothing.
        if (kept !== undefined) kept.#take(stream, chunk);
      },
    });
    kept = new KeptShell(launcher, await start.waiting({ kind: 'shell', script: '' }), start.marker);
    return kept;
  }

  private constructor(launcher: Launcher, shell: WaitingShell, marker: string) {
    this.#launcher = launcher;
    this.#shell = shell;
    this.#ready = new MarkerScan(`${marker} ${readyWord} `, () => undefined);
    void shell.process.write(Buffer.from(encodeScript(keptShellLoop), 'latin1'));
    void this.#watch();
  }

  async #watch(): Promise<void> {
    const { exited, closed } = this.#shell.process;
    const ending = await exited;
    this.#isOver = true;
    // Its last words may come behind the news of its end.
    await Promise.race([closed, quietPause(lastWordsMs)]);
    const lost = ending.kind === 'lost' ? ending : { reason: 'its shell ended', linkLost: false };
    for (const { answer } of this.#asked) answer.end({ kind: 'lost', reason: lost.reason, linkLost: lost.linkLost });
  }

  /** True once it can take no command any more. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** True when nothing was asked that is not over. */
  get isIdle(): boolean {
    return this.#asked.length === 0;
  }

  /** True when it may be asked for another look: nothing but looks is before that, and not too many. */
  get takesLook(): boolean {
    return this.#asked.length < mostAhead && this.#asked.every(({ request }) => !request.mutates);
  }

  /** For how long the request that runs now has been the first, in milliseconds. */
  get runsForMs(): number {
    return performance.now() - this.#firstSinceMs;
  }

  /** Whether the request is the one that runs now. */
  isRunning(wanted: ExecRequest): boolean {
    return this.#asked[0]?.request === wanted;
  }

  /**
   * Runs a command. Rejects with a WorldError as any command does, with `NotKept` when it was certainly not started
   * because this shell cannot, and with `EndedUnderALook`.
   */
  async run(request: ExecRequest): Promise<Outcome> {
    using deadline = new Deadline(request.timeoutMs, request.signal);
    const errors = new CommandErrors(this.#launcher.host, request.mutates, deadline.timeoutMs, request.command);
    if (this.#isOver) throw new NotKept();
    if (request.signal?.aborted === true) throw errors.notStarted('abort', 'the host', '');
    const answer = new KeptAnswer(request);
    const asked = { request, answer };
    if (this.isIdle) this.#firstSinceMs = performance.now();
    this.#asked.push(asked);
    void this.#shell.process.write(Buffer.from(requestText(this.#launcher, request, answer.nonce), 'latin1'));
    void answer.over.then(() => this.#remove(asked));
    const first = await Promise.race([answer.over, deadline.stopped]);
    if (first !== 'timeout' && first !== 'abort') return await this.#outcome(first, answer, request, errors);
    // A look that waits for another one is nobody to end anything for.
    const ended = this.isRunning(request) ? await this.#end(request) : true;
    throw errors.stopped(first, ended, Buffer.from(answer.said.stderr).toString('utf8'));
  }

  async #outcome(
    answered: Answered,
    answer: KeptAnswer,
    request: ExecRequest,
    errors: CommandErrors,
  ): Promise<Outcome> {
    switch (answered.kind) {
      case 'overflow':
        throw errors.overflowed(await this.#end(request));
      case 'no-place':
        throw new NotKept();
      case 'lost':
        // What it was given before it was ready it never read.
        if (this.#ready !== undefined && !answered.linkLost) throw new NotKept();
        if (!request.mutates && !answered.linkLost) throw new EndedUnderALook();
        throw errors.lost(answered);
      case 'ended': {
        const { said } = answer;
        if (said.stdout.length + said.stderr.length > untidyBytes) this.#tidy();
        const { rc, signal } = answered;
        const ending =
          signal === 0 ? ({ kind: 'exit', rc } as const) : ({ kind: 'signal', signal: nameOf(signal) } as const);
        const refused = (words: Parameters<CommandErrors['refusedByScript']>[0]): WorldError =>
          errors.refusedByScript(words, request);
        return outcomeOf(ending, said, scriptMarker(answer.nonce), refused);
      }
    }
  }

  #remove(asked: Asked): void {
    this.#firstSinceMs = performance.now();
    this.#asked.splice(this.#asked.indexOf(asked), 1);
  }

  /** Lets the shell go; it removes what it made. */
  close(): void {
    this.#isOver = true;
    this.#shell.process.end();
  }

  /** Resolves when its channel is closed. */
  get closed(): Promise<unknown> {
    return this.#shell.process.closed;
  }

  /** Ends the command, and the shell with it. */
  async #end(request: ExecRequest): Promise<boolean> {
    this.#isOver = true;
    const ended = await endCommand(this.#launcher, request, this.#shell);
    this.#shell.process.close();
    if (this.#directory !== undefined) void this.#clear(this.#directory, request);
    return ended;
  }

  /** A shell that was killed has left what it made. */
  async #clear(directory: string, { become }: ExecRequest): Promise<void> {
    const command: ExecRequest['command'] = { kind: 'argv', argv: ['rm', '-rf', '--', directory] };
    const asWhom = become === undefined ? {} : { become };
    try {
      await runCommand(this.#launcher, { command, timeoutMs: lastWordsMs, mutates: false, ...asWhom });
    } catch {
      // It is empty, or as good as that, and there is nobody to tell.
    }
  }

  #tidy(): void {
    void this.#shell.process.write(Buffer.from(`- ${tidyWord} 0 0\n`, 'latin1'));
  }

  #take(stream: 'stdout' | 'stderr', chunk: Uint8Array): void {
    const scan = this.#ready;
    if (scan === undefined || stream === 'stderr') {
      this.#answered(stream, chunk);
      return;
    }
    const line = scan.take(chunk);
    if (line === undefined) return;
    this.#ready = undefined;
    [this.#directory] = line.words;
    this.#answered(stream, line.rest);
  }

  /** Answers come in the order of their requests; on each stream the first that is not whole there is the one. */
  #answered(stream: 'stdout' | 'stderr', chunk: Uint8Array): void {
    let rest = chunk;
    for (const { answer } of this.#asked) {
      if (rest.length === 0) return;
      if (answer.expects(stream)) rest = answer.take(stream, rest);
    }
  }
}

/** The name of a signal by its number on Linux, where the same numbers are used as here; else by its number alone. */
function nameOf(signal: number): string {
  return Object.entries(constants.signals).find(([, number]) => number === signal)?.[0] ?? `SIG${signal}`;
}
