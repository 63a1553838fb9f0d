// The local connection keeps the promises of every connection; what is shown here of commands holds over ssh too.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LocalConnection } from '../../src/connect/local.js';
import type { Command, ExecRequest, Outcome } from '../../src/core/connection.js';
import { isRunning, text, worldError } from '../rigs/outcome.js';

const connection = new LocalConnection(
  { host: 'here', stateDirectory: '/nowhere/state' },
  { PATH: process.env['PATH'], HOME: '/tmp' },
);
const shell = (script: string): Command => ({ kind: 'shell', script });
const run = (command: Command, more: Partial<ExecRequest> = {}): Promise<Outcome> =>
  connection.exec({ command, timeoutMs: 15_000, mutates: false, ...more });

let directory = '';
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'playbook-local-'));
});
afterAll(() => rm(directory, { recursive: true }));

describe('a command', () => {
  it('gets its words as they are, with nothing expanded', async () => {
    const words = ["it's", '$HOME', '`id`', '\\n', 'a b', '', 'zwei\nZeilen', 'ひらがな', '%s!', '*'];
    const { rc, stdout } = await run({ kind: 'argv', argv: ['printf', '%s|', ...words] });
    expect({ rc, said: text(stdout) }).toEqual({ rc: 0, said: `${words.join('|')}|` });
  });

  it('reads end of file at once when it is given no input', async () => {
    const { rc, stdout } = await run({ kind: 'argv', argv: ['cat'] });
    expect({ rc, stdout: text(stdout) }).toEqual({ rc: 0, stdout: '' });
  });

  it('reads its input byte for byte', async () => {
    const stdin = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 7) % 256));
    const { stdout } = await run({ kind: 'argv', argv: ['cat'] }, { stdin });
    expect(Buffer.compare(stdout, stdin)).toBe(0);
  });

  it('that ends without reading its input is no error', async () => {
    expect((await run({ kind: 'argv', argv: ['true'] }, { stdin: Buffer.alloc(4_000_000) })).rc).toBe(0);
  });

  it('keeps its exit code, 255 too', async () => {
    for (const rc of [0, 1, 3, 125, 127, 255]) expect((await run(shell(`exit ${rc}`))).rc).toBe(rc);
  });

  it('that is ended by a signal says which', async () => {
    expect(await run(shell('kill -KILL $$'))).toMatchObject({ rc: 137, signal: 'SIGKILL' });
  });

  it('that is not there gives 127, as a shell does', async () => {
    const { rc, stderr } = await run({ kind: 'argv', argv: ['no-such-program'] });
    expect({ rc, said: text(stderr) }).toEqual({ rc: 127, said: expect.stringContaining('not found') });
  });

  it('sees the environment and the directory it was given, and none of our own names', async () => {
    const environment = { SECRET: "a 'b' $c\nd", LC_ALL: 'C' };
    const { stdout } = await run(shell('pwd; printf %s "$SECRET"; set | grep ^pb_; echo $#'), {
      environment,
      chdir: directory,
    });
    expect(text(stdout)).toBe(`${directory}\n${environment.SECRET}0\n`);
  });

  it('shows no script, environment or input in the process list', async () => {
    const environment = { PASSWORD: 'Geh-heim-1' };
    const script = 'tr "\\0" " " </proc/$$/cmdline; : Geh-heim-2';
    const { stdout } = await run(shell(script), { environment, stdin: Buffer.from('Geh-heim-3') });
    expect(text(stdout)).toContain('pb_p');
    expect(text(stdout)).not.toContain('Geh-heim');
  });

  it('counts the lines of a script as its author does', async () => {
    const { stderr } = await run(shell('true\nno_such_program\n'), { environment: { A: '1' }, chdir: directory });
    expect(text(stderr)).toMatch(/^sh: (?:line )?2: (?:eval: )?no_such_program: .*not found\n$/);
  });

  it('runs in the shell it asks for, and hands a script to other programs by `-c`', async () => {
    const bash = await run({ kind: 'shell', shell: '/bin/bash', script: 'a=(1 2 3); echo ${#a[@]} $BASH' });
    expect(text(bash.stdout)).toBe('3 /bin/bash\n');
    const other = await run({ kind: 'shell', shell: '/usr/bin/env', script: 'true' });
    expect({ rc: other.rc, said: text(other.stderr) }).toEqual({ rc: 125, said: expect.stringContaining("'c'") });
  });

  it('keeps `set -e` and the rest of the shell for the script', async () => {
    expect((await run(shell('set -e\nfalse\necho still here'))).stdout).toHaveLength(0);
  });

  it('tells whole lines, and no half letters', async () => {
    const lines: string[] = [];
    const script =
      'printf "é1"; sleep 0.1; printf "\\303"; sleep 0.1; printf "\\251\\r\\n2\\n"; printf oops >&2; printf last';
    await run(shell(script), { onLine: (stream, line) => lines.push(`${stream}: ${line}`) });
    expect(lines.filter((line) => line.startsWith('stdout'))).toEqual(['stdout: é1é', 'stdout: 2', 'stdout: last']);
    expect(lines).toContain('stderr: oops');
  });

  it('that leaves a daemon behind on its output ends after a moment, not with the daemon', async () => {
    const { rc, stdout } = await run(shell('sleep 20 & echo started $!'));
    expect({ rc, said: text(stdout) }).toEqual({ rc: 0, said: expect.stringMatching(/^started \d+\n$/) });
    process.kill(Number(text(stdout).split(' ')[1]));
  });
});

