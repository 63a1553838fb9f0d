// Dumps of a real database into files, and restores from them on another host.
import { execFileSync } from 'node:child_process';
import { copyFile, mkdir, readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { postgresqlDump } from '../../src/modules/postgresql-dump.js';
import { postgresqlRestore } from '../../src/modules/postgresql-restore.js';
import { postgresPrograms, startPair } from '../rigs/two-hosts.js';
import type { Pair } from '../rigs/two-hosts.js';

const bin = postgresPrograms();

describe.skipIf(bin === undefined)('postgresql_dump', () => {
  let pair: Pair;
  let directory = '';
  let dest = '';
  let turn = 0;
  beforeAll(async () => {
    pair = await startPair(bin ?? '');
  }, 60_000);
  beforeEach(async () => {
    turn += 1;
    directory = join(pair.work, `dumps ${turn}`);
    dest = join(directory, "it's fdb.dump");
    await mkdir(directory);
    await pair.clear();
    await pair.sql(pair.a, 'postgres', 'create database fdb');
    await pair.sql(
      pair.a,
      'fdb',
      `create table note (id serial primary key, line text); insert into note (line) values ('one'), ('two');
       create schema _slony; create table _slony.sl_set (id int)`,
    );
  });
  afterAll(() => pair[Symbol.asyncDispose]());
  const dump = (args: object = {}, how: { readonly check?: boolean } = {}) =>
    pair.hosts.run('a', postgresqlDump, { database: 'fdb', dest, ...args }, how);

  it('makes a dump with its digest and description, private, and is ok from then on', async () => {
    expect(await dump({}, { check: true })).toMatchObject({
      status: 'would-change',
      message: `would dump \`fdb\` into \`${dest}\``,
      diff: { before: { exists: false } },
    });
    expect(await readdir(directory)).toEqual([]);
    const made = await dump();
    expect(made).toMatchObject({ status: 'changed', result: { exists: true, tables: 1, rows: 2 } });
    expect((await readdir(directory)).toSorted()).toEqual([
      "it's fdb.dump",
      "it's fdb.dump.json",
      "it's fdb.dump.sha256",
    ]);
    for (const file of await readdir(directory)) expect((await stat(join(directory, file))).mode & 0o777).toBe(0o600);
    expect(execFileSync('sha256sum', ['-c', `${dest}.sha256`], { cwd: directory, encoding: 'utf8' })).toContain('OK');
    expect(await readFile(`${dest}.sha256`, 'utf8')).toBe(`${made.result['sha256'] as string}  it's fdb.dump\n`);
    const list = execFileSync(join(bin ?? '', 'pg_restore'), ['--list', dest], { encoding: 'utf8' });
    expect(list).toContain('TABLE DATA public note');
    expect(list).not.toContain('sl_set');
    expect((await dump()).status).toBe('ok');
  });

  it('dumps again only when forced', async () => {
    const first = await dump({ mode: '0640' });
    await pair.sql(pair.a, 'fdb', `insert into note (line) values ('three')`);
    expect(await dump()).toMatchObject({ status: 'ok', result: { sha256: first.result['sha256'] } });
    const forced = await dump({ force: true });
    expect(forced).toMatchObject({ status: 'changed', result: { rows: 3 } });
    expect(await dump()).toMatchObject({ status: 'ok', result: { sha256: forced.result['sha256'] } });
  });

  it.each([
    ['was damaged', async () => writeFile(dest, 'x', { flag: 'a' })],
    ['has no digest', async () => writeFile(`${dest}.sha256`, '')],
  ])('refuses a file that %s', async (_, change) => {
    await dump();
    await change();
    expect((await dump()).failure?.message).toBe(
      `\`${dest}\` is there and is not the dump that \`${dest}.sha256\` speaks of`,
    );
    expect((await dump({ force: true })).status).toBe('changed');
    expect((await dump()).status).toBe('ok');
  });

  it('refuses a directory, and fails without a trace where it cannot dump', async () => {
    await mkdir(dest);
    expect((await dump()).failure?.message).toContain('is not a file (directory)');
    const elsewhere = join(directory, 'other.dump');
    expect((await dump({ dest: elsewhere, database: 'nowhere' })).failure?.details?.['stderr']).toContain('"nowhere"');
    const half = await pair.programs('pg_dump', '"$REAL" "$@" | head -c 300; exit 1');
    expect((await dump({ dest: elsewhere, pg_bin: half })).failure?.details?.['stderr']).toContain('exit code 1');
    const unreadable = await pair.programs('pg_dump', 'echo not a dump');
    expect((await dump({ dest: elsewhere, pg_bin: unreadable })).status).toBe('failed');
    expect(await readdir(directory)).toEqual(["it's fdb.dump"]);
  });

  it('puts no password on a command line', async () => {
    const seen = join(pair.work, 'seen');
    const spy = await pair.programs('pg_dump', `ps -ww -eo args >'${seen}'; exec "$REAL" "$@"`);
    expect((await dump({ pg_bin: spy })).status).toBe('changed');
    const all = await readFile(seen, 'utf8');
    expect(all).toContain('pg_dump');
    expect(all).not.toContain(pair.a.password);
  });

  const restore = (args: object = {}) =>
    pair.hosts.run('b', postgresqlRestore, { database: 'fdb', src: dest, work_dir: pair.work, ...args });

  it('is restored on another host, proven by what it held, and found restored', async () => {
    await dump();
    expect((await restore({ exclude_schemas: [] })).failure?.message).toBe(
      'the dump leaves out _slony, playbook_fence, and this task playbook_fence',
    );
    await pair.sql(pair.a, 'fdb', `insert into note (line) values ('after the dump')`);
    expect(await restore()).toMatchObject({ status: 'changed', result: { rows: 2, tables: 1, old_database: null } });
    expect(await pair.sql(pair.b, 'fdb', 'select line from note order by id')).toEqual([['one'], ['two']]);
    expect(await pair.sql(pair.b, 'fdb', `select nspname from pg_namespace where nspname = '_slony'`)).toEqual([]);
    expect((await restore()).status).toBe('ok');
    await pair.sql(pair.b, 'fdb', `insert into note (line) values ('newer')`);
    expect((await restore()).failure?.message).toContain(
      'holds what the source does not have: public.note (1 row more)',
    );
    expect(await restore({ overwrite: true, drop_old: true })).toMatchObject({ status: 'changed' });
    expect(await pair.databases(pair.b)).toEqual(['fdb']);
  });

  it('is not restored when it is damaged, or when nothing says what it held', async () => {
    await dump();
    await writeFile(dest, 'x', { flag: 'a' });
    expect((await restore()).failure?.message).toBe(`the digest of \`${dest}\` is not that of the dump on \`b\``);
    await copyFile(dest, `${dest}2`);
    expect((await restore({ src: `${dest}2` })).failure?.message).toContain('nothing says what the dump must hold');
    expect(await pair.databases(pair.b)).toEqual([]);
  });
});
