// An operator who may start hardly any process: what cannot be begun is said, what was begun is known or known to be unknown,
// and with room again everything is done once. Root is held by no such limit, so this is somebody else.
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { exitCode } from '../../src/core/exit.js';
import { projectRoot } from '../rigs/command-line.js';

/** A user whom nobody else is, so that only what is started here counts. */
const user = 61_000 + (process.pid % 1_000);
const program = join(projectRoot, 'bin/playbook');
const asUser = ['setpriv', `--reuid=${user}`, `--regid=${user}`, '--clear-groups'];

/** For `skipIf`: whether nobody can be somebody else here. A line says why; under CI they run, and fail. */
function skipsWithoutUser(): boolean {
  const tried = spawnSync('setpriv', [
    ...asUser.slice(1),
    'prlimit',
    '--nproc=50',
    process.execPath,
    program,
    '--version',
  ]);
  if (tried.status === 0) return false;
  const reason = tried.error?.message ?? tried.stderr.toString().trim();
  console.warn(`skipped: the program cannot be run as another user with a limit of its own (${reason})`);
  return process.env['CI'] === undefined;
}

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'playbook-few-'));
  const lines = ['one', 'two'].map((word) => `    - shell: echo ${word} >>${directory}/out\n`);
  writeFileSync(join(directory, 'site.yml'), `- hosts: all\n  tasks:\n${lines.join('')}`);
  writeFileSync(join(directory, 'hosts.yml'), 'all: { hosts: { here: { connection: local } } }\n');
  chownSync(directory, user, user);
  chmodSync(directory, 0o755);
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function playbook(most: number, ...words: readonly string[]): { readonly code: number | null; readonly said: string } {
  const limited = [...asUser.slice(1), 'prlimit', `--nproc=${most}:500`, process.execPath, program, ...words];
  const { status, stdout, stderr } = spawnSync('setpriv', limited, {
    cwd: directory,
    env: { PATH: process.env['PATH'], HOME: directory, PLAYBOOK_STATE_DIR: join(directory, 'state') },
    encoding: 'utf8',
    timeout: 120_000,
  });
  return { code: status, said: `${stdout}${stderr}` };
}

const out = (): string => (existsSync(join(directory, 'out')) ? readFileSync(join(directory, 'out'), 'utf8') : '');
const start = ['run', 'site.yml', '-i', 'hosts.yml'];

/** Goes on with whatever the run left, as an operator would. */
function goneOn(): void {
  const run = readdirSync(join(directory, 'state/runs'))[0]?.split('.')[0] ?? '';
  const resumed = playbook(400, 'resume', run, '--confirm', 'here not done');
  if (resumed.code === exitCode.done) return;
  expect(resumed.said).toContain('nothing to go on with');
  playbook(400, 'unlock', run, '--confirm', run);
  expectDone(start);
}

function expectDone(words: readonly string[]): void {
  expect(playbook(400, ...words).code).toBe(exitCode.done);
}

describe.skipIf(skipsWithoutUser())('with few processes', { timeout: 300_000 }, () => {
  // Node alone needs about ten, the shells of a command six more at once.
  test.each([11, 13, 15, 16])('of which there may be %i a run says what it could not do', (most) => {
    const { code, said } = playbook(most, ...start);
    // Where Node itself cannot begin, it aborts.
    const hasBegun = code !== null && code <= 128;
    const known: readonly unknown[] = [exitCode.done, exitCode.failed, exitCode.preflightRefused, exitCode.inDoubt];
    expect([!hasBegun || known.includes(code), code, said]).toEqual([true, code, said]);
    expect(said).not.toMatch(/^ +at .*:\d+:\d+/m);
    // Nothing was done of what was refused, and nothing twice of the rest.
    expect(hasBegun && code !== exitCode.preflightRefused ? 'one\ntwo\n' : '').toContain(out());
    if (!hasBegun) rmSync(join(directory, 'state'), { recursive: true, force: true });
    if (!hasBegun) expectDone(start);
    else if (code !== exitCode.done) goneOn();
    expect(out()).toBe('one\ntwo\n');
  });
});
