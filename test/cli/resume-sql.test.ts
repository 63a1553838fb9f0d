// A run that is killed between its COMMIT and the answer: the next life asks the server what became of the transaction,
// and an INSERT that no look can prove is there exactly once, whichever way it went.
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createConnector } from '../../src/connect/index.js';
import type { Database } from '../../src/core/connection.js';
import { exitCode } from '../../src/core/exit.js';
import { postgresBinaries, startPostgres } from '../rigs/postgres.js';
import type { TestPostgres } from '../rigs/postgres.js';
import { startProgram } from '../rigs/running-program.js';
import { targetOf } from '../rigs/target.js';
import { startProxy } from '../rigs/tcp-proxy.js';
import type { TcpProxy } from '../rigs/tcp-proxy.js';

const binaries = postgresBinaries();

describe.skipIf(binaries === undefined)('a transaction whose outcome was lost with the run', () => {
  let directory = '';
  let server: TestPostgres;
  let proxy: TcpProxy;
  let database: Database;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'playbook-resume-sql-'));
    server = await startPostgres(binaries ?? '');
    proxy = await startProxy(server.port);
    const { user, password, port } = server;
    const target = targetOf({ postgres: { through: 'direct', user, password, port } });
    const nobody = () => Promise.reject(new Error('reached directly'));
    database = await createConnector({ acceptNewHostKeys: false }).database(
      target,
      nobody,
      'postgres',
      new AbortController().signal,
    );
    const limits = { lockTimeoutMs: 1_000, statementTimeoutMs: 5_000 };
    await database.change({ statements: [{ text: 'create table log (line text)', values: [] }], ...limits });
    write('hosts.yml', [
      'all:',
      '  hosts:',
      `    here: { connection: local, pg_connect: direct, pg_host: 127.0.0.1, pg_port: ${proxy.port}, pg_user: ${user}, pg_password: ${password}, pg_database: postgres }`,
    ]);
  }, 60_000);
  afterAll(async () => {
    await database[Symbol.asyncDispose]();
    await proxy[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
    rmSync(directory, { recursive: true, force: true });
  });
  beforeEach(() => {
    proxy.judge = () => undefined;
  });

  const write = (name: string, lines: readonly string[]): void =>
    writeFileSync(join(directory, name), `${lines.join('\n')}\n`);

  const playbook = (...words: readonly string[]) => startProgram(directory, words);

  async function rows(line: string): Promise<number> {
    return (await database.look({ text: 'select from log where line = $1', values: [line] })).rowCount;
  }

  it.each([
    ['was committed', 'deaf', 'it was committed before the run was cut off'],
    ['never arrived', 'mute', undefined],
  ] as const)('is not made twice when its COMMIT %s', { timeout: 60_000 }, async (line, loss, told) => {
    write('site.yml', [
      '- hosts: all',
      '  tasks:',
      '    - name: insert',
      `      sql: { change: "insert into log values ('${line}')" }`,
      '    - name: after',
      '      debug: { msg: after }',
    ]);
    const first = playbook('run', 'site.yml', '-i', 'hosts.yml');
    const sent = new Promise<void>((resolve) => {
      proxy.judge = (chunk, link) => {
        if (!chunk.includes('COMMIT')) return;
        link[loss] = true;
        resolve();
      };
    });
    await Promise.race([sent, first.over]);
    await delay(300);
    first.child.kill('SIGKILL');
    await first.over;
    proxy.judge = () => undefined;
    const [journal = ''] = readdirSync(join(directory, 'state/runs'))
      .filter((name) => name.endsWith('.jsonl'))
      .toSorted()
      .slice(-1);
    const second = playbook('resume', journal.replace('.jsonl', ''));
    expect(await second.over, `said: ${second.said()}`).toBe(exitCode.done);
    expect(await rows(line)).toBe(1);
    expect(second.said()).toContain(told ?? '');
  });
});
