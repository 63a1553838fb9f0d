// The course of one command on a channel of its own, the same over ssh and here: start a shell, send it the script, and
// wait for evidence of its end. Nothing is "done" without an exit status.
import type { ExecRequest, Outcome } from '../core/connection.js';
import { claimScript, endClaimText } from './claim-script.js';
import { CommandErrors } from './command-errors.js';
import { Deadline, deferred, quietPause } from './deadline.js';
import type { Stop } from './deadline.js';
import { linesOf, Output } from './output.js';
import { outcomeOf } from './outcome-of.js';
import type { Ending, Launcher, RunningProcess } from './process.js';
import { encodeScript, scriptOf } from './shell-command.js';
import { ShellStart } from './shell-start.js';
import type { WaitingShell } from './shell-start.js';
import { StreamedOutput, feed } from './streamed.js';

/** After its exit status a command's streams are read on until nothing comes for this time; a daemon may hold them open. */
const graceMs = 2_000;

/** And for no longer than this. */
const longestGraceMs = 30_000;

/** How long a command that was told to end may take to do so. */
const killMs = 8_000;

/** Runs one command. */
export async function runCommand(launcher: Launcher, request: ExecRequest): Promise<Outcome> {
  using deadline = new Deadline(request.timeoutMs, request.signal);
  // Awaited here: `using` would take the deadline away from a promise that is handed out.
  return await new Run(launcher, request, deadline).result();
}

/** The script of a request, as the shell that was started for it reads it. */
export function scriptFor({ host, stateDirectory }: Launcher, request: ExecRequest): string {
  return (request.claim === undefined ? scriptOf : claimScript)(host, stateDirectory, request);
}

class Run {
  readonly #launcher: Launcher;
  readonly #request: ExecRequest;
  readonly #deadline: Deadline;
  readonly #errors: CommandErrors;
  readonly #start: ShellStart;
  readonly #outputs: { readonly stdout: Output; readonly stderr: Output };
  readonly #overflow = deferred<'overflow'>();
  readonly #streamed: StreamedOutput | undefined;
  /** An input that failed, or a taker of the output that wants no more. */
  readonly #broken = deferred<{ readonly refusal: unknown }>();
  #process: RunningProcess | undefined;
  #lastDataAt = 0;
  #over = false;

