// Sessions with the lab's databases, short and always closed.
import { Client } from 'pg';
import { DATABASE_LOGIN } from './appliances.js';

/** Where a database is: a directory of unix sockets (inside the appliance) or 127.0.0.1 (through its gate). */
export interface DatabaseAddress {
  readonly host: string;
  readonly port: number;
  readonly database: string;
}

/** Opens a session; the caller ends it. */
export async function openSession(address: DatabaseAddress, applicationName: string): Promise<Client> {
  const client = new Client({
    ...address,
    user: DATABASE_LOGIN.user,
    password: DATABASE_LOGIN.password,
    application_name: applicationName,
    connectionTimeoutMillis: 5000,
  });
  // Without a listener, a session that the server ends would end this process.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/** Runs some work in a session of its own. */
export async function withSession<T>(address: DatabaseAddress, work: (client: Client) => Promise<T>): Promise<T> {
  const client = await openSession(address, 'playbook lab');
  try {
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Runs some work in one transaction, rolled back when the work throws. */
export async function inTransaction<T>(client: Client, begin: string, work: () => Promise<T>): Promise<T> {
  await client.query(begin);
  try {
    const result = await work();
    await client.query('commit');
    return result;
  } catch (thrown) {
    await client.query('rollback').catch(() => undefined);
    throw thrown;
  }
}
