// Commands whose input or output is more than anyone holds, over both ways to a host: order, pressure, and what a cut means.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createConnector } from '../../src/connect/index.js';
import type { Command, Connection, ExecRequest, Outcome } from '../../src/core/connection.js';
import { text, worldError } from '../rigs/outcome.js';
import { hasSshd, startSshd } from '../rigs/sshd.js';
import type { TestSshd } from '../rigs/sshd.js';
import { targetOf } from '../rigs/target.js';
import { startProxy } from '../rigs/tcp-proxy.js';
import type { TcpProxy } from '../rigs/tcp-proxy.js';

const shell = (script: string): Command => ({ kind: 'shell', script });
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const { signal } = new AbortController();

let home = '';
let server: TestSshd | undefined;
let proxy: TcpProxy | undefined;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'playbook-streamed-'));
  if (!hasSshd()) return;
  server = await startSshd();
  proxy = await startProxy(server.port);
});
afterAll(async () => {
  await proxy?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
  await rm(home, { recursive: true });
});

function open(way: 'local' | 'ssh'): Promise<Connection> {
  const connector = createConnector({
    acceptNewHostKeys: true,
    environment: { PATH: process.env['PATH'], HOME: home },
  });
  if (way === 'local') return connector.connect(targetOf({ connection: 'local' }), signal);
  if (server === undefined || proxy === undefined) throw new Error('no sshd');
  const { user, privateKeyFile } = server;
  const knownHostsFile = join(home, 'known_hosts');
  return connector.connect(targetOf({ port: proxy.port, user, privateKeyFile, knownHostsFile }), signal);
}

/** Chunks of one length, so many of them, each filled with its number. */
async function* chunks(count: number, length: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < count; at += 1) yield Buffer.alloc(length, at % 251);
}

function cut(): void {
  for (const link of proxy?.links ?? []) link.client.destroy();
}

const ways = hasSshd() ? (['local', 'ssh'] as const) : (['local'] as const);

describe.each(ways)('streams over %s', (way) => {
  const run = async (command: Command, more: Partial<ExecRequest> = {}): Promise<Outcome> => {
    await using connection = await open(way);
    return await connection.exec({ command, timeoutMs: 20_000, mutates: true, ...more });
  };

  it('hands every byte of an output on, in order, and keeps none', async () => {
    const digest = createHash('sha256');
    let bytes = 0;
    const outcome = await run(shell('head -c 20000000 /dev/zero; printf end; echo noted >&2; exit 3'), {
      onStdout: async (chunk) => {
        bytes += chunk.length;
        digest.update(chunk);
      },
    });
    expect(bytes).toBe(20_000_003);
    expect(digest.digest('hex')).toBe(
      createHash('sha256').update(Buffer.alloc(20_000_000)).update('end').digest('hex'),
    );
    expect({ ...outcome, stdout: text(outcome.stdout), stderr: text(outcome.stderr) }).toEqual({
      rc: 3,
      stdout: '',
      stderr: 'noted\n',
    });
  });

  it('makes the command wait for a taker that is busy, also long after it has ended', async () => {
    const counter = join(home, `counter-${way}`);
    let bytes = 0;
    let written = 0;
    await run(shell(`i=0; while [ $i -lt 200 ]; do head -c 65536 /dev/zero; i=$((i+1)); echo $i >${counter}; done`), {
      onStdout: async (chunk) => {
        if (bytes === 0) {
          await pause(1_000);
          written = Number(readFileSync(counter, 'utf8')) * 65_536;
        }
        bytes += chunk.length;
        if (bytes > 12_500_000 && bytes - chunk.length <= 12_500_000) await pause(3_000);
      },
    });
    expect(bytes).toBe(200 * 65_536);
    // What is on its way: the window of the channel and the buffers of pipes and sockets.
    expect(written).toBeLessThan(8_000_000);
  });

  it('takes an input of any length, no faster than the command reads', async () => {
    let given = 0;
    let givenWhileAsleep = 0;
    const counted = async function* (): AsyncGenerator<Uint8Array> {
      for await (const chunk of chunks(400, 65_536)) {
        given += chunk.length;
        yield chunk;
      }
    };
    const watch = pause(1_000).then(() => (givenWhileAsleep = given));
    const { stdout } = await run(shell('sleep 1.5; sha256sum'), { stdin: counted() });
    await watch;
    const digest = createHash('sha256');
    for await (const chunk of chunks(400, 65_536)) digest.update(chunk);
    expect(text(stdout)).toContain(digest.digest('hex'));
    expect(givenWhileAsleep).toBeLessThan(8_000_000);
  });

  it('ends the command when its input fails: it never reads half of it as the whole', async () => {
    const marker = join(home, `whole-${way}`);
    const failing = async function* (): AsyncGenerator<Uint8Array> {
      yield* chunks(3, 1000);
      await pause(300);
      throw new Error('the source is gone');
    };
    const error = await worldError(run(shell(`cat >/dev/null; touch ${marker}`), { stdin: failing() }));
    expect(error).toMatchObject({ kind: 'failed' });
    expect(error.message).toContain('was ended: the source is gone');
    await pause(200);
    expect(existsSync(marker)).toBe(false);
  });

  it('ends the command when nobody wants its output any more', async () => {
    const error = await worldError(
      run(shell('cat /dev/zero'), { onStdout: () => Promise.reject(new Error('the disk is full')) }),
    );
    expect(error).toMatchObject({ kind: 'failed' });
    expect(error.message).toContain('was ended: the disk is full');
  });

  it('a command may end without reading its input', async () => {
    const { rc } = await run(shell('head -c 10 >/dev/null; exit 7'), { stdin: chunks(400, 65_536) });
    expect(rc).toBe(7);
  });
});

describe.skipIf(!hasSshd())('a link that is cut in the middle of a stream', () => {
  it.each([
    [false, 'unreachable'],
    [true, 'in-doubt'],
  ] as const)(
    'leaves an output without its end, also of a command that has ended (mutates: %s)',
    async (mutates, kind) => {
      await using connection = await open('ssh');
      let bytes = 0;
      // All of it fits into the window, so the exit status is there while the taker is still at the first chunk.
      const asked = connection.exec({
        command: shell('head -c 1500000 /dev/zero'),
        timeoutMs: 20_000,
        mutates,
        onStdout: async (chunk) => {
          if (bytes === 0) {
            await pause(500);
            cut();
            await pause(200);
          }
          bytes += chunk.length;
        },
      });
      expect(await worldError(asked)).toMatchObject({ kind });
    },
  );

  it('leaves a command that read its input in doubt', async () => {
    await using connection = await open('ssh');
    let given = 0;
    const input = async function* (): AsyncGenerator<Uint8Array> {
      for await (const chunk of chunks(400, 65_536)) {
        given += chunk.length;
        if (given > 5_000_000) cut();
        yield chunk;
      }
    };
    const asked = connection.exec({
      command: shell('cat >/dev/null'),
      timeoutMs: 20_000,
      mutates: true,
      stdin: input(),
    });
    expect(await worldError(asked)).toMatchObject({ kind: 'in-doubt' });
  });
});
