// The bench's tools: the proxy that makes a wire long, and the measuring of a command with all that it leaves behind.
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { startDelayProxy } from '../../scripts/bench/delay-proxy.js';
import { measure, type Command } from '../../scripts/bench/measure.js';
import { processesThatName } from '../../scripts/bench/process-table.js';

async function startServer(serve: (socket: Socket) => void): Promise<number> {
  const server = createServer({ allowHalfOpen: true }, serve).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

async function dialThrough(port: number, roundTripMs: number): Promise<Socket> {
  const proxy = await startDelayProxy({ address: '127.0.0.1', port }, roundTripMs);
  const socket = connect({ port: proxy.port, allowHalfOpen: true });
  onTestFinished(async () => {
    socket.destroy();
    await proxy[Symbol.asyncDispose]();
  });
  await once(socket, 'connect');
  return socket;
}

async function all(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

describe('the delay proxy', () => {
  test('keeps every byte for at least half a round trip each way', async () => {
    const socket = await dialThrough(await startServer((peer) => void peer.pipe(peer)), 40);
    for (let count = 0; count < 5; count += 1) {
      const beganMs = performance.now();
      socket.write('x');
      await once(socket, 'data');
      expect(performance.now() - beganMs).toBeGreaterThanOrEqual(40);
    }
  });

  test('connecting takes a round trip of its own', async () => {
    const beganMs = performance.now();
    const socket = await dialThrough(await startServer((peer) => void peer.end('hello')), 40);
    expect((await all(socket)).toString()).toBe('hello');
    expect(performance.now() - beganMs).toBeGreaterThanOrEqual(60);
  });

  test('loses, doubles and moves no byte of 20 MB in pieces of all sizes, and passes on the end of each way', async () => {
    const digest = createHash('sha256');
    const port = await startServer((peer) => {
      peer.on('data', (chunk: Buffer) => digest.update(chunk));
      // The answer comes after the client has said its end.
      peer.on('end', () => peer.end(digest.digest('hex')));
    });
    const socket = await dialThrough(port, 4);
    const bytes = randomBytes(20 * 1024 * 1024);
    for (let at = 0, size = 1; at < bytes.length; at += size, size = (size * 3) % 65_521) {
      if (!socket.write(bytes.subarray(at, at + size))) await once(socket, 'drain');
    }
    socket.end();
    expect((await all(socket)).toString()).toBe(createHash('sha256').update(bytes).digest('hex'));
  });

  test('a server that is not there, and a client that leaves, end the connection and nothing else', async () => {
    const socket = await dialThrough(1, 2);
    await expect(once(socket, 'close')).rejects.toThrow('ECONNRESET');
    const port = await startServer((peer) => void peer.on('error', () => undefined).end('still here'));
    (await dialThrough(port, 2)).destroy();
    expect((await all(await dialThrough(port, 2))).toString()).toBe('still here');
  });
});

describe.skipIf(process.platform !== 'linux')('measuring a command', () => {
  const directory = mkdtempSync(join(tmpdir(), 'pb-bench-'));
  afterAll(() => rmSync(directory, { recursive: true }));

  function command(script: string): Command {
    return {
      argv: ['sh', '-c', script],
      environment: { PATH: process.env['PATH'] ?? '/usr/bin:/bin', NODE: process.execPath, D: directory },
      directory,
      mark: directory,
      outputFile: join(directory, 'output'),
    };
  }

  test('tells the exit code, and keeps what it said', async () => {
    const measured = await measure(command('echo out; echo err >&2; exit 3'));
    expect(measured.exitCode).toBe(3);
    expect(readFileSync(join(directory, 'output'), 'utf8')).toBe('out\nerr\n');
  });

  test('counts the processor time and the memory of what it has started', async () => {
    const busy =
      'const fill = Buffer.alloc(150e6, 1); for (const end = performance.now() + 500; performance.now() < end; ) fill[0]++;';
    const measured = await measure(command(`"$NODE" -e '${busy}'; true`));
    expect(measured.cpuSeconds).toBeGreaterThan(0);
    expect(measured.largestMb).toBeGreaterThan(150);
    expect(measured.togetherMb).toBeGreaterThanOrEqual(measured.largestMb);
  });

  test('ends what it leaves behind, as the masters of ssh, and nothing that does not name its folder', async () => {
    const wait = 'require("fs").writeFileSync(process.argv[2], ""); setTimeout(() => {}, 60_000)';
    const sleeper = (word: string, up: string): string =>
      `setsid "$NODE" -e '${wait}' "${word}" "${up}" >/dev/null 2>&1 & echo $!; until [ -e "${up}" ]; do sleep 0.01; done`;
    await measure(command(`${sleeper('$D/mine', 'one')}; ${sleeper('other', 'two')}`));
    const [mine, other] = readFileSync(join(directory, 'output'), 'utf8').trim().split('\n').map(Number);
    expect(processesThatName(`${directory}/mine`)).toEqual([]);
    expect(mine).toBeGreaterThan(0);
    expect(process.kill(other ?? 0, 'SIGKILL')).toBe(true);
  });
});
