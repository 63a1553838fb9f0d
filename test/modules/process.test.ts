import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { copyFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Refusal } from '../../src/core/module.js';
import { process as module } from '../../src/modules/process.js';
import { localHands, stepHere, temporaryDirectory } from '../rigs/local-hands.js';
import { outcomeHere } from '../rigs/local-senses.js';

const absent = { state: 'absent', pids: [], processes: [] } as const;
/** What is wanted says nothing of pids: they follow from the processes. */
const gone = { state: 'absent', processes: [] } as const;
const present = { state: 'present', pids: [7], processes: [{ pid: 7, user: 'slony', command: 'slon' }] } as const;

describe('what process wants', () => {
  it.each([
    ['nothing is there, as wanted', { name: 'slon' }, absent, gone],
    ['they are to go', { name: 'slon', state: 'absent' }, present, gone],
    ['they are there, as wanted', { name: 'slon', state: 'present' }, present, {}],
    [
      'they must be there',
      { pattern: 'slon .*fdb', state: 'present' },
      absent,
      new Refusal('no process `slon .*fdb` is running', 'look at the log of what should have started it'),
    ],
    ['neither name nor pattern', {}, absent, new Refusal('say `name` or `pattern`, or both')],
    ['both name and pattern', { name: 'slon', pattern: 'fdb' }, present, gone],
    ['one is to be started', { name: 'slon', state: 'present', start: ['slon'] }, absent, { state: 'present' }],
    [
      'one that runs is there, as wanted',
      { name: 'slon', state: 'present', start: ['slon'] },
      present,
      { state: 'present' },
    ],
    [
      '`start` without saying that one is to be there',
      { name: 'slon', start: ['slon'] },
      present,
      new Refusal('`start` goes with `state: present`', 'without it, processes are ended'),
    ],
    [
      'a name that the kernel cuts off',
      { name: 'postgresql-server' },
      absent,
      new Refusal(
        'no process can be found by a name of more than 15 characters, and `postgresql-server` is longer',
        'the kernel keeps `postgresql-serv`; say that as `name`, or `pattern` for the command line',
      ),
    ],
  ] as const)('%s', (_title, args, found, wanted) => {
    expect(module.spec.want(args, found)).toEqual(wanted);
  });
});

/** A program with a name that nobody else on this machine has; it sleeps. */
async function sleeper(directory: string, suffix = ''): Promise<{ readonly name: string; readonly path: string }> {
  const name = `pbt${randomBytes(4).toString('hex')}${suffix}`;
  const path = join(directory, name);
  await copyFile('/bin/sleep', path);
  return { name, path };
}

function started(command: string, args: readonly string[]): Promise<ChildProcess> {
  const child = spawn(command, args, { stdio: 'ignore' });
  return new Promise((resolve, reject) => child.on('spawn', () => resolve(child)).on('error', reject));
}

describe('process on this machine', () => {
  it('ends processes by exact name and leaves those with a longer name alone', async () => {
    await using directory = await temporaryDirectory();
    const { name, path } = await sleeper(directory.path);
    const other = join(directory.path, `${name}x`);
    await copyFile('/bin/sleep', other);
    const [one, two, kept] = [await started(path, ['60']), await started(path, ['61']), await started(other, ['60'])];
    const step = await stepHere(module, { name, stable_for: 0 });
    expect(step).toMatchObject({
      plan: { kind: 'change', change: { before: { state: 'present' }, after: gone } },
      again: { kind: 'same' },
    });
    expect(step.told['signalled']).toHaveLength(2);
    expect([one.signalCode, two.signalCode, kept.signalCode]).toEqual(['SIGTERM', 'SIGTERM', null]);
    kept.kill();
    expect((await stepHere(module, { name })).plan.kind).toBe('same');
  });

  it('finds processes by their command line, and never its own', async () => {
    await using directory = await temporaryDirectory();
    const { name, path } = await sleeper(directory.path);
    expect((await stepHere(module, { pattern: `${name} 6[0-9]` })).plan.kind).toBe('same');
    const child = await started(path, ['65']);
    const { after } = await stepHere(module, { pattern: `${name} 6[0-9]$`, state: 'present' });
    expect(after).toMatchObject({
      pids: [child.pid],
      processes: [{ command: `${path} 65`, user: userInfo().username }],
    });
    child.kill();
  });

  it('is not fooled by a dead process that nobody has buried', async () => {
    await using directory = await temporaryDirectory();
    const { name, path } = await sleeper(directory.path);
    // The shell becomes a sleep that never waits for its child.
    const parent = await started('/bin/sh', ['-c', `${path} 0.1 & exec sleep 30`]);
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect((await stepHere(module, { name })).plan.kind).toBe('same');
    parent.kill();
  });

  it('sends KILL only when told to, and says who survived', async () => {
    await using directory = await temporaryDirectory();
    const { name, path } = await sleeper(directory.path);
    const stubborn = await started('/bin/sh', ['-c', `trap '' TERM; exec ${path} 60`]);
    await new Promise((resolve) => setTimeout(resolve, 200));
    await expect(stepHere(module, { name, timeout: 0.3 })).rejects.toThrow(
      `processes \`${name}\` are still running: ${stubborn.pid} of ${userInfo().username}`,
    );
    const forced = await stepHere(module, { name, timeout: 0.3, force: true, stable_for: 0 });
    expect(forced.again.kind).toBe('same');
    expect(stubborn.signalCode).toBe('SIGKILL');
  });

  it('catches a watchdog that starts it anew', { timeout: 60_000 }, async () => {
    await using directory = await temporaryDirectory();
    const { name, path } = await sleeper(directory.path);
    const watchdog = await started('/bin/sh', ['-c', `while sleep 0.6; do ${path} 60; done`]);
    onTestFinished(() => void watchdog.kill('SIGKILL'));
    await new Promise((resolve) => setTimeout(resolve, 900));
    const step = await stepHere(module, { name, stable_for: 1.2 });
    watchdog.kill();
    expect(step.again.kind).toBe('change');
    await stepHere(module, { name, stable_for: 0 });
  });

  it('narrows by user', async () => {
    await using directory = await temporaryDirectory();
    const { name, path } = await sleeper(directory.path);
    const child = await started(path, ['60']);
    expect((await stepHere(module, { name, user: 'nobody' })).plan.kind).toBe('same');
    expect((await stepHere(module, { name, user: userInfo().username, state: 'present' })).plan.kind).toBe('same');
    await expect(stepHere(module, { name, user: 'no-such-user-here' })).rejects.toMatchObject({ kind: 'failed' });
    child.kill();
  });

  it('narrows by name and command line together', async () => {
    await using directory = await temporaryDirectory();
    const { name, path } = await sleeper(directory.path);
    const [one, other] = [await started(path, ['60']), await started(path, ['61'])];
    expect((await stepHere(module, { name, pattern: ' 6[2-9]$' })).plan.kind).toBe('same');
    expect((await stepHere(module, { name: `${name}x`, pattern: ' 61$' })).plan.kind).toBe('same');
    const step = await stepHere(module, { name, pattern: ' 61$', stable_for: 0 });
    expect([step.again.kind, one.signalCode, other.signalCode]).toEqual(['same', null, 'SIGTERM']);
    one.kill();
  });

  it('refuses a pattern that is no regular expression', async () => {
    await expect(stepHere(module, { pattern: '(' })).rejects.toThrow('the host cannot list processes by `(`');
  });

  it('looks once when there is nothing to do', async () => {
    const hands = localHands();
    await stepHere(module, { name: 'no-such-one' }, hands);
    expect(hands.calls.map((each) => each.verb)).toEqual(['look']);
  });
});

