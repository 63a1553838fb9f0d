// The built program as a process: signals, pipes that close, journals that cannot be written.
import { spawn } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';

const program = fileURLToPath(new URL('../../bin/playbook', import.meta.url));
let home: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'playbook-process-'));
  writeFileSync(join(home, 'hosts.yml'), 'all: { hosts: { here: { connection: local } } }\n');
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts the program; `watch` sees all of stdout whenever it grows. */
function playbook(words: readonly string[], watch?: (stdout: string, pid: number) => void): Promise<Ended> {
  const env = { PATH: process.env['PATH'] ?? '', HOME: home, PLAYBOOK_STATE_DIR: join(home, 'state') };
  const child = spawn(process.execPath, [program, ...words], { cwd: home, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
    watch?.(stdout, child.pid ?? 0);
  });
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  return new Promise((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}

function site(...tasks: readonly string[]): void {
  const lines = tasks.flatMap((task, at) => [`    - name: Task ${at + 1}`, `      ${task}`]);
  writeFileSync(join(home, 'site.yml'), ['- name: Here', '  hosts: all', '  tasks:', ...lines, ''].join('\n'));
}

const run = ['run', 'site.yml', '-i', 'hosts.yml'];

test('a run told again from its journal reads the same', async () => {
  site('command: echo one', 'debug: { msg: two }', 'fail: { msg: three }');
  const live = await playbook(run);
  expect(live.code).toBe(1);
  const [journal = ''] = readdirSync(join(home, 'state', 'runs')).filter((name) => name.endsWith('.jsonl'));
  const again = await playbook(['report', journal.replace('.jsonl', ''), '-o', 'lines']);
  expect(again.stdout).toBe(live.stdout);
  const listed = await playbook(['runs']);
  expect(listed.stdout).toMatch(/^\d{8}T\d{6}-[0-9a-f]{4} {2}\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}site\.yml {2}failed\n$/);
});

test('jsonl on stdout is what the journal holds, without its seals', async () => {
  site('command: echo one');
  const { stdout } = await playbook([...run, '-o', 'jsonl']);
  const [journal = ''] = readdirSync(join(home, 'state', 'runs')).filter((name) => name.endsWith('.jsonl'));
  const kept = readFileSync(join(home, 'state', 'runs', journal), 'utf8');
  expect(kept.replaceAll(/,"prev":"[0-9a-f]{32}","crc":"[0-9a-f]{8}"\}$/gm, '}')).toBe(stdout);
});

test('an intent is on disk before the command starts', async () => {
  const copy = join(home, 'seen');
  site(`shell: cat ${join(home, 'state', 'runs')}/*.jsonl > ${copy}`);
  await playbook(run);
  expect(readFileSync(copy, 'utf8')).toContain('"type":"task.applying"');
});

test('Ctrl-C once: what runs is finished, nothing new starts', async () => {
  site(`shell: sleep 1; touch ${join(home, 'finished')}`, `command: touch ${join(home, 'started')}`);
  let sent = false;
  const ended = await playbook(run, (stdout, pid) => {
    if (sent || !stdout.includes('Task 1')) return;
    sent = true;
    setTimeout(() => process.kill(pid, 'SIGINT'), 300);
  });
  expect(ended.code).toBe(130);
  expect(ended.stderr).toContain('interrupted: what runs is awaited');
  expect(ended.stdout).toMatch(/interrupted at `Task 1`: 1 task done; `playbook resume \S+` goes on where it stopped/);
  expect(readdirSync(home)).toContain('finished');
  expect(readdirSync(home)).not.toContain('started');
});

test.each(['SIGTERM', 'SIGHUP'] as const)('%s is like Ctrl-C', async (signal) => {
  site('command: sleep 1', 'ping:');
  let sent = false;
  const ended = await playbook(run, (stdout, pid) => {
    if (sent || !stdout.includes('Task 1')) return;
    sent = true;
    setTimeout(() => process.kill(pid, signal), 300);
  });
  expect([ended.code, ended.signal]).toEqual([130, null]);
});

test('Ctrl-C twice does not wait, and says that the task is in doubt', async () => {
  site('command: sleep 20');
  let sent = false;
  const ended = await playbook(run, (stdout, pid) => {
    if (sent || !stdout.includes('Task 1')) return;
    sent = true;
    setTimeout(() => process.kill(pid, 'SIGINT'), 300);
    setTimeout(() => process.kill(pid, 'SIGINT'), 800);
  });
  expect(ended.stdout).toContain('in doubt: [here]');
  expect(ended.code).toBe(5);
});

test('a reader that leaves does not end the run', async () => {
  const tasks = Array.from({ length: 30 }, () => `debug: { msg: "${'x'.repeat(8000)}" }`);
  site(...tasks, `command: touch ${join(home, 'finished')}`);
  const env = { PATH: process.env['PATH'] ?? '', HOME: home, PLAYBOOK_STATE_DIR: join(home, 'state') };
  const script = `${process.execPath} ${program} ${run.join(' ')} | head -1 >/dev/null`;
  const child = spawn('/bin/sh', ['-c', script], { cwd: home, env, stdio: 'ignore' });
  await new Promise((resolve) => child.on('close', resolve));
  await expect.poll(() => readdirSync(home)).toContain('finished');
});

test('a run that cannot be written down does not start', async () => {
  site(`command: touch ${join(home, 'started')}`);
  mkdirSync(join(home, 'state', 'runs'), { recursive: true });
  chmodSync(join(home, 'state', 'runs'), 0o755);
  const ended = await playbook(run);
  expect(ended.code).toBe(70);
  expect(ended.stderr).toContain('can be read or written by others');
  expect(readdirSync(home)).not.toContain('started');
});

test('a journal that vanishes stops the run before the next touch', async () => {
  site(`shell: rm ${join(home, 'state', 'runs')}/*.jsonl`, `command: touch ${join(home, 'started')}`);
  const ended = await playbook(run);
  expect(ended.code).toBe(70);
  expect(ended.stderr).toContain('cannot be written');
  expect(readdirSync(home)).not.toContain('started');
});

test('a disk that is full of output ends no run', async () => {
  site('command: echo one', 'command: touch done');
  const full = openSync('/dev/full', 'w');
  const env = { PATH: process.env['PATH'] ?? '', HOME: home, PLAYBOOK_STATE_DIR: join(home, 'state') };
  const child = spawn(process.execPath, [program, ...run], { cwd: home, env, stdio: ['ignore', full, 'pipe'] });
  let stderr = '';
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const code = await new Promise((resolve) => child.on('close', resolve));
  closeSync(full);
  expect([code, stderr]).toEqual([0, expect.stringMatching(/^error: the output cannot be written: ENOSPC/)]);
  const listed = await playbook(['runs']);
  expect(listed.stdout).toMatch(/ {2}done\n$/);
});

test('a current directory that was removed is said, without a trace', async () => {
  const gone = join(home, 'gone');
  mkdirSync(gone);
  const child = spawn('sh', ['-c', 'rmdir ../gone && exec "$0" "$1" --version', process.execPath, program], {
    cwd: gone,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  expect(await new Promise((resolve) => child.on('close', resolve))).toBe(64);
  expect(stderr).toBe('error: the current directory does not exist any more\n  hint: change to one that does\n');
});
