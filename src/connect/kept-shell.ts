// One shell on a host for many scripts of ours: a request is one write and its answer one read, without a new channel,
// login, or sudo. Requests run one at a time, in the order in which they were made; looks may be asked for ahead.
import type { ExecRequest, Outcome } from '../core/connection.js';
import { CommandErrors } from './command-errors.js';
import { Deadline, quietPause } from './deadline.js';
import { KeptAnswer } from './kept-answer.js';
import { requestText } from './kept-request.js';
import { keptShellLoop, readyWord } from './kept-shell-script.js';
import { MarkerScan } from './marker-scan.js';
import { outcomeOf } from './outcome-of.js';
import type { Launcher } from './process.js';
import { endCommand } from './run-command.js';
import { scriptMarker } from './script-words.js';
import { encodeScript } from './shell-command.js';
import { ShellStart } from './shell-start.js';
import type { WaitingShell } from './shell-start.js';

/** How many looks may be asked for before the first is over. */
const mostAhead = 32;

/** How long its last words may be on their way, in milliseconds. */
const lastWordsMs = 2_000;

/** The shell took nothing, and never will: the command is to be run in another way. */
export class NotKept extends Error {}

/** The shell ended under a script that only looks, on a link that is still there. */
export class ShellEnded extends Error {}

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
  #isOver = false;
  /** True when it was not we who ended it. */
  endedByItself = false;

  /** Starts one, in the time and with the errors of the command that is to be its first. */
  static async start(launcher: Launcher, request: ExecRequest): Promise<KeptShell> {
    using deadline = new Deadline(request.timeoutMs, request.signal);
    const errors = new CommandErrors(launcher.host, request, deadline.timeoutMs);
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
    this.#ready = new MarkerScan(`${marker} ${readyWord}`, () => undefined);
    void shell.process.write(Buffer.from(encodeScript(keptShellLoop), 'latin1'));
    void this.#watch();
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

  /**
   * Runs a command. Rejects with a WorldError as any command does, with `NotKept` when it was certainly not started
   * because this shell cannot, and with `ShellEnded`.
   */
  async run(request: ExecRequest): Promise<Outcome> {
    using deadline = new Deadline(request.timeoutMs, request.signal);
    const errors = new CommandErrors(this.#launcher.host, request, deadline.timeoutMs);
    if (this.#isOver) throw new NotKept();
    if (request.signal?.aborted === true) throw errors.notStarted('abort', 'the host', '');
    const answer = new KeptAnswer(request);
    const text = Buffer.from(requestText(this.#launcher, request, answer.nonce), 'latin1');
    const asked = { request, answer };
    this.#asked.push(asked);
    void answer.over.then(() => this.#asked.splice(this.#asked.indexOf(asked), 1));
    void this.#shell.process.write(text);
    const first = await Promise.race([answer.over, deadline.stopped]);
    if (first !== 'timeout' && first !== 'abort') return await this.#outcome(asked, first, errors);
    // Whatever it waits for, the shell is of no use any more; others make their looks again.
    throw errors.stopped(first, await this.#end(asked), Buffer.from(answer.said.stderr).toString('utf8'));
  }

  async #outcome(asked: Asked, answered: Awaited<KeptAnswer['over']>, errors: CommandErrors): Promise<Outcome> {
    const { request, answer } = asked;
    switch (answered.kind) {
      case 'overflow':
        throw errors.overflowed(await this.#end(asked));
      case 'lost':
        // What it was given before it was ready it never read.
        if (this.#ready !== undefined && !answered.linkLost) throw new NotKept();
        if (!request.mutates && !answered.linkLost) throw new ShellEnded();
        throw errors.lost(answered);
      case 'exit':
        return outcomeOf(answered, answer.said, scriptMarker(answer.nonce), request, errors);
    }
  }

  /** Lets the shell go. */
  close(): void {
    this.#isOver = true;
    this.#shell.process.end();
  }

  /** Resolves when its channel is closed. */
  get closed(): Promise<unknown> {
    return this.#shell.process.closed;
  }

  /** Ends what runs, and the shell with it; what it was asked for beside that is lost. */
  async #end({ request, answer }: Asked): Promise<boolean> {
    this.#isOver = true;
    for (const other of this.#asked)
      if (other.answer !== answer) other.answer.end({ kind: 'lost', reason: 'its shell was ended', linkLost: false });
    const ended = await endCommand(this.#launcher, request, this.#shell);
    this.#shell.process.close();
    return ended;
  }

  async #watch(): Promise<void> {
    const { exited, closed } = this.#shell.process;
    const ending = await exited;
    this.endedByItself = !this.#isOver;
    this.#isOver = true;
    // Its last words may come behind the news of its end.
    await Promise.race([closed, quietPause(lastWordsMs)]);
    const lost = ending.kind === 'lost' ? ending : { reason: 'its shell ended', linkLost: false };
    for (const { answer } of this.#asked) answer.end({ kind: 'lost', reason: lost.reason, linkLost: lost.linkLost });
  }

  #take(stream: 'stdout' | 'stderr', chunk: Uint8Array): void {
    if (this.#ready === undefined || stream === 'stderr') {
      this.#answered(stream, chunk);
      return;
    }
    const line = this.#ready.take(chunk);
    if (line === undefined) return;
    this.#ready = undefined;
    this.#answered(stream, line.rest);
  }

  /** Answers come in the order of their requests; on each stream the first that is not whole there is the one. */
  #answered(stream: 'stdout' | 'stderr', chunk: Uint8Array): void {
    let rest = chunk;
    for (const { answer } of this.#asked) {
      if (rest.length === 0 || this.#isOver) return;
      if (answer.expects(stream)) rest = answer.take(stream, rest);
    }
  }
}
