// What a preflight costs on a real wire: one connection a host, and a number of looks that does not grow with the tasks.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exitCode } from '../../src/core/exit.js';
import { projectRoot } from '../rigs/command-line.js';
import { writeFakeSudo } from '../rigs/fake-sudo.js';
import { startSshServer } from '../rigs/ssh-server.js';
import type { TestSshServer } from '../rigs/ssh-server.js';

const home = mkdtempSync(join(tmpdir(), 'playbook-rounds-'));
let servers: readonly TestSshServer[] = [];

beforeAll(async () => {
  const bin = await writeFakeSudo(join(home, 'bin'), {});
  const environment = { PATH: `${bin}:${process.env['PATH'] ?? ''}`, HOME: '/tmp' };
  servers = await Promise.all(Array.from({ length: 10 }, () => startSshServer({ environment })));
  const keys = servers.map(({ port, publicKeys }) => `[127.0.0.1]:${port} ${publicKeys[0]}\n`);
  writeFileSync(join(home, 'known_hosts'), keys.join(''));
  const hosts = servers.map(({ port }, at) => `    h${at}: { ssh_port: ${port} }\n`);
  const vars = `{ ssh_host: 127.0.0.1, ssh_user: tester, ssh_known_hosts_file: ${home}/known_hosts }`;
  writeFileSync(join(home, 'hosts.yml'), `all:\n  vars: ${vars}\n  hosts:\n${hosts.join('')}`);
  writeFileSync(join(home, 'there'), 'x\n');
});
afterAll(async () => {
  await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()));
  rmSync(home, { recursive: true, force: true });
});

/** A playbook in which each of so many tasks needs programs, files and directories of its own, as two users. */
function playbook(tasks: number, missing: boolean): string {
  const one = (at: number): string => `
    - command: { cmd: sh -c "exit ${at}", creates: ${home}/never${at} }
    - copy: { content: "${at}", dest: ${home}/new${at} }
    - lineinfile: { path: ${home}/there, line: "${at}" }
      become: ${at % 2 === 0}
    - file: { path: ${home}/made/${at}, state: directory }
    - service: { name: some-service-${at}, state: stopped, absent_ok: true }
    - command: ls ${at}
      become: true`;
  const gone = missing
    ? Array.from({ length: tasks }, (_, at) => `\n    - command: no-such-program ${at}`).join('')
    : '';
  return `- name: Needs much\n  hosts: all\n  tasks:${gone}${Array.from({ length: tasks }, (_, at) => one(at)).join('')}\n`;
}

/** Commands and connections of each host for a preflight of so many tasks. */
async function costOf(tasks: number, missing = false) {
  writeFileSync(join(home, 'site.yml'), playbook(tasks, missing));
  const before = servers.map(({ lines, connections }) => ({ lines: lines.length, connections }));
  const child = spawn(
    process.execPath,
    [join(projectRoot, 'bin/playbook'), 'preflight', 'site.yml', '-i', 'hosts.yml'],
    {
      cwd: home,
      env: { PATH: process.env['PATH'] ?? '', HOME: home, PLAYBOOK_STATE_DIR: join(home, 'state') },
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const code = await new Promise((resolve) => child.on('close', resolve));
  expect({ code, stderr: missing ? '' : stderr }).toEqual({
    code: missing ? exitCode.preflightRefused : 0,
    stderr: '',
  });
  return servers.map(({ lines, connections }, at) => ({
    commands: lines.length - (before[at]?.lines ?? 0),
    connections: connections - (before[at]?.connections ?? 0),
  }));
}

test('ten hosts are asked as often for sixty tasks as for six, over one connection each', async () => {
  // Who it is, what the user who logs in finds, and what root finds.
  const cost = servers.map(() => ({ commands: 3, connections: 1 }));
  expect(await costOf(1)).toEqual(cost);
  expect(await costOf(10)).toEqual(cost);
}, 60_000);

test('and so it is when a program is missing for all of them', async () => {
  expect(await costOf(10, true)).toEqual(servers.map(() => ({ commands: 3, connections: 1 })));
}, 60_000);
