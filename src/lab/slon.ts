// The copy daemon that stands for slon: one process an appliance and database. Like slon it makes SYNC events of its own
// node, brings over those of the nodes it has a path to, and idles while there is no `_slony` schema.
// Usage: slon.js CONFIGURATION_FILE DATABASE
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from 'pg';
import { messageOf } from './problem.js';
import { pullEvents } from './replicate.js';
import { openSession, type DatabaseAddress } from './sql.js';

/** What a sandbox tells its slons: who they are and where their own database listens. */
export interface SlonConfiguration {
  readonly host: string;
  readonly socketDirectory: string;
  readonly port: number;
}

const POLL_MS = 250;
const SYNC_INTERVAL = '2 seconds';
const RETRY_MS = 1000;
const REPEAT_LOG_MS = 10_000;

let lastLine = '';
let lastLoggedAt = 0;

/** Writes a line to the log; the same line again only every ten seconds. */
function log(line: string): void {
  if (line === lastLine && Date.now() - lastLoggedAt < REPEAT_LOG_MS) return;
  lastLine = line;
  lastLoggedAt = Date.now();
  console.log(`${new Date().toISOString()} ${line}`);
}

interface Path {
  readonly server: number;
  readonly conninfo: string;
}

/** Where a libpq connection string of our own making (`key=value key=value`) points. */
function parseConninfo(conninfo: string): DatabaseAddress {
  const parts = new Map(
    conninfo.split(' ').map((pair): [string, string] => {
      const [key = '', value = ''] = pair.split('=');
      return [key, value];
    }),
  );
  return { host: parts.get('host') ?? '', port: Number(parts.get('port')), database: parts.get('dbname') ?? '' };
}

const providers = new Map<string, Client>();

async function provider(path: Path, localId: number): Promise<Client> {
  const known = providers.get(path.conninfo);
  if (known !== undefined) return known;
  const client = await openSession(parseConninfo(path.conninfo), `slon.origin_${path.server}_provider_${localId}`);
  providers.set(path.conninfo, client);
  client.on('end', () => providers.delete(path.conninfo));
  return client;
}

async function hasCluster(client: Client): Promise<boolean> {
  const found = await client.query<{ there: boolean }>(`select to_regclass('_slony.sl_path') is not null as there`);
  return found.rows[0]?.there === true;
}

async function localNode(client: Client): Promise<number> {
  const found = await client.query<{ id: string }>('select last_value as id from _slony.sl_local_node_id');
  return Number(found.rows[0]?.id ?? -1);
}

async function pullFrom(path: Path, local: Client, localId: number): Promise<void> {
  try {
    const remote = await provider(path, localId);
    // After a failover the other side may hold an older cluster, or none: then it is nobody's provider.
    if (!(await hasCluster(remote)) || (await localNode(remote)) !== path.server) return;
    const pull = { provider: remote, local, providerId: path.server, localId };
    if (await pullEvents(pull)) log(`INFO   remoteWorkerThread_${path.server}: SYNC done`);
  } catch (thrown) {
    log(`ERROR  remoteWorkerThread_${path.server}: ${messageOf(thrown)}`);
    const broken = providers.get(path.conninfo);
    providers.delete(path.conninfo);
    await broken?.end().catch(() => undefined);
    await delay(RETRY_MS);
  }
}

async function cycle(local: Client): Promise<void> {
  if (!(await hasCluster(local))) return log('WARN   main: Node is not initialized properly - sleep');
  const id = await localNode(local);
  await local.query('select _slony.generate_sync_event($1::interval)', [SYNC_INTERVAL]);
  const paths = await local.query<Path>(
    'select pa_server as server, pa_conninfo as conninfo from _slony.sl_path where pa_client = $1',
    [id],
  );
  for (const path of paths.rows) await pullFrom(path, local, id);
}

async function claim(local: Client, database: string): Promise<void> {
  const lock = await local.query<{ mine: boolean }>(`select pg_try_advisory_lock(hashtext('slon')) as mine`);
  if (lock.rows[0]?.mine === true) return;
  console.log(`FATAL  localListenThread: Do you already have a slon running against this node? (database ${database})`);
  process.exit(1);
}

async function serve(local: Client, database: string): Promise<void> {
  const ended = new AbortController();
  local.on('end', () => ended.abort());
  await claim(local, database);
  while (!ended.signal.aborted) {
    await cycle(local).catch((thrown: unknown) => log(`ERROR  ${messageOf(thrown)}`));
    await delay(POLL_MS);
  }
}

async function main(configurationFile: string, database: string): Promise<void> {
  // Written by sandbox.ts.
  const configuration = JSON.parse(readFileSync(configurationFile, 'utf8')) as SlonConfiguration;
  process.title = `lab slon ${configuration.host} ${database}`;
  const address = { host: configuration.socketDirectory, port: configuration.port, database };
  for (;;) {
    await openSession(address, 'slon.local_listen').then(
      (local) => serve(local, database),
      (thrown: unknown) => log(`ERROR  ${messageOf(thrown)}`),
    );
    await delay(RETRY_MS);
  }
}

const [configurationFile, database] = process.argv.slice(2);
if (configurationFile === undefined || database === undefined) {
  console.error('usage: slon.js CONFIGURATION_FILE DATABASE');
  process.exit(64);
}
await main(configurationFile, database);
