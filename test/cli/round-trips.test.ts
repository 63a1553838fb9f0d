// What a run costs on the wire, counted and not timed: how often it waits for its host, and how many sessions it opens
// there. A task whose work is done already is one round trip, and so are sixteen items of a loop.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exitCode } from '../../src/core/exit.js';
import { startProgram } from '../rigs/running-program.js';
import { hasSshd, startSshd } from '../rigs/sshd.js';
import type { TestSshd } from '../rigs/sshd.js';
import { startSlowProxy } from '../rigs/slow-proxy.js';
import { startProxy } from '../rigs/tcp-proxy.js';
import type { TcpProxy } from '../rigs/tcp-proxy.js';

interface Cost {
  /** How often the client spoke after the host had. */
  readonly trips: number;
  readonly sessions: number;
  readonly connections: number;
}

describe.skipIf(!hasSshd())('on the wire', () => {
  const home = mkdtempSync(join(tmpdir(), 'playbook-trips-'));
  let server: TestSshd;
  let proxy: TcpProxy;
  let trips = 0;

  beforeAll(async () => {
    server = await startSshd();
    proxy = await startProxy(server.port);
    let hostSpoke = false;
    const heard = new WeakSet();
    proxy.judge = (_chunk, link) => {
      if (!heard.has(link)) link.server.on('data', () => (hostSpoke = true));
      heard.add(link);
      if (hostSpoke) trips += 1;
      hostSpoke = false;
    };
    const vars = [
      `ssh_port: ${proxy.port}`,
      `ssh_user: ${server.user}`,
      `ssh_private_key_file: ${server.privateKeyFile}`,
      `ssh_known_hosts_file: ${home}/known_hosts`,
      `state_directory: ${home}/held`,
    ];
    writeFileSync(
      join(home, 'hosts.yml'),
      `all:\n  vars: { ${vars.join(', ')} }\n  hosts: { h: { ssh_host: 127.0.0.1 } }\n`,
    );
    for (let at = 0; at < 40; at += 1) writeFileSync(join(home, `f${at}`), 'x\n');
  });
  afterAll(async () => {
    await proxy[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
    rmSync(home, { recursive: true });
  });

  async function cost(tasks: readonly string[], code: number = exitCode.done): Promise<Cost> {
    writeFileSync(join(home, 'play.yml'), `- hosts: all\n  tasks:\n${tasks.map((each) => `    - ${each}\n`).join('')}`);
    const before = { trips, sessions: sessions(), connections: proxy.links.length };
    const program = startProgram(home, ['run', 'play.yml', '-i', 'hosts.yml', '--accept-new-host-keys']);
    const ended = await program.over;
    expect(ended, `it said: ${program.said()}`).toBe(code);
    return {
      trips: trips - before.trips,
      sessions: sessions() - before.sessions,
      connections: proxy.links.length - before.connections,
    };
  }

  const none: Cost = { trips: Number.NaN, sessions: 0, connections: 0 };

  /** What three runs cost, the dearest first. */
  async function thrice(tasks: readonly string[]): Promise<readonly Cost[]> {
    const all = [await cost(tasks), await cost(tasks), await cost(tasks)];
    return all.toSorted((a, b) => b.trips - a.trips);
  }

  /** So that all that is said at once, by either side, is said before the first answer comes, on a busy machine too. */
  const farAway = () => startSlowProxy(server.port, { chunkBytes: Infinity, delayMs: 60 });
  const sessions = (): number => server.log().split('Starting session: command').length - 1;
  const done = (at: number): string => `command: { cmd: touch ${home}/f${at}, creates: ${home}/f${at} }`;

  it(
    'twenty tasks whose work is done are twenty round trips and the connection, in one session',
    { timeout: 120_000 },
    async () => {
      await using far = await farAway();
      proxy.target = far.port;
      // What OpenSSH says of its own accord after a log-in (its host keys) comes before or after what we ask next, so that a
      // connection costs one round trip more or less.
      const [one = none] = await thrice([done(0)]);
      const [, , many = none] = await thrice(Array.from({ length: 21 }, (_, at) => done(at)));
      proxy.target = server.port;
      console.log(`round trips: ${one.trips} with one task, ${many.trips} with 21; sessions: ${many.sessions}`);
      expect(many.trips - one.trips).toBeLessThanOrEqual(20);
      // Handshake, key, session, shell; who holds the host, what it is, what it has; taking it and giving it back.
      expect(one.trips).toBeLessThanOrEqual(24);
      expect(many).toMatchObject({ sessions: 1, connections: 1 });
    },
  );

  it('the items of a loop share their round trips', async () => {
    await using far = await farAway();
    proxy.target = far.port;
    const one = await cost([done(0)]);
    const items = Array.from({ length: 40 }, (_, at) => `${home}/f${at}`);
    const loop = await cost([`{ copy: { content: "x\\n", dest: "{{ item }}" }, loop: [${items.join(', ')}] }`]);
    console.log(`round trips: ${loop.trips} with a loop of 40`);
    expect(loop.trips - one.trips).toBeLessThanOrEqual(20);
    proxy.target = server.port;
    expect(loop.sessions).toBe(1);
  });

  it('a command that runs once, and a small file that is written, need no session of their own', async () => {
    const changing = await cost([
      `command: { cmd: touch ${home}/made, creates: ${home}/made }`,
      `copy: { content: new, dest: ${home}/written }`,
      'command: echo again',
    ]);
    expect(changing.sessions).toBe(1);
  });
});
