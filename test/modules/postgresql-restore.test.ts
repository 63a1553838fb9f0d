// Whole restores between two real PostgreSQL clusters on two hosts of an inventory: what comes along, what proves the
// direction, and that the old database stands until the new one is proven.
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { postgresqlRestore } from '../../src/modules/postgresql-restore.js';
import { postgresPrograms, startPair } from '../rigs/two-hosts.js';
import type { Pair } from '../rigs/two-hosts.js';

const bin = postgresPrograms();

const world = `
create table appliance (id serial primary key, name text unique not null, capabilities bigint default 0, seen timestamptz);
create table note (line text);
create type mood as enum ('calm', 'busy');
create table load (at float8, mood mood, "Odd name" bytea);
create view busy as select name from appliance where capabilities > 64;
create function double(n int) returns int language sql as 'select n * 2';
create sequence ticket start 100;
insert into appliance (name, capabilities, seen) values ('spa', 195, '2024-05-01 10:00+02'), ('spb', 3, null);
insert into note values ('one'), ('one'), (null);
insert into load values (0.1, 'calm', '\\x00ff');
select nextval('ticket'), nextval('ticket');
`;

describe.skipIf(bin === undefined)('postgresql_restore', () => {
  let pair: Pair;
  let landing = '';
  const sql: Pair['sql'] = (...asked) => pair.sql(...asked);
  const restore = (args: object = {}, how: { readonly check?: boolean } = {}) =>
    pair.hosts.run('b', postgresqlRestore, { database: 'fdb', from_host: 'a', work_dir: landing, ...args }, how);
  beforeAll(async () => {
    pair = await startPair(bin ?? '');
    landing = join(pair.work, 'landing');
    await mkdir(landing);
  }, 60_000);
  beforeEach(async () => {
    await pair.clear();
    await sql(pair.a, 'postgres', 'create database fdb');
    await sql(pair.a, 'fdb', world);
  });
  afterAll(() => pair[Symbol.asyncDispose]());

  it('brings tables, types, views, functions, rows and sequences to a host that has none of them; then it is ok', async () => {
    const first = await restore();
    expect(first).toMatchObject({ status: 'changed', result: { rows: 6, tables: 3, old_database: null } });
    expect(await pair.databases(pair.b)).toEqual(['fdb']);
    expect(await sql(pair.b, 'fdb', `select name, capabilities, seen from appliance order by id`)).toEqual(
      await sql(pair.a, 'fdb', `select name, capabilities, seen from appliance order by id`),
    );
    expect(
      await sql(pair.b, 'fdb', `select nextval('ticket')::int, double(4), (select count(*)::int from busy)`),
    ).toEqual([[102, 8, 1]]);
    await sql(pair.a, 'fdb', `select nextval('ticket')`);
    const second = await restore();
    expect(second.status).toBe('ok');
    expect(await readdir(landing)).toEqual([]);
  });

  it('keeps an older copy also when the names of these seconds are taken', async () => {
    await restore();
    const named = (await sql(
      pair.b,
      'postgres',
      `select 'fdb_before_' || to_char(now() at time zone 'UTC' + n * interval '1 second', 'YYYYMMDD"T"HH24MISS') from generate_series(0, 9) n`,
    )) as readonly (readonly [string])[];
    for (const [name] of named) await sql(pair.b, 'postgres', `create database "${name}" template template0`);
    await sql(pair.a, 'fdb', `insert into note values ('two')`);
    expect(await restore({ overwrite: true })).toMatchObject({ status: 'changed' });
    expect(await pair.databases(pair.b)).toEqual(['fdb', ...Array.from({ length: 11 }, () => 'fdb_before_TIME')]);
  });

  it('replaces an older copy, keeps it under another name, and shows before what would be replaced', async () => {
    await restore();
    await sql(pair.a, 'fdb', `insert into appliance (name) values ('spc'); insert into note values ('two')`);
    const refused = await restore({}, { check: true });
    expect(refused.failure?.message).toContain('nothing proves that `fdb` of `a` is ahead');
    const checked = await restore({ overwrite: true }, { check: true });
    expect(checked).toMatchObject({ status: 'would-change', message: 'would replace `fdb` by `fdb` of `a`' });
    expect(Object.keys(checked.diff?.after ?? {})).toEqual(['contents']);
    expect(checked.diff?.before['contents']).toContainEqual(expect.objectContaining({ name: 'public.note', rows: 3 }));
    expect(checked.diff?.after['contents']).toContainEqual(expect.objectContaining({ name: 'public.note', rows: 4 }));
    expect(await pair.databases(pair.b)).toEqual(['fdb']);
    expect(await restore({ overwrite: true })).toMatchObject({ status: 'changed', result: { rows: 8 } });
    expect(await pair.databases(pair.b)).toEqual(['fdb', 'fdb_before_TIME']);
    await sql(pair.a, 'fdb', `insert into note values ('three')`);
    expect(await restore({ overwrite: true, drop_old: true })).toMatchObject({ status: 'changed' });
    expect(await pair.databases(pair.b)).toEqual(['fdb', 'fdb_before_TIME']);
  });

  it('keeps the settings, privileges and owner that the database had', async () => {
    await sql(pair.b, 'postgres', `create role keeper`);
    await sql(pair.b, 'postgres', `create database fdb owner keeper`);
    await sql(pair.b, 'postgres', `alter database fdb set search_path to "$user", public, "odd one"`);
    await sql(pair.b, 'postgres', `alter database fdb set work_mem to '7MB'`);
    await sql(
      pair.b,
      'postgres',
      `revoke connect on database fdb from public; grant connect on database fdb to pg_monitor`,
    );
    const about = `select pg_get_userbyid(datdba), array(select unnest(datacl)::text order by 1), array(select unnest(setconfig) order by 1)
      from pg_database d join pg_db_role_setting s on s.setdatabase = d.oid where datname = 'fdb'`;
    const before = await sql(pair.b, 'postgres', about);
    expect((await restore()).status).toBe('changed');
    expect(await sql(pair.b, 'postgres', about)).toEqual(before);
  });

  it.each([
    [
      'rows',
      `insert into appliance (name) values ('only here')`,
      'public.appliance (1 row more), public.appliance_id_seq (at 3 instead of 2)',
    ],
    ['as many rows, but others', `update appliance set id = 77 where id = 1`, 'public.appliance (1 row more)'],
    ['a table', `create table extra as select 1 as one`, 'public.extra (1 row more)'],
    ['a sequence that went on', `select nextval('ticket')`, 'public.ticket (at 102 instead of 101)'],
  ])('refuses a target that has %s', async (_, change, named) => {
    await restore();
    await sql(pair.b, 'fdb', change);
    const { status, failure } = await restore();
    expect(status).toBe('failed');
    expect(failure?.message).toBe(`\`fdb\` holds what the source does not have: ${named}`);
    expect(await pair.databases(pair.b)).toEqual(['fdb']);
  });

  it('refuses one and the same server on both sides, whatever it is called', async () => {
    await sql(pair.b, 'postgres', 'create database fdb');
    const { failure } = await restore({ from_host: 'alias', overwrite: true });
    expect(failure?.message).toMatch(/^`alias` and this host lead to one and the same server \(\d+\)$/);
  });

  it('refuses servers that are not the expected ones', async () => {
    const [[id]] = (await sql(pair.a, 'postgres', 'select system_identifier::text from pg_control_system()')) as [
      [string],
    ];
    const { failure } = await restore({ expect_identity: { target: id } });
    expect(failure?.message).toMatch(new RegExp(`^the target is the server \\d+, not ${id}$`));
    expect((await restore({ expect_identity: { source: id } })).status).toBe('changed');
  });

  it('refuses while others are connected, and names them', async () => {
    await restore();
    await sql(pair.a, 'fdb', `insert into note values ('new')`);
    const app = await pair.connect(pair.b, 'fdb');
    const { failure } = await restore({ overwrite: true });
    expect(failure?.message).toMatch(/^others are connected to `fdb`: tester \(an app, pid \d+\)$/);
    await app.end();
    expect((await restore({ overwrite: true })).status).toBe('changed');
  });

  it('fails, and leaves nothing behind, when the source is not there or its dump breaks off', async () => {
    expect((await restore({ from_database: 'nowhere' })).failure?.message).toContain('`nowhere`');
    const half = await pair.programs('pg_dump', '"$REAL" "$@" | head -c 3000; echo "out of luck" >&2; exit 1');
    const { status, failure } = await restore({ from_pg_bin: half });
    expect({ status, failure }).toMatchObject({
      status: 'failed',
      failure: { message: expect.stringContaining('reading the stream on `a`'), details: { source_rc: 1 } },
    });
    expect(failure?.details?.['source_stderr']).toContain('out of luck\npg_dump ended with exit code 1');
    expect(await pair.databases(pair.b)).toEqual([]);
    expect(await readdir(landing)).toEqual([]);
  });

  it.each([
    [
      'rows are missing',
      `"$REAL" "$@"; case " $* " in *" -d "*) psql -qd "$PB_MADE" -c 'delete from note' >&2;; esac`,
      'public.note: 0 rows instead of 4',
    ],
    [
      'a row is another',
      `"$REAL" "$@"; case " $* " in *" -d "*) psql -qd "$PB_MADE" -c 'update load set at = 0.2' >&2;; esac`,
      'public.load: other content',
    ],
    [
      'a view is missing',
      `"$REAL" "$@"; case " $* " in *" -d "*) psql -qd "$PB_MADE" -c 'drop view busy' >&2;; esac`,
      'the definitions of tables, functions or triggers differ',
    ],
    [
      'a schema came along',
      `"$REAL" "$@"; case " $* " in *" -d "*) psql -qd "$PB_MADE" -c 'create schema _slony' >&2;; esac`,
      'schema _slony came along',
    ],
  ])('keeps the old database when the copy is not what was dumped: %s', async (_, script, difference) => {
    await restore();
    await sql(pair.a, 'fdb', `insert into note values ('new')`);
    const { status, failure } = await restore({ overwrite: true, pg_bin: await pair.programs('pg_restore', script) });
    expect({ status, message: failure?.message }).toEqual({
      status: 'failed',
      message: `the restored copy of \`fdb\` is not what was dumped: ${difference}`,
    });
    expect(await pair.databases(pair.b)).toEqual(['fdb']);
    expect(await sql(pair.b, 'fdb', 'select count(*)::int from note')).toEqual([[3]]);
    expect(await readdir(landing)).toEqual([]);
  });

  it('takes away what a restore left that died', async () => {
    await sql(pair.b, 'postgres', 'create database fdb_restore_0123456789ab');
    await sql(pair.b, 'postgres', `comment on database fdb_restore_0123456789ab is 'being restored by playbook'`);
    await sql(pair.b, 'postgres', 'create database fdb_restore_of_mine');
    expect((await restore()).status).toBe('changed');
    expect(await pair.databases(pair.b)).toEqual(['fdb', 'fdb_restore_of_mine']);
  });
});
