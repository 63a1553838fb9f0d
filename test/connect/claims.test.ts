// A command that runs once, however often it is sent, through real shells on this machine: with every end it can have,
// and whoever is killed on the way.
import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LocalConnection } from '../../src/connect/local.js';
import type { Command, ExecRequest, Outcome } from '../../src/core/connection.js';
import type { Claim } from '../../src/core/hold.js';
import { writeFakeSudo } from '../rigs/fake-sudo.js';
import { isRunning, text, worldError } from '../rigs/outcome.js';
import { hasShell } from '../rigs/shells.js';

const uid = process.getuid?.() ?? 0;
const fence = { run: 'r1', number: 1 };
const shells = ['/bin/sh', 'dash', 'bash', 'ksh', 'mksh', 'zsh'].filter(hasShell);

let directory = '';
let state = '';
let here: LocalConnection;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'playbook-claims-'));
  state = join(directory, 'state');
  here = new LocalConnection({ host: 'here', stateDirectory: state }, { PATH: process.env['PATH'], HOME: directory });
  await here.hold({ kind: 'take', holder: { ...fence, by: 'anna@laptop', since: 'today', playbook: 'x.yml' } });
});
afterEach(() => rm(directory, { recursive: true }));

const shell = (script: string): Command => ({ kind: 'shell', script });
function run(name: string, command: Command | string, more: Partial<ExecRequest> = {}): Promise<Outcome> {
  return here.exec({
    command: typeof command === 'string' ? shell(command) : command,
    timeoutMs: 15_000,
    mutates: true,
    fence,
    claim: { name, manner: 'once' },
    ...more,
  });
}
const lines = async (file: string): Promise<readonly string[]> =>
  (await readFile(join(directory, file), 'utf8').catch(() => '')).split('\n').filter((each) => each !== '');
const watched = (name: string): { claim: Claim } => ({ claim: { name, manner: 'watched' } });

