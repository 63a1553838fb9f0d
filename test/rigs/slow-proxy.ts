// A TCP proxy that is slow in both directions: it hands on a few bytes at a time, or all of them late.
import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';

/** How slow a link is. */
export interface Slowness {
  /** How many bytes are handed on in one packet; as many as come for Infinity. */
  readonly chunkBytes: number;
  /** How long each byte is on its way, one way. */
  readonly delayMs: number;
}

/** A proxy that runs. */
export interface SlowProxy extends AsyncDisposable {
  readonly port: number;
  /** Breaks every link. */
  cut(): void;
}

/** Starts one to a loopback port. */
export async function startSlowProxy(target: number, slowness: Slowness): Promise<SlowProxy> {
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (client) => {
    const far = connect({ port: target, host: '127.0.0.1', noDelay: true });
    for (const [from, to] of [
      [client, far],
      [far, client],
    ] as const) {
      sockets.add(from);
      handOn(from, to, slowness);
      from.on('error', () => undefined).on('close', () => to.destroy());
    }
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  };
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    cut,
    [Symbol.asyncDispose]: async () => {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** In order: what came first leaves first. */
function handOn(from: Socket, to: Socket, { chunkBytes, delayMs }: Slowness): void {
  let last = Promise.resolve();
  // ssh2 1.17 does not understand a version that comes in pieces of fewer than five bytes; servers send it at once.
  let isFirst = true;
  from.on('data', (data: Buffer) => {
    const due = performance.now() + delayMs;
    last = last.then(async () => {
      await pause(due - performance.now());
      const pieceBytes = isFirst ? data.length : chunkBytes;
      isFirst = false;
      for (let at = 0; at < data.length && !to.destroyed; at += pieceBytes) {
        to.write(data.subarray(at, at + pieceBytes));
        // Only after a turn of the loop is it a packet of its own.
        await new Promise((resolve) => setImmediate(resolve));
      }
    });
  });
}

function pause(ms: number): Promise<void> {
  return ms <= 0 ? Promise.resolve() : new Promise((resolve) => setTimeout(resolve, ms));
}
