// The program by which a sandbox's av-setup asks whether a database answers to the password in DB_PASSWORD: an
// appliance knows the others by their made-up addresses, which stand in a file beside their ports.
// Usage: probe.js ADDRESSES_FILE ADDRESS DATABASE
import { readFileSync } from 'node:fs';
import { Client } from 'pg';
import { DATABASE_LOGIN } from './appliances.js';
import { messageOf } from './problem.js';

const [file, address, database] = process.argv.slice(2);
if (file === undefined || address === undefined || database === undefined) process.exit(64);

const line = readFileSync(file, 'utf8')
  .split('\n')
  .find((each) => each.startsWith(`${address} `));
const port = Number(line?.split(' ')[1]);
const password = process.env['DB_PASSWORD'] ?? '';
const user = DATABASE_LOGIN.user;
const client = new Client({ host: '127.0.0.1', port, user, password, database, connectionTimeoutMillis: 5000 });
try {
  if (line === undefined) throw new Error(`no route to host ${address}`);
  await client.connect();
  await client.query('select 1');
  await client.end();
} catch (thrown) {
  console.error(messageOf(thrown));
  process.exit(1);
}
