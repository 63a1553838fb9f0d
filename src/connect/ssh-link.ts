// One open ssh connection: socket, handshake, host key, authentication, keepalive, and the news of its loss.
// A link is never mended; whoever needs one after a loss opens another, and decides what the loss meant.
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import ssh2 from 'ssh2';
import type { Client } from 'ssh2';
import { WorldError } from '../core/world-error.js';
import { Authentication } from './authentication.js';
import { deferred, interrupted, seconds } from './deadline.js';
import type { Deadline, Stop } from './deadline.js';
import { KeptShells } from './kept-shells.js';
import { codeOf, reasonOf } from './printable.js';
import { Semaphore } from './semaphore.js';
import { Handshake, isOneWayLess } from './ssh-handshake.js';
import type { LinkPlan } from './ssh-handshake.js';

/** sshd's MaxSessions is 10 unless set; one place is left for ending a command that is over its time. */
const usualSessions = 9;

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
