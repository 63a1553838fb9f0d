// An address that moves to another server of databases in the middle of a run, as a virtual address does at a failover.
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createConnector } from '../../src/connect/index.js';
import type { Transaction } from '../../src/core/connection.js';
import { worldError } from '../rigs/outcome.js';
import { postgresBinaries, startPostgres } from '../rigs/postgres.js';
import type { TestPostgres } from '../rigs/postgres.js';
import { targetOf } from '../rigs/target.js';
import { startProxy } from '../rigs/tcp-proxy.js';
import type { TcpProxy } from '../rigs/tcp-proxy.js';

const binaries = postgresBinaries();
const never = () => Promise.reject(new Error('these databases are reached directly'));
const { signal } = new AbortController();

describe.skipIf(binaries === undefined)('an address of databases', () => {
  let servers: readonly TestPostgres[] = [];
  let proxy: TcpProxy;
  beforeAll(async () => {
    servers = await Promise.all([startPostgres(binaries ?? ''), startPostgres(binaries ?? '')]);
    proxy = await startProxy(servers[0]?.port ?? 0);
  }, 60_000);
  afterAll(async () => {
    await proxy[Symbol.asyncDispose]();
    for (const server of servers) await server[Symbol.asyncDispose]();
  });

  const make: Transaction = {
    statements: [{ text: 'create table moved (x int)', values: [] }],
    lockTimeoutMs: 1_000,
    statementTimeoutMs: 5_000,
  };

  it('that leads to another server than before takes no change, and goes on when it leads back', async () => {
    const { user = '', password = '' } = servers[0] ?? {};
    const target = targetOf({ postgres: { through: 'direct', user, password, port: proxy.port } });
    const connector = createConnector({ acceptNewHostKeys: false });
    const open = () => connector.database(target, never, 'postgres', signal);
    const database = await open();
    await database.look({ text: 'select 1', values: [] });
    proxy.target = servers[1]?.port ?? 0;
    for (const link of proxy.links) link.client.destroy();
    await delay(200);
    const refused = await worldError(database.change(make));
    expect(refused).toMatchObject({ kind: 'failed', message: expect.stringContaining('another server of databases') });
    proxy.target = servers[0]?.port ?? 0;
    await database.change(make);
    await database[Symbol.asyncDispose]();
    // The other server has met nothing of it.
    proxy.target = servers[1]?.port ?? 0;
    const other = await createConnector({ acceptNewHostKeys: false }).database(target, never, 'postgres', signal);
    const { rows } = await other.look({ text: `select from pg_class where relname = 'moved'`, values: [] });
    expect(rows).toEqual([]);
    await other[Symbol.asyncDispose]();
  }, 60_000);
});
