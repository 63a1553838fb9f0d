import type { Client } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Value, ValueMap } from '../../src/core/value.js';
import { Refusal } from '../../src/core/module.js';
import { sql } from '../../src/modules/sql.js';
import { stepHere } from '../rigs/local-hands.js';
import { accepts } from '../rigs/module-cases.js';
import { sqlText, startDatabase } from '../rigs/modules-database.js';
import type { DatabaseRig } from '../rigs/modules-database.js';

/** What `want` says of these arguments and this state: the wanted keys, or the words of its refusal. */
function wanted(args: object, found: ValueMap): unknown {
  const answer = sql.bind(args).want(found);
  return answer instanceof Refusal
    ? `${answer.message}${answer.hint === undefined ? '' : ` (${answer.hint})`}`
    : answer;
}

const row = { set_id: 1, master_node: true };
const found = { rows: [row], row_count: 1, columns: ['set_id', 'master_node'], first: row };
const none = { rows: [], row_count: 0, columns: ['set_id', 'master_node'], first: null };
const query = sqlText('select 1');

describe('what sql wants of a query', () => {
  it.each([
    ['nothing more than an answer', {}, found, {}],
    ['the number of rows', { expect_rows: 1 }, found, {}],
    ['a number of rows that is not there', { expect_rows: 1 }, none, 'expected 1 row, found 0'],
    ['at least one', { expect_rows: { min: 1 } }, none, 'expected at least 1 row, found 0'],
    ['a range', { expect_rows: { min: 2, max: 3 } }, found, 'expected 2 to 3 rows, found 1'],
    ['no row', { expect_rows: 0 }, none, {}],
    ['these rows', { expect: [{ set_id: 1, master_node: true }] }, found, {}],
    ['a column of them', { expect: [{ master_node: true }] }, found, {}],
    [
      'other rows',
      { expect: [{ set_id: 1, master_node: false }] },
      found,
      'the rows are not as expected (1 row expected, 1 found)\n- {"set_id":1,"master_node":true}\n+ {"set_id":1,"master_node":false}',
    ],
    [
      'a row of another type',
      { expect: [{ set_id: '1' }] },
      found,
      'the rows are not as expected (1 row expected, 1 found)\n- {"set_id":1}\n+ {"set_id":"1"}',
    ],
    [
      'rows where there are none',
      { expect: [row] },
      none,
      'the rows are not as expected (1 row expected, 0 found)\n+ {"set_id":1,"master_node":true}',
    ],
    [
      'no rows where there is one',
      { expect: [] },
      found,
      'the rows are not as expected (0 rows expected, 1 found)\n- {"set_id":1,"master_node":true}',
    ],
    [
      'a column that is not there',
      { expect: [{ master: true }] },
      found,
      'the rows have no column `master`; known: `set_id`, `master_node`',
    ],
    [
      'a list of numbers',
      { expect_rows: [1] },
      found,
      '`expect_rows` of a `query` is a number or `{min, max}` (a list goes with the statements of a `change`)',
    ],
  ])('%s', (_name, args, state, expected) => {
    expect(wanted({ query, ...args }, state)).toEqual(expected);
  });

  it('does not mind the order of rows', () => {
    const two = {
      rows: [
        { a: 1, b: 1 },
        { a: 1, b: 2 },
      ],
      row_count: 2,
      columns: ['a', 'b'],
      first: { a: 1, b: 1 },
    };
    expect(wanted({ query, expect: [{ a: 1 }, { a: 1, b: 1 }] }, two)).toEqual({});
  });

  it.each([
    [
      'update t set a = 1',
      '`query` must be a SELECT, and is `update t set a = 1` (a statement that changes something belongs under `change`)',
    ],
    ['select 1; commit; drop table t', '`query` must be one statement, and has 3 (take one task for each look)'],
    [
      'select pg_promote()',
      '`query` calls `pg_promote`, which touches the server (a look is run in check mode too; say it under `change`)',
    ],
    [
      'select pg_terminate_backend(pid) from pg_stat_activity',
      '`query` calls `pg_terminate_backend`, which touches the server (a look is run in check mode too; say it under `change`)',
    ],
    [
      `select "pg_switch_wal" ()`,
      '`query` calls `pg_switch_wal`, which touches the server (a look is run in check mode too; say it under `change`)',
    ],
    ['-- nothing', '`query` must be one statement, and has 0 (take one task for each look)'],
  ])('refuses `%s`, which is no look', (text, expected) => {
    expect(wanted({ query: sqlText(text) }, { done: false })).toBe(expected);
  });
});

