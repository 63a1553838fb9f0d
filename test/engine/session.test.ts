// One connection a host, shared by all who are delegated to it: what one of them meets must not hurt the others.
import { expect, test } from 'vitest';
import type { Connection, Connector, Database, Target } from '../../src/core/connection.js';
import { WorldError } from '../../src/core/world-error.js';
import type { WorldErrorKind } from '../../src/core/world-error.js';
import { Session } from '../../src/engine/session.js';

const target: Target = {
  host: 'a',
  connection: 'ssh',
  address: 'a',
  jump: [],
  connectTimeoutMs: 1000,
  become: { enabled: false, user: 'root', method: 'sudo' },
  stateDirectory: '/var/tmp/playbook',
  postgres: { through: 'ssh', address: '127.0.0.1', port: 5432, user: 'x', database: 'x', tls: false },
};

/** A session over connections that only count how often they were opened and which of them are closed. */
function counted(database: () => Promise<Database> = () => Promise.reject(new WorldError('failed', 'none'))) {
  const opened: Connection[] = [];
  const closed: Connection[] = [];
  const connector: Connector = {
    connect: async () => {
      const connection: Connection = {
        host: 'a',
        exec: () => Promise.reject(new Error('not used')),
        hold: () => Promise.reject(new Error('not used')),
        claims: () => Promise.reject(new Error('not used')),
        dial: () => Promise.reject(new Error('not used')),
        [Symbol.asyncDispose]: async () => void closed.push(connection),
      };
      opened.push(connection);
      return connection;
    },
    database,
  };
  const clock = { now: () => 0, monotonicMs: () => 0, sleep: () => Promise.resolve() };
  return { session: new Session(target, connector, clock, new AbortController().signal), opened, closed };
}

const meets = (kind: WorldErrorKind) => () => Promise.reject(new WorldError(kind, 'lost'));

test('a command over its time on a shared host leaves the connection to the others', async () => {
  const { session, opened, closed } = counted();
  let finish = (): void => undefined;
  const other = session.withConnection(() => new Promise<void>((resolve) => (finish = resolve)));
  await expect(session.withConnection(meets('in-doubt'))).rejects.toThrow('lost');
  expect(closed).toEqual([]);
  finish();
  await other;
  await session.withConnection(() => Promise.resolve());
  expect(opened).toHaveLength(1);
});

test('a host that is gone is connected to once more by those who come next, and what was opened is closed', async () => {
  const { session, opened, closed } = counted();
  await Promise.allSettled([
    session.withConnection(meets('unreachable')),
    session.withConnection(async () => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      throw new WorldError('unreachable', 'lost');
    }),
    new Promise((resolve) => setTimeout(resolve, 1)).then(() => session.withConnection(() => Promise.resolve())),
  ]);
  expect(opened).toHaveLength(2);
  expect(closed).toEqual([opened[0]]);
  await session.withConnection(() => Promise.resolve());
  expect(opened).toHaveLength(2);
  await session[Symbol.asyncDispose]();
  expect(closed).toEqual(opened);
});

test('transactions of hosts that are delegated to the same database follow each other', async () => {
  const words: string[] = [];
  const database: Database = {
    look: () => Promise.reject(new Error('not used')),
    explain: () => Promise.reject(new Error('not used')),
    outcome: () => Promise.reject(new Error('not used')),
    endEarlierSessions: () => Promise.reject(new Error('not used')),
    change: async ({ statements }) => {
      for (const { text } of statements) {
        words.push(text);
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      return [];
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  const { session } = counted(() => Promise.resolve(database));
  const change = (who: string): Promise<unknown> =>
    session.withDatabase('x', (open) =>
      open.change({
        statements: ['begin', 'end'].map((each) => ({ text: `${each} ${who}`, values: [] })),
        lockTimeoutMs: 1,
        statementTimeoutMs: 1,
      }),
    );
  await Promise.all([change('one'), change('two')]);
  expect(words).toEqual(['begin one', 'end one', 'begin two', 'end two']);
});
