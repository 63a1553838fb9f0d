// A host over ssh: one link a host, shared by everyone who uses the host, opened again after a loss. A request goes to
// a link once; whether it may be sent again after a loss is for the engine to decide.
import type { Duplex } from 'node:stream';
import type { ClientChannel } from 'ssh2';
import type { Connection, DialAddress, ExecRequest, Outcome, Target } from '../core/connection.js';
import type { ClaimState, HoldAnswer, HoldRequest } from '../core/hold.js';
import { WorldError } from '../core/world-error.js';
import { listClaims } from './claims.js';
import type { ClaimQuery } from './claims.js';
import { Deadline, interrupted, pause, seconds } from './deadline.js';
import type { Stop } from './deadline.js';
import { HostKeyCheck } from './host-key.js';
import type { LearnedHostKey } from './host-key.js';
import { askHold } from './hold.js';
import { nameOf } from './local.js';
import { reasonOf } from './printable.js';
import type { Launcher, ProcessListener, RunningProcess } from './process.js';
import { anyShellWords, isSafeInAnyShell } from './shell-command.js';
import { ChannelStream, openProcess } from './ssh-channel.js';
import { SshConfigReader } from './ssh-config.js';
import { turnedAway } from './ssh-handshake.js';
import type { LinkPlan } from './ssh-handshake.js';
import { openLink, openSocket } from './ssh-link.js';
import type { SshLink } from './ssh-link.js';
import { routeTo } from './ssh-route.js';

/** What the operator chose for all ssh connections. */
export interface SshOptions {
  readonly acceptNewHostKeys: boolean;
  readonly environment: NodeJS.ProcessEnv;
  readonly onHostKeyLearned?: (learned: LearnedHostKey) => void;
  /** Told of a host that keeps no shell open, and why: each command there costs a session. */
  readonly onNoShells?: (host: string, reason: string) => void;
  /** Called with the older algorithms that a link to a host has come to use. */
  readonly onOlderAlgorithms?: (host: string, names: readonly string[]) => void;
}

/** Pauses before a server that sent us away is asked again, in milliseconds; each is twice the one before. */
const firstPauseMs = 200;
const longestPauseMs = 1_600;

/** One host's link and those who share it. */
interface Shared {
  users: number;
  opening: Promise<SshLink> | undefined;
  link: SshLink | undefined;
}

/** All ssh links of a run. */
export class SshLinks {
  readonly #options: SshOptions;
  readonly #config: SshConfigReader;
  readonly #shared = new Map<string, Shared>();

  constructor(options: SshOptions) {
    this.#options = options;
    this.#config = new SshConfigReader(options.environment);
  }

