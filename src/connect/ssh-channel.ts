// The two kinds of channel that we open on a link: one that runs a program, and one that carries bytes to an address.
// ssh2 tells the end of a channel late, or never when the link hangs; here the loss of the link ends its channels.
import { Duplex } from 'node:stream';
import type { ClientChannel } from 'ssh2';
import { WorldError } from '../core/world-error.js';
import { pause } from './deadline.js';
import { reasonOf } from './printable.js';
import type { Ending, ProcessListener, RunningProcess } from './process.js';
import type { SshLink } from './ssh-link.js';

/** A program on the far side. */
export class ChannelProcess implements RunningProcess {
  readonly exited: Promise<Ending>;
  readonly closed: Promise<'closed'>;
  readonly outputEnded: Promise<boolean>;
  readonly #channel: ClientChannel;
  /** Lets go of a write whose bytes nobody will take any more; ssh2 forgets its callback with the channel. */
  #forget: () => void = () => undefined;

  constructor(channel: ClientChannel, link: SshLink, listener: ProcessListener) {
    this.#channel = channel;
    channel.on('data', (chunk: Buffer) => listener.onData('stdout', chunk));
    channel.stderr.on('data', (chunk: Buffer) => listener.onData('stderr', chunk));
    channel.on('error', () => undefined);
    channel.stderr.on('error', () => undefined);
    this.closed = new Promise((resolve) => {
      channel.once('close', () => resolve('closed'));
      void link.lost.then(() => resolve('closed'));
    });
    void this.closed.then(() => this.#forget());
    this.outputEnded = new Promise((resolve) => {
      // ssh2 ends the channels of a lost link as if their programs had.
      channel.once('end', () => resolve(link.lostBecause === undefined));
      channel.once('close', () => resolve(false));
      void link.lost.then(() => resolve(false));
    });
    this.exited = new Promise((resolve) => {
      channel.once('exit', (rc: number | null, signal?: string) => {
        // A code of null is not 0: it comes with the signal's name.
        resolve(typeof rc === 'number' ? { kind: 'exit', rc } : { kind: 'signal', signal: signal ?? 'SIGUNKNOWN' });
      });
      channel.once('close', () => {
        const reason = link.lostBecause;
        resolve({
          kind: 'lost',
          reason: reason ?? 'the channel was closed without an exit status',
          linkLost: reason !== undefined,
        });
      });
      void link.lost.then((reason) => resolve({ kind: 'lost', reason, linkLost: true }));
    });
  }

  write(bytes: Uint8Array): Promise<void> {
    if (!this.#channel.writable) return Promise.resolve();
    return new Promise((resolve) => {
      this.#forget = resolve;
      this.#channel.write(bytes, () => resolve());
    });
  }

  pauseOutput(): void {
    this.#channel.pause();
  }

  resumeOutput(): void {
    this.#channel.resume();
  }

  end(): void {
    this.#channel.end();
  }

  signal(name: 'TERM' | 'KILL'): void {
    this.#channel.signal(name);
  }

  close(): void {
    this.#channel.close();
  }
}

/** How often a server that has no session of ours open may refuse one, and how long we wait in between. */
const mostRefusals = 10;
const refusalPauseMs = 200;

/** Asks the link to run a command line; rejects when it certainly was not started. */
export async function openProcess(
  link: SshLink,
  host: string,
  line: string,
  listener: ProcessListener,
  urgent: boolean,
): Promise<RunningProcess> {
  let refusals = 0;
  for (;;) {
    const release = await link.sessions.acquire(urgent);
    try {
      const running = await requestExec(link, line, listener);
      void running.closed.then(release);
      return running;
    } catch (error) {
      release();
      if (!isSessionRefusal(error) || urgent) throw notStarted(host, error, link.lostBecause);
      // The server grants fewer than we thought; where we hold none, one that just ended still counts there. Nothing was
      // delivered yet.
      if (link.sessions.held > 0) {
        await link.shells.giveWay();
        link.sessions.lower(link.sessions.held);
      }
      if (link.sessions.held === 0) refusals += 1;
      if (refusals > mostRefusals) throw notStarted(host, error, link.lostBecause);
      if (link.sessions.held === 0) await pause(refusalPauseMs);
    }
  }
}

function requestExec(link: SshLink, line: string, listener: ProcessListener): Promise<ChannelProcess> {
  return new Promise((resolve, reject) => {
    if (link.lostBecause !== undefined) throw new Error(link.lostBecause);
    void link.lost.then((reason) => reject(new Error(reason)));
    link.client.exec(line, (error, channel) => {
      // Listening starts here and not after an await: the exit status may stand in the same packet.
      if (error === undefined) resolve(new ChannelProcess(channel, link, listener));
      else reject(error);
    });
  });
}

function isSessionRefusal(error: unknown): boolean {
  return error instanceof Error && error.message.includes('Channel open failure');
}

function notStarted(host: string, error: unknown, lost: string | undefined): WorldError {
  if (lost !== undefined) {
    return new WorldError('unreachable', `\`${host}\` was lost before the command was started: ${lost}`, {
      hint: 'nothing was run; it is safe to run this again',
      cause: error,
    });
  }
  return new WorldError('failed', `\`${host}\` refused to run a command: ${reasonOf(error)}`, {
    hint: isSessionRefusal(error)
      ? 'check `MaxSessions` in the sshd_config of the host'
      : 'check what its sshd allows this user to run',
    cause: error,
  });
}

/** A channel as an ordinary stream: destroyed at once with the link, with back-pressure both ways. */
export class ChannelStream extends Duplex {
  readonly #channel: ClientChannel;

  constructor(channel: ClientChannel, link: SshLink) {
    super({ allowHalfOpen: true });
    this.#channel = channel;
    channel.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) channel.pause();
    });
    channel.on('end', () => this.push(null));
    channel.on('error', (error: Error) => this.destroy(error));
    // ssh2 tells the close after the end; what was read so far is still to be taken.
    channel.on('close', () => this.end());
    void link.lost.then((reason) => this.destroy(new Error(reason)));
  }

  override _read(): void {
    this.#channel.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.#channel.writable) this.#channel.write(chunk, done);
    else done(new Error('the far side closed the stream'));
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#channel.end();
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#channel.close();
    done(error);
  }
}
