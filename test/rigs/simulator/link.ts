// The network of the simulated world. A link carries messages both ways, in order; a message may be on its way when the link
// is cut or when its sender dies, and then it is lost, or, worse, comes late.
import type { Connection, ExecRequest, Outcome } from '../../../src/core/connection.js';
import type { ClaimState, Fence, HoldAnswer, HoldRequest } from '../../../src/core/hold.js';
import { WorldError } from '../../../src/core/world-error.js';
import type { Asker } from './effects.js';
import type { Reply, SimulatedHost } from './host.js';
import type { Incarnation } from './incarnation.js';
import type { Kernel } from './kernel.js';

/** After so long without a word a host is taken to be lost, in milliseconds. */
const patienceMs = 20_000;

interface Flight {
  readonly late: (ms: number) => void;
  readonly lose: () => void;
}

/** A way from one life of the program to one host. */
export class Link {
  readonly host: SimulatedHost;
  readonly runner: Incarnation;
  readonly kernel: Kernel;
  open = true;
  /** Called when a touch is about to be sent. */
  onTouch: (words: string, fence: Fence | undefined) => void = () => undefined;
  /** Called when the far side learns that nobody is there any more. */
  readonly onFarEnd = new Set<() => void>();
  #lastToMs = 0;
  #lastFromMs = 0;
  readonly #flights = new Set<Flight>();
  readonly #pending = new Set<() => void>();

  constructor(host: SimulatedHost, runner: Incarnation, kernel: Kernel) {
    this.host = host;
    this.runner = runner;
    this.kernel = kernel;
  }

  /**
   * Sends a message and waits for its answer. When the link is lost, `doubt` says whether it may have been delivered:
   * a touch is in doubt then, and a look was merely not reached.
   */
  ask<T>(what: string, doubt: boolean, deliver: (reply: Reply<T>) => void): Promise<T> {
    const { runner, kernel, host } = this;
    if (!runner.alive) return runner.never();
    if (!this.open)
      return Promise.reject(new WorldError('unreachable', `the connection to \`${host.name}\` is closed`));
    kernel.tick(`send-${what}`, host.name);
    if (!runner.alive) return runner.never();
    if (!this.open) return Promise.reject(new WorldError('unreachable', `\`${host.name}\` was lost`));
    return new Promise<T>((resolve, reject) => {
      const lost = (): void => {
        const words = `\`${host.name}\` was lost`;
        const kind = doubt ? 'in-doubt' : 'unreachable';
        if (runner.alive) reject(new WorldError(kind, words));
      };
      this.#pending.add(lost);
      const reply: Reply<T> = (answer) => this.#back(what, lost, answer, resolve, reject);
      this.#fly(what, () => deliver(reply));
    });
  }