  /** A connection to a host, over its one link. */
  async connect(target: Target, signal: AbortSignal): Promise<Connection> {
    const route = await routeTo(target, this.#config, this.#options.environment);
    const plans = route.map((hop) => ({
      host: hop.host,
      address: hop.address,
      port: hop.port,
      credentials: hop.credentials,
      onNoShells: (reason: string) => this.#options.onNoShells?.(hop.host, reason),
      olderAlgorithms: hop.olderAlgorithms ?? [],
      onOlderAlgorithms: (names: readonly string[]) => this.#options.onOlderAlgorithms?.(hop.host, names),
      hostKey: new HostKeyCheck(hop.hostKeyName, hop.port, {
        files: hop.knownHostsFiles,
        acceptNew: this.#options.acceptNewHostKeys,
        ...(this.#options.onHostKeyLearned === undefined ? {} : { onLearned: this.#options.onHostKeyLearned }),
      }),
    }));
    const use = new Use(this, plans, target.connectTimeoutMs, signal);
    const { hostKey } = await use.link();
    return new SshConnection(target, use, hostKey);
  }

  /** Takes a share of the link that the last plan of a chain leads to. */
  share(key: string): Shared {
    const shared = this.#shared.get(key) ?? { users: 0, opening: undefined, link: undefined };
    shared.users += 1;
    this.#shared.set(key, shared);
    return shared;
  }

  /** Gives a share back; the last one closes the link. */
  async release(key: string, shared: Shared): Promise<void> {
    shared.users -= 1;
    if (shared.users > 0) return;
    this.#shared.delete(key);
    const link = await shared.opening?.catch(() => undefined);
    await link?.close();
  }
}

/** One share of a link, and of the links of the jump hosts before it. */
class Use {
  readonly #links: SshLinks;
  readonly #plans: readonly LinkPlan[];
  readonly #key: string;
  readonly #shared: Shared;
  readonly #before: Use | undefined;
  readonly #timeoutMs: number;
  readonly #signal: AbortSignal;
  #released = false;

  constructor(links: SshLinks, plans: readonly LinkPlan[], timeoutMs: number, signal: AbortSignal) {
    this.#links = links;
    this.#plans = plans;
    this.#timeoutMs = timeoutMs;
    this.#signal = signal;
    this.#key = JSON.stringify(plans.map(({ address, port, credentials, host }) => [host, address, port, credentials]));
    this.#shared = links.share(this.#key);
    this.#before = plans.length > 1 ? new Use(links, plans.slice(0, -1), timeoutMs, signal) : undefined;
  }

  get host(): string {
    return this.#plans.at(-1)?.host ?? '';
  }

  get released(): boolean {
    return this.#released;
  }

  /** The open link; opens it when there is none, or when the last was lost. */
  async link(): Promise<SshLink> {
    const shared = this.#shared;
    if (shared.link?.lostBecause !== undefined) {
      shared.link = undefined;
      shared.opening = undefined;
    }
    shared.opening ??= this.#open();
    try {
      shared.link = await shared.opening;
      return shared.link;
    } catch (error) {
      shared.opening = undefined;
      throw error;
    }
  }

  async #open(): Promise<SshLink> {
    const plan = this.#plans.at(-1);
    if (plan === undefined) throw new Error('a route has at least its end');
    using deadline = new Deadline(this.#timeoutMs, this.#signal);
    for (let pauseMs = firstPauseMs; ; pauseMs *= 2) {
      try {
        return await openLink(plan, await this.#socket(plan, deadline), deadline);
      } catch (error) {
        // Nobody was let in, and nothing was asked: of many who knock at once a server sends some away.
        if (!wasTurnedAway(error) || pauseMs > longestPauseMs || deadline.leftMs < pauseMs * 2) throw error;
        await Promise.race([pause(pauseMs * (0.5 + Math.random())), deadline.stopped]);
      }
    }
  }

  #socket(plan: LinkPlan, deadline: Deadline): Promise<Duplex> {
    const before = this.#before;
    return before === undefined
      ? openSocket(plan, deadline)
      : deadline.within(before.#hop(plan), (stop) => lateHop(stop, plan, deadline));
  }

  /** A stream from this jump host to the next hop. */
  async #hop(next: LinkPlan): Promise<Duplex> {
    const link = await this.link();
    const forwarding = forward(link, { kind: 'tcp', address: next.address, port: next.port });
    try {
      return await forwarding;
    } catch (error) {
      if (error instanceof WorldError) throw error;
      throw new WorldError(
        'unreachable',
        `cannot reach \`${next.host}\` at \`${next.address}\` port ${next.port} from \`${this.host}\`: ${reasonOf(error)}`,
        {
          hint: 'check the address as the jump host sees it, and `AllowTcpForwarding` there',
          details: { reason: 'jump' },
        },
      );
    }
  }

  async release(): Promise<void> {
    if (this.#released) return;
    this.#released = true;
    await this.#links.release(this.#key, this.#shared);
    await this.#before?.release();
  }
}

function wasTurnedAway(error: unknown): boolean {
  return error instanceof WorldError && error.details['reason'] === turnedAway;
}

function lateHop(stop: Stop, { host }: LinkPlan, deadline: Deadline): WorldError {
  if (stop === 'abort') return interrupted(`connecting to \`${host}\``);
  return new WorldError(
    'unreachable',
    `no way to \`${host}\` through its jump hosts within ${seconds(deadline.timeoutMs)}`,
    {
      hint: 'check the jump hosts, and that they reach the host',
      details: { reason: 'timeout' },
    },
  );
}

function forward(link: SshLink, address: DialAddress): Promise<ChannelStream> {
  return new Promise((resolve, reject) => {
    if (link.lostBecause !== undefined) throw new Error(link.lostBecause);
    void link.lost.then((reason) => reject(new Error(reason)));
    const done = (error: Error | undefined, channel: ClientChannel): void => {
      if (error === undefined) resolve(new ChannelStream(channel, link));
      else reject(error);
    };
    if (address.kind === 'tcp') link.client.forwardOut('127.0.0.1', 0, address.address, address.port, done);
    else link.client.openssh_forwardOutStreamLocal(address.path, done);
  });
}

class SshConnection implements Connection, Launcher {
  readonly host: string;
  readonly stateDirectory: string;
  readonly hostKey?: string;
  readonly #use: Use;

  constructor({ host, stateDirectory }: Target, use: Use, hostKey: string | undefined) {
    this.host = host;
    this.stateDirectory = stateDirectory;
    this.#use = use;
    if (hostKey !== undefined) this.hostKey = hostKey;
  }

  async hold(request: HoldRequest, signal?: AbortSignal): Promise<HoldAnswer> {
    return askHold(this, request, signal);
  }

  async claims(query: ClaimQuery): Promise<readonly ClaimState[]> {
    return listClaims(this, query);
  }

  async exec(request: ExecRequest): Promise<Outcome> {
    return (await this.#link()).shells.perform(this, request);
  }

  async launch(words: readonly string[], listener: ProcessListener, urgent: boolean): Promise<RunningProcess> {
    const unsafe = words.find((word) => !isSafeInAnyShell(word));
    if (unsafe !== undefined) {
      throw new WorldError('failed', `\`${unsafe}\` cannot be passed through every login shell`, {
        hint: 'use a path without quotes, backslashes and exclamation marks',
      });
    }
    return openProcess(await this.#link(), this.host, `exec ${anyShellWords(words)}`, listener, urgent);
  }

  async dial(address: DialAddress, timeoutMs: number): Promise<Duplex> {
    const link = await this.#link();
    using deadline = new Deadline(timeoutMs);
    const forwarding = forward(link, address);
    try {
      return await deadline.within(forwarding, () => new Error(`no answer within ${seconds(timeoutMs)}`));
    } catch (error) {
      forwarding.then(
        (stream) => stream.destroy(),
        () => undefined,
      );
      throw this.#notDialled(address, error, link.lostBecause);
    }
  }

  #notDialled(address: DialAddress, error: unknown, lost: string | undefined): WorldError {
    if (lost !== undefined) {
      return new WorldError('unreachable', `\`${this.host}\` was lost: ${lost}`, { cause: error });
    }
    const reason = reasonOf(error).replace('(SSH) Channel open failure: ', '');
    // Reason 1 is `administratively prohibited` (RFC 4254, 5.1); its text differs from server to server.
    const forbidden = typeof error === 'object' && error !== null && 'reason' in error && error.reason === 1;
    return new WorldError('failed', `cannot reach ${nameOf(address)} from \`${this.host}\`: ${reason}`, {
      hint: forbidden
        ? `allow it in the sshd_config of the host: \`${address.kind === 'tcp' ? 'AllowTcpForwarding' : 'AllowStreamLocalForwarding'} yes\``
        : 'check that the server runs and listens there, as the host itself sees it',
      details: { reason: forbidden ? 'forwarding-forbidden' : 'refused' },
      cause: error,
    });
  }

  #link(): Promise<SshLink> {
    if (!this.#use.released) return this.#use.link();
    return Promise.reject(new WorldError('unreachable', `the connection to \`${this.host}\` is closed`));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#use.release();
  }
}
