// Against a real PostgreSQL: what a look may do, what a change promises, and what is said when the world is not kind.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DatabaseError } from 'pg';
import { createConnector } from '../../src/connect/index.js';
import { notOpened } from '../../src/connect/postgres-error.js';
import type {
  Database,
  PostgresTarget,
  Rows,
  SqlText,
  Transaction,
  TransactionMark,
} from '../../src/core/connection.js';
import type { Value } from '../../src/core/value.js';
import { worldError } from '../rigs/outcome.js';
import { freePort, postgresBinaries, startPostgres } from '../rigs/postgres.js';
import type { TestPostgres } from '../rigs/postgres.js';
import { startSshServer } from '../rigs/ssh-server.js';
import { targetOf } from '../rigs/target.js';
import { startProxy } from '../rigs/tcp-proxy.js';

const binaries = postgresBinaries();
const connector = createConnector({ acceptNewHostKeys: false, applicationName: 'run-7' });
const sql = (text: string, ...values: readonly Value[]): SqlText => ({ text, values });
const never = (): Promise<never> => Promise.reject(new Error('a direct database needs no connection'));

function insert(name: string): Transaction {
  return {
    statements: [sql('insert into appliance values ($1, 0)', name)],
    lockTimeoutMs: 1_000,
    statementTimeoutMs: 2_000,
    expectRows: [1],
  };
}

function isCommit(chunk: Buffer): boolean {
  return chunk.includes('COMMIT');
}

