// A SOCKS5 proxy on loopback that dials through a host's connection, so that a browser here sees the network as the host
// does: names, certificates and redirects stay what they are. It leads to the named addresses only, and lives as long as
// the browser does.
import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** Dials as the host would. */
export type DialHost = (address: string, port: number) => Promise<Duplex>;

/** A proxy that runs. */
export interface SocksProxy extends AsyncDisposable {
  readonly port: number;
  /** Why connections were not made, the last one last. */
  readonly problems: readonly string[];
}

const version = 5;
const reply = { granted: 0, failed: 1, notAllowed: 2, notSupported: 7 } as const;

/** Starts a proxy that leads to these addresses and to no other. */
export async function startSocks(addresses: ReadonlySet<string>, dial: DialHost): Promise<SocksProxy> {
  const sockets = new Set<Duplex>();
  const problems: string[] = [];
  const keep = (stream: Duplex): void => {
    sockets.add(stream);
    stream.on('error', () => stream.destroy()).on('close', () => sockets.delete(stream));
  };
  const server = createServer((socket) => {
    keep(socket);
    serve(socket, addresses, dial, keep).catch((cause: unknown) => {
      problems.push(cause instanceof Error ? cause.message : String(cause));
      socket.destroy();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    problems,
    [Symbol.asyncDispose]: async () => {
      for (const each of sockets) each.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function serve(
  socket: Socket,
  addresses: ReadonlySet<string>,
  dial: DialHost,
  keep: (stream: Duplex) => void,
): Promise<void> {
  const incoming = new Incoming(socket);
  const [, methods = 0] = await incoming.take(2);
  await incoming.take(methods);
  socket.write(Uint8Array.of(version, 0));
  const [, command, , kind = 0] = await incoming.take(4);
  const address = await takeAddress(incoming, kind);
  const port = (await incoming.take(2)).readUInt16BE();
  incoming.giveBack();
  if (command !== 1) return answer(socket, reply.notSupported);
  if (!addresses.has(address)) {
    answer(socket, reply.notAllowed);
    throw new Error(`the page asked for \`${address}:${port}\`, which the task does not name`);
  }
  const stream = await dial(address, port).catch((cause: unknown) => {
    answer(socket, reply.failed);
    throw cause;
  });
  keep(stream);
  socket.on('close', () => stream.destroy());
  stream.on('close', () => socket.destroy());
  if (socket.destroyed) stream.destroy();
  answer(socket, reply.granted);
  socket.pipe(stream).pipe(socket);
}

function answer(socket: Socket, code: number): void {
  const bytes = Uint8Array.of(version, code, 0, 1, 0, 0, 0, 0, 0, 0);
  if (code === reply.granted) socket.write(bytes);
  else socket.end(bytes);
}

async function takeAddress(incoming: Incoming, kind: number): Promise<string> {
  if (kind === 1) return [...(await incoming.take(4))].join('.');
  if (kind === 4) {
    const bytes = await incoming.take(16);
    const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(index * 2).toString(16));
    // A URL writes an address in its shortest form, and so must we to know it again.
    return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
  }
  const [length = 0] = await incoming.take(1);
  return (await incoming.take(length)).toString('latin1');
}

/** What the browser says before its connection is made, in pieces of a known size. */
class Incoming {
  readonly #socket: Socket;
  #bytes = Buffer.alloc(0);
  #wake: () => void = () => undefined;

  constructor(socket: Socket) {
    this.#socket = socket.on('data', this.#add).on('close', this.#end);
  }

  async take(size: number): Promise<Buffer> {
    while (this.#bytes.length < size) {
      if (this.#socket.destroyed) throw new Error('the browser broke off');
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    const taken = this.#bytes.subarray(0, size);
    this.#bytes = this.#bytes.subarray(size);
    return taken;
  }

  /** Leaves the socket to whoever reads it next, with what was not taken. */
  giveBack(): void {
    this.#socket.off('data', this.#add).off('close', this.#end).pause();
    if (this.#bytes.length > 0) this.#socket.unshift(this.#bytes);
  }

  readonly #add = (chunk: Buffer): void => {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    this.#wake();
  };

  readonly #end = (): void => this.#wake();
}
