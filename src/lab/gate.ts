// Every way into an appliance leads through a gate: a TCP port on 127.0.0.1 that passes bytes to a unix socket behind
// it. Cutting a gate is pulling the cable: what runs behind it goes on and knows nothing.
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { messageOf, problem } from './problem.js';
import { isOwnUser } from './peer.js';
import { letGo } from './ports.js';

/** How a cut gate meets the world: it keeps quiet (connections hang), or nothing listens (connections are refused). */
export type CutManner = 'silent' | 'refuse';

interface Passage {
  readonly outer: Socket;
  readonly inner: Socket;
}

/** A TCP port that leads to a unix socket, and can be cut and healed. */
export class Gate {
  readonly port: number;
  readonly #path: string;
  readonly #manner: CutManner;
  readonly #passages = new Set<Passage>();
  readonly #waiting = new Set<Socket>();
  #server: Server | undefined;
  #cut = false;
  #shut = false;

  constructor(port: number, path: string, manner: CutManner) {
    this.port = port;
    this.#path = path;
    this.#manner = manner;
  }

  /** True from `cut` to `heal`. */
  get isCut(): boolean {
    return this.#cut;
  }

  /** Begins to listen. */
  async open(): Promise<void> {
    const server = createServer({ noDelay: true }, (outer) => void this.#arrive(outer));
    await letGo(this.port);
    await new Promise<void>((resolve, reject) => {
      server.once('error', (reason) =>
        reject(problem('lab/port-taken', `cannot listen on 127.0.0.1:${this.port}: ${messageOf(reason)}`)),
      );
      server.listen({ port: this.port, host: '127.0.0.1', exclusive: true }, resolve);
    });
    this.#server = server;
  }

  /** Pulls the cable; does nothing when it is pulled. */
  async cut(): Promise<void> {
    if (this.#cut) return;
    this.#cut = true;
    if (this.#manner === 'refuse') return this.close();
    for (const { outer, inner } of this.#passages) {
      outer.unpipe(inner).pause();
      inner.unpipe(outer).pause();
    }
  }

  /** Plugs the cable in again; held connections go on where they stopped. */
  async heal(): Promise<void> {
    if (!this.#cut) return;
    this.#cut = false;
    if (this.#manner === 'refuse') return this.#shut ? undefined : this.open();
    for (const passage of this.#passages) join(passage);
    for (const outer of this.#waiting) outer.destroy();
  }

  /** Refuses connections because nothing is there behind the gate, cut or not. */
  async shut(): Promise<void> {
    this.#shut = true;
    await this.close();
  }

  /** Ends that; a gate that is cut stays so. */
  async unshut(): Promise<void> {
    if (!this.#shut) return;
    this.#shut = false;
    if (!this.#cut) await this.open();
  }

  /** Ends all connections and stops listening. */
  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    for (const { outer, inner } of this.#passages) {
      outer.destroy();
      inner.destroy();
    }
    for (const outer of this.#waiting) outer.destroy();
    if (server !== undefined) await new Promise((resolve) => server.close(resolve));
  }

  async #arrive(outer: Socket): Promise<void> {
    this.#waiting.add(outer);
    outer.on('close', () => this.#waiting.delete(outer)).on('error', () => outer.destroy());
    outer.pause();
    if (!(await isOwnUser(outer)) || this.#server === undefined) outer.destroy();
    if (this.#cut || outer.destroyed) return;
    this.#waiting.delete(outer);
    this.#connect(outer);
  }

  #connect(outer: Socket): void {
    const inner = createConnection(this.#path);
    const passage = { outer, inner };
    this.#passages.add(passage);
    const end = (): void => {
      this.#passages.delete(passage);
      outer.destroy();
      inner.destroy();
    };
    inner.on('error', end).on('close', end);
    outer.on('close', end);
    if (!this.#cut) join(passage);
  }
}

function join({ outer, inner }: Passage): void {
  outer.pipe(inner);
  inner.pipe(outer);
}