describe('what sql wants of a change', () => {
  const change = sqlText('update t set a = 1');

  it.each([
    [
      'rows as `want` says them',
      { look: query, want: query },
      { rows: [{ a: 0 }], wanted: [{ a: 1 }] },
      { rows: [{ a: 1 }] },
    ],
    ['`unless` to be true', { unless: query }, { done: false }, { done: true }],
    ['to be run once', {}, { done: false }, { done: true }],
    [
      'one number for each statement',
      { expect_rows: [1, 2] },
      { done: false },
      '`expect_rows` has 2 numbers for 1 statement (give one for each statement; null where any number will do)',
    ],
    [
      'no range',
      { expect_rows: { min: 1 } },
      { done: false },
      '`expect_rows` of a change is a number or a list (`{min, max}` goes with a `query`)',
    ],
    [
      'looks that look',
      { unless: sqlText('delete from t') },
      { done: false },
      '`unless` must be a SELECT, and is `delete from t` (a statement that changes something belongs under `change`)',
    ],
  ])('%s', (_name, args, state, expected) => {
    expect(wanted({ change, ...args }, state)).toEqual(expected);
  });

  it.each([
    'commit',
    'ROLLBACK',
    'begin',
    'end',
    'start transaction',
    'savepoint a',
    '/* */ Commit and chain',
    "prepare transaction 'x'",
  ])('refuses `%s`', (text) => {
    expect(wanted({ change: sqlText(`update t set a = 1; ${text}`) }, { done: false })).toContain(
      'would end or nest the transaction of this task (all statements of a task happen together or not at all; leave it out)',
    );
  });

  it.each(['vacuum t', 'create database x', 'create index concurrently i on t (a)', 'alter system set a = 1'])(
    'refuses `%s`',
    (text) => {
      expect(wanted({ change: sqlText(text) }, { done: false })).toContain('cannot run inside a transaction');
    },
  );

  it('refuses the commands of psql in a script', () => {
    expect(wanted({ script: sqlText('\\connect fdb\nselect 1') }, { done: false })).toContain(
      'is a command of psql, not SQL',
    );
  });

  it('refuses a script without a statement', () => {
    expect(wanted({ script: sqlText('-- later') }, { done: false })).toContain('there is no statement to run');
  });

  it('says in a few words what it would run, without the values', () => {
    const bound = sql.bind({ change: [sqlText('update t\n set a = $1', 'secret'), sqlText('select 1; select 2')] });
    expect(bound.describe).toBe('would run `update t set a = $1`, `select 1`, `select 2` in one transaction');
  });

  it('promises nothing when nothing can show that it was done', () => {
    expect(sql.bind({ change }).provable).toBe(false);
    expect(sql.bind({ change, unless: query }).provable).toBe(true);
    expect(sql.bind({ change, look: query, want: query }).provable).toBe(true);
  });
});

