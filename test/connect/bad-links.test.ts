// Links as they are far away: slow, byte by byte, with seconds between question and answer, with keys that change on the way,
// to names with several addresses. Slow is no failure; broken is one at once.
import dns from 'node:dns';
import type { LookupAddress } from 'node:dns';
import { mkdtemp, rm } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createConnector } from '../../src/connect/index.js';
import type { Command, Connection, Target } from '../../src/core/connection.js';
import { text, worldError } from '../rigs/outcome.js';
import { hasSshd, startSshd } from '../rigs/sshd.js';
import type { TestSshd } from '../rigs/sshd.js';
import { startSlowProxy } from '../rigs/slow-proxy.js';
import { targetOf } from '../rigs/target.js';

const shell = (script: string): Command => ({ kind: 'shell', script });
const { signal } = new AbortController();

describe.skipIf(!hasSshd())('over a bad link', () => {
  let server: TestSshd;
  let home = '';
  const connect = (more: Partial<Target>): Promise<Connection> => {
    const { user, privateKeyFile } = server;
    const environment = { PATH: process.env['PATH'], HOME: home };
    const connector = createConnector({ acceptNewHostKeys: true, environment });
    const knownHostsFile = join(home, 'known_hosts');
    return connector.connect(targetOf({ port: server.port, user, privateKeyFile, knownHostsFile, ...more }), signal);
  };
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'playbook-links-'));
    server = await startSshd(['RekeyLimit 64K']);
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await rm(home, { recursive: true });
  });

  it('that hands on one byte at a time a command is told whole', { timeout: 60_000 }, async () => {
    await using proxy = await startSlowProxy(server.port, { chunkBytes: 1, delayMs: 0 });
    await using connection = await connect({ port: proxy.port, connectTimeoutMs: 50_000 });
    const stdin = Buffer.from('x'.repeat(500));
    const outcome = await connection.exec({
      command: shell('cat; echo err >&2; exit 7'),
      stdin,
      timeoutMs: 30_000,
      mutates: true,
    });
    expect([outcome.rc, text(outcome.stdout), text(outcome.stderr)]).toEqual([7, stdin.toString(), 'err\n']);
  });

  it('with two seconds from question to answer nothing is given up', { timeout: 120_000 }, async () => {
    await using proxy = await startSlowProxy(server.port, { chunkBytes: Infinity, delayMs: 1_000 });
    await using connection = await connect({ port: proxy.port, connectTimeoutMs: 20_000 });
    const outcome = await connection.exec({ command: shell('echo far'), timeoutMs: 30_000, mutates: true });
    expect([outcome.rc, text(outcome.stdout)]).toEqual([0, 'far\n']);
  });

  it(
    'that breaks in the middle of an answer leaves a change in doubt, and a look without an answer',
    { timeout: 60_000 },
    async () => {
      await using proxy = await startSlowProxy(server.port, { chunkBytes: 64, delayMs: 0 });
      for (const [mutates, kind] of [
        [true, 'in-doubt'],
        [false, 'unreachable'],
      ] as const) {
        await using connection = await connect({ port: proxy.port });
        const command = shell('i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i+1)); done; sleep 5');
        const onLine = (): void => proxy.cut();
        expect(await worldError(connection.exec({ command, timeoutMs: 30_000, mutates, onLine }))).toMatchObject({
          kind,
        });
      }
    },
  );

  it('on which keys are changed every 64 KiB, megabytes go both ways whole', { timeout: 60_000 }, async () => {
    await using connection = await connect({});
    const stdin = Buffer.alloc(4_000_000, 'abcdefgh\n');
    const { rc, stdout } = await connection.exec({
      command: { kind: 'argv', argv: ['cat'] },
      stdin,
      timeoutMs: 50_000,
      mutates: true,
    });
    expect([rc, Buffer.compare(stdout, stdin)]).toEqual([0, 0]);
    expect(
      text((await connection.exec({ command: shell('echo still'), timeoutMs: 10_000, mutates: true })).stdout),
    ).toBe('still\n');
  });

  describe('to a name with several addresses', () => {
    const { lookup } = dns;
    afterEach(() => {
      dns.lookup = lookup;
      syncBuiltinESMExports();
    });

    /** Lets a name have these addresses, in this order. */
    function named(...addresses: readonly string[]): void {
      const found: readonly LookupAddress[] = addresses.map((address) => ({
        address,
        family: address.includes(':') ? 6 : 4,
      }));
      const answer = (
        _name: string,
        options: { readonly all?: boolean },
        done: (...words: unknown[]) => void,
      ): void => {
        if (options.all === true) done(null, found);
        else done(null, found[0]?.address, found[0]?.family);
      };
      // The shape of `dns.lookup` has more overloads than anybody here uses.
      dns.lookup = answer as unknown as typeof dns.lookup;
      syncBuiltinESMExports();
    }

    it.each([
      ['the first of them dead', ['127.0.0.2', '127.0.0.1']],
      ['a dead one of IPv6 first', ['::1', '127.0.0.1']],
      ['the first one alive', ['127.0.0.1', '127.0.0.2']],
    ])('with %s the one that answers is taken', async (_what, addresses) => {
      named(...addresses);
      await using connection = await connect({ address: 'twofold.example' });
      expect((await connection.exec({ command: shell('exit 3'), timeoutMs: 10_000, mutates: true })).rc).toBe(3);
    });

    it('all of them dead, it is unreachable, with the reason', async () => {
      named('127.0.0.2', '127.0.0.3');
      expect(await worldError(connect({ address: 'twofold.example' }))).toMatchObject({
        kind: 'unreachable',
        message: expect.stringMatching(/refused/i),
      });
    });
  });
});