  constructor(launcher: Launcher, request: ExecRequest, deadline: Deadline) {
    this.#launcher = launcher;
    this.#request = request;
    this.#deadline = deadline;
    this.#errors = new CommandErrors(launcher.host, request, deadline.timeoutMs);
    this.#streamed = request.onStdout === undefined ? undefined : new StreamedOutput(request.onStdout);
    void this.#streamed?.refused.then((refusal) => this.#broken.resolve(refusal));
    this.#outputs = { stdout: this.#output('stdout'), stderr: this.#output('stderr') };
    this.#start = new ShellStart({
      launcher,
      become: request.become,
      deadline,
      errors: this.#errors,
      onData: (stream, chunk) => this.#take(stream, chunk),
    });
  }

  async result(): Promise<Outcome> {
    const script = encodeScript(scriptFor(this.#launcher, this.#request));
    const { claim, command } = this.#request;
    // Under a claim the command's own shell is started by ours.
    const shell = await this.#start.waiting(claim === undefined ? command : { kind: 'argv', argv: [] });
    const { process } = shell;
    this.#process = process;
    try {
      void process.write(Buffer.from(script, 'latin1'));
      // Without input the command reads /dev/null; the channel stays open both ways, for signals can be sent only then.
      if (this.#request.stdin !== undefined) {
        void feed(process, this.#request.stdin, () => this.#over).then((refusal) => this.#broken.resolve(refusal));
      }
      return await this.#finish(shell);
    } finally {
      this.#over = true;
      process.close();
    }
  }

  async #finish(shell: WaitingShell): Promise<Outcome> {
    const { process } = shell;
    const given = await Promise.race([
      process.exited,
      this.#overflow.promise,
      this.#broken.promise,
      this.#deadline.stopped,
    ]);
    // An exit that is known counts, whatever came of the streams meanwhile.
    const first = typeof given !== 'string' && 'kind' in given ? await this.#allRead(process, given) : given;
    if (typeof first !== 'string' && 'kind' in first) return this.#settle(process, first);
    const ended = await endCommand(this.#launcher, this.#request, shell);
    if (typeof first !== 'string') throw this.#errors.broken(first.refusal, ended);
    if (first === 'overflow') throw this.#errors.overflowed(ended);
    throw this.#errors.stopped(first, ended, Buffer.from(this.#outputs.stderr.bytes).toString('utf8'));
  }

  /** The ending, once a streamed output was taken to its end; its taker may need any time for what is on its way. */
  async #allRead(process: RunningProcess, ending: Ending): Promise<Ending | Stop | { readonly refusal: unknown }> {
    if (this.#streamed === undefined || ending.kind === 'lost') return ending;
    const complete = this.#streamed.complete(process);
    const first = await Promise.race([complete, this.#broken.promise, this.#deadline.stopped]);
    if (typeof first !== 'boolean') return first;
    return first ? ending : { kind: 'lost', reason: 'its output broke off', linkLost: true };
  }

  /** Reads what is still on its way after the end. */
  async #settle(process: RunningProcess, ending: Ending): Promise<Outcome> {
    if (ending.kind === 'lost') throw this.#errors.lost(ending);
    const endedAt = performance.now();
    this.#lastDataAt = endedAt;
    for (;;) {
      const quietMs = performance.now() - this.#lastDataAt;
      const leftMs = Math.min(graceMs - quietMs, longestGraceMs - (performance.now() - endedAt));
      const first = await Promise.race([process.closed, quietPause(leftMs), this.#overflow.promise]);
      if (first === 'overflow') throw this.#errors.overflowed(true);
      if (first === 'closed' || leftMs <= 0) break;
    }
    const { stdout, stderr } = this.#outputs;
    stdout.end();
    stderr.end();
    const said = { stdout: stdout.bytes, stderr: stderr.bytes };
    return outcomeOf(ending, said, this.#start.marker, this.#request, this.#errors);
  }

  #output(stream: 'stdout' | 'stderr'): Output {
    return new Output({
      onLine: linesOf(stream, () => this.#start.marker, this.#request.onLine),
      onOverflow: () => this.#overflow.resolve('overflow'),
    });
  }

  #take(stream: 'stdout' | 'stderr', chunk: Uint8Array): void {
    if (this.#over) return;
    this.#lastDataAt = performance.now();
    if (stream === 'stderr' || this.#streamed === undefined) this.#outputs[stream].take(chunk);
    // Nothing comes behind the markers before the shell was given its script.
    else if (this.#process !== undefined) this.#streamed.pass(this.#process, chunk);
  }
}

/** Ends a command with its group; true when it is known to have ended. */
export async function endCommand(
  launcher: Launcher,
  request: ExecRequest,
  { process, group }: WaitingShell,
): Promise<boolean> {
  process.signal('TERM');
  const killing = endGroup(launcher, request, group);
  const ended = process.exited.then((ending) => ending.kind !== 'lost');
  // A host that starts no second command may still pass a signal on.
  void killing.then((gone) => gone || process.signal('KILL'));
  const both = Promise.all([killing, ended]).then((known) => known.every(Boolean));
  return Promise.race([both, quietPause(killMs).then(() => false)]);
}

/** Ends a process group by a second command, as the same user: TERM first, KILL after 2 s. True when it is gone. */
async function endGroup(launcher: Launcher, request: ExecRequest, group: number): Promise<boolean> {
  const script = request.claim === undefined ? endText(group) : endClaimText(launcher.stateDirectory, request, group);
  const urgent: Launcher = {
    host: launcher.host,
    stateDirectory: launcher.stateDirectory,
    launch: (words, listener) => launcher.launch(words, listener, true),
  };
  try {
    const { rc } = await runCommand(urgent, {
      command: { kind: 'shell', script },
      ...(request.become === undefined ? {} : { become: request.become }),
      timeoutMs: killMs - 500,
      mutates: false,
    });
    return rc === 0;
  } catch {
    // A host that starts nothing more cannot be asked to end anything either; the caller says that it may still run.
    return false;
  }
}

function endText(group: number): string {
  return [
    // A zombie counts as a member of its group for kill, and waits only for its parent.
    `alive() { kill -s 0 -- -${group} 2>/dev/null && { ! ps -e >/dev/null 2>&1 || ps -e -o pgid= -o stat= | grep -q "^ *${group}  *[^Z]"; }; }`,
    'moment() { sleep 0.2 2>/dev/null || sleep 1; }',
    `kill -s TERM -- -${group} 2>/dev/null`,
    'for pb_i in 1 2 3 4 5 6 7 8 9 10; do alive || exit 0; moment; done',
    `kill -s KILL -- -${group} 2>/dev/null; moment`,
    'alive && exit 1; exit 0',
  ].join('\n');
}
