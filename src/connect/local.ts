// The operator's own machine as a host: the same promises as over ssh, with a child process in its own group.
import { spawn } from 'node:child_process';
import type { ChildProcess, ChildProcessWithoutNullStreams } from 'node:child_process';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Connection, DialAddress, ExecRequest, Outcome, Target } from '../core/connection.js';
import type { ClaimState, HoldAnswer, HoldRequest } from '../core/hold.js';
import { WorldError } from '../core/world-error.js';
import { listClaims } from './claims.js';
import type { ClaimQuery } from './claims.js';
import { Deadline, seconds } from './deadline.js';
import { askHold } from './hold.js';
import { codeOf, reasonOf } from './printable.js';
import type { Ending, Launcher, ProcessListener, RunningProcess } from './process.js';
import { runCommand } from './run-command.js';

/**
 * A connection to the machine that we run on. No shell is kept: there is no round trip to spare, and many hosts may stand
 * for it.
 */
export class LocalConnection implements Connection, Launcher {
  readonly host: string;
  readonly stateDirectory: string;
  readonly #environment: NodeJS.ProcessEnv;
  #closed = false;

  constructor({ host, stateDirectory }: Pick<Target, 'host' | 'stateDirectory'>, environment: NodeJS.ProcessEnv) {
    this.host = host;
    this.stateDirectory = stateDirectory;
    this.#environment = environment;
  }

  async hold(request: HoldRequest, signal?: AbortSignal): Promise<HoldAnswer> {
    this.#checkOpen();
    return askHold(this, request, signal);
  }

  async claims(query: ClaimQuery): Promise<readonly ClaimState[]> {
    this.#checkOpen();
    return listClaims(this, query);
  }

  async exec(request: ExecRequest): Promise<Outcome> {
    this.#checkOpen();
    return runCommand(this, request);
  }

  async dial(address: DialAddress, timeoutMs: number): Promise<Duplex> {
    this.#checkOpen();
    return dialFromHere(address, timeoutMs);
  }

  async launch(words: readonly string[], listener: ProcessListener): Promise<RunningProcess> {
    const [program = '', ...rest] = words;
    const child = spawn(program, rest, { detached: true, env: this.#environment, stdio: 'pipe' });
    const started = this.#started(child, program);
    // A process that may open no more files is given no streams, whatever the type says.
    const running = isWhole(child) ? new LocalProcess(child, listener) : undefined;
    await started;
    if (running === undefined) throw new WorldError('failed', `\`${program}\` was given no streams`);
    return running;
  }

  #started(child: ChildProcess, program: string): Promise<void> {
    return new Promise((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', (error) => {
        reject(
          new WorldError('failed', `cannot start \`${program}\` on \`${this.host}\`: ${reasonOf(error)}`, {
            hint: 'check the limits of processes and open files of this machine',
          }),
        );
      });
    });
  }

  #checkOpen(): void {
    if (this.#closed) throw new WorldError('unreachable', `the connection to \`${this.host}\` is closed`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
  }
}

function isWhole(child: ChildProcess): child is ChildProcessWithoutNullStreams {
  return Boolean(child.stdin) && Boolean(child.stdout) && Boolean(child.stderr);
}

class LocalProcess implements RunningProcess {
  readonly exited: Promise<Ending>;
  readonly closed: Promise<'closed'>;
  readonly outputEnded: Promise<boolean>;
  readonly #child: ChildProcessWithoutNullStreams;
  #ended = false;

  constructor(child: ChildProcessWithoutNullStreams, listener: ProcessListener) {
    this.#child = child;
    child.stdout.on('data', (chunk: Buffer) => listener.onData('stdout', chunk));
    child.stderr.on('data', (chunk: Buffer) => listener.onData('stderr', chunk));
    // A command that ends without reading its input is no error.
    child.stdin.on('error', () => undefined);
    this.exited = new Promise((resolve) => {
      child.once('error', (error) => resolve({ kind: 'lost', reason: reasonOf(error), linkLost: false }));
      child.once('exit', (rc, signal) => {
        this.#ended = true;
        resolve(signal === null ? { kind: 'exit', rc: rc ?? 255 } : { kind: 'signal', signal });
      });
    });
    this.closed = new Promise((resolve) => {
      child.once('close', () => resolve('closed'));
      child.once('error', () => resolve('closed'));
    });
    this.outputEnded = new Promise((resolve) => {
      child.stdout.once('end', () => resolve(true));
      child.stdout.once('close', () => resolve(false));
    });
  }

  write(bytes: Uint8Array): Promise<void> {
    if (!this.#child.stdin.writable) return Promise.resolve();
    return new Promise((resolve) => this.#child.stdin.write(bytes, () => resolve()));
  }

  pauseOutput(): void {
    this.#child.stdout.pause();
  }

  resumeOutput(): void {
    this.#child.stdout.resume();
  }

  end(): void {
    this.#child.stdin.end();
  }

  signal(name: 'TERM' | 'KILL'): void {
    if (!this.#ended) this.#child.kill(`SIG${name}`);
  }

  close(): void {
    this.#child.stdin.destroy();
    this.#child.stdout.destroy();
    this.#child.stderr.destroy();
    this.#child.unref();
  }
}

/** A stream from here to an address; rejects with kind `failed` when nothing answers there. */
export async function dialFromHere(address: DialAddress, timeoutMs: number): Promise<Socket> {
  using deadline = new Deadline(timeoutMs);
  const socket =
    address.kind === 'unix'
      ? connect(address.path)
      : connect({ host: address.address, port: address.port, noDelay: true });
  try {
    await deadline.within(
      new Promise<void>((resolve, reject) => {
        socket.once('connect', resolve);
        socket.on('error', reject);
      }),
      () => new Error(`no answer within ${seconds(timeoutMs)}`),
    );
    return socket;
  } catch (error) {
    socket.destroy();
    throw new WorldError('failed', `cannot reach ${nameOf(address)}: ${reasonOf(error)}`, {
      hint: 'check that the server runs and listens there, and that no firewall is between',
      details: { reason: codeOf(error) ?? 'timeout' },
    });
  }
}

/** An address as messages name it. */
export function nameOf(address: DialAddress): string {
  if (address.kind === 'unix') return `\`${address.path}\``;
  return `\`${address.address.includes(':') ? `[${address.address}]` : address.address}:${address.port}\``;
}
