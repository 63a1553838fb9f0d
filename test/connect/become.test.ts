// Becoming another user: the password goes to sudo, once, and to nobody else.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LocalConnection } from '../../src/connect/local.js';
import type { Command, ExecRequest, Outcome } from '../../src/core/connection.js';
import { writeFakeSudo } from '../rigs/fake-sudo.js';
import type { SudoManners } from '../rigs/fake-sudo.js';
import { text, worldError } from '../rigs/outcome.js';

const password = "Geh'heim $1";
let directory = '';
let count = 0;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'playbook-sudo-'));
});
afterAll(() => rm(directory, { recursive: true }));

const shell = (script: string): Command => ({ kind: 'shell', script });

async function become(
  manners: SudoManners,
  command: Command,
  more: Partial<ExecRequest> & { readonly given?: string } = {},
): Promise<Outcome> {
  const quoted = manners.password === undefined ? {} : { password: manners.password.replaceAll("'", `'\\''`) };
  const path = await writeFakeSudo(join(directory, String((count += 1))), { ...manners, ...quoted });
  const { given, ...request } = more;
  const connection = new LocalConnection(
    { host: 'spb', stateDirectory: '/nowhere/state' },
    { PATH: `${path}:${process.env['PATH'] ?? ''}`, HOME: '/tmp' },
  );
  const as = { user: 'postgres', method: 'sudo' as const, ...(given === undefined ? {} : { password: given }) };
  return connection.exec({ command, become: as, timeoutMs: 5_000, mutates: true, ...request });
}

const lecture = `cat >&2 <<'END'
あなたはシステム管理者から通常の講習を受けたはずです。
    #1) 他人のプライバシーを尊重すること。
    [sudo] admin のパスワード: (これは例です)
END`;

describe('sudo', () => {
  it('is answered with the password, whatever its lecture and language, and none of it shows', async () => {
    const { rc, stdout, stderr } = await become(
      { password, before: lecture },
      shell('echo "$USER $HOME"; echo err >&2; cat'),
      { given: password },
    );
    expect({ rc, stdout: text(stdout), stderr: text(stderr) }).toEqual({
      rc: 0,
      stdout: 'postgres /home/postgres\n',
      stderr: 'err\n',
    });
  });

  it('gets nothing when it asks nothing, and the command reads its own input only', async () => {
    const stdin = Buffer.from('line 1\nline 2\n');
    const asked = await become({ password }, { kind: 'argv', argv: ['cat'] }, { given: password, stdin });
    const notAsked = await become({}, { kind: 'argv', argv: ['cat'] }, { given: password, stdin });
    const noInput = await become({}, { kind: 'argv', argv: ['cat'] }, { given: password });
    expect([asked, notAsked, noInput].map(({ stdout }) => text(stdout))).toEqual([
      'line 1\nline 2\n',
      'line 1\nline 2\n',
      '',
    ]);
  });

  it('does not lose the environment, which sudo resets', async () => {
    const { stdout } = await become({}, shell('printf %s "$DB_PASSWORD"'), { environment: { DB_PASSWORD: 'x y' } });
    expect(text(stdout)).toBe('x y');
  });

  it('is told a wrong password once, and not again', async () => {
    const mark = join(directory, 'asked');
    const error = await worldError(
      become({ password, before: `echo run >>${mark}` }, shell('true'), { given: 'wrong' }),
    );
    expect(error).toMatchObject({ kind: 'failed', message: 'sudo refused the password on `spb`' });
    expect(JSON.stringify(error)).not.toContain('wrong');
    expect(await readFile(mark, 'utf8')).toBe('run\n');
    const once = await worldError(become({ password, tries: 1 }, shell('true'), { given: 'wrong' }));
    expect(once.message).toBe('sudo refused the password on `spb`');
  });

  it('that asks while no password is known is not left waiting', async () => {
    const error = await worldError(become({ password }, shell('true')));
    expect(error).toMatchObject({
      kind: 'failed',
      message: expect.stringContaining('asks for a password'),
      hint: expect.stringContaining('-K'),
    });
  });

  it.each([
    ['echo "sudo: sorry, you must have a tty to run sudo" >&2', 'wants a terminal'],
    ['echo "admin is not in the sudoers file." >&2', 'admin is not in the sudoers file.'],
    ['echo "admin は sudoers ファイル内にありません。" >&2', 'admin は sudoers ファイル内にありません。'],
    ['true', 'did not start the command as `postgres`'],
  ])('that refuses (%s) is quoted', async (refuses, said) => {
    const error = await worldError(become({ refuses }, shell('true'), { given: password }));
    expect(error).toMatchObject({ kind: 'failed', message: expect.stringContaining(said), hint: expect.any(String) });
  });

  it('that hangs before it starts the command has run nothing', async () => {
    const error = await worldError(
      become({ before: 'echo "Verification code: " >&2; sleep 3' }, shell('true'), { timeoutMs: 400 }),
    );
    expect(error).toMatchObject({
      kind: 'failed',
      message: expect.stringContaining('sudo did not start'),
      details: { stderr: ['Verification code:'] },
    });
  });

  it('that is not there is named', async () => {
    const connection = new LocalConnection({ host: 'spb', stateDirectory: '/nowhere/state' }, { PATH: '/nowhere' });
    const request = {
      command: shell('true'),
      become: { user: 'root', method: 'sudo' as const },
      timeoutMs: 2_000,
      mutates: true,
    };
    expect(await worldError(connection.exec(request))).toMatchObject({
      kind: 'failed',
      message: 'sudo is not installed on `spb`',
    });
    expect(await worldError(connection.exec({ ...request, become: { user: "x'; id", method: 'sudo' } }))).toMatchObject(
      { kind: 'failed' },
    );
  });

  it('gives the password to no program that imitates its prompt', async () => {
    // A program can find the words of the prompt in the process list; here it is simply told.
    const script = `printf '%s' "$SUDO_PROMPT" >&2; printf '[sudo] password for admin: ' >&2; sleep 0.5; cat; exit 7`;
    const { rc, stdout, stderr } = await become({ password }, shell(script), {
      given: password,
      stdin: Buffer.from('own input'),
    });
    expect({ rc, stdout: text(stdout) }).toEqual({ rc: 7, stdout: 'own input' });
    expect(text(stderr)).toMatch(/^\[playbook [0-9a-f]{24}\]\[sudo\]/);
  });

  it('is asked again to end a command that is over its time', async () => {
    const error = await worldError(become({ password }, shell('sleep 30'), { given: password, timeoutMs: 2_500 }));
    expect(error).toMatchObject({
      kind: 'in-doubt',
      message: expect.stringContaining('was ended with its process group'),
    });
  });
});
