// Many commands through one shell: whatever a command says or does to its shell, each has the answer that it would have
// had alone, and the next one is none the wiser.
import { existsSync, readdirSync, statSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LocalConnection } from '../../src/connect/local.js';
import type { ProcessListener, RunningProcess } from '../../src/connect/process.js';
import type { Command, ExecRequest, Outcome } from '../../src/core/connection.js';
import { writeFakeSudo } from '../rigs/fake-sudo.js';
import { isRunning, text, worldError } from '../rigs/outcome.js';
import { random } from '../rigs/random.js';
import { hasShell } from '../rigs/shells.js';

let directory = '';
let open: Counted[] = [];

/** This machine with another shell for `/bin/sh`; counts the shells that it starts. */
class Counted extends LocalConnection {
  started = 0;
  readonly #shell: readonly string[];

  constructor(shell: readonly string[] = ['/bin/sh'], more: NodeJS.ProcessEnv = {}) {
    const environment = { PATH: process.env['PATH'], HOME: directory, ...more };
    super({ host: 'here', stateDirectory: join(directory, 'state') }, environment);
    this.#shell = shell;
    open.push(this);
  }

  override launch(words: readonly string[], listener: ProcessListener): Promise<RunningProcess> {
    this.started += 1;
    const [first = '', ...rest] = words;
    return super.launch(first === '/bin/sh' ? [...this.#shell, ...rest] : words, listener);
  }

  look(command: Command | string, more: Partial<ExecRequest> = {}): Promise<Outcome> {
    const wanted: Command = typeof command === 'string' ? { kind: 'shell', script: command } : command;
    return this.exec({ command: wanted, timeoutMs: 20_000, mutates: false, ...more });
  }
}

const argv = (...words: readonly string[]): Command => ({ kind: 'argv', argv: words });
const said = async (asked: Promise<Outcome>): Promise<readonly [number, string, string]> => {
  const { rc, stdout, stderr } = await asked;
  return [rc, text(stdout), text(stderr)];
};

/** The directory of a kept shell, as its standard error tells it. */
async function placeOf(here: Counted): Promise<string> {
  const { stdout } = await here.look(argv('sh', '-c', 'readlink /proc/$PPID/fd/2'));
  return dirname(text(stdout));
}

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'playbook-kept-'));
  open = [];
});
afterEach(async () => {
  for (const connection of open) await connection[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

const shells: readonly (readonly [string, readonly string[]])[] = [
  ['/bin/sh', ['/bin/sh']],
  ['dash', ['dash']],
  ['bash', ['bash']],
  ['busybox', ['busybox', 'sh']],
  ['ksh', ['ksh']],
  ['mksh', ['mksh']],
];

describe.each(shells.filter(([name]) => hasShell(name)))('commands in one %s', (name, words) => {
  /** Some ksh have subshells that are no processes, and are kept nowhere. */
  const isKept = name !== 'ksh';

  it('have what they said, byte for byte, whatever it looks like', async () => {
    const here = new Counted(words);
    const dice = random();
    const everything = Buffer.from(
      Array.from({ length: 256 * 64 }, (_, index) => (index * 7 + Math.floor(dice.next() * 256)) % 256),
    );
    await writeFile(join(directory, 'bytes'), everything);
    const bytes = await here.look(argv('cat', join(directory, 'bytes')));
    expect(Buffer.compare(bytes.stdout, everything), `SEED=${dice.seed}`).toBe(0);
    const odd = [
      'no end',
      'playbook-end-',
      'playbook-end-0123456789abcdef01234567 0 0 0\n',
      '\n\n',
      'x 0 0 1\n',
      '\u001b[2J',
    ];
    for (const each of odd) {
      expect(await said(here.look(argv('printf', '%s', each)))).toEqual([0, each, '']);
      expect(await said(here.look(`printf %s '${each}' >&2; exit 3`))).toEqual([3, '', each]);
    }
    expect(here.started).toBe(isKept ? 1 : 1 + 2 * odd.length + 1);
  });

  it('do nothing to those that come after them', async () => {
    const here = new Counted(words);
    const mine = await said(here.look('echo "$#-$x-$0-$(umask)-$(pwd)-$-"; type f 2>/dev/null; trap'));
    const rude = [
      'x=1; cd /; umask 0; set -- a b c; set -f; export x; f() { :; }',
      'exit 9',
      'exec false',
      'set -eu; false; echo not reached',
      'exec >/dev/null 2>&1 <&-',
      'exec 5>&- 1>&-; echo x',
      'trap "echo bye" 0; exit 4',
      'trap "" TERM HUP INT',
      'cat; read x; head -c 1',
      'unset PATH HOME; PATH=/nowhere',
      'eval "echo a"; return 3 2>/dev/null; exit 7',
      'if then fi',
      `echo "it's`,
      'sleep 30 & echo started',
    ];
    const ends = [];
    for (const script of rude) ends.push((await here.look(script)).rc);
    expect(ends.slice(0, 4)).toEqual([0, 9, 1, 1]);
    expect(ends[6]).toBe(4);
    expect(await said(here.look('echo "$#-$x-$0-$(umask)-$(pwd)-$-"; type f 2>/dev/null; trap'))).toEqual(mine);
    expect(here.started <= 1 || !isKept).toBe(true);
  });

  it.skipIf(!isKept)('are told apart from what an earlier one goes on saying behind them', async () => {
    const here = new Counted(words);
    const noise = await here.look('(sleep 0.2; while :; do echo noise; echo noise >&2; sleep 0.01; done) & echo $!');
    try {
      for (let nth = 0; nth < 20; nth += 1) {
        expect(await said(here.look(`sleep 0.01; echo ${nth}`))).toEqual([0, `${nth}\n`, '']);
      }
      expect(here.started).toBe(1);
    } finally {
      process.kill(Number.parseInt(text(noise.stdout), 10));
    }
  });

  it('have the exit codes and the signals that they would have had alone', async () => {
    const here = new Counted(words);
    for (const rc of [0, 1, 125, 126, 127, 128, 137, 255]) {
      expect(await here.look(`exit ${rc}`)).toMatchObject({ rc });
      expect((await here.look(`exit ${rc}`)).signal).toBeUndefined();
    }
    expect(await here.look(argv('sh', '-c', 'kill -KILL $$'))).toMatchObject({ rc: 137, signal: 'SIGKILL' });
    expect(await here.look(argv('sh', '-c', 'kill -TERM $$'))).toMatchObject({ rc: 143, signal: 'SIGTERM' });
    expect(await here.look('exit 137')).not.toHaveProperty('signal');
  });

  it('have their directory, their environment, their input and the numbers of their own lines', async () => {
    const here = new Counted(words);
    const input = { stdin: Buffer.from('in\0put\n\\n%s'), environment: { VALUE: `it's "é"\n$x` }, chdir: '/usr' };
    const ran = await here.look('cat; printf %s "$VALUE"; pwd', input);
    expect(text(ran.stdout)).toBe(`in\0put\n\\n%sit's "é"\n$x/usr\n`);
    const wrong = 'echo é\ncd /nowhere\ncd /nowhere';
    const alone = await here.exec({ command: { kind: 'shell', script: wrong }, timeoutMs: 5_000, mutates: true });
    expect((await said(here.look(wrong)))[2].replaceAll('eval[1]: ', '')).toBe(
      text(alone.stderr).replaceAll('eval[1]: ', ''),
    );
    expect(await worldError(here.look('true', { chdir: '/nowhere' }))).toMatchObject({ kind: 'failed' });
  });
});

// How a shell is found is told by /proc, which only Linux has.
describe.skipIf(process.platform !== 'linux')('a kept shell', () => {
  it('serves one user, one command after another, and leaves nothing behind', async () => {
    const here = new Counted();
    for (let nth = 0; nth < 40; nth += 1) await here.look(`echo ${nth}`);
    const place = await placeOf(here);
    expect(here.started).toBe(1);
    expect(readdirSync(place).length).toBeLessThan(40);
    expect(statSync(place).mode & 0o777).toBe(0o700);
    await here[Symbol.asyncDispose]();
    await expect.poll(() => existsSync(place)).toBe(false);
  });

  it('holds up nobody: who comes while it is at work has another', async () => {
    const here = new Counted();
    await here.look('true');
    const slow = here.look('sleep 1; echo slow');
    const quick = await Promise.all([1, 2, 3].map((nth) => said(here.look(`echo ${nth}`))));
    expect(quick).toEqual([1, 2, 3].map((nth) => [0, `${nth}\n`, '']));
    expect(await said(slow)).toEqual([0, 'slow\n', '']);
    expect(here.started).toBe(4);
  });

  it('that is killed under a look has lost nothing, and the look is made again', async () => {
    const here = new Counted();
    const shell = Number(text((await here.look(argv('sh', '-c', 'echo $PPID'))).stdout));
    const looking = said(here.look('sleep 0.5; echo seen'));
    await delay(200);
    process.kill(shell, 'SIGKILL');
    expect(await looking).toEqual([0, 'seen\n', '']);
    expect(await said(here.look('echo next'))).toEqual([0, 'next\n', '']);
  });

  it('that is killed under a change leaves it in doubt', async () => {
    const here = new Counted();
    const shell = Number(text((await here.look(argv('sh', '-c', 'echo $PPID'))).stdout));
    const changing = worldError(here.look('sleep 0.5', { mutates: true, contained: true }));
    await delay(200);
    process.kill(shell, 'SIGKILL');
    expect(await changing).toMatchObject({ kind: 'in-doubt' });
  });

  it('ends with a command that is over its time, and the next command has another', async () => {
    const here = new Counted();
    const place = await placeOf(here);
    const pidFile = join(directory, 'pid');
    const late = here.look(`trap "" TERM; sleep 60 & echo $! >${pidFile}; while :; do wait; done`, { timeoutMs: 700 });
    expect(await worldError(late)).toMatchObject({ kind: 'failed', details: { timedOut: true, ended: true } });
    expect(await isRunning(Number(await readFile(pidFile, 'utf8')))).toBe(false);
    expect(await said(here.look('echo next'))).toEqual([0, 'next\n', '']);
    await expect.poll(() => existsSync(place)).toBe(false);
  });

  it('is stopped by the word of the operator', async () => {
    const here = new Counted();
    const stopping = new AbortController();
    const running = worldError(here.look('sleep 60', { signal: stopping.signal }));
    await delay(200);
    stopping.abort();
    expect(await running).toMatchObject({ kind: 'interrupted' });
    expect(await worldError(here.look('true', { signal: stopping.signal }))).toMatchObject({ kind: 'interrupted' });
  });

  it('bears no more than anyone may say, and takes what is large in one piece', async () => {
    const here = new Counted();
    expect((await here.look('head -c 15000000 /dev/zero')).stdout.length).toBe(15_000_000);
    const error = await worldError(here.look('yes | head -c 1000000000'));
    expect(error.message).toContain('more than 16 MiB');
    expect(await said(here.look('echo next'))).toEqual([0, 'next\n', '']);
  });

  it('is not kept where it has no place for what commands say', async () => {
    await writeFile(join(directory, 'mktemp'), '#!/bin/sh\nexit 1\n');
    await chmod(join(directory, 'mktemp'), 0o755);
    const here = new Counted(['/bin/sh'], { PATH: `${directory}:${process.env['PATH'] ?? ''}` });
    for (let nth = 0; nth < 3; nth += 1) expect(await said(here.look(`echo ${nth}`))).toEqual([0, `${nth}\n`, '']);
    expect(here.started).toBe(4);
  });

  it('runs what asks for its own process where that is the answer', async () => {
    const here = new Counted();
    await here.look('true');
    const [, first] = await said(here.look('echo $$'));
    const [, second] = await said(here.look('echo $$'));
    expect(first).not.toBe(second);
  });

  it('of another user is another one, asked for its password once', async () => {
    const bin = await writeFakeSudo(directory, { password: 'geheim' });
    const here = new Counted(['/bin/sh'], { PATH: `${bin}:${process.env['PATH'] ?? ''}` });
    const become = { user: 'root', method: 'sudo' as const, password: 'geheim' };
    for (let nth = 0; nth < 5; nth += 1) {
      expect(await said(here.look(`echo ${nth}`, { become }))).toEqual([0, `${nth}\n`, '']);
      expect(await said(here.look(`echo ${nth}`))).toEqual([0, `${nth}\n`, '']);
    }
    expect(here.started).toBe(2);
  });
});
