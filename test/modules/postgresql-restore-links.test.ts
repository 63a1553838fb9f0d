// A restore over real links and against real replication: much data in little memory, a link that is cut on either side,
// and a source that Slony-I replicates.
import { existsSync, readdirSync, statSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Target } from '../../src/core/connection.js';
import { postgresqlRestore } from '../../src/modules/postgresql-restore.js';
import { startDatabase } from '../rigs/modules-database.js';
import type { DatabaseRig } from '../rigs/modules-database.js';
import { initialize, slonik, slonyIsInstalled } from '../rigs/slony.js';
import { hasSshd, startSshd } from '../rigs/sshd.js';
import type { TestSshd } from '../rigs/sshd.js';
import { targetOf } from '../rigs/target.js';
import { startProxy } from '../rigs/tcp-proxy.js';
import type { TcpProxy } from '../rigs/tcp-proxy.js';
import { hostsOf, postgresPrograms, startPair } from '../rigs/two-hosts.js';
import type { Hosts, Pair } from '../rigs/two-hosts.js';

const bin = postgresPrograms();

/** 50 MB that no compression makes smaller. */
const much = `create table much as select n, (select string_agg(decode(md5(random()::text || n || i), 'hex'), '')
  from generate_series(1, 64) i) as bytes from generate_series(1, 50000) n; alter table much add primary key (n)`;

describe.skipIf(bin === undefined || !hasSshd())('much data over links', () => {
  let pair: Pair;
  let sshd: TestSshd;
  /** The links of `a` and of `b`. */
  let links: { readonly a: TcpProxy; readonly b: TcpProxy };
  let landing = '';
  beforeAll(async () => {
    sshd = await startSshd();
    links = { a: await startProxy(sshd.port), b: await startProxy(sshd.port) };
    const { user, privateKeyFile } = sshd;
    const over = (target: Target, port: number): Target => ({
      ...target,
      connection: 'ssh',
      port,
      user,
      privateKeyFile,
      knownHostsFile: `${privateKeyFile}.hosts`,
    });
    pair = await startPair(bin ?? '', (a, b) => ({ a: over(a, links.a.port), b: over(b, links.b.port) }));
    landing = join(pair.work, 'landing');
    await mkdir(landing);
    await pair.sql(pair.a, 'postgres', 'create database fdb');
    await pair.sql(pair.a, 'fdb', much);
  }, 120_000);
  afterAll(async () => {
    await pair[Symbol.asyncDispose]();
    await links.a[Symbol.asyncDispose]();
    await links.b[Symbol.asyncDispose]();
    await sshd[Symbol.asyncDispose]();
  });
  const restore = () => pair.hosts.run('b', postgresqlRestore, { database: 'fdb', from_host: 'a', work_dir: landing });
  const landed = (): number => {
    const [directory] = readdirSync(landing);
    const file = join(landing, directory ?? '', 'dump');
    return directory !== undefined && existsSync(file) ? statSync(file).size : 0;
  };

  it.each([
    ['a', 'failed', 'reading the stream on `a`: `a` never said how the command ended'],
    ['b', 'in-doubt', '`b` took `cat >"$PB_DUMP"; sync'],
  ] as const)(
    'ends the other side when the link of `%s` is cut, and changes nothing',
    async (side, status, message) => {
      const cutter = setInterval(() => {
        if (landed() < 5_000_000) return;
        clearInterval(cutter);
        for (const link of links[side].links) link.client.destroy();
      }, 5);
      const outcome = await restore();
      clearInterval(cutter);
      expect({ status: outcome.status, failure: outcome.failure }).toMatchObject({
        status,
        failure: { message: expect.stringContaining(message), details: { source: 'a', sink: 'b' } },
      });
      expect(Number(outcome.failure?.details?.['bytes'])).toBeLessThan(52_000_000);
      expect(await pair.databases(pair.b)).toEqual([]);
      const busy = await pair.sql(
        pair.a,
        'postgres',
        `select query from pg_stat_activity where datname = 'fdb' and query like 'COPY%'`,
      );
      expect(busy).toEqual([]);
      // Over a new connection, where the old one is lost.
      expect(await readdir(landing)).toEqual([]);
    },
    60_000,
  );

  it('takes 50 MB through without holding them', async () => {
    const before = process.memoryUsage().rss;
    let most = 0;
    const watch = setInterval(() => (most = Math.max(most, process.memoryUsage().rss - before)), 20);
    pair.hosts.progress.length = 0;
    const { status, result, failure } = await restore();
    clearInterval(watch);
    expect({ status, failure }).toEqual({ status: 'changed', failure: undefined });
    expect(result['bytes']).toBeGreaterThan(50_000_000);
    expect(result).toMatchObject({ rows: 50_000 });
    expect(pair.hosts.progress.at(-1)).toBe(result['bytes']);
    expect(most).toBeLessThan(80_000_000);
  }, 120_000);
});

describe.skipIf(bin === undefined || !slonyIsInstalled())('a source that Slony-I replicates', () => {
  let a: DatabaseRig;
  let b: DatabaseRig;
  let hosts: Hosts;
  const tables = `create table appliance (id int primary key, name text); insert into appliance values (1, 'spa'), (2, 'spb')`;
  const restore = (on: 'a' | 'b', args: object = {}) =>
    hosts.run(on, postgresqlRestore, { database: 'fdb', from_host: on === 'a' ? 'b' : 'a', ...args });
  beforeAll(async () => {
    [a, b] = await Promise.all([startDatabase(), startDatabase()]);
    await a.create('fdb', tables);
    await a.create('copy', tables);
    await b.create('fdb', tables);
    slonik(initialize(a.port, 'fdb', 'copy'));
    const target = ({ port }: DatabaseRig): Target =>
      targetOf({ connection: 'local', postgres: { port, user: 'postgres', database: 'fdb' } });
    hosts = hostsOf({ a: target(a), b: target(b) });
  }, 60_000);
  afterAll(async () => {
    await hosts[Symbol.asyncDispose]();
    await Promise.all([a, b].map((each) => each[Symbol.asyncDispose]()));
  });

  it('is proven to be ahead by its set; neither its schema nor its triggers come along', async () => {
    const client = await a.session('fdb');
    await client.query(`insert into appliance values (3, 'spc'); update appliance set name = 'SPA' where id = 1`);
    const triggers = `select tgname from pg_trigger where not tgisinternal`;
    expect((await client.query(triggers)).rowCount).toBeGreaterThan(0);
    const outcome = await restore('b');
    expect(outcome).toMatchObject({ status: 'changed', result: { rows: 3, tables: 1 } });
    const copy = await b.session('fdb');
    expect((await copy.query('select name from appliance order by id')).rows).toEqual([
      { name: 'SPA' },
      { name: 'spb' },
      { name: 'spc' },
    ]);
    const slony = `select 1 from pg_namespace where nspname = '_slony' union all select 1 from pg_proc where proname like '%slony%'`;
    expect((await copy.query(slony)).rows).toEqual([]);
    expect((await copy.query(triggers)).rows).toEqual([]);
    await copy.query(`insert into appliance values (9, 'of B')`);
    await copy.query('delete from appliance where id = 9');
    await copy.end();
    expect((await restore('b')).status).toBe('ok');
  });

  it('is never the target: the other way round is refused', async () => {
    const copy = await b.session('fdb');
    await copy.query(`insert into appliance values (4, 'of B')`);
    await copy.end();
    const { status, failure } = await restore('a');
    expect(status).toBe('failed');
    expect(failure?.message).toBe('`fdb` is the origin of the replication in _slony');
  });
});
