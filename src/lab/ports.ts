// Free TCP ports below the ephemeral range, so that no outgoing connection of the machine can take one between runs.
// They are held until whoever is to listen there asks for them: other labs may be looking for ports at the same time.
import { createServer } from 'node:net';
import type { Server } from 'node:net';
import { problem } from './problem.js';

const LOWEST = 20_000;
const HIGHEST = 32_767;

const held = new Map<number, Server>();

/** Listens on a port and answers nobody; false when it is taken. */
function hold(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy()).unref();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      held.set(port, server);
      resolve(true);
    });
  });
}

/** Different ports on 127.0.0.1, below 32768, on which nothing listens; nobody else can take them before `letGo`. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const ports = new Set<number>();
  for (let attempt = 0; ports.size < count; attempt += 1) {
    if (attempt > 2000) {
      await Promise.all([...ports].map(letGo));
      throw problem('lab/no-free-port', `no free port between ${LOWEST} and ${HIGHEST} on 127.0.0.1`);
    }
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST + 1));
    if (await hold(port)) ports.add(port);
  }
  return [...ports];
}

/** Lets go of a port, for somebody to listen there at once; does nothing when it is not held. */
export async function letGo(port: number): Promise<void> {
  const server = held.get(port);
  held.delete(port);
  if (server !== undefined) await new Promise((resolve) => server.close(resolve));
}
