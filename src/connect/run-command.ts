// The course of one command, the same over ssh and here: start a shell, wait for its marker (talking to sudo meanwhile),
// send the script, and wait for evidence of its end. Nothing is "done" without an exit status.
import { randomBytes } from 'node:crypto';
import type { ExecRequest, Outcome } from '../core/connection.js';
import { WorldError } from '../core/world-error.js';
import { Sudo } from './become.js';
import { CommandErrors, signalNumber } from './command-errors.js';
import { Deadline, deferred, quietPause } from './deadline.js';
import type { Stop } from './deadline.js';
import { Output } from './output.js';
import type { Started } from './output.js';
import type { Ending, Launcher, RunningProcess } from './process.js';
import { claimScript, endClaimText } from './claim-script.js';
import { saidByScript } from './script-words.js';
import { encodeScript, scriptOf, starterWords } from './shell-command.js';
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

class Run {
  readonly #launcher: Launcher;
  readonly #request: ExecRequest;
  readonly #deadline: Deadline;
  readonly #errors: CommandErrors;
  readonly #marker = `playbook-${randomBytes(12).toString('hex')}`;
  readonly #sudo: Sudo | undefined;
  readonly #outputs: { readonly stdout: Output; readonly stderr: Output };
  readonly #started = deferred<Started>();
  readonly #refused = deferred<WorldError>();
  readonly #overflow = deferred<'overflow'>();
  readonly #streamed: StreamedOutput | undefined;
  /** An input that failed, or a taker of the output that wants no more. */
  readonly #broken = deferred<{ readonly refusal: unknown }>();
  /** What came before the launch was known to have succeeded. */
  readonly #early: { readonly stream: 'stdout' | 'stderr'; readonly chunk: Uint8Array }[] = [];
  #process: RunningProcess | undefined;
  #starts = 0;
  #lastDataAt = 0;
  #over = false;

  constructor(launcher: Launcher, request: ExecRequest, deadline: Deadline) {
    this.#launcher = launcher;
    this.#request = request;
    this.#deadline = deadline;
    this.#errors = new CommandErrors(launcher.host, request.mutates, deadline.timeoutMs, request.command);
    this.#sudo = request.become === undefined ? undefined : new Sudo(request.become);
    this.#streamed = request.onStdout === undefined ? undefined : new StreamedOutput(request.onStdout);
    void this.#streamed?.refused.then((refusal) => this.#broken.resolve(refusal));
    this.#outputs = { stdout: this.#output('stdout'), stderr: this.#output('stderr') };
  }

