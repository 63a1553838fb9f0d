import type { Client } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Value } from '../../src/core/value.js';
import { postgresqlFence } from '../../src/modules/postgresql-fence.js';
import { stepHere } from '../rigs/local-hands.js';
import type { Step } from '../rigs/local-hands.js';
import { accepts } from '../rigs/module-cases.js';
import { startDatabase } from '../rigs/modules-database.js';
import type { DatabaseRig } from '../rigs/modules-database.js';

const standing = { state: 'present', open_tables: 0 } as const;
const gap = { state: 'present', open_tables: 2 } as const;
const none = { state: 'absent', open_tables: 2 } as const;

describe('what postgresql_fence wants', () => {
  it.each([
    ['a fence around all tables when there is none', {}, none, standing],
    ['the same when it has gaps', { state: 'present' }, gap, standing],
    ['the same when it stands', { state: 'present' }, standing, standing],
    ['no fence', { state: 'absent' }, standing, { state: 'absent' }],
    ['no fence, and tables may stay open', { state: 'absent' }, none, { state: 'absent' }],
  ] as const)('%s', (_title, args, found, wanted) => {
    expect(postgresqlFence.bind(args).want(found)).toEqual(wanted);
  });
});

const tables = `
  create table plain (a int primary key, said text);
  insert into plain values (1, 'kept');
  create unlogged table unlogged_one (a int);
  create table parts (a int) partition by range (a);
  create table parts_1 partition of parts for values from (0) to (10);
  create table "select" (a int);
  create table "we""ird $1 's %s $playbook$" (a int);
  create schema "Odd Schema";
  create table "Odd Schema"."Tabl\u00e4" (a int);
  create view seen as select * from plain;
  create schema _cluster;
  create table _cluster.sl_log_1 (a int)`;

const fenced = [
  'plain',
  'unlogged_one',
  'parts',
  'parts_1',
  '"select"',
  `"we""ird $1 's %s $playbook$"`,
  '"Odd Schema"."Tabl\u00e4"',
];

const writes = ['insert into plain values (2)', 'update plain set said = null', 'delete from plain', 'truncate plain'];