describe.each(['once', 'watched'] as const)('a command that runs %s', (manner) => {
  const exec = (name: string, command: Command | string, more: Partial<ExecRequest> = {}): Promise<Outcome> =>
    run(name, command, { claim: { name, manner }, ...more });

  it.each(shells)(
    'in %s has the output, the exit code, the name, the lines and the arguments of any other',
    async (path) => {
      const script = `echo "$0 $#" "$VALUE"; cat; echo é >&2\ncd /nowhere\nexit 41`;
      const request = { environment: { VALUE: `it's\n"$x"` } };
      const command: Command = { kind: 'shell', script, shell: path };
      const plain = await here.exec({ command, timeoutMs: 5_000, mutates: true, ...request });
      const ran = await exec('a', command, request);
      // A ksh says how deep in its own `eval`s it is.
      const told = ({ rc, stdout, stderr }: Outcome): unknown => [
        rc,
        text(stdout),
        text(stderr).replaceAll('eval[1]: ', ''),
      ];
      expect(told(ran)).toEqual(told(plain));
      expect(ran.rc).toBe(41);
    },
  );

  it('takes its input whole, and reads its end without one', async () => {
    const stdin = Buffer.alloc(1_500_000, 'abc\n');
    expect(Buffer.compare((await exec('a', 'cat', { stdin })).stdout, stdin)).toBe(0);
    expect(text((await exec('b', { kind: 'argv', argv: ['cat', '-'] })).stdout)).toBe('');
    expect(text((await exec('c', 'cat; umask', { stdin: Buffer.alloc(0) })).stdout)).toBe(
      execFileSync('sh', ['-c', 'umask'], { encoding: 'utf8' }),
    );
  });

  it('sees nothing of ours: no variables, no open files, no ignored signals', async () => {
    const script =
      'set | grep -c ^pb_; set | grep -c "^pb_.*()"; ls /proc/self/fd | tr "\\n" " "; grep SigIgn /proc/self/status';
    const plain = await here.exec({ command: shell(script), timeoutMs: 5_000, mutates: true });
    expect(text((await exec('a', script)).stdout)).toBe(text(plain.stdout));
  });

  it('ends by the signal that it ended by', async () => {
    for (const [name, number] of Object.entries({ TERM: 15, KILL: 9, SEGV: 11, HUP: 1 })) {
      expect(await exec(name, `kill -${name} $$`)).toMatchObject({ rc: 128 + number, signal: `SIG${name}` });
    }
    const { rc, signal } = await exec('plain', 'exit 143');
    expect([rc, signal]).toEqual([143, undefined]);
  });

  it('is run in its directory, or not at all', async () => {
    expect(text((await exec('a', 'pwd', { chdir: directory })).stdout)).toBe(`${directory}\n`);
    const error = await worldError(exec('b', 'touch ran', { chdir: join(directory, 'none') }));
    expect(error).toMatchObject({ kind: 'failed', message: expect.stringContaining('cannot change to directory') });
    expect((await exec('b', 'exit 3', { chdir: directory })).rc).toBe(3);
  });

  it('runs nothing for a run that does not hold the host', async () => {
    const other = await worldError(exec('a', `touch ${directory}/ran`, { fence: { run: 'r2', number: 1 } }));
    expect(other).toMatchObject({ kind: 'fenced', message: expect.stringContaining('run `r1` of anna@laptop') });
    await here.hold({ kind: 'release', fence });
    const nobody = await worldError(exec('a', `touch ${directory}/ran`));
    expect(nobody).toMatchObject({ kind: 'fenced', message: expect.stringContaining('nobody holds it') });
    expect(await readdir(directory)).toEqual(['state.last-0']);
  });

  it('is ended over its time, with its group, and how it ended is known', async () => {
    const script = `trap "" HUP; echo $$ >>${directory}/pids; sh -c 'echo $$ >>${directory}/pids; sleep 60' & wait`;
    const error = await worldError(exec('a', script, { timeoutMs: 1_000 }));
    expect(error).toMatchObject({
      kind: 'in-doubt',
      message: expect.stringContaining('was ended with its process group'),
    });
    for (const pid of await lines('pids')) expect(await isRunning(Number(pid))).toBe(false);
    expect(await here.claims({ run: 'r1', prefix: '' })).toEqual([{ name: 'a', state: 'ended', rc: 143 }]);
  });

  it('that ignores the word to end is killed', async () => {
    const error = await worldError(
      exec('a', `trap "" TERM; echo $$ >>${directory}/pids; while :; do sleep 1; done`, { timeoutMs: 700 }),
    );
    expect(error.message).toContain('was ended with its process group');
    for (const pid of await lines('pids')) expect(await isRunning(Number(pid))).toBe(false);
  });

  it('is told of while it runs, and when it has ended', async () => {
    const running = exec('a.1', `until [ -e ${directory}/go ]; do sleep 0.05; done; exit 4`);
    await expect
      .poll(() => here.claims({ run: 'r1', prefix: 'a.' }), { timeout: 5_000 })
      .toMatchObject([{ name: 'a.1', state: 'running' }]);
    await writeFile(join(directory, 'go'), '');
    await running;
    expect(await here.claims({ run: 'r1', prefix: 'a.' })).toEqual([{ name: 'a.1', state: 'ended', rc: 4 }]);
    expect(await here.claims({ run: 'r1', prefix: 'b' })).toEqual([]);
    expect(await here.claims({ run: 'r2', prefix: '' })).toEqual([]);
  });

  it('is not run again by whoever sends it again', async () => {
    const script = `echo ran >>${directory}/log; sleep 1; exit 5`;
    const sent = await Promise.all(Array.from({ length: 8 }, () => exec('a', script)));
    expect(sent.map(({ rc }) => rc)).toEqual(Array(8).fill(5));
    expect((await exec('a', script)).rc).toBe(5);
    expect(await lines('log')).toEqual(['ran']);
  });

  it('runs as another user by sudo, who has claims of its own and never sees the password', async () => {
    const path = await writeFakeSudo(join(directory, 'sudo'), { password: 'geheim' });
    const environment = { PATH: `${path}:${process.env['PATH'] ?? ''}`, HOME: directory };
    const other = new LocalConnection({ host: 'here', stateDirectory: state }, environment);
    const become = { user: 'app', method: 'sudo', password: 'geheim' } as const;
    const request: ExecRequest = {
      command: shell('echo "$USER"; cat; sleep 0.3; kill -TERM $$'),
      stdin: Buffer.from('input'),
      become,
      timeoutMs: 10_000,
      mutates: true,
      fence,
      claim: { name: 'a', manner },
    };
    const ended = await other.exec(request);
    expect([ended.rc, text(ended.stdout), text(ended.stderr).includes('geheim')]).toEqual([143, 'app\ninput', false]);
    expect((await other.exec(request)).rc).toBe(143);
    expect(await other.claims({ run: 'r1', prefix: '', become })).toEqual([{ name: 'a', state: 'ended', rc: 143 }]);
    const endless = { ...request, command: shell('sleep 60'), claim: { name: 'b', manner }, timeoutMs: 700 };
    expect((await worldError(other.exec(endless))).message).toContain('was ended with its process group');
  });

  it('keeps its secrets out of what everybody may read', async () => {
    const script = `S=hush-hush; cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | tr '\\0' '\\n' | grep -c 'hush[-]hush'`;
    expect(text((await exec('a', script, { stdin: Buffer.from('hush-hush') })).stdout)).toBe('0\n');
    const place = join(`${state}-${uid}`, 'r1');
    for (const name of await readdir(place, { recursive: true })) {
      const { mode } = await stat(join(place, name));
      expect(`${name} ${(mode & 0o77).toString(8)}`).toBe(`${name} 0`);
    }
  });

  it('wants a place for its claims that is its own', async () => {
    await mkdir(`${state}-${uid}`, { mode: 0o755 });
    await chmod(`${state}-${uid}`, 0o755);
    const error = await worldError(exec('a', `touch ${directory}/ran`));
    expect(error).toMatchObject({ kind: 'failed', message: expect.stringContaining('open to others') });
    expect(await readdir(directory)).not.toContain('ran');
  });
});

