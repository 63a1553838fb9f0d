import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Refusal } from '../../src/core/module.js';
import { command } from '../../src/modules/command.js';
import { localHands, stepHere, temporaryDirectory } from '../rigs/local-hands.js';

describe('what command wants', () => {
  const none = { guard: 'none', done: false, reason: null } as const;
  it.each([
    ['runs without a guard', { cmd: ['true'] }, none, { done: true }],
    ['runs when its guard says so', { cmd: ['true'] }, { guard: 'unmet', done: false, reason: null }, { done: true }],
    ['does nothing when its guard is met', { cmd: ['true'] }, { guard: 'met', done: true, reason: '`/x` exists' }, {}],
  ] as const)('%s', (_title, args, found, wanted) => {
    expect(command.spec.want(args, found)).toEqual(wanted);
  });

  it.each([{}, { cmd: ['true'], argv: ['true'] }])('refuses %j', (args) => {
    expect(command.spec.want(args, none)).toEqual(new Refusal('say either `cmd` or `argv`'));
  });
});

describe('command on this machine', () => {
  it('hands each word over as one argument, whatever is in it', async () => {
    const words = ['a b', "it's", '$(id)', '', '*', 'line\nbreak', '`id`'];
    const { told } = await stepHere(command, { argv: ['printf', '[%s]', ...words] });
    expect(told['stdout']).toBe(words.map((each) => `[${each}]`).join(''));
  });

  it('tells rc, stdout, stderr and their lines, without empty lines at the end', async () => {
    const { told, again } = await stepHere(command, {
      cmd: ['sh', '-c', 'echo one; echo two; echo; echo wrong >&2; exit 3'],
      expect_rc: [3],
    });
    expect(told).toMatchObject({
      rc: 3,
      stdout: 'one\ntwo',
      stderr: 'wrong',
      stdout_lines: ['one', 'two'],
      stderr_lines: ['wrong'],
    });
    expect(again.kind).toBe('change');
  });

  it('keeps empty lines at the end when asked', async () => {
    const { told } = await stepHere(command, { cmd: ['printf', 'a\n\n'], strip_empty_ends: false });
    expect(told).toMatchObject({ stdout: 'a\n\n', stdout_lines: ['a', ''] });
  });

  it('fails on an exit code that was not expected, with all that was said', async () => {
    await expect(stepHere(command, { cmd: ['sh', '-c', 'echo said; echo why >&2; exit 7'] })).rejects.toMatchObject({
      kind: 'failed',
      message: 'the command ended with exit code 7',
      details: { rc: 7, stdout: 'said', stderr: 'why' },
    });
  });

  it('says which signal ended it', async () => {
    await expect(stepHere(command, { cmd: ['sh', '-c', 'kill -KILL $$'] })).rejects.toThrow('was ended by SIGKILL');
  });

  it('lets any exit code pass when told so', async () => {
    expect((await stepHere(command, { cmd: ['sh', '-c', 'exit 9'], expect_rc: 'any' })).told['rc']).toBe(9);
  });

  it('feeds standard input with a line end, and end of file without it', async () => {
    expect((await stepHere(command, { cmd: ['cat'], stdin: 'secret', strip_empty_ends: false })).told['stdout']).toBe(
      'secret\n',
    );
    expect(
      (await stepHere(command, { cmd: ['cat'], stdin: 'x', stdin_add_newline: false, strip_empty_ends: false })).told[
        'stdout'
      ],
    ).toBe('x');
    expect((await stepHere(command, { cmd: ['cat'] })).told['stdout']).toBe('');
  });

  it('runs once under creates, relative to chdir, and not under removes', async () => {
    await using directory = await temporaryDirectory();
    const args = { cmd: ['touch', 'made here'], chdir: directory.path, creates: 'made here' };
    expect((await stepHere(command, args)).again.kind).toBe('same');
    const second = await stepHere(command, args);
    expect(second).toMatchObject({ plan: { kind: 'same' }, after: { guard: 'met', reason: '`made here` exists' } });
    const gone = await stepHere(command, { cmd: ['false'], removes: join(directory.path, 'nothing') });
    expect(gone.plan.kind).toBe('same');
  });

  it('runs while only_if holds and stops when it does not', async () => {
    await using directory = await temporaryDirectory();
    const file = join(directory.path, 'lock');
    await writeFile(file, '');
    const args = { cmd: ['rm', file], only_if: ['test', '-e', file] };
    expect(await stepHere(command, args)).toMatchObject({ plan: { kind: 'change' }, again: { kind: 'same' } });
    expect((await stepHere(command, args)).after['reason']).toBe('`only_if` does not hold');
  });

  it('waits for unless to hold, because a daemon needs a moment', async () => {
    await using directory = await temporaryDirectory();
    const file = join(directory.path, 'ready');
    const late = ['sh', '-c', '(sleep 0.4; touch "$1") >/dev/null 2>&1 &', 'sh', file];
    expect((await stepHere(command, { cmd: late, unless: ['test', '-e', file], settle: 5 })).again.kind).toBe('same');
  });

  it('fails when a guard cannot be run, and touches nothing', async () => {
    const hands = localHands();
    const looked = stepHere(command, { cmd: ['true'], unless: ['no-such-command-here'] }, hands);
    await expect(looked).rejects.toMatchObject({
      message: 'the command of `unless` cannot be run',
      details: { rc: 127 },
    });
    expect(hands.calls.map((each) => each.verb)).toEqual(['look']);
  });

  it('asks all its guards in one look', async () => {
    await using directory = await temporaryDirectory();
    const hands = localHands();
    const args = {
      cmd: ['false'],
      creates: join(directory.path, 'a'),
      removes: directory.path,
      unless: ['false'],
      only_if: ['sh', '-c', 'echo ": noise" >&2; exit 5'],
    };
    const { after } = await stepHere(command, args, hands);
    expect(after).toMatchObject({ guard: 'met', reason: '`only_if` does not hold' });
    expect(hands.calls).toHaveLength(1);
  });

  it('does not let a guard find itself among the processes', async () => {
    const unless = ['pgrep', '-f', 'no such daemon .*fdb'];
    expect((await stepHere(command, { cmd: ['true'], unless, settle: 0 })).plan.kind).toBe('change');
  });

  it('does not let a guard leave marks in the file system by an exit or redirection of its own', async () => {
    await using directory = await temporaryDirectory();
    const file = join(directory.path, 'x');
    await writeFile(file, 'kept');
    await stepHere(command, { cmd: ['true'], unless: ['sh', '-c', 'exit 0', `> ${file}`] });
    expect(await readFile(file, 'utf8')).toBe('kept');
  });
});