describe('sql on a real PostgreSQL', () => {
  let rig: DatabaseRig;
  let client: Client;

  beforeAll(async () => {
    rig = await startDatabase();
    await rig.create('fdb', 'create table appliance (name text primary key, capabilities bigint not null)');
    client = await rig.session('fdb');
  }, 60_000);

  afterAll(async () => {
    await rig[Symbol.asyncDispose]();
  });

  beforeEach(async () => {
    await client.query(`truncate appliance; insert into appliance values ('spa', 65731), ('spb', 3), ('other', 7)`);
  });

  const pair = `from appliance where name in ($1, $2)`;
  const bits = {
    look: sqlText(`select name, capabilities ${pair} order by name;`, 'spa', 'spb'),
    want: sqlText(
      `select name, case name when $1 then capabilities & ~$3::bigint else capabilities | $3::bigint end as capabilities ${pair} order by name desc -- any order`,
      'spa',
      'spb',
      192,
    ),
    change: [
      sqlText('update appliance set capabilities = capabilities & ~$2::bigint where name = $1', 'spa', 192),
      sqlText('update appliance set capabilities = capabilities | $2::bigint where name = $1', 'spb', 192),
      sqlText(`select name ${pair} and capabilities & $3 = $3`, 'spa', 'spb', 192),
    ],
    expect_rows: [1, 1, 1],
  };
  const capabilities = async () => {
    const { rows } = await client.query<{ name: string; capabilities: number }>(
      'select name, capabilities::int from appliance order by name',
    );
    return Object.fromEntries(rows.map((each) => [each.name, each.capabilities]));
  };

  it('moves the bits in one transaction, shows which rows, and is content the second time', async () => {
    const hands = rig.hands('fdb');
    const first = await stepHere(sql, bits, hands);
    expect(first.plan).toEqual({
      kind: 'change',
      change: {
        before: {
          rows: [
            { name: 'spa', capabilities: 65731 },
            { name: 'spb', capabilities: 3 },
          ],
        },
        after: {
          rows: [
            { name: 'spb', capabilities: 195 },
            { name: 'spa', capabilities: 65539 },
          ],
        },
      },
    });
    expect(first.told).toEqual({
      statements: [
        { row_count: 1, rows: [] },
        { row_count: 1, rows: [] },
        { row_count: 1, rows: [{ name: 'spb' }] },
      ],
    });
    expect(first.again).toEqual({ kind: 'same' });
    expect(await capabilities()).toEqual({ other: 7, spa: 65539, spb: 195 });
    expect((await stepHere(sql, bits, hands)).plan).toEqual({ kind: 'same' });
    expect(hands.transactions).toHaveLength(1);
  });

  it('rolls everything back when a statement touches another number of rows', async () => {
    const change = [...bits.change.slice(0, 1), sqlText(`update appliance set capabilities = 0 where name = 'nobody'`)];
    await expect(stepHere(sql, { ...bits, change, expect_rows: 1 }, rig.hands('fdb'))).rejects.toThrow(
      /^statement 2 touched 0 rows .*, expected 1 row/,
    );
    expect(await capabilities()).toEqual({ other: 7, spa: 65731, spb: 3 });
  });

  it('rolls back a change that does not do what `want` promised before it', async () => {
    // The vendor's mask: afterwards `& ~192` would be content with it, but it takes a bit more than was promised.
    const change = [
      sqlText(`update appliance set capabilities = capabilities & 65343 where name = 'spa'`),
      ...bits.change.slice(1),
    ];
    await expect(stepHere(sql, { ...bits, change }, rig.hands('fdb'))).rejects.toMatchObject({
      kind: 'failed',
      message: 'the change would not leave the rows that `want` says, and was rolled back',
      details: { would_leave: '[{"name": "spa", "capabilities": 3}, {"name": "spb", "capabilities": 195}]' },
    });
    expect(await capabilities()).toEqual({ other: 7, spa: 65731, spb: 3 });
  });

  it('asks the server before anything is done whether it would accept the statements', async () => {
    const missing = {
      ...bits,
      change: [bits.change[0], sqlText('update applience set capabilities = 1')],
      expect_rows: 1,
    };
    await expect(sql.bind(missing).inspect(rig.hands('fdb'))).rejects.toMatchObject({
      message:
        'database `fdb` on `localhost` refused `update applience set capabilities = 1`: relation "applience" does not exist',
      details: { code: '42P01' },
    });
    await client.query('drop role if exists guest; create role guest login; grant select on appliance to guest');
    await expect(sql.bind(bits).inspect(rig.hands('fdb', 'guest'))).rejects.toThrow(/permission denied/);
    await client.query('drop owned by guest; drop role guest');
  });

  it('does not ask about statements that build on one before them', async () => {
    const hands = rig.hands('fdb');
    const args = {
      change: sqlText('create table made (a int); insert into made values (1)'),
      unless: sqlText(`select to_regclass('made') is not null`),
    };
    expect(await stepHere(sql, args, hands)).toMatchObject({ plan: { kind: 'change' }, again: { kind: 'same' } });
    expect(hands.explained).toEqual([]);
    expect((await stepHere(sql, args, hands)).plan.kind).toBe('same');
  });

  it('runs a script as a whole', async () => {
    const script = sqlText(
      `insert into appliance values ($1, 1);\n-- and\ninsert into appliance values ('d;e', $2);`,
      'c',
      2,
    );
    const { told } = await stepHere(sql, { script }, rig.hands('fdb'));
    expect(told).toEqual({
      statements: [
        { row_count: 1, rows: [] },
        { row_count: 1, rows: [] },
      ],
    });
    expect(await capabilities()).toMatchObject({ c: 1, 'd;e': 2 });
    await expect(
      stepHere(sql, { script: sqlText(`delete from appliance; select 1/0`) }, rig.hands('fdb')),
    ).rejects.toThrow('division by zero');
    expect(await capabilities()).toMatchObject({ spa: 65731 });
  });

  it('says what an `unless` that is no boolean returned', async () => {
    const args = { change: bits.change, unless: sqlText('select name from appliance') };
    await expect(sql.bind(args).inspect(rig.hands('fdb'))).rejects.toThrow(
      '`unless` must return one boolean, and returned 3 rows of 1 column',
    );
  });

  it('registers what a query found', async () => {
    const args = { query: sqlText('select name, capabilities from appliance where name = $1', 'spb'), database: 'fdb' };
    expect((await stepHere(sql, args, rig.hands('postgres'))).after).toEqual({
      rows: [{ name: 'spb', capabilities: 3 }],
      row_count: 1,
      columns: ['name', 'capabilities'],
      first: { name: 'spb', capabilities: 3 },
    });
  });

  it('changes nothing with a query that the server knows to write', async () => {
    const args = { query: sqlText('with gone as (delete from appliance returning 1) select count(*) from gone') };
    await expect(stepHere(sql, args, rig.hands('fdb'))).rejects.toThrow('read-only transaction');
    expect(await capabilities()).toMatchObject({ spa: 65731 });
  });

  it('waits for a lock only so long', async () => {
    const blocker = await rig.session('fdb');
    await blocker.query(`begin; update appliance set capabilities = 9 where name = 'spa'`);
    await expect(stepHere(sql, { ...bits, lock_timeout: '400ms' }, rig.hands('fdb'))).rejects.toThrow(
      /lock timeout; it waited for/,
    );
    await blocker.query('rollback');
    expect(await capabilities()).toMatchObject({ spa: 65731, spb: 3 });
  });
});