const oneStarted = { state: 'present', timeout: 1, stable_for: 0.3 } as const;
const end = (name: string): Promise<unknown> => stepHere(module, { name, stable_for: 0 });
const script = (text: string): readonly string[] => ['/bin/sh', '-c', text];

describe('process that starts one', () => {
  it('when there is none, and not when it runs', async () => {
    await using directory = await temporaryDirectory();
    const { name, path } = await sleeper(directory.path);
    const task = { name, ...oneStarted, start: script(`echo started; ${path} 60 >/dev/null 2>&1 &`) };
    const first = await outcomeHere(module, task);
    expect(first).toMatchObject({ status: 'changed', result: { state: 'present', rc: 0, stdout: 'started\n' } });
    expect(first.result['processes']).toMatchObject([{ command: name, user: userInfo().username }]);
    const second = await outcomeHere(module, task);
    expect(second).toMatchObject({ status: 'ok', result: { pids: first.result['pids'] } });
    await end(name);
  });

  it('that keeps the output of its starter open', async () => {
    await using directory = await temporaryDirectory();
    const { name, path } = await sleeper(directory.path);
    const outcome = await outcomeHere(module, { name, ...oneStarted, start: script(`${path} 60 &`) });
    expect(outcome.status).toBe('changed');
    await end(name);
  });

  it('with words that no shell reads', async () => {
    await using directory = await temporaryDirectory();
    const { name, path } = await sleeper(directory.path);
    const start = script(`${path} 60 >/dev/null 2>&1 & printf '%s|' "$@"`).concat('sh', "it's", '$HOME', 'a b');
    expect(await outcomeHere(module, { name, ...oneStarted, start })).toMatchObject({
      result: { stdout: "it's|$HOME|a b|" },
    });
    await end(name);
  });

  it('fails as not converged when it ends at once, although with exit code 0', async () => {
    await using directory = await temporaryDirectory();
    const { name, path } = await sleeper(directory.path);
    for (const start of [['true'], script(`${path} 0.1 >/dev/null 2>&1 &`)]) {
      expect(await outcomeHere(module, { name, ...oneStarted, start })).toMatchObject({
        status: 'not-converged',
        failure: {
          message: 'the change was made, and the host still is not as wanted: state is "absent", wanted "present"',
        },
      });
    }
  });

  it('waits for one that takes its time to appear', async () => {
    await using directory = await temporaryDirectory();
    const { name, path } = await sleeper(directory.path);
    const start = script(`(sleep 1; exec ${path} 60) >/dev/null 2>&1 &`);
    expect((await outcomeHere(module, { name, ...oneStarted, timeout: 10, stable_for: 0, start })).status).toBe(
      'changed',
    );
    await end(name);
  });

  it('fails with the words of a starter that fails', async () => {
    const start = script('echo no licence >&2; exit 3');
    expect(await outcomeHere(module, { name: 'no-such-one', ...oneStarted, start })).toMatchObject({
      status: 'failed',
      failure: { message: 'the command ended with exit code 3', details: { stderr: 'no licence' } },
    });
  });

  it('starts nothing in a check', async () => {
    await using directory = await temporaryDirectory();
    const { name, path } = await sleeper(directory.path);
    const task = { name, ...oneStarted, start: script(`${path} 60 >/dev/null 2>&1 &`) };
    expect(await outcomeHere(module, task, { check: true })).toMatchObject({
      status: 'would-change',
      message: `would start \`${name}\``,
    });
    expect((await stepHere(module, { name })).plan.kind).toBe('same');
  });
});
