// The rig's own way into a host's database: through its unix socket, seen by way of /proc. A cut cable does not hide
// what the database does, and no password or TLS stands between.
import { readFileSync } from 'node:fs';
import { Client } from 'pg';

/** Where the lab keeps what it knows of itself while it runs. */
export const LAB_DIRECTORY = '/run/playbook-lab';

/** The root file system of a running host, as this machine sees it. */
export function hostRoot(host: string): string {
  return `/proc/${readFileSync(`${LAB_DIRECTORY}/${host}/pid`, 'utf8').trim()}/root`;
}

/** An open connection to a database of a host. No query waits for ever: a test that does tells nothing. */
export async function openDatabase(host: string, database: string, queryTimeoutMs = 60_000): Promise<Client> {
  const client = new Client({
    host: `${hostRoot(host)}/run/postgresql`,
    user: 'admin',
    database,
    // By this name the fingerprint tells the rig from the world.
    application_name: 'playbook-lab',
    connectionTimeoutMillis: 5_000,
    lock_timeout: 20_000,
    query_timeout: queryTimeoutMs,
  });
  // A connection that breaks is told by the query that needed it.
  client.on('error', () => {});
  await client.connect();
  return client;
}

/** Whether the process that the service's pid file names is dtService. */
export function serves(host: string): boolean {
  try {
    const root = hostRoot(host);
    const pid = readFileSync(`${root}/run/dtService.pid`, 'utf8').trim();
    return readFileSync(`${root}/proc/${pid}/comm`, 'utf8').trim() === 'dtService';
  } catch {
    return false;
  }
}
