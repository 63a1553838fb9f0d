// How every shell of ours starts on the far side, be it for one command or for many: its words are started, sudo is talked
// to, and its marker is waited for on both streams. Until then nothing has been asked of it.
import type { Become, Command } from '../core/connection.js';
import { WorldError } from '../core/world-error.js';
import { Sudo } from './become.js';
import { signalNumber } from './command-errors.js';
import type { CommandErrors } from './command-errors.js';
import { deferred, quietPause } from './deadline.js';
import type { Deadline, Stop } from './deadline.js';
import { Noise } from './noise.js';
import type { Started } from './noise.js';
import type { Ending, Launcher, RunningProcess } from './process.js';
import { newNonce, scriptMarker } from './script-words.js';
import { starterWords } from './shell-command.js';

/** How long the last words of a shell that did not start may take, in milliseconds. */
const lastWordsMs = 500;

/** What stands around a start. */
export interface Start {
  readonly launcher: Launcher;
  readonly become: Become | undefined;
  readonly deadline: Deadline;
  readonly errors: CommandErrors;
  /** Takes what the shell says behind its marker; nothing comes on either stream before both have theirs. */
  onData(stream: 'stdout' | 'stderr', chunk: Uint8Array): void;
}

/** A shell that waits for its script. */
export interface WaitingShell extends Started {
  readonly process: RunningProcess;
}

/** One start. */
export class ShellStart {
  readonly marker = scriptMarker(newNonce());
  readonly #start: Start;
  readonly #sudo: Sudo | undefined;
  readonly #noises: { readonly stdout: Noise; readonly stderr: Noise };
  readonly #marked = { stdout: false, stderr: false };
  readonly #started = deferred<Started>();
  readonly #refused = deferred<WorldError>();
  readonly #overflow = deferred<'overflow'>();
  /** What came before the launch was known to have succeeded. */
  readonly #early: { readonly stream: 'stdout' | 'stderr'; readonly chunk: Uint8Array }[] = [];
  #process: RunningProcess | undefined;

  constructor(start: Start) {
    this.#start = start;
    this.#sudo = start.become === undefined ? undefined : new Sudo(start.become);
    this.#noises = { stdout: this.#noise('stdout'), stderr: this.#noise('stderr') };
  }

  /** Starts the shell that is to read the script of a command; rejects when none of it was started, or will be. */
  async waiting(command: Command): Promise<WaitingShell> {
    const process = await this.#launch(starterWords(this.marker, command));
    try {
      return { process, ...(await this.#markers(process)) };
    } catch (error) {
      process.close();
      throw error;
    }
  }

  async #launch(words: readonly string[]): Promise<RunningProcess> {
    const { launcher, deadline } = this.#start;
    const launching = launcher.launch(
      this.#sudo?.words(words) ?? words,
      { onData: (stream, chunk) => this.#take(stream, chunk) },
      false,
    );
    try {
      this.#process = await deadline.within(launching, (stop) => this.#notStarted(stop));
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

  async #markers(process: RunningProcess): Promise<Started> {
    const first = await Promise.race([
      this.#started.promise,
      this.#refused.promise,
      this.#overflow.promise,
      process.exited,
      this.#start.deadline.stopped,
    ]);
    if (first instanceof WorldError) {
      process.end();
      throw first;
    }
    if (first === 'timeout' || first === 'abort') throw this.#notStarted(first);
    if (first === 'overflow') throw this.#start.errors.overflowed(true);
    if ('pid' in first) return first;
    await Promise.race([process.closed, quietPause(lastWordsMs)]);
    throw this.#refusedToStart(first);
  }

  #noise(stream: 'stdout' | 'stderr'): Noise {
    return new Noise(this.marker, {
      onStart: (started) => {
        this.#marked[stream] = true;
        // Both streams are past the noise before anything of the command can come on either.
        if (this.#marked.stdout && this.#marked.stderr) this.#started.resolve(started);
      },
      onNoise: (noise) => {
        if (stream === 'stderr') this.#talk(noise);
      },
      onOverflow: () => this.#overflow.resolve('overflow'),
    });
  }

  #take(stream: 'stdout' | 'stderr', chunk: Uint8Array): void {
    if (this.#process === undefined) {
      this.#early.push({ stream, chunk });
      return;
    }
    const own = this.#marked[stream] ? chunk : this.#noises[stream].take(chunk);
    if (own !== undefined && own.length > 0) this.#start.onData(stream, own);
  }

  #talk(noise: string): void {
    const sudo = this.#sudo;
    const answer = sudo?.answer(noise) ?? 'nothing';
    if (sudo === undefined || answer === 'nothing') return;
    if (answer === 'password') void this.#process?.write(sudo.passwordLine);
    else this.#refused.resolve(sudo.failure(this.#start.launcher.host, noise));
  }

  #notStarted(stop: Stop): WorldError {
    return this.#start.errors.notStarted(stop, this.#sudo === undefined ? 'the host' : 'sudo', this.#said());
  }

  #refusedToStart(ending: Ending): WorldError {
    const { errors, launcher } = this.#start;
    if (ending.kind === 'lost') return errors.lostBeforeStart(ending);
    const rc = ending.kind === 'exit' ? ending.rc : 128 + signalNumber(ending.signal);
    return this.#sudo?.failure(launcher.host, this.#said(), { rc }) ?? errors.wrongShell(rc, this.#said());
  }

  #said(): string {
    const { stdout, stderr } = this.#noises;
    const said = stderr.text.trim() === '' ? stdout.text : stderr.text;
    return this.#sudo?.withoutPrompt(said) ?? said;
  }
}