  #fly(what: string, arrive: () => void): void {
    const { kernel, host } = this;
    let lost = false;
    this.#lastToMs = Math.max(this.#lastToMs, kernel.nowMs + kernel.random.whole(1, 8));
    const flight: Flight = {
      late: (ms) => void (planned.atMs = Math.max(planned.atMs, kernel.nowMs + ms)),
      lose: () => void (lost = true),
    };
    this.#flights.add(flight);
    const come = (): void => {
      this.#flights.delete(flight);
      if (host.isUp) arrive();
      // Nobody is there to say so.
      else kernel.plan(patienceMs, 'no-answer', host.name, () => this.cut(true));
    };
    const planned = kernel.plan(
      this.#lastToMs - kernel.nowMs,
      `arrive-${what}`,
      host.name,
      () => {
        if (host.frozenUntilMs > kernel.nowMs) {
          // It lies in the buffers of a server that does nothing, and is read when that wakes up.
          kernel.plan(host.frozenUntilMs - kernel.nowMs, `thawed-${what}`, host.name, come, () => !lost);
          return;
        }
        come();
      },
      () => !lost,
    );
  }

  #back<T>(
    what: string,
    lost: () => void,
    answer: T | WorldError,
    resolve: (value: T) => void,
    reject: (error: Error) => void,
  ): void {
    if (!this.open || !this.runner.alive) return;
    const { kernel } = this;
    this.#lastFromMs = Math.max(this.#lastFromMs, kernel.nowMs + kernel.random.whole(1, 8), this.host.frozenUntilMs);
    kernel.plan(
      this.#lastFromMs - kernel.nowMs,
      `receive-${what}`,
      this.host.name,
      () => {
        this.#pending.delete(lost);
        if (answer instanceof WorldError) reject(answer);
        else resolve(answer);
      },
      () => this.open && this.runner.alive && this.#pending.has(lost),
      this.runner,
    );
  }

  /** The link is gone; whoever waits learns it at once, or only when its patience is over. */
  cut(atOnce = this.kernel.random.next() < 0.5): void {
    if (!this.open) return;
    for (const flight of this.#flights) flight.lose();
    this.#flights.clear();
    this.open = false;
    const noticed = [...this.#pending];
    this.#pending.clear();
    const after = atOnce ? 1 : patienceMs;
    this.kernel.plan(
      after,
      'link-lost',
      this.host.name,
      () => noticed.forEach((each) => each()),
      () => this.runner.alive,
    );
    this.#farEnd(this.kernel.random.whole(1, 30_000));
  }

  /** The sender died. What it had sent is lost with it, or comes late. */
  die(late: boolean): void {
    this.open = false;
    const { random } = this.kernel;
    let ms = 0;
    for (const flight of this.#flights) {
      if (late) flight.late((ms += random.whole(0, 20_000)));
      else flight.lose();
    }
    this.#flights.clear();
    this.#farEnd(ms + random.whole(1, 5_000));
  }

  /** The server stops for a while: when that is longer than we have patience, the link is given up. */
  freeze(untilMs: number): void {
    const { kernel, host } = this;
    if (untilMs - kernel.nowMs <= patienceMs) return;
    kernel.plan(
      patienceMs,
      'patience-over',
      host.name,
      () => {
        this.open = false;
        for (const each of this.#pending) each();
        this.#pending.clear();
      },
      () => this.open && this.runner.alive,
    );
  }

  #farEnd(afterMs: number): void {
    const tell = [...this.onFarEnd];
    this.onFarEnd.clear();
    this.kernel.plan(afterMs, 'far-end', this.host.name, () => tell.forEach((each) => each()));
  }

  /** Closed by its user; what is on its way arrives. */
  close(): Promise<void> {
    this.open = false;
    this.#farEnd(10);
    return Promise.resolve();
  }
}

/** A connection over a link. */
export class SimulatedConnection implements Connection {
  readonly host: string;
  readonly #link: Link;

  constructor(link: Link) {
    this.host = link.host.name;
    this.#link = link;
  }

  exec(request: ExecRequest): Promise<Outcome> {
    const { runner, host, kernel, open } = this.#link;
    const words = request.command.kind === 'argv' ? request.command.argv.join(' ') : 'a script';
    if (request.mutates && runner.alive && open) this.#link.onTouch(words, request.fence);
    const asker: Asker = {
      runner,
      run: request.fence?.run,
      number: request.fence?.number,
      claim: request.claim?.name,
      sentMs: kernel.nowMs,
    };
    const what = request.mutates ? 'touch' : 'look';
    return this.#link.ask(what, request.mutates, (reply) => host.exec(request, asker, reply));
  }

  hold(request: HoldRequest): Promise<HoldAnswer> {
    const { host } = this.#link;
    return this.#link.ask(`hold-${request.kind}`, false, (reply) => reply(host.hold(request)));
  }

  claims({ run, prefix, forget }: Parameters<Connection['claims']>[0]): Promise<readonly ClaimState[]> {
    const { host } = this.#link;
    return this.#link.ask('claims', false, (reply) => reply(host.claims(run, prefix, forget)));
  }

  dial(): Promise<never> {
    return Promise.reject(new WorldError('failed', 'nothing listens'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#link.runner.alive) await this.#link.close();
  }
}
