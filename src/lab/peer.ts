// The lab's passwords are public and its ssh server runs real commands, so on a machine with several users only the
// lab's own user (and root) may connect. Linux can say whose a loopback connection is; elsewhere everyone on the
// machine is let through to the password or key.
import { readFile } from 'node:fs/promises';
import type { Socket } from 'node:net';

function hexPort(port: number): string {
  return port.toString(16).toUpperCase().padStart(4, '0');
}

function ownerIn(table: string, clientPort: number, serverPort: number): number | undefined {
  for (const line of table.split('\n')) {
    const [, local, remote, , , , , uid] = line.trim().split(/\s+/);
    const isClient = local?.endsWith(`:${hexPort(clientPort)}`) && remote?.endsWith(`:${hexPort(serverPort)}`);
    if (isClient && uid !== undefined) return Number(uid);
  }
  return undefined;
}

async function ownerOf(clientPort: number, serverPort: number): Promise<number | undefined | 'unknowable'> {
  let readable = false;
  for (const file of ['/proc/net/tcp', '/proc/net/tcp6']) {
    const table = await readFile(file, 'utf8').catch(() => undefined);
    if (table === undefined) continue;
    readable = true;
    const owner = ownerIn(table, clientPort, serverPort);
    if (owner !== undefined) return owner;
  }
  return readable ? undefined : 'unknowable';
}

/** True when a loopback connection was made by the user who runs the lab, by root, or by nobody knows whom. */
export async function isOwnUser(socket: Socket): Promise<boolean> {
  if (process.platform !== 'linux' || socket.remotePort === undefined || socket.localPort === undefined) return true;
  const owner = await ownerOf(socket.remotePort, socket.localPort);
  return owner === 'unknowable' || owner === 0 || owner === process.getuid?.();
}