describe('a command that must be ended', () => {
  const stubborn = 'trap "" TERM; sleep 60 & echo $! >"$PIDS"; trap - TERM; sleep 61 & echo $! >>"$PIDS"; wait';

  it('is ended with its whole group, and a look has failed', async () => {
    const environment = { PIDS: join(directory, 'pids') };
    const error = await worldError(run(shell(stubborn), { environment, timeoutMs: 2_000 }));
    expect(error).toMatchObject({
      kind: 'failed',
      message: 'the command timed out after 2 s on `here` and was ended with its process group',
    });
    for (const pid of (await readFile(environment.PIDS, 'utf8')).trim().split('\n')) {
      expect(await isRunning(Number(pid)), `process ${pid}`).toBe(false);
    }
  });

  it('leaves a change in doubt', async () => {
    expect(await worldError(run(shell('sleep 30'), { timeoutMs: 1_500, mutates: true }))).toMatchObject({
      kind: 'in-doubt',
      message: expect.stringMatching(/^`sleep 30` timed out after 1.5 s on `here`/),
      details: { cmd: 'sleep 30' },
    });
  });

  it('is ended by the operator too', async () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 1_000);
    const request = { signal: stop.signal, mutates: true };
    expect(await worldError(run(shell('sleep 30'), request))).toMatchObject({
      kind: 'in-doubt',
      message: expect.stringContaining('operator'),
    });
    expect(await worldError(run(shell('sleep 30'), request))).toMatchObject({ kind: 'interrupted' });
  });

  it('is ended when it says more than anyone can keep', async () => {
    const error = await worldError(run(shell('yes 0123456789012345678901234567890123456789')));
    expect(error).toMatchObject({ kind: 'failed', message: expect.stringContaining('16 MiB') });
  });
});

describe('what cannot be run', () => {
  it('is refused before anything is started', async () => {
    expect(await worldError(run({ kind: 'argv', argv: ['a\0b'] }))).toMatchObject({
      kind: 'failed',
      message: expect.stringContaining('NUL'),
    });
    expect(await worldError(run(shell('true'), { environment: { 'a b': '' } }))).toMatchObject({ kind: 'failed' });
    expect(await worldError(run({ kind: 'argv', argv: [] }))).toMatchObject({ kind: 'failed' });
  });

  it('is told when the directory is missing, and the command is not run', async () => {
    const mark = join(directory, 'mark');
    const error = await worldError(run(shell(`touch ${mark}`), { chdir: join(directory, 'none'), mutates: true }));
    expect(error).toMatchObject({
      kind: 'failed',
      message: `cannot change to directory \`${join(directory, 'none')}\` on \`here\``,
    });
    await expect(readFile(mark)).rejects.toThrow('ENOENT');
  });
});

describe('dialling', () => {
  it('reaches what listens, and says who does not', async () => {
    const server = createServer((socket) => socket.end('hello')).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const stream = await connection.dial({ kind: 'tcp', address: '127.0.0.1', port }, 2_000);
    expect(text(await stream.toArray().then((chunks) => Buffer.concat(chunks)))).toBe('hello');
    await new Promise((resolve) => server.close(resolve));
    const error = await worldError(connection.dial({ kind: 'tcp', address: '127.0.0.1', port }, 2_000));
    expect(error).toMatchObject({ kind: 'failed', details: { reason: 'ECONNREFUSED' } });
    expect(error.message).toContain(`\`127.0.0.1:${port}\``);
    const socket = join(directory, 'none.sock');
    await writeFile(socket, '');
    expect(await worldError(connection.dial({ kind: 'unix', path: socket }, 2_000))).toMatchObject({ kind: 'failed' });
  });
});
