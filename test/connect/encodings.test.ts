// Databases that keep their text in another encoding than ours: what is bound and what is read is the same text, and what
// they cannot keep is refused as a whole.
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createConnector } from '../../src/connect/index.js';
import type { Database, Rows, SqlText } from '../../src/core/connection.js';
import type { Value } from '../../src/core/value.js';
import { worldError } from '../rigs/outcome.js';
import { postgresBinaries, startPostgres } from '../rigs/postgres.js';
import type { TestPostgres } from '../rigs/postgres.js';
import { targetOf } from '../rigs/target.js';

const binaries = postgresBinaries();
const connector = createConnector({ acceptNewHostKeys: false, applicationName: 'encodings' });
const never = (): Promise<never> => Promise.reject(new Error('a direct database needs no connection'));
const sql = (text: string, ...values: readonly Value[]): SqlText => ({ text, values });

describe.skipIf(binaries === undefined)('a database in', () => {
  let server: TestPostgres;
  const opened: Database[] = [];

  async function open(name: string): Promise<Database> {
    const { port, user, password } = server;
    const target = targetOf({ postgres: { port, user, password } });
    const database = await connector.database(target, never, name, new AbortController().signal);
    opened.push(database);
    return database;
  }

  let count = 0;
  /** A new database of this encoding. */
  async function made(encoding: string): Promise<Database> {
    const name = `as_${encoding.toLowerCase()}_${(count += 1)}`;
    const { port, user, password } = server;
    const client = new Client({ host: '127.0.0.1', port, user, password, database: 'postgres' });
    await client.connect();
    await client.query(`create database ${name} encoding '${encoding}' template template0 lc_collate 'C' lc_ctype 'C'`);
    await client.end();
    return open(name);
  }

  const change = (database: Database, ...statements: readonly SqlText[]): Promise<readonly Rows[]> =>
    database.change({ statements, lockTimeoutMs: 1_000, statementTimeoutMs: 5_000 });

  beforeAll(async () => (server = await startPostgres(binaries ?? '')), 60_000);
  afterAll(async () => {
    for (const database of opened) await database[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });
  it.each([
    ['EUC_JP', 'SP-\u6771\u4eac \u3044\u308d\u306f'],
    ['LATIN1', "caf\u00e9 d'\u00e9t\u00e9"],
    ['UTF8', 'SP-\u6771\u4eac \u{1f600}'],
  ])('%s takes and gives back the text that is bound', async (encoding, word) => {
    const database = await made(encoding);
    const value = `${word}'; drop table said; -- \\ "$1"`;
    await change(database, sql('create table said (word text unique)'), sql('insert into said values ($1)', value));
    const found = await database.look(
      sql('select word, word = $1 same, length(word) length from said where word = $1', value),
    );
    expect(found.rows).toEqual([{ word: value, same: true, length: Array.from(value).length }]);
    // Errors come in our encoding too.
    const error = await worldError(change(database, sql('insert into said values ($1)', value)));
    expect([error.kind, error.details['code'], JSON.stringify(error.details)]).toEqual([
      'failed',
      '23505',
      expect.stringContaining(word.slice(0, 4)),
    ]);
  });

  it('EUC_JP refuses what it cannot keep, and nothing of the transaction stays', async () => {
    const database = await made('EUC_JP');
    await change(database, sql('create table kept (word text)'));
    const error = await worldError(
      change(database, sql('insert into kept values ($1)', 'a'), sql('insert into kept values ($1)', '\u{1f600}')),
    );
    expect([error.kind, error.details['code']]).toEqual(['failed', '22P05']);
    expect((await database.look(sql('select count(*) n from kept'))).rows).toEqual([{ n: 0 }]);
  });

  it('no encoding at all (SQL_ASCII) takes and gives back the bytes of our text', async () => {
    const database = await made('SQL_ASCII');
    await change(database, sql('create table said (word text)'), sql('insert into said values ($1)', 'caf\u00e9'));
    const { rows } = await database.look(sql("select word, encode(word::bytea, 'hex') bytes from said"));
    expect(rows).toEqual([{ word: 'caf\u00e9', bytes: '636166c3a9' }]);
  });
});