describe('postgresql_fence on a real PostgreSQL', () => {
  let rig: DatabaseRig;
  let client: Client;

  beforeAll(async () => {
    rig = await startDatabase();
    await rig.create('fdb');
    client = await rig.session('fdb');
    await client.query('create role app login; create role stranger login');
  }, 60_000);

  afterAll(async () => {
    await rig[Symbol.asyncDispose]();
  });

  beforeEach(async () => {
    await client.query(`
      drop schema if exists playbook_fence, public, _cluster, "Odd Schema" cascade;
      create schema public; grant usage on schema public to app; ${tables};
      grant all on all tables in schema public to app`);
  });

  const fence = (args: object = {}): Promise<Step> => stepHere(postgresqlFence, args, rig.hands('fdb'));
  const inspect = () => postgresqlFence.bind({}).inspect(rig.hands('fdb'));
  /** What the server answers to a statement: `done`, or the code of its refusal. */
  const answer = (sql: string, session: Client = client): Promise<string> =>
    session.query(sql).then(
      () => 'done',
      (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : String(error)),
    );
  const refused = '25006';

  it('refuses every way to write, and lets everybody read', async () => {
    const first = await fence();
    expect(first.plan).toEqual({
      kind: 'change',
      change: { before: { state: 'absent', open_tables: fenced.length }, after: standing },
    });
    expect(first).toMatchObject({ after: standing, again: { kind: 'same' } });
    for (const sql of [...writes, 'insert into seen values (3)', "copy plain from program 'echo 3'"]) {
      expect([sql, await answer(sql)]).toEqual([sql, refused]);
    }
    // A table that another refers to or a partition that is written through its parent is no way around it.
    for (const table of fenced) {
      expect([table, await answer(`insert into ${table} values (5)`)]).toEqual([table, refused]);
    }
    expect((await client.query('select * from plain')).rows).toEqual([{ a: 1, said: 'kept' }]);
  });

  it('refuses writes of sessions that were open before, also of statements that they had prepared', async () => {
    const app = await rig.session('fdb', 'app');
    await app.query(`prepare more as insert into plain values ($1, 'more')`);
    await app.query('execute more (2)');
    await app.query('begin; select * from plain');
    await app.query('commit');
    await fence();
    expect(await answer('execute more (3)', app)).toBe(refused);
    for (const sql of writes.slice(0, 3)) expect(await answer(sql, app)).toBe(refused);
    await fence({ state: 'absent' });
    expect(await answer('execute more (3)', app)).toBe('done');
  });

  it('lets replication write, and Slony-I into its own schema', async () => {
    await fence();
    const slon = await rig.session('fdb');
    await slon.query('set session_replication_role = replica');
    for (const sql of [...writes, ...fenced.map((table) => `insert into ${table} values (7)`)]) {
      expect([sql, await answer(sql, slon)]).toEqual([sql, 'done']);
    }
    expect(await answer('insert into _cluster.sl_log_1 values (1)')).toBe('done');
    expect(await answer('create temp table mine (a int); insert into mine values (1); drop table mine')).toBe('done');
  });

  it('changes nothing the second time', async () => {
    await fence();
    const before = await client.query('select oid, tgrelid from pg_trigger order by 1');
    expect((await fence()).plan).toEqual({ kind: 'same' });
    expect((await client.query('select oid, tgrelid from pg_trigger order by 1')).rows).toEqual(before.rows);
  });

  it.each([
    ['a table that was made since', 'create table late (a int)', 1],
    ['a partition that was made since', 'create table parts_2 partition of parts for values from (10) to (20)', 1],
    ['a trigger that was switched off', 'alter table plain disable trigger playbook_fence', 1],
    ['triggers that fire for replication only', 'alter table parts enable replica trigger playbook_fence', 1],
    ['a trigger that was dropped', 'drop trigger playbook_fence on "select"', 1],
    [
      'a function that was dropped with all its triggers',
      'drop function playbook_fence.refuse() cascade',
      fenced.length,
    ],
  ])('finds a gap: %s; and closes it', async (_title, sql, open) => {
    await fence();
    await client.query(sql);
    expect(await inspect()).toEqual({ state: 'present', open_tables: open });
    const closed = await fence();
    expect(closed.plan).toMatchObject({ change: { before: { open_tables: open }, after: { open_tables: 0 } } });
    expect(closed).toMatchObject({ after: standing, again: { kind: 'same' } });
    expect(await answer('insert into plain values (9)')).toBe(refused);
  });

  it('lifts the fence with everything that belongs to it', async () => {
    const everything = `
      select 'trigger ' || tgname as name from pg_trigger where not tgisinternal
      union all select 'schema ' || nspname from pg_namespace
      union all select 'function ' || proname from pg_proc where proname = 'refuse' order by 1`;
    const before = await client.query(everything);
    await fence();
    const lifted = await fence({ state: 'absent' });
    expect(lifted.plan).toEqual({
      kind: 'change',
      change: { before: { state: 'present' }, after: { state: 'absent' } },
    });
    expect(lifted.again).toEqual({ kind: 'same' });
    expect((await client.query(everything)).rows).toEqual(before.rows);
    for (const sql of writes) expect([sql, await answer(sql)]).toEqual([sql, 'done']);
    expect((await fence({ state: 'absent' })).plan).toEqual({ kind: 'same' });
  });

  it.each([
    'A is being replaced; use B',
    `it's "quoted" and ''twice''`,
    '100 % of %s and %%',
    '$1 costs $$ and $playbook$ and $play$playbook$book$',
    '$playbook',
    'back\\slash \\n and a last one \\',
    'two\nlines',
    '\u00e4\u20ac\u{1f600}',
    "'; drop table plain; --",
  ])('tells whoever writes exactly %j', async (message) => {
    expect((await fence({ message })).again).toEqual({ kind: 'same' });
    const old = await rig.session('fdb');
    // Sessions of old programs read backslashes in plain strings in their own way.
    await old.query('set escape_string_warning = off; set standard_conforming_strings = off');
    for (const session of [client, old]) {
      const said = await session.query('delete from plain').catch((error: unknown) => error);
      expect(said).toMatchObject({ message, code: refused });
    }
  });

  it('waits for a writer only so long, and leaves everything as it was', async () => {
    const writer = await rig.session('fdb');
    await writer.query('begin; insert into plain values (2)');
    await expect(fence({ lock_timeout: 0.1 })).rejects.toThrow(/lock timeout/);
    expect(await inspect()).toEqual({ state: 'absent', open_tables: fenced.length });
    expect(await answer('insert into "select" values (1)')).toBe('done');
    await writer.query('rollback');
    expect((await fence()).after).toEqual(standing);
  });

  it('raises nothing when one table is not ours to fence', async () => {
    await client.query('grant create on database fdb to stranger; create schema strangers authorization stranger');
    const hands = rig.hands('fdb', 'stranger');
    await expect(stepHere(postgresqlFence, {}, hands)).rejects.toThrow(/permission denied|must be owner/);
    expect(await inspect()).toMatchObject({ state: 'absent' });
    await client.query('drop schema strangers; revoke create on database fdb from stranger');
  });

  it('acts on the database that it is told', async () => {
    await rig.create('edb', 'create table plain (a int)');
    const args = { database: 'edb' };
    expect((await stepHere(postgresqlFence, args, rig.hands('fdb'))).after).toEqual(standing);
    expect(await inspect()).toMatchObject({ state: 'absent' });
    expect(await answer('insert into plain values (1)', await rig.session('edb'))).toBe(refused);
  });

  it('stands around an empty database too', async () => {
    await rig.create('nothing');
    const args = { database: 'nothing' };
    expect((await stepHere(postgresqlFence, args, rig.hands('fdb'))).again).toEqual({ kind: 'same' });
    expect((await stepHere(postgresqlFence, args, rig.hands('fdb'))).plan).toEqual({ kind: 'same' });
  });
});

describe('the schema of postgresql_fence', () => {
  it.each<[Value, boolean]>([
    [{}, true],
    [{ database: 'fdb', state: 'absent', message: 'no', lock_timeout: '500ms', statement_timeout: 60 }, true],
    [{ state: 'dropped' }, false],
    [{ message: '' }, false],
    [{ table: 'a' }, false],
  ])('takes %j: %s', (args, expected) => {
    expect(accepts(postgresqlFence, args)).toBe(expected);
  });
});
