// The same hosts, further away: a process of its own with a delay proxy in front of each of them, so that what the
// proxies cost is not counted with what is measured. It ends when its standard input does.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { startDelayProxy, type Destination } from './delay-proxy.js';
import type { BenchHost } from './ground.js';
import { median } from './statistics.js';

/** Hosts behind proxies. */
export interface FarHosts extends AsyncDisposable {
  /** What a byte takes to go there and back, measured: timers are never early, and late on a busy machine. */
  readonly roundTripMs: number;
  readonly hosts: readonly BenchHost[];
}

/** Puts hosts at a distance. */
export async function moveAway(hosts: readonly BenchHost[], roundTripMs: number): Promise<FarHosts> {
  const plan = JSON.stringify({ roundTripMs, hosts: hosts.map(({ address, port }) => ({ address, port })) });
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), plan], {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  });
  const line = await new Promise<string>((resolve, reject) => {
    createInterface(child.stdout).once('line', resolve);
    child.once('error', reject).once('exit', () => reject(new Error('the delay proxies ended')));
  });
  const { ports, measuredMs } = JSON.parse(line) as { ports: readonly number[]; measuredMs: number };
  return {
    roundTripMs: measuredMs,
    hosts: hosts.map((host, index) => ({ ...host, address: '127.0.0.1', port: ports[index] ?? 0 })),
    [Symbol.asyncDispose]: async () => {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.stdin.end();
      await ended;
    },
  };
}

/** The median of a hundred bytes that were sent through such a proxy and came back. */
async function roundTripOf(roundTripMs: number): Promise<number> {
  const echo = createServer((socket) => socket.setNoDelay(true).pipe(socket)).listen(0, '127.0.0.1');
  await once(echo, 'listening');
  const port = (echo.address() as AddressInfo).port;
  await using proxy = await startDelayProxy({ address: '127.0.0.1', port }, roundTripMs);
  const socket = connect({ port: proxy.port, noDelay: true });
  const taken: number[] = [];
  for (let count = 0; count < 101; count += 1) {
    const beganMs = performance.now();
    socket.write('x');
    await once(socket, 'data');
    taken.push(performance.now() - beganMs);
  }
  socket.destroy();
  echo.close();
  // The first one had to connect.
  return median(taken.slice(1));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const plan = JSON.parse(process.argv[2] ?? '') as { roundTripMs: number; hosts: readonly Destination[] };
  const proxies = await Promise.all(plan.hosts.map((host) => startDelayProxy(host, plan.roundTripMs)));
  const measuredMs = await roundTripOf(plan.roundTripMs);
  console.log(JSON.stringify({ ports: proxies.map(({ port }) => port), measuredMs }));
  process.stdin.resume().once('end', () => process.exit(0));
}
