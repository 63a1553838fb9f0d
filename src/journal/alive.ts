// One process at a time works on a run. The right is a kernel object that ends with the process, however it ends, so there
// is never a stale one: an abstract socket on Linux, a locked file on macOS and BSD.
import { createHash } from 'node:crypto';
import { closeSync, constants, openSync, realpathSync } from 'node:fs';
import { createServer } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { codeOf } from './problem.js';

/** Takes the right to work on a run; nothing when another process of this machine has it. */
export async function aliveAs(journalPath: string): Promise<Disposable | undefined> {
  // A directory may have several names.
  const path = join(realpathSync(dirname(journalPath)), basename(journalPath));
  return process.platform === 'linux' ? socketOf(path) : lockOf(path);
}

function socketOf(path: string): Promise<Disposable | undefined> {
  const name = createHash('sha256').update(path).digest('hex').slice(0, 40);
  const server = createServer((socket) => socket.destroy());
  server.unref();
  return new Promise((resolve, reject) => {
    server.once('error', (error) => (codeOf(error) === 'EADDRINUSE' ? resolve(undefined) : reject(error)));
    server.listen({ path: `\0playbook-${name}` }, () => resolve({ [Symbol.dispose]: () => server.close() }));
  });
}

/** O_EXLOCK of BSD, which Node does not name. */
const exclusiveLock = 0x20;

function lockOf(path: string): Disposable | undefined {
  try {
    const file = openSync(
      `${path}.lock`,
      constants.O_RDWR | constants.O_CREAT | constants.O_NONBLOCK | exclusiveLock,
      0o600,
    );
    return { [Symbol.dispose]: () => closeSync(file) };
  } catch (error) {
    if (codeOf(error) === 'EAGAIN') return undefined;
    throw error;
  }
}