describe('a command that runs once', () => {
  it('gives all of its output to whoever sends it again', async () => {
    const script = 'i=0; while [ $i -lt 2000 ]; do echo "line $i"; echo "error $i" >&2; i=$((i+1)); done; kill -9 $$';
    const first = await run('a', script);
    const again = await run('a', script);
    expect(again).toEqual(first);
    expect(text(first.stdout).split('\n')).toHaveLength(2001);
    expect(first).toMatchObject({ rc: 137, signal: 'SIGKILL' });
  });

  it('tells its lines while it runs, each once, to those who come later too', async () => {
    const told: string[] = [];
    const late: string[] = [];
    const script = `echo one; echo two >&2; until [ -e ${directory}/go ]; do sleep 0.05; done; echo three; printf four`;
    const first = run('a', script, { onLine: (stream, line) => told.push(`${stream} ${line}`) });
    await expect.poll(() => told, { timeout: 5_000 }).toEqual(['stdout one', 'stderr two']);
    const second = run('a', script, { onLine: (stream, line) => late.push(`${stream} ${line}`) });
    await expect.poll(() => late, { timeout: 5_000 }).toEqual(['stdout one', 'stderr two']);
    await writeFile(join(directory, 'go'), '');
    expect(text((await first).stdout)).toBe('one\nthree\nfour');
    expect(await second).toEqual(await first);
    for (const each of [told, late]) expect(each).toEqual(['stdout one', 'stderr two', 'stdout three', 'stdout four']);
  });

  it('is not waited for by what it leaves behind', async () => {
    const { rc, stdout } = await run('a', 'sleep 30 & echo $!', { timeoutMs: 5_000 });
    expect(rc).toBe(0);
    process.kill(Number(text(stdout)));
  });

  it('is ended when it says more than anyone keeps, and fills no disk', { timeout: 40_000 }, async () => {
    const error = await worldError(run('a', 'exec cat /dev/zero', { timeoutMs: 30_000 }));
    expect(error).toMatchObject({ kind: 'failed', message: expect.stringContaining('said more than 16 MiB') });
    const place = join(`${state}-${uid}`, 'r1');
    const sizes = await Promise.all(
      (await readdir(place, { recursive: true })).map(async (name) => (await stat(join(place, name))).size),
    );
    expect(Math.max(...sizes)).toBeLessThan(10_000);
    expect(await worldError(run('a', 'true'))).toMatchObject({ kind: 'failed' });
  });

  it('whose input came short is not started', async () => {
    const stdin = Object.defineProperty(Buffer.alloc(20_000, 'half'), 'length', { value: 20_009 });
    expect((await worldError(run('a', `touch ${directory}/ran`, { stdin }))).message).toContain('input of the command');
    expect(await here.claims({ run: 'r1', prefix: '' })).toEqual([]);
    expect(await readdir(directory)).not.toContain('ran');
  });

  it('that is gone without a word is in doubt for good', async () => {
    const running = worldError(run('a', `echo $$ $PPID >${directory}/pids; echo said; exec sleep 60`));
    await expect.poll(() => lines('pids'), { timeout: 5_000 }).toHaveLength(1);
    const pids = ((await lines('pids'))[0] ?? '').split(' ').map(Number);
    for (const pid of pids.toReversed()) process.kill(pid, 'SIGKILL');
    for (const error of [await running, await worldError(run('a', 'true'))]) {
      expect(error).toMatchObject({ kind: 'in-doubt', details: { reason: 'claim-gone' } });
    }
    expect(await here.claims({ run: 'r1', prefix: '' })).toEqual([{ name: 'a', state: 'gone' }]);
  });
});

describe('a command that is watched', () => {
  it('streams in and out as it runs, and its stream cannot be had twice', async () => {
    const got: string[] = [];
    const stdin = (async function* input() {
      yield Buffer.from('one\n');
      await expect.poll(() => got.join(''), { timeout: 5_000 }).toBe('one\n');
      yield Buffer.from('two\n');
    })();
    const onStdout = (chunk: Uint8Array): Promise<void> => Promise.resolve(void got.push(text(chunk)));
    expect((await run('a', 'cat; exit 2', { ...watched('a'), stdin, onStdout })).rc).toBe(2);
    expect(got.join('')).toBe('one\ntwo\n');
    const again = await worldError(run('a', 'cat; exit 2', { ...watched('a'), onStdout }));
    expect(again).toMatchObject({ kind: 'in-doubt', details: { reason: 'claim-output-lost', rc: 2 } });
  });
});