describe.skipIf(binaries === undefined)('PostgreSQL', () => {
  let server: TestPostgres;
  let database: Database;

  const open = (
    changes: Partial<PostgresTarget> = {},
    signal = new AbortController().signal,
    connectTimeoutMs = 5_000,
  ): Promise<Database> => {
    const { user, password, port } = server;
    const target = targetOf({ connectTimeoutMs, postgres: { user, password, port, ...changes } });
    return connector.database(target, never, target.postgres.database, signal);
  };
  const change = (statements: readonly SqlText[], more: Partial<Transaction> = {}): Promise<readonly Rows[]> =>
    database.change({ statements, lockTimeoutMs: 2_000, statementTimeoutMs: 5_000, ...more });
  const rows = async (text: string, ...values: readonly Value[]): Promise<Rows['rows']> =>
    (await database.look(sql(text, ...values))).rows;

  beforeAll(async () => {
    server = await startPostgres(binaries ?? '');
    database = await open();
    await change([
      sql('create table appliance (name text primary key, capabilities bigint not null)'),
      sql("insert into appliance values ('spa', 192), ('spb', 65536)"),
      sql("create role guest login password 'guest'"),
    ]);
  });
  afterAll(async () => {
    await database[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  describe('a look', () => {
    it('gives values that lost nothing', async () => {
      const [row] =
        await rows(`select 9007199254740993::int8 big, 42::int8 small, 1.50::numeric price, 12345678901234567.89::numeric exact,
        'NaN'::float8 nan, true yes, null::int nothing, '\\xdead'::bytea bytes, timestamp '2024-02-03 04:05:06.7' local,
        timestamptz '2024-02-03 04:05:06+02' utc, date '2024-02-03' as day, interval '1 day 2 hours' span, array['a b', null, 'c"d\\'] list,
        array[[1,2],[3,4]]::int8[] grid, '{"__proto__": {"a": 1}, "l": [1, null]}'::jsonb doc, '10.0.0.1'::inet address`);
      expect(row).toMatchObject({
        big: '9007199254740993',
        small: 42,
        price: 1.5,
        exact: '12345678901234567.89',
        nan: 'NaN',
        yes: true,
        nothing: null,
        bytes: 'dead',
        local: '2024-02-03T04:05:06.7',
        utc: '2024-02-03T02:05:06Z',
        day: '2024-02-03',
        span: 'P1DT2H',
        list: ['a b', null, 'c"d\\'],
        grid: [
          [1, 2],
          [3, 4],
        ],
        address: '10.0.0.1',
      });
      expect(JSON.stringify(row?.['doc'])).toBe('{"l":[1,null],"__proto__":{"a":1}}');
    });

    it('binds values as they are', async () => {
      const text = "it's $1; drop table appliance -- \\ \u{1F600}";
      expect(
        await rows(
          'select $1::text a, $2::int b, $3::text[] c, $4::jsonb d, $5::bool e',
          text,
          7,
          ['x,', 'y"'],
          { k: [1] },
          false,
        ),
      ).toEqual([{ a: text, b: 7, c: ['x,', 'y"'], d: { k: [1] }, e: false }]);
    });

    it('keeps every column, whatever its name', async () => {
      const found = await database.look(sql('select 1 as a, 2 as a, 3 as a_2, 4 as "__proto__", 5 as constructor'));
      expect(found.columns).toEqual(['a', 'a_3', 'a_2', '__proto__', 'constructor']);
      expect(Object.entries(found.rows[0] ?? {})).toEqual([
        ['a', 1],
        ['a_3', 2],
        ['a_2', 3],
        ['__proto__', 4],
        ['constructor', 5],
      ]);
      expect(({} as Record<string, unknown>)['4']).toBeUndefined();
    });

    it('changes nothing', async () => {
      const error = await worldError(database.look(sql('delete from appliance')));
      expect(error).toMatchObject({ kind: 'failed', details: { code: '25006' } });
      expect(error.message).toContain('database `postgres` on `spb`');
      expect(await rows('select count(*) n from appliance')).toEqual([{ n: 2 }]);
    });

    it('is one statement, and none that controls transactions', async () => {
      expect(await worldError(database.look(sql('select 1; select 2')))).toMatchObject({ details: { code: '42601' } });
      for (const text of ['commit', '/* a /* b */ */ -- c\n  RollBack', '; end', 'vacuum', 'create database x', '']) {
        expect(await worldError(database.look(sql(text)))).toMatchObject({ kind: 'failed' });
      }
    });

    it('says where a statement is wrong', async () => {
      const error = await worldError(database.look(sql('select nam from appliance')));
      expect(error).toMatchObject({ kind: 'failed', details: { code: '42703', position: 8 } });
    });

    it('ends at its time limit, on the server too', async () => {
      const error = await worldError(database.look(sql('select pg_sleep(30)'), { statementTimeoutMs: 200 }));
      expect(error).toMatchObject({ kind: 'failed', details: { code: '57014' } });
      expect(
        await rows(
          "select 1 from pg_stat_activity where query like '%sleep(30)%' and state = 'active' and pid <> pg_backend_pid()",
        ),
      ).toEqual([]);
    });

    it('ends when it is too large to hold', async () => {
      const error = await worldError(database.look(sql("select repeat('x', 1000000) from generate_series(1, 80)")));
      expect(error).toMatchObject({ kind: 'failed', message: expect.stringContaining('64 MiB') });
      expect(await rows('select 1 one')).toEqual([{ one: 1 }]);
    });

    it('opens a new session when the last one was lost', async () => {
      const [row] = await rows('select pg_backend_pid() pid');
      const other = await open();
      await other.look(sql('select pg_terminate_backend($1)', row?.['pid'] ?? null));
      await other[Symbol.asyncDispose]();
      expect(await rows('select 1 one')).toEqual([{ one: 1 }]);
    });

    it('takes its turn', async () => {
      const all = await Promise.all([1, 2, 3, 4, 5].map((n) => rows('select $1::int n', n)));
      expect(all.flat()).toEqual([1, 2, 3, 4, 5].map((n) => ({ n })));
    });

    it('names who asks', async () => {
      expect(await rows('select application_name from pg_stat_activity where pid = pg_backend_pid()')).toEqual([
        { application_name: 'playbook:run-7' },
      ]);
    });
  });

  describe('an explanation', () => {
    it('accepts what would run, without running it', async () => {
      await database.explain(sql('update appliance set capabilities = capabilities | $1 where name = $2', 192, 'spb'));
      await database.explain(sql('drop schema no_such cascade'));
      expect(await rows("select capabilities from appliance where name = 'spb'")).toEqual([{ capabilities: 65536 }]);
    });

    it('refuses what would not', async () => {
      const error = await worldError(database.explain(sql('update appliance set capabilitys = $1', 1)));
      expect(error).toMatchObject({ kind: 'failed', details: { code: '42703', position: 22 } });
      expect(error.message).toContain('`update appliance set capabilitys = $1`');
      expect(await worldError(database.explain(sql('commit')))).toMatchObject({ kind: 'failed' });
      const guest = await open({ user: 'guest', password: 'guest' });
      expect(await worldError(guest.explain(sql('delete from appliance')))).toMatchObject({
        details: { code: '42501' },
      });
      await guest[Symbol.asyncDispose]();
    });
  });

  describe('a change', () => {
    it('commits all its statements and tells their rows', async () => {
      const results = await change([
        sql('create temp table seen (n int)'),
        sql('insert into seen select generate_series(1, $1)', 3),
        sql('select sum(n) total from seen'),
      ]);
      expect(results.map((each) => each.rowCount)).toEqual([0, 3, 1]);
      expect(results[2]?.rows).toEqual([{ total: 6 }]);
    });

    it('leaves nothing behind in the session', async () => {
      await change([sql("set application_name to 'other'"), sql('create temp table left_over (n int)')]);
      expect(await worldError(database.look(sql('select * from left_over')))).toMatchObject({
        details: { code: '42P01' },
      });
    });

    it('rolls everything back when a count is not as expected', async () => {
      const statements = [
        sql("update appliance set capabilities = 0 where name = 'spa'"),
        sql("update appliance set capabilities = 0 where name = 'spx'"),
      ];
      const error = await worldError(change(statements, { expectRows: [1, 1] }));
      expect(error).toMatchObject({ kind: 'failed', details: { found: 0, expected: 1, statement: 2 } });
      expect(error.message).toContain('statement 2 touched 0 rows');
      expect(error.message).toContain('expected 1 row:');
      expect(await rows("select capabilities from appliance where name = 'spa'")).toEqual([{ capabilities: 192 }]);
    });

    it('is refused before anything is sent when it controls the transaction', async () => {
      const statements = [sql("update appliance set capabilities = 1 where name = 'spa'"), sql('commit')];
      expect(await worldError(change(statements))).toMatchObject({
        kind: 'failed',
        message: expect.stringContaining('controls the transaction'),
      });
      expect(await rows("select capabilities from appliance where name = 'spa'")).toEqual([{ capabilities: 192 }]);
      await change([sql('savepoint a'), sql('rollback to a')]);
    });

    it('fails, and is not in doubt, when COMMIT itself is refused', async () => {
      const error = await worldError(
        change([
          sql('create table parent (id int primary key)'),
          sql('create table child (id int references parent deferrable initially deferred)'),
          sql('insert into child values (1)'),
        ]),
      );
      expect(error).toMatchObject({ kind: 'failed', details: { code: '23503' } });
      expect(await rows("select to_regclass('parent') found")).toEqual([{ found: null }]);
    });

    it('names who blocks it', async () => {
      const blocker = await open();
      const blocking = blocker.change({
        statements: [sql('lock table appliance in access exclusive mode'), sql('select pg_sleep(2.5)')],
        lockTimeoutMs: 1_000,
        statementTimeoutMs: 10_000,
      });
      await new Promise((resolve) => setTimeout(resolve, 400));
      const error = await worldError(
        change([sql("update appliance set capabilities = 0 where name = 'spa'")], { lockTimeoutMs: 1_000 }),
      );
      expect(error).toMatchObject({ kind: 'failed', details: { code: '55P03' } });
      expect(error.details['blockers']).toEqual([
        expect.stringMatching(
          /^pid \d+, user tester, application playbook:run-7, client 127\.0\.0\.1, active, since \S+Z: select pg_sleep\(2\.5\)$/,
        ),
      ]);
      await blocking;
      await blocker[Symbol.asyncDispose]();
    });

    it('ends on the server when the operator stops the run', async () => {
      const stop = new AbortController();
      const other = await open({}, stop.signal);
      setTimeout(() => stop.abort(), 300);
      const statements = [sql('insert into appliance values ($1, 0)', 'stopped'), sql('select pg_sleep(30)')];
      const error = await worldError(other.change({ statements, lockTimeoutMs: 1_000, statementTimeoutMs: 40_000 }));
      expect(error.kind).toBe('interrupted');
      expect(await rows("select 1 from appliance where name = 'stopped'")).toEqual([]);
      await other[Symbol.asyncDispose]();
    });
  });

  describe('a link that is lost', () => {
    it('after COMMIT was taken is found to have committed', async () => {
      await using proxy = await startProxy(server.port);
      const other = await open({ port: proxy.port });
      proxy.judge = (chunk, link) => {
        if (!isCommit(chunk)) return;
        link.deaf = true;
        setTimeout(() => link.client.destroy(), 300);
      };
      expect((await other.change(insert('committed')))[0]?.rowCount).toBe(1);
      expect(await rows("select 1 from appliance where name = 'committed'")).toHaveLength(1);
      await other[Symbol.asyncDispose]();
    });

    it('before COMMIT arrived is found to have rolled back', async () => {
      await using proxy = await startProxy(server.port);
      const other = await open({ port: proxy.port });
      proxy.judge = (chunk, link) => {
        if (!isCommit(chunk)) return;
        link.mute = true;
        // The server is not told: its session stays, idle in transaction, until we end it.
        link.client.removeAllListeners('close');
        link.client.destroy();
      };
      expect(await worldError(other.change(insert('lost')))).toMatchObject({
        kind: 'failed',
        message: expect.stringContaining('rolled back'),
      });
      expect(await rows("select 1 from appliance where name = 'lost'")).toEqual([]);
      expect(await rows("select 1 from pg_stat_activity where state like 'idle in transaction%'")).toEqual([]);
      await other[Symbol.asyncDispose]();
    });

    it('at COMMIT with nobody left to ask is in doubt', async () => {
      const proxy = await startProxy(server.port);
      const other = await open({ port: proxy.port }, new AbortController().signal, 1_500);
      proxy.judge = (chunk) => {
        if (isCommit(chunk)) void proxy[Symbol.asyncDispose]();
      };
      const error = await worldError(other.change(insert('doubtful')));
      expect(error).toMatchObject({ kind: 'in-doubt', details: { transaction: expect.stringMatching(/^\d+$/) } });
      await other[Symbol.asyncDispose]();
    });

    it('before COMMIT was sent has failed', async () => {
      await using proxy = await startProxy(server.port);
      const other = await open({ port: proxy.port });
      proxy.judge = (chunk, link) => {
        if (chunk.includes('insert into')) link.client.destroy();
      };
      expect(await worldError(other.change(insert('cut')))).toMatchObject({
        kind: 'failed',
        details: { reason: 'connection-lost' },
      });
      await other[Symbol.asyncDispose]();
    });
  });

  describe('a run that is taken up again', () => {
    const runOf = (run: string, number: number, at: PostgresTarget): Promise<Database> =>
      createConnector({ acceptNewHostKeys: false, applicationName: 'anna@laptop', run: { run, number } }).database(
        targetOf({ postgres: at }),
        never,
        at.database,
        new AbortController().signal,
      );

    it('ends the sessions that it had, and nobody else’s', async () => {
      const { user, password, port } = server;
      const { postgres } = targetOf({ postgres: { user, password, port } });
      const others = [
        ['r.1', 1, false],
        ['r.1', 2, false],
        ['r.1', 3, true],
        ['r.1', 10, true],
        ['r', 1, true],
        ['r_1', 1, true],
      ] as const;
      const sessions = await Promise.all(
        others.map(async ([run, number, lives]) => ({ lives, database: await runOf(run, number, postgres) })),
      );
      const pids = await Promise.all(
        sessions.map(
          async (each) => (await each.database.look(sql('select pg_backend_pid() as pid'))).rows[0]?.['pid'] ?? 0,
        ),
      );
      await using now = await runOf('r.1', 3, postgres);
      expect(await now.endEarlierSessions()).toBe(2);
      const alive = (await rows('select pid from pg_stat_activity')).map((each) => each['pid']);
      expect(pids.map((pid) => alive.includes(pid))).toEqual(others.map(([, , lives]) => lives));
      expect(await now.endEarlierSessions()).toBe(0);
      expect(await database.endEarlierSessions()).toBe(0);
      for (const each of sessions) await each.database[Symbol.asyncDispose]();
    });

    it('learns from the mark what became of its transaction', async () => {
      const marks: TransactionMark[] = [];
      const beforeCommit = (mark: TransactionMark): Promise<void> => Promise.resolve(void marks.push(mark));
      await change([sql("insert into appliance values ('marked', 0)")], { beforeCommit });
      const refused = change([sql("insert into appliance values ('unmarked', 0)")], {
        beforeCommit: async (mark) => {
          await beforeCommit(mark);
          throw new Error('the journal is full');
        },
      });
      await expect(refused).rejects.toThrow('the journal is full');
      expect(await rows("select name from appliance where name like '%marked'")).toEqual([{ name: 'marked' }]);
      const [done, undone] = marks;
      if (done === undefined || undone === undefined) throw new Error('no marks');
      expect(await database.outcome(done)).toBe('committed');
      expect(await database.outcome(undone)).toBe('aborted');
      expect(await database.outcome({ ...done, server: '1/1' })).toBe('unknown');
    });
  });

  describe('a server that cannot be used', () => {
    it('is a failure of the task, not an unreachable host', async () => {
      const port = await freePort();
      const refused = await worldError(open({ port }));
      expect(refused).toMatchObject({ kind: 'failed', details: { reason: 'database-unreachable' } });
      expect(refused.message).toContain(`127.0.0.1:${port}`);
      const wrong = await worldError(open({ password: 'wrong-password' }));
      expect(wrong).toMatchObject({
        kind: 'failed',
        details: { sqlstate: '28P01' },
        message: expect.stringMatching(/^the login of `.*` to database `postgres` on `.*` was refused: /),
        hint: 'check `pg_user` and `pg_password`',
      });
      expect(JSON.stringify(wrong)).not.toContain('wrong-password');
      expect(await worldError(open({ database: 'nowhere' }))).toMatchObject({
        message: expect.stringMatching(/^there is no database `nowhere` on `/),
        details: { sqlstate: '3D000', reason: 'database-refused' },
      });
      expect(await worldError(open({ tls: true }))).toMatchObject({ hint: expect.stringContaining('pg_tls') });
    });

    it('that lets nobody in says why', async () => {
      await change([sql('create role idle'), sql("create role crowd login password 'c' connection limit 0")]);
      await change([sql('create role outsider login password $$o$$')]);
      await change([sql('revoke connect on database postgres from public')]);
      const said = async (user: string, password: string): Promise<string> =>
        (await worldError(open({ user, password }, new AbortController().signal, 900))).message;
      expect(await said('idle', 'x')).toMatch(/^the login of `idle` to database `postgres` on `.*` was refused: /);
      expect(await said('outsider', 'o')).toMatch(/^the login of `outsider` to .* was refused: permission denied/);
      await change([sql('grant connect on database postgres to public')]);
      expect(await said('crowd', 'c')).toMatch(/^the server of database `postgres` on `.*` has no room for another/);
    });

    it.each([
      ['57P03', 'the database system is starting up', /^the server of D is there, and takes no sessions now: /, /wait/],
      ['28000', 'no pg_hba.conf entry for host "10.0.0.1"', /^the login of `u` to D was refused: no pg_hba/, /pg_hba/],
      ['28000', 'role "u" does not exist', /^the login of `u` to D was refused: role/, /^check `pg_user`/],
    ])('is told by what it answers: %s %s', (code, message, words, hint) => {
      const answer = Object.assign(new DatabaseError(message, 0, 'error'), { code });
      const error = notOpened('D', 'u', answer);
      expect(error.message).toMatch(words);
      expect(error.hint).toMatch(hint);
    });

    it('is not asked with a password of our own environment', async () => {
      const { user, port } = server;
      const target = targetOf({ postgres: { user, port } });
      process.env['PGPASSWORD'] = server.password;
      try {
        const error = await worldError(connector.database(target, never, 'postgres', new AbortController().signal));
        expect(error).toMatchObject({ hint: 'set `pg_password`', details: { reason: 'database-login' } });
      } finally {
        delete process.env['PGPASSWORD'];
      }
    });

    it('that is silent is given up in time', async () => {
      await using proxy = await startProxy(server.port);
      proxy.judge = (_chunk, link) => (link.deaf = true);
      expect(await worldError(open({ port: proxy.port }, new AbortController().signal, 800))).toMatchObject({
        message: expect.stringContaining('within 0.8 s'),
      });
    });

    it('that is full is asked again until there is room', async () => {
      await change([sql('create role narrow login password $$narrow$$ connection limit 1')]);
      const first = await open({ user: 'narrow', password: 'narrow' });
      setTimeout(() => void first[Symbol.asyncDispose](), 700);
      const second = await open({ user: 'narrow', password: 'narrow' });
      expect((await second.look(sql('select current_user as who'))).rows).toEqual([{ who: 'narrow' }]);
      await second[Symbol.asyncDispose]();
    });
  });

  it.each(['127.0.0.1', 'socket'])('is reached through the ssh connection of its host, by %s', async (way) => {
    await using ssh = await startSshServer();
    const home = await mkdtemp(join(tmpdir(), 'playbook-pg-'));
    const overSsh = createConnector({
      acceptNewHostKeys: true,
      environment: { PATH: process.env['PATH'], HOME: home },
    });
    const { user, password, port, socketDirectory } = server;
    const address = way === 'socket' ? socketDirectory : way;
    const target = targetOf({
      user: 'admin',
      port: ssh.port,
      postgres: { user, password, port, address, through: 'ssh' },
    });
    const { signal } = new AbortController();
    await using connection = await overSsh.connect(target, signal);
    const other = await overSsh.database(target, async () => connection, 'postgres', signal);
    expect((await other.look(sql('select inet_client_addr() is null as local'))).rows).toEqual([
      { local: way === 'socket' },
    ]);
    const results = await other.change({
      statements: [sql('select 7 as n')],
      lockTimeoutMs: 1_000,
      statementTimeoutMs: 1_000,
    });
    expect(results[0]?.rows).toEqual([{ n: 7 }]);
    const waiting = worldError(other.look(sql('select pg_sleep(20)')));
    setTimeout(() => ssh.cut(), 300);
    expect(await waiting).toMatchObject({ kind: 'failed', details: { reason: 'connection-lost' } });
    expect((await other.look(sql('select 8 as n'))).rows).toEqual([{ n: 8 }]);
    const nowhere = { ...target, postgres: { ...target.postgres, address: '127.0.0.1', port: await freePort() } };
    const error = await worldError(overSsh.database(nowhere, async () => connection, 'postgres', signal));
    expect(error).toMatchObject({ kind: 'failed', details: { reason: 'database-unreachable' } });
    await other[Symbol.asyncDispose]();
    await rm(home, { recursive: true });
  });

  it('is reached by its unix socket', async () => {
    const other = await open({ address: server.socketDirectory });
    expect((await other.look(sql('select inet_client_addr() is null as local'))).rows).toEqual([{ local: true }]);
    await other[Symbol.asyncDispose]();
  });
});
