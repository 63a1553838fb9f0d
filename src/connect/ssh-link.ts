// One open ssh connection: socket, handshake, host key, authentication, keepalive, and the news of its loss.
// A link is never mended; whoever needs one after a loss opens another, and decides what the loss meant.
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import ssh2 from 'ssh2';
import type { Algorithms, Client, ConnectConfig } from 'ssh2';
import { WorldError } from '../core/world-error.js';
import { Authentication } from './authentication.js';
import type { Credentials } from './authentication.js';
import { deferred, interrupted, seconds } from './deadline.js';
import type { Deadline, Stop } from './deadline.js';
import type { HostKeyCheck } from './host-key.js';
import { KeptShells } from './kept-shells.js';
import { fingerprintOf } from './known-hosts.js';
import { codeOf, printable, reasonOf } from './printable.js';
import { Semaphore } from './semaphore.js';

/** Everything that one connection needs. */
export interface LinkPlan {
  /** The host as messages name it. */
  readonly host: string;
  readonly address: string;
  readonly port: number;
  readonly credentials: Credentials;
  readonly hostKey: HostKeyCheck;
  /** Told why the host keeps no shell open, so that each command costs more than its round trip. */
  readonly onNoShells?: (reason: string) => void;
}

/** sshd's MaxSessions is 10 unless set; one place is left for ending a command that is over its time. */
const usualSessions = 9;

/** More than any honest handshake says. */
const handshakeLimitBytes = 1024 * 1024;

/** Only what is sound today. Without CBC and ChaCha20 an attacker who cuts out packets (Terrapin) gets nowhere, strict key exchange or not. */
const algorithms: Algorithms = {
  kex: [
    'curve25519-sha256',
    'curve25519-sha256@libssh.org',
    'ecdh-sha2-nistp256',
    'ecdh-sha2-nistp384',
    'ecdh-sha2-nistp521',
    'diffie-hellman-group-exchange-sha256',
    'diffie-hellman-group16-sha512',
    'diffie-hellman-group18-sha512',
    'diffie-hellman-group14-sha256',
  ],
  cipher: ['aes128-gcm@openssh.com', 'aes256-gcm@openssh.com', 'aes128-ctr', 'aes192-ctr', 'aes256-ctr'],
  hmac: ['hmac-sha2-256-etm@openssh.com', 'hmac-sha2-512-etm@openssh.com', 'hmac-sha2-256', 'hmac-sha2-512'],
  compress: ['none'],
};

/** An open link. */
export class SshLink {
  readonly client: Client;
  readonly sessions = new Semaphore(usualSessions);
  /** The shells that stay open on it. */
  readonly shells: KeptShells;
  /** Resolves with the reason once the link is lost or closed; never rejects. */
  readonly lost: Promise<string>;
  /** The fingerprint of the key that the host has proved to be its own. */
  hostKey: string | undefined;
  #reason: string | undefined;

  constructor(client: Client, socket: Duplex, onNoShells?: (reason: string) => void) {
    this.client = client;
    this.shells = new KeptShells(onNoShells);
    const lost = deferred<string>();
    this.lost = lost.promise;
    const lose = (reason: string): void => {
      this.#reason ??= reason;
      lost.resolve(this.#reason);
      socket.destroy();
    };
    client.on('error', (error) => {
      // While we authenticate, a way that fails is not the end.
      if (!isOneWayLess(error)) lose(`the link broke: ${reasonOf(error)}`);
    });
    client.on('close', () => lose('the link was closed'));
    client.on('end', () => lose('the host closed the link'));
  }

  /** Why the link is gone; nothing while it is there. */
  get lostBecause(): string | undefined {
    return this.#reason;
  }

  /** Ends the link in an orderly way. */
  async close(): Promise<void> {
    this.client.end();
    const timer = setTimeout(() => this.client.destroy(), 1_000);
    await this.lost;
    clearTimeout(timer);
  }
}

/** Opens a TCP connection, as the first step of a link. */
export async function openSocket(plan: LinkPlan, deadline: Deadline): Promise<Duplex> {
  const { host, address, port } = plan;
  const socket = connect({ host: address, port, noDelay: true, keepAlive: true });
  const opened = new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.on('error', reject);
  });
  try {
    await deadline.within(opened, (stop) => late(stop, plan, 'no answer', deadline));
    return socket;
  } catch (error) {
    socket.destroy();
    if (error instanceof WorldError) throw error;
    const code = codeOf(error) ?? 'unknown';
    throw new WorldError('unreachable', `cannot reach \`${host}\` at \`${address}\` port ${port}: ${reasonOf(error)}`, {
      hint: hintOf(code),
      details: { reason: code },
    });
  }
}

function hintOf(code: string): string {
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return 'the name is not known here; check `ssh_host` and the name service';
  if (code === 'ECONNREFUSED')
    return 'the machine answers and nothing listens there; check `ssh_port` and that sshd runs';
  return 'check the address, the route and the firewalls between';
}

function late(stop: Stop, { host, address, port }: LinkPlan, what: string, deadline: Deadline): WorldError {
  if (stop === 'abort') return interrupted(`connecting to \`${host}\``);
  return new WorldError(
    'unreachable',
    `${what} from \`${host}\` at \`${address}\` port ${port} within ${seconds(deadline.timeoutMs)}`,
    {
      hint: 'check the host and the network between, or give it more time with `ssh_timeout`',
      details: { reason: 'timeout' },
    },
  );
}

/** Makes a link of a stream to an ssh server: handshake, host key, authentication. */
export async function openLink(plan: LinkPlan, socket: Duplex, deadline: Deadline): Promise<SshLink> {
  const client = new ssh2.Client();
  const link = new SshLink(client, socket, plan.onNoShells);
  try {
    const authentication = await Authentication.prepare(plan.host, plan.credentials);
    const ready = new Handshake(plan, client, socket, authentication).run(deadline);
    link.hostKey = await deadline.within(ready, (stop) => late(stop, plan, 'no ssh handshake', deadline));
    return link;
  } catch (error) {
    socket.on('error', () => undefined).destroy();
    throw error;
  }
}

/** The reason of a connection that was closed before the host showed its key: it may be tried again. */
export const turnedAway = 'turned-away';

/** The part of a link's life before it is ready. */
class Handshake {
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
    const { credentials, hostKey } = this.#plan;
    this.#client.once('handshake', () => {
      // Only now has the host proved that the key is its own; nothing of ours was sent yet.
      const objection = this.#shown === undefined ? undefined : hostKey.learn(this.#shown);
      if (objection !== undefined) this.#stop(objection);
    });
    return {
      sock: this.#socket,
      username: credentials.user,
      algorithms: { ...algorithms, serverHostKey: hostKey.algorithms() },
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
function isOneWayLess(error: Error & { readonly level?: string }): boolean {
  return (
    error.level === 'agent' || (error.level === 'client-authentication' && !error.message.startsWith('All configured'))
  );
}

function hintOfHandshake(message: string): string {
  if (/no matching/i.test(message)) return 'the host offers only old algorithms; update its sshd or its host keys';
  if (/identification|header|greeting|before handshake/i.test(message))
    return 'is this an ssh server? check `ssh_port`';
  if (/too many authentication/i.test(message))
    return 'too many keys were offered; name one with `ssh_private_key_file`, or set `IdentitiesOnly yes`';
  return 'look at the log of its sshd';
}
