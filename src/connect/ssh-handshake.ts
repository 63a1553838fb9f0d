// The part of a link's life before it is ready: algorithms, host key, authentication, and what a server that does not let
// us in has said.
import type { Duplex } from 'node:stream';
import type { Client, ConnectConfig } from 'ssh2';
import { WorldError } from '../core/world-error.js';
import { algorithmsFor, olderInUse } from './algorithms.js';
import type { Authentication, Credentials } from './authentication.js';
import { deferred } from './deadline.js';
import type { Deadline } from './deadline.js';
import type { HostKeyCheck } from './host-key.js';
import { fingerprintOf } from './known-hosts.js';
import { printable, reasonOf } from './printable.js';

/** Everything that one connection needs. */
export interface LinkPlan {
  /** The host as messages name it. */
  readonly host: string;
  readonly address: string;
  readonly port: number;
  readonly credentials: Credentials;
  readonly hostKey: HostKeyCheck;
  /** Older algorithms that the inventory allows for it, and who is told of those that came to be used. */
  readonly olderAlgorithms?: readonly string[];
  readonly onOlderAlgorithms?: (names: readonly string[]) => void;
  /** Told why the host keeps no shell open, so that each command costs more than its round trip. */
  readonly onNoShells?: (reason: string) => void;
}

/** More than any honest handshake says. */
const handshakeLimitBytes = 1024 * 1024;

/** The reason of a connection that was closed before the host showed its key: it may be tried again. */
export const turnedAway = 'turned-away';

/** One handshake. */
export class Handshake {
  readonly #plan: LinkPlan;
  readonly #client: Client;
  readonly #socket: Duplex;
  readonly #authentication: Authentication;
  readonly #done = deferred<void>();
  #shown: Buffer | undefined;
  #greeting = '';

  constructor(plan: LinkPlan, client: Client, socket: Duplex, authentication: Authentication) {
    this.#plan = plan;
    this.#client = client;
    this.#socket = socket;
    this.#authentication = authentication;
  }

  /** The fingerprint of the host's key, once it has let us in. */
  async run(deadline: Deadline): Promise<string | undefined> {
    this.#limitBytes();
    this.#client
      .once('ready', () => this.#done.resolve())
      .on('error', (error) => this.#failed(error))
      .on('close', () => this.#closed())
      .on('greeting', (greeting) => (this.#greeting = printable(greeting, 80)))
      .on('change password', () => this.#passwordExpired());
    // A socket that was closed while we read our keys tells nobody any more.
    if (this.#socket.destroyed) this.#closed();
    else this.#client.connect(this.#config(deadline));
    await this.#done.promise;
    return this.#shown === undefined ? undefined : fingerprintOf(this.#shown);
  }

  #config(deadline: Deadline): ConnectConfig {
    const { credentials, hostKey, olderAlgorithms: older = [], onOlderAlgorithms } = this.#plan;
    this.#client.once('handshake', (negotiated) => {
      const used = olderInUse(negotiated, older);
      if (used.length > 0) onOlderAlgorithms?.(used);
      // Only now has the host proved that the key is its own; nothing of ours was sent yet.
      const objection = this.#shown === undefined ? undefined : hostKey.learn(this.#shown);
      if (objection !== undefined) this.#stop(objection);
    });
    return {
      sock: this.#socket,
      username: credentials.user,
      algorithms: algorithmsFor(hostKey, older),
      hostVerifier: (key: Buffer) => {
        this.#shown = Buffer.from(key);
        return this.#accepts(this.#shown);
      },
      authHandler: (offered, partial, next) => {
        const method = this.#authentication.next(credentials.user, offered, partial);
        // ssh2 takes false for "no more", which its types leave out.
        next(method as Exclude<typeof method, false>);
      },
      readyTimeout: deadline.leftMs + 1_000,
      keepaliveInterval: 5_000,
      keepaliveCountMax: 3,
    };
  }

  #accepts(key: Buffer): boolean {
    try {
      const objection = this.#plan.hostKey.objection(key);
      if (objection === undefined) return true;
      this.#done.reject(objection);
    } catch (error) {
      this.#done.reject(error);
    }
    return false;
  }

  #limitBytes(): void {
    let bytes = 0;
    const count = (chunk: Buffer): void => {
      bytes += chunk.length;
      if (bytes > handshakeLimitBytes) this.#refuse('it says more than any ssh handshake', 'is this an ssh server?');
    };
    this.#socket.on('data', count);
    void this.#done.promise.then(
      () => this.#socket.off('data', count),
      () => this.#socket.off('data', count),
    );
  }

  #failed(error: Error & { readonly level?: string }): void {
    if (isOneWayLess(error)) return;
    if (error.level === 'client-authentication') {
      this.#notAuthenticated();
      return;
    }
    const greeting = this.#greeting === '' ? '' : ` (it said \`${this.#greeting}\`)`;
    const isClosed = error.message === 'Connection lost before handshake';
    this.#refuse(
      `${reasonOf(error)}${greeting}`,
      hintOfHandshake(error.message),
      isClosed ? this.#howEarly : 'handshake',
    );
  }

  #notAuthenticated(): void {
    const { host, credentials } = this.#plan;
    this.#stop(
      new WorldError(
        'unreachable',
        `\`${host}\` does not let \`${credentials.user}\` in: ${this.#authentication.summary()}`,
        {
          hint: 'check `ssh_user`, `ssh_private_key_file`, the ssh agent or `ssh_password`; nothing is tried twice',
          details: { reason: 'authentication' },
        },
      ),
    );
  }

  #passwordExpired(): void {
    this.#authentication.problem = 'the password has expired';
    this.#notAuthenticated();
  }

  #closed(): void {
    const said = this.#greeting === '' ? '' : ` (it said \`${this.#greeting}\`)`;
    this.#refuse(`the host closed the connection${said}`, 'look at the log of its sshd', this.#howEarly);
  }

  /** A server that has too many at its door (MaxStartups) sends the next one away before it has shown its key. */
  get #howEarly(): string {
    return this.#shown === undefined ? turnedAway : 'handshake';
  }

  #refuse(what: string, hint: string, reason = 'handshake'): void {
    const { host, address, port } = this.#plan;
    this.#stop(
      new WorldError('unreachable', `no ssh connection to \`${host}\` at \`${address}\` port ${port}: ${what}`, {
        hint,
        details: { reason },
      }),
    );
  }

  #stop(error: WorldError): void {
    this.#done.reject(error);
    this.#socket.destroy();
  }
}

/** True for an agent or a key that cannot sign: the next way is tried. */
export function isOneWayLess(error: Error & { readonly level?: string }): boolean {
  return (
    error.level === 'agent' || (error.level === 'client-authentication' && !error.message.startsWith('All configured'))
  );
}

function hintOfHandshake(message: string): string {
  if (/no matching/i.test(message))
    return 'the host offers only old algorithms; update its sshd, or allow some for it with `ssh_older_algorithms`';
  if (/identification|header|greeting|before handshake/i.test(message))
    return 'is this an ssh server? check `ssh_port`';
  if (/too many authentication/i.test(message))
    return 'too many keys were offered; name one with `ssh_private_key_file`, or set `IdentitiesOnly yes`';
  return 'look at the log of its sshd';
}