  async result(): Promise<Outcome> {
    const script = encodeScript(this.#script());
    const process = await this.#launch();
    try {
      const started = await this.#start(process);
      void process.write(Buffer.from(script, 'latin1'));
      // Without input the command reads /dev/null; the channel stays open both ways, for signals can be sent only then.
      if (this.#request.stdin !== undefined) {
        void feed(process, this.#request.stdin, () => this.#over).then((refusal) => this.#broken.resolve(refusal));
      }
      return await this.#finish(process, started);
    } finally {
      this.#over = true;
      process.close();
    }
  }

  #script(): string {
    const { host, stateDirectory } = this.#launcher;
    return (this.#request.claim === undefined ? scriptOf : claimScript)(host, stateDirectory, this.#request);
  }

  async #launch(): Promise<RunningProcess> {
    const { claim, command } = this.#request;
    // Under a claim the command's own shell is started by ours.
    const words = starterWords(this.#marker, claim === undefined ? command : { kind: 'argv', argv: [] });
    const launching = this.#launcher.launch(
      this.#sudo?.words(words) ?? words,
      { onData: (stream, chunk) => this.#take(stream, chunk) },
      false,
    );
    try {
      this.#process = await this.#deadline.within(launching, (stop) => this.#notStarted(stop));
    } catch (error) {
      launching.then(
        (late) => late.close(),
        () => undefined,
      );
      throw error;
    }
    for (const { stream, chunk } of this.#early.splice(0)) this.#take(stream, chunk);
    return this.#process;
  }

  /** Waits until the far shell is ready for its script. Until then nothing has been asked of it. */
  async #start(process: RunningProcess): Promise<Started> {
    const first = await Promise.race([
      this.#started.promise,
      this.#refused.promise,
      this.#overflow.promise,
      process.exited,
      this.#deadline.stopped,
    ]);
    if (first instanceof WorldError) {
      process.end();
      throw first;
    }
    if (first === 'timeout' || first === 'abort') throw this.#notStarted(first);
    if (first === 'overflow') throw this.#errors.overflowed(true);
    if ('pid' in first) return first;
    await Promise.race([process.closed, quietPause(graceMs / 4)]);
    throw this.#refusedToStart(first);
  }

  async #finish(process: RunningProcess, started: Started): Promise<Outcome> {
    const given = await Promise.race([
      process.exited,
      this.#overflow.promise,
      this.#broken.promise,
      this.#deadline.stopped,
    ]);
    // An exit that is known counts, whatever came of the streams meanwhile.
    const first = typeof given !== 'string' && 'kind' in given ? await this.#allRead(process, given) : given;
    if (typeof first !== 'string' && 'kind' in first) return this.#settle(process, first);
    const ended = await this.#kill(process, started);
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
    this.#outputs.stdout.end();
    this.#outputs.stderr.end();
    return this.#outcome(ending);
  }

  #outcome(ending: Exclude<Ending, { readonly kind: 'lost' }>): Outcome {
    const { stdout, stderr } = { stdout: this.#outputs.stdout.bytes, stderr: this.#outputs.stderr.bytes };
    if (ending.kind === 'signal')
      return { rc: 128 + signalNumber(ending.signal), signal: ending.signal, stdout, stderr };
    const refused = ending.rc === 125 ? saidByScript(this.#marker, stderr) : undefined;
    if (refused === undefined) return { rc: ending.rc, stdout, stderr };
    throw this.#errors.refusedByScript(refused, this.#request);
  }

  /** Ends the command with its group; true when it is known to have ended. */
  async #kill(process: RunningProcess, started: Started): Promise<boolean> {
    process.signal('TERM');
    const killing = endGroup(this.#launcher, this.#request, started.group);
    const ended = process.exited.then((ending) => ending.kind !== 'lost');
    // A host that starts no second command may still pass a signal on.
    void killing.then((gone) => gone || process.signal('KILL'));
    const both = Promise.all([killing, ended]).then((known) => known.every(Boolean));
    return Promise.race([both, quietPause(killMs).then(() => false)]);
  }

  #output(stream: 'stdout' | 'stderr'): Output {
    const streamed = stream === 'stdout' ? this.#streamed : undefined;
    return new Output(this.#marker, {
      onBytes:
        streamed === undefined
          ? undefined
          : (chunk) => {
              if (this.#process !== undefined) streamed.pass(this.#process, chunk);
            },
      onStart: (started) => {
        this.#starts += 1;
        // Both streams are past the noise before anything of the command can come on either.
        if (this.#starts === 2) this.#started.resolve(started);
      },
      onNoise: (noise) => {
        if (stream === 'stderr') this.#talk(noise);
      },
      onLine: (line) => {
        if (!line.startsWith(`${this.#marker} `)) this.#request.onLine?.(stream, line);
      },
      onOverflow: () => this.#overflow.resolve('overflow'),
    });
  }

  #take(stream: 'stdout' | 'stderr', chunk: Uint8Array): void {
    if (this.#over) return;
    if (this.#process === undefined) {
      this.#early.push({ stream, chunk });
      return;
    }
    this.#lastDataAt = performance.now();
    this.#outputs[stream].take(chunk);
  }

  #talk(noise: string): void {
    const sudo = this.#sudo;
    const answer = sudo?.answer(noise) ?? 'nothing';
    if (sudo === undefined || answer === 'nothing') return;
    if (answer === 'password') void this.#process?.write(sudo.passwordLine);
    else this.#refused.resolve(sudo.failure(this.#launcher.host, noise));
  }

  #notStarted(stop: Stop): WorldError {
    return this.#errors.notStarted(stop, this.#sudo === undefined ? 'the host' : 'sudo', this.#noise());
  }

  #refusedToStart(ending: Ending): WorldError {
    if (ending.kind === 'lost') return this.#errors.lostBeforeStart(ending);
    const rc = ending.kind === 'exit' ? ending.rc : 128 + signalNumber(ending.signal);
    return (
      this.#sudo?.failure(this.#launcher.host, this.#noise(), { rc }) ?? this.#errors.wrongShell(rc, this.#noise())
    );
  }

  #noise(): string {
    const said = this.#outputs.stderr.noise.trim() === '' ? this.#outputs.stdout.noise : this.#outputs.stderr.noise;
    return this.#sudo?.withoutPrompt(said) ?? said;
  }
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
