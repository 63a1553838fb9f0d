// A TCP proxy that makes a wire long: each byte leaves it half a round trip after it came, in order, in both ways.
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A proxy that runs. */
export interface DelayProxy extends AsyncDisposable {
  readonly port: number;
}

/** Where a proxy leads to. */
export interface Destination {
  readonly address: string;
  readonly port: number;
}

interface Parcel {
  readonly dueMs: number;
  /** Undefined is the end of what is said. */
  readonly bytes: Buffer | undefined;
}

/** More than this on its way, and the sender waits, as on a wire with a window. */
const windowBytes = 16 * 1024 * 1024;

/** Passes on what one end says to the other, later. */
function delayed(from: Socket, to: Socket, delayMs: number): void {
  const parcels: Parcel[] = [];
  let [held, waiting] = [0, false];
  const deliver = (): void => {
    waiting = false;
    const nowMs = performance.now();
    to.cork();
    while (parcels[0] !== undefined && parcels[0].dueMs <= nowMs) {
      const bytes = parcels.shift()?.bytes;
      held -= bytes?.length ?? 0;
      if (bytes === undefined) to.end();
      else to.write(bytes);
    }
    to.uncork();
    if (from.isPaused() && held + to.writableLength < windowBytes) from.resume();
    wait();
  };
  const wait = (): void => {
    const next = parcels[0];
    if (next === undefined || waiting) return;
    waiting = true;
    // A timer may fire within the millisecond before its time: what is not due yet waits again.
    setTimeout(deliver, Math.max(0, next.dueMs - performance.now()));
  };
  const take = (bytes: Buffer | undefined): void => {
    parcels.push({ dueMs: performance.now() + delayMs, bytes });
    held += bytes?.length ?? 0;
    if (held + to.writableLength >= windowBytes) from.pause();
    wait();
  };
  from.on('data', take).on('end', () => take(undefined));
  to.on('drain', () => from.resume());
}

/** Starts a proxy on a free port of 127.0.0.1 that leads to a server, `roundTripMs` away. */
export async function startDelayProxy(to: Destination, roundTripMs: number): Promise<DelayProxy> {
  const open = new Set<Socket>();
  const keep = (socket: Socket, onError: () => void): void => {
    open.add(socket);
    socket.on('error', onError).on('close', () => open.delete(socket));
  };
  const server = createServer({ noDelay: true, allowHalfOpen: true, pauseOnConnect: true }, (client) => {
    keep(client, () => client.destroy());
    // To connect is a round trip of its own.
    setTimeout(() => {
      if (client.destroyed) return;
      const remote = connect({ host: to.address, port: to.port, noDelay: true, allowHalfOpen: true });
      keep(remote, () => client.resetAndDestroy());
      client.on('error', () => remote.destroy());
      delayed(client, remote, roundTripMs / 2);
      delayed(remote, client, roundTripMs / 2);
      client.resume();
    }, roundTripMs);
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve, reject) => server.once('listening', resolve).once('error', reject));
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}
