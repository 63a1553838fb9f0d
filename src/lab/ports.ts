// Free TCP ports below the ephemeral range, so that no outgoing connection of the machine can take one between runs.
import { createServer } from 'node:net';
import { problem } from './problem.js';

const LOWEST = 20_000;
const HIGHEST = 32_767;

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** Different ports on 127.0.0.1, below 32768, on which nothing listens now. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const ports = new Set<number>();
  for (let attempt = 0; ports.size < count; attempt += 1) {
    if (attempt > 2000) throw problem('lab/no-free-port', `no free port between ${LOWEST} and ${HIGHEST} on 127.0.0.1`);
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST + 1));
    if (!ports.has(port) && (await isFree(port))) ports.add(port);
  }
  return [...ports];
}
