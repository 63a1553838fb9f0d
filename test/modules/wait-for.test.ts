import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { waitFor } from '../../src/modules/wait-for.js';
import { stepHere, temporaryDirectory } from '../rigs/local-hands.js';

describe('wait_for on this machine', () => {
  it('waits until a port accepts connections, and until it does not', async () => {
    const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    expect((await stepHere(waitFor, { port })).plan.kind).toBe('same');
    setTimeout(() => server.close(), 200);
    expect(await stepHere(waitFor, { port, state: 'stopped', sleep: 0.05 })).toMatchObject({
      plan: { kind: 'change' },
      after: { ready: true, seen: `port ${port} of \`127.0.0.1\` does not accept connections` },
      again: { kind: 'same' },
    });
  });

  it('waits for a path, and for a line in it', async () => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, 'log');
    setTimeout(() => void writeFile(path, 'starting\n'), 150);
    setTimeout(() => void writeFile(path, 'starting\nServer started in 12 s\n'), 400);
    expect((await stepHere(waitFor, { path, sleep: 0.05 })).again.kind).toBe('same');
    expect((await stepHere(waitFor, { path, search_regex: '^Server started', sleep: 0.05 })).after).toMatchObject({
      ready: true,
      seen: `a line of \`${path}\` matches`,
    });
    setTimeout(() => void rm(path), 100);
    expect((await stepHere(waitFor, { path, state: 'absent', sleep: 0.05 })).again.kind).toBe('same');
  });

  it('waits for a command to succeed', async () => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, 'ready');
    spawn('/bin/sh', ['-c', `sleep 0.3; touch ${path}`], { stdio: 'ignore' });
    expect((await stepHere(waitFor, { command: ['test', '-e', path], sleep: 0.05 })).again.kind).toBe('same');
  });

  it('gives up in time and says what it saw last', async () => {
    const args = { command: ['sh', '-c', 'echo "no answer" >&2; exit 2'], timeout: 0.3, sleep: 0.05 };
    await expect(stepHere(waitFor, args)).rejects.toThrow(
      `waited 0.3 s until \`sh -c 'echo "no answer" >&2; exit 2'\` succeeds, and last saw: exit code 2: no answer`,
    );
  });

  it.each([
    [{}, 'say one of `port`, `path` and `command`'],
    [{ port: 1, path: '/x' }, 'say one of `port`, `path` and `command`'],
    [{ port: 1, search_regex: 'x' }, '`search_regex` needs `path`'],
  ])('refuses %j', async (args, message) => {
    expect((await stepHere(waitFor, args)).plan).toMatchObject({ kind: 'refuse', message });
  });

  it('leaves the host alone and says in check mode for what it would wait', () => {
    const bound = waitFor.bind({ host: '10.0.0.1', port: 5432, state: 'stopped' });
    expect(bound.leavesHostAlone).toBe(true);
    expect(bound.describe).toBe('would wait until port 5432 of `10.0.0.1` no longer accepts connections');
  });
});
