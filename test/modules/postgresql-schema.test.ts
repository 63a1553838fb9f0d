import type { Client } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Refusal } from '../../src/core/module.js';
import type { Value } from '../../src/core/value.js';
import { postgresqlSchema } from '../../src/modules/postgresql-schema.js';
import { stepHere } from '../rigs/local-hands.js';
import { accepts } from '../rigs/module-cases.js';
import { startDatabase } from '../rigs/modules-database.js';
import type { DatabaseRig } from '../rigs/modules-database.js';

const absent = { state: 'absent', owner: null, objects: 0, objects_outside: 0 } as const;
const full = { state: 'present', owner: 'postgres', objects: 187, objects_outside: 12 } as const;
const empty = { ...full, objects: 0, objects_outside: 0 };

describe('what postgresql_schema wants', () => {
  it.each([
    ['present when it is there', { name: 'a' }, full, { state: 'present' }],
    ['present when it is not', { name: 'a' }, absent, { state: 'present' }],
    ['another owner', { name: 'a', owner: 'b' }, full, { state: 'present', owner: 'b' }],
    [
      'absent when it is not there',
      { name: 'a', state: 'absent' },
      absent,
      { state: 'absent', objects: 0, objects_outside: 0 },
    ],
    ['an empty one absent', { name: 'a', state: 'absent' }, empty, { state: 'absent', objects: 0, objects_outside: 0 }],
    [
      'all of it absent',
      { name: 'a', state: 'absent', cascade: true },
      full,
      { state: 'absent', objects: 0, objects_outside: 0 },
    ],
    [
      'a full one absent',
      { name: 'a', state: 'absent' },
      full,
      'schema `a` is not empty: dropping it takes 187 objects along',
    ],
    ['`public` absent', { name: 'public', state: 'absent', cascade: true }, full, 'schema `public` is never dropped'],
    [
      'a schema of the server',
      { name: 'pg_catalog', state: 'absent' },
      empty,
      'schema `pg_catalog` belongs to the server',
    ],
    ['another', { name: 'information_schema' }, full, 'schema `information_schema` belongs to the server'],
    ['an owner of nothing', { name: 'a', state: 'absent', owner: 'b' }, full, '`owner` goes with `state: present`'],
  ])('%s', (_name, args, found, expected) => {
    const answer = postgresqlSchema.bind(args).want(found);
    expect(answer instanceof Refusal ? answer.message : answer).toEqual(expected);
  });
});

describe('postgresql_schema on a real PostgreSQL', () => {
  let rig: DatabaseRig;
  let client: Client;

  beforeAll(async () => {
    rig = await startDatabase();
    await rig.create('fdb', 'create table kept (a int primary key); create role keeper');
    client = await rig.session('fdb');
  }, 60_000);

  afterAll(async () => {
    await rig[Symbol.asyncDispose]();
  });

  beforeEach(async () => {
    await client.query('drop schema if exists "_Slo ny" cascade; drop schema if exists made; drop view if exists seen');
  });

  const fill = `
    create schema "_Slo ny";
    set search_path = "_Slo ny", public;
    create table sl_set (set_id serial primary key, said text unique check (said <> ''), big numeric default 1);
    create index on sl_set (big);
    create table sl_part (a int references sl_set) partition by range (a);
    create table sl_part_1 partition of sl_part for values from (1) to (9);
    create type mood as enum ('a'); create domain small as int check (value < 9);
    create sequence alone;
    create view of_sets as select * from sl_set;
    create function deny() returns trigger language plpgsql as $$ begin return null; end $$;
    create trigger own before update on sl_set for each row execute function deny();
    create trigger outside before update on public.kept for each row execute function deny();
    alter table public.kept add column if not exists feeling mood;
    create view public.seen as select set_id from sl_set;
    reset search_path`;

  /** What PostgreSQL itself says would go along: one object in the notice's message, or lines of its detail and a number. */
  const countOfServer = async (): Promise<number> => {
    const notices: { message: string | undefined; detail: string | undefined }[] = [];
    const remember = ({ message, detail }: { message?: string | undefined; detail?: string | undefined }) =>
      notices.push({ message, detail });
    client.on('notice', remember);
    await client.query('begin; drop schema "_Slo ny" cascade; rollback');
    client.off('notice', remember);
    return Number(/cascades to (\d+) other objects/.exec(notices[0]?.message ?? '')?.[1] ?? 1);
  };

  it('counts what a drop would take along, as the server does, and drops it', async () => {
    await client.query(fill);
    const count = await countOfServer();
    const args = { name: '_Slo ny', state: 'absent', cascade: true };
    const first = await stepHere(postgresqlSchema, args, rig.hands('fdb'));
    // Outside of it: the trigger and the column of `kept`, and the view that reads one of its tables.
    expect(first.plan).toEqual({
      kind: 'change',
      change: {
        before: { state: 'present', objects: count, objects_outside: 3 },
        after: { state: 'absent', objects: 0, objects_outside: 0 },
      },
    });
    expect(first.again.kind).toBe('same');
    const { rows } = await client.query(`select to_regclass('kept')::text as kept, to_regclass('seen')::text as seen`);
    expect(rows).toEqual([{ kept: 'kept', seen: null }]);
    expect((await stepHere(postgresqlSchema, args, rig.hands('fdb'))).plan.kind).toBe('same');
  });

  it('does not drop what is full, nor what is filled behind its back', async () => {
    await client.query('create schema made');
    const hands = rig.hands('fdb');
    const args = { name: 'made', state: 'absent' };
    const bound = postgresqlSchema.bind(args);
    const found = await bound.inspect(hands);
    await client.query('create table made.late (a int)');
    await expect(bound.apply?.({ before: found, after: { state: 'absent' } }, hands)).rejects.toThrow(
      /other objects depend on it/,
    );
    expect((await stepHere(postgresqlSchema, args, hands)).plan.kind).toBe('refuse');
    await client.query('drop schema made cascade');
  });

  it('creates a schema, and gives it away', async () => {
    const hands = rig.hands('fdb');
    expect((await stepHere(postgresqlSchema, { name: 'made' }, hands)).after).toMatchObject({
      state: 'present',
      owner: 'postgres',
      objects: 0,
    });
    const given = await stepHere(postgresqlSchema, { name: 'made', owner: 'keeper' }, hands);
    expect(given.plan).toMatchObject({ change: { before: { owner: 'postgres' }, after: { owner: 'keeper' } } });
    expect(given.again.kind).toBe('same');
    await client.query('drop schema made');
    expect((await stepHere(postgresqlSchema, { name: 'made', owner: 'keeper' }, hands)).after).toMatchObject({
      owner: 'keeper',
    });
  });

  it('waits for a lock only so long, and leaves everything as it was', async () => {
    await client.query(fill);
    const blocker = await rig.session('fdb');
    await blocker.query('begin; select * from kept');
    const args = { name: '_Slo ny', state: 'absent', cascade: true, lock_timeout: 0.1 };
    await expect(stepHere(postgresqlSchema, args, rig.hands('fdb'))).rejects.toThrow(/lock timeout/);
    await blocker.query('rollback');
    expect(await countOfServer()).toBeGreaterThan(5);
  });
});

describe('the schema of postgresql_schema', () => {
  it.each<[Value, boolean]>([
    [{ name: 'a', state: 'absent', cascade: true, lock_timeout: '500ms' }, true],
    [{ name: 'a', state: 'dropped' }, false],
  ])('takes %j: %s', (args, expected) => {
    expect(accepts(postgresqlSchema, args)).toBe(expected);
  });
});
