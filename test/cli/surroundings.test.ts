// The program where little is as it should be: journal directories that are not its own, readers that stop reading, few open
// files, no home, no umask. It refuses before anything is done, or works as anywhere.
import { spawn, spawnSync } from 'node:child_process';
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { exitCode } from '../../src/core/exit.js';
import { projectRoot } from '../rigs/command-line.js';

const program = join(projectRoot, 'bin/playbook');
let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'playbook-around-'));
  writeFileSync(join(directory, 'hosts.yml'), 'all: { hosts: { here1: { connection: local } } }\n');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function site(...tasks: readonly string[]): void {
  const lines = tasks.map((task) => `    - ${task}\n`).join('');
  writeFileSync(
    join(directory, 'site.yml'),
    `- hosts: here1\n  tasks:\n${lines}    - command: touch ${directory}/done\n`,
  );
}

/** Runs the playbook behind words of a shell, with no other environment than is said. */
function behind(
  words: string,
  environment: NodeJS.ProcessEnv = {},
  flags = '',
): { readonly code: number | null; readonly said: string } {
  const line = `${words}; exec '${process.execPath}' '${program}' run site.yml -i hosts.yml ${flags}`;
  const env = { PATH: process.env['PATH'], PLAYBOOK_STATE_DIR: join(directory, 'state'), ...environment };
  const { status, stdout, stderr } = spawnSync('sh', ['-c', line], { cwd: directory, env, encoding: 'utf8' });
  return { code: status, said: `${stdout}${stderr}` };
}

const isDone = (): boolean => existsSync(join(directory, 'done'));

describe('a directory for journals', () => {
  const runs = (): string => join(directory, 'state/runs');
  test.each([
    ['is a file', () => writeFileSync(runs(), ''), 'is not a directory'],
    ['is a link', () => symlinkSync(tmpdir(), runs()), 'is not a directory'],
    ['cannot be made', () => writeFileSync(dirname(runs()), ''), 'cannot be made: not a directory'],
  ])('that %s is refused before anything is done', (_what, make, why) => {
    site();
    if (!why.startsWith('cannot')) mkdirSync(dirname(runs()));
    make();
    const refused = behind(':');
    expect([refused.code, refused.said]).toEqual([exitCode.bug, expect.stringContaining(why)]);
    expect(refused.said).toContain('hint: set PLAYBOOK_STATE_DIR to a directory of yours');
    expect(isDone()).toBe(false);
  });

  test('that takes no new ones is refused before anything is done', () => {
    site();
    const refused = behind(':', { PLAYBOOK_STATE_DIR: '/proc/playbook' });
    expect([refused.code, refused.said]).toEqual([exitCode.bug, expect.stringContaining('cannot be made')]);
    expect(isDone()).toBe(false);
  });

  test.skipIf(process.getuid?.() !== 0)('that is somebody else’s is refused before anything is done', () => {
    site();
    mkdirSync(runs(), { recursive: true, mode: 0o700 });
    chownSync(runs(), 12_345, 12_345);
    const refused = behind(':');
    expect([refused.code, refused.said]).toEqual([exitCode.bug, expect.stringContaining('belongs to user 12345')]);
    expect(isDone()).toBe(false);
  });
});

test('a reader that stops reading holds up no run', async () => {
  site(...Array.from({ length: 40 }, () => `debug: { msg: "${'x'.repeat(8_000)}" }`));
  const child = spawn(process.execPath, [program, 'run', 'site.yml', '-i', 'hosts.yml'], {
    cwd: directory,
    env: { ...process.env, PLAYBOOK_STATE_DIR: join(directory, 'state') },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  // Nobody reads: a pipe holds 64 KiB.
  await expect.poll(isDone, { timeout: 15_000 }).toBe(true);
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  expect(await ended).toBe(exitCode.done);
  expect(said.length).toBeGreaterThan(40 * 8_000);
  expect(said).toContain('done: 1 change');
});

describe('a run', () => {
  test('with no home, no umask, a foreign language and no place for temporary files keeps its journal to itself', () => {
    site();
    const ended = behind('umask 000', {
      TMPDIR: '/nowhere',
      LC_ALL: 'ja_JP.eucJP',
      LANG: 'C',
      TZ: 'Pacific/Kiritimati',
    });
    expect(ended.code, `said: ${ended.said}`).toBe(exitCode.done);
    const runs = join(directory, 'state/runs');
    expect((statSync(runs).mode & 0o777).toString(8)).toBe('700');
    const names = readdirSync(runs);
    expect(names.length).toBeGreaterThan(1);
    for (const name of names)
      expect(`${name} ${(statSync(join(runs, name)).mode & 0o77).toString(8)}`).toBe(`${name} 0`);
  });

  test('that may hardly open a file says so, and nothing is done', () => {
    site();
    const refused = behind('ulimit -n 32');
    expect([refused.code, refused.said]).toEqual([
      exitCode.bug,
      'error: this process may open too few files at once; nothing was started\n  hint: `ulimit -n 1024`\n',
    ]);
    expect(isDone()).toBe(false);
  });

  test(
    'that may open too few files for all its hosts at once is refused, and does with fewer at once',
    { timeout: 120_000 },
    () => {
      writeFileSync(
        join(directory, 'hosts.yml'),
        `all: { hosts: { "here[1:90]": { connection: local, state_directory: "${directory}/hold-{{inventory_hostname}}" } } }\n`,
      );
      writeFileSync(join(directory, 'site.yml'), `- hosts: all\n  tasks:\n    - shell: echo ran >>${directory}/out\n`);
      const refused = behind('ulimit -n 256', {}, '--forks 90');
      expect([refused.code, refused.said]).toEqual([
        exitCode.preflightRefused,
        expect.stringContaining('cannot start'),
      ]);
      expect(refused.said).toContain('check the limits of processes and open files');
      expect(existsSync(join(directory, 'out'))).toBe(false);
      const few = behind('ulimit -n 256', {}, '--forks 5');
      expect(few.code, `said: ${few.said}`).toBe(exitCode.done);
      expect(readFileSync(join(directory, 'out'), 'utf8')).toBe('ran\n'.repeat(90));
    },
  );
});