describe('the schema of sql', () => {
  it.each<[Value, boolean]>([
    [{ query: 'select 1' }, true],
    [{ change: ['a', 'b'], expect_rows: [1, null] }, true],
    [{ change: 'a', look: 'b', want: 'c', lock_timeout: 2.5, statement_timeout: '2min' }, true],
    [{}, false],
    [{ query: 'a', change: 'b' }, false],
    [{ change: 'a', script: 'b.sql' }, false],
    [{ change: 'a', look: 'b' }, false],
    [{ change: 'a', want: 'b' }, false],
    [{ change: 'a', look: 'b', want: 'c', unless: 'd' }, false],
    [{ query: 'a', unless: 'b' }, false],
    [{ change: 'a', expect: [] }, false],
    [{ query: 'a', expect: [1] }, false],
    [{ query: 'a', statement_timeout: '5m', lock_timeout: '1.5 s' }, true],
    [{ query: 'a', statement_timeout: '5' }, true],
    [{ query: 'a', statement_timeout: '5 minutes' }, false],
    [{ query: 'a', statement_timeout: '0s' }, false],
    [{ query: 'a', statement_timeout: 0 }, false],
  ])('takes %j: %s', (args, expected) => {
    expect(accepts(sql, args)).toBe(expected);
  });
});
