// Many commands through one shell: whatever a command says or does, each has the answer that it would have had alone, and
// the next one is none the wiser. Commands of an operator run there under claims; looks of ours as they are.
import { readlinkSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KeptShells } from '../../src/connect/kept-shells.js';
import { LocalConnection } from '../../src/connect/local.js';
import type { ProcessListener, RunningProcess } from '../../src/connect/process.js';
import type { Command, ExecRequest, Outcome } from '../../src/core/connection.js';
import { writeFakeSudo } from '../rigs/fake-sudo.js';
import { isRunning, text, worldError } from '../rigs/outcome.js';
import { random } from '../rigs/random.js';
import { hasShell } from '../rigs/shells.js';

let directory = '';
let open: Counted[] = [];
const fence = { run: 'r1', number: 1 };

/** This machine as if it were far away, with another shell for `/bin/sh`; counts the shells that it starts. */
class Counted extends LocalConnection {
  started = 0;
  #named = 0;
  readonly #kept = new KeptShells();
  readonly #shell: readonly string[];

  constructor(shell: readonly string[] = ['/bin/sh'], more: NodeJS.ProcessEnv = {}) {
    const environment = { PATH: process.env['PATH'], HOME: directory, ...more };
    super({ host: 'here', stateDirectory: join(directory, 'state') }, environment);
    this.#shell = shell;
    open.push(this);
  }

  override exec(request: ExecRequest): Promise<Outcome> {
    return this.#kept.perform(this, request);
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    this.#kept.close();
    await super[Symbol.asyncDispose]();
  }

  override launch(words: readonly string[], listener: ProcessListener): Promise<RunningProcess> {
    this.started += 1;
    const [first = '', ...rest] = words;
    return super.launch(first === '/bin/sh' ? [...this.#shell, ...rest] : words, listener);
  }

  /** A script of ours, which leaves nothing behind. */
  look(command: Command | string, more: Partial<ExecRequest> = {}): Promise<Outcome> {
    return this.exec({ command: commandOf(command), timeoutMs: 20_000, mutates: false, contained: true, ...more });
  }

  /** A command of an operator. */
  run(command: Command | string, more: Partial<ExecRequest> = {}): Promise<Outcome> {
    const claim = { name: `c${(this.#named += 1)}`, manner: 'once' } as const;
    return this.exec({ command: commandOf(command), timeoutMs: 20_000, mutates: true, fence, claim, ...more });
  }

  /** The same, as it would be in a shell that was started for it. */
  alone(command: Command | string, more: Partial<ExecRequest> = {}): Promise<Outcome> {
    return this.exec({ command: commandOf(command), timeoutMs: 20_000, mutates: true, ...more });
  }
}

function commandOf(command: Command | string): Command {
  return typeof command === 'string' ? { kind: 'shell', script: command } : command;
}

const argv = (...words: readonly string[]): Command => ({ kind: 'argv', argv: words });
const said = async (asked: Promise<Outcome>): Promise<readonly [number, string, string]> => {
  const { rc, stdout, stderr } = await asked;
  return [rc, text(stdout), text(stderr)];
};

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'playbook-kept-'));
  open = [];
  await using here = new Counted();
  await here.hold({ kind: 'take', holder: { ...fence, by: 'anna@laptop', since: 'today', playbook: 'x.yml' } });
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

/** The shell that is kept, by its process. */
async function shellOf(here: Counted): Promise<number> {
  return Number(text((await here.look(argv('sh', '-c', 'echo $PPID'))).stdout));
}

// What a shell is, is told by /proc, and it is kept only where there is `setsid`: on Linux.
describe.skipIf(process.platform !== 'linux').each(shells.filter(([name]) => hasShell(name)))(
  'commands in one %s',
  (name, words) => {
    /** Some ksh have subshells that are no processes, and are kept nowhere. */
    const isKept = name !== 'ksh';

    it('have what they said, byte for byte, whatever it looks like', async () => {
      const here = new Counted(words);
      const dice = random();
      const everything = Buffer.from(
        Array.from({ length: 256 * 64 }, (_, index) => (index * 7 + Math.floor(dice.next() * 256)) % 256),
      );
      await writeFile(join(directory, 'bytes'), everything);
      for (const how of ['look', 'run'] as const) {
        const { stdout } = await here[how](argv('cat', join(directory, 'bytes')));
        expect(Buffer.compare(stdout, everything), `SEED=${dice.seed}`).toBe(0);
      }
      const odd = ['no end', 'playbook-end-', `playbook-end-${'0'.repeat(24)} 0\n`, '\n\n', '0 0\n', '\u001b[2J'];
      for (const each of odd) {
        expect(await said(here.look(argv('printf', '%s', each)))).toEqual([0, each, '']);
        expect(await said(here.run(`printf %s '${each}' >&2; exit 3`))).toEqual([3, '', each]);
      }
      expect(here.started === 1).toBe(isKept);
    });

    it('do what they do alone, and nothing to those that come after them', async () => {
      const here = new Counted(words);
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
        'if then fi',
        `echo "it's`,
        'kill -9 $$',
        'kill -TERM $$',
        'exit 125; echo x',
        'exit 255',
      ];
      const elsewhere = new Counted();
      const mine = 'echo "$#-$x-$0-$(umask)-$(pwd)"; command -v f; trap; exit 0';
      const before = await said(elsewhere.alone(mine));
      const alone: number[] = [];
      const together: number[] = [];
      for (const script of rude) {
        alone.push((await elsewhere.alone(script)).rc);
        together.push((await here.run(script)).rc);
        expect(await said(here.run(mine))).toEqual(before);
      }
      expect(together).toEqual(alone);
      expect(here.started === 1).toBe(isKept);
    });

    it('are told apart from what an earlier one goes on saying behind them', async () => {
      const here = new Counted(words);
      const noise = await here.run(
        `(sleep 0.2; while [ -e ${directory} ]; do echo noise; echo noise >&2; sleep 0.01; done) & echo $!`,
      );
      try {
        for (let nth = 0; nth < 10; nth += 1)
          expect(await said(here.run(`sleep 0.01; echo ${nth}`))).toEqual([0, `${nth}\n`, '']);
      } finally {
        process.kill(Number.parseInt(text(noise.stdout), 10));
      }
    });

    it('have the exit codes and the signals that they would have had alone', async () => {
      const here = new Counted(words);
      for (const rc of [0, 1, 124, 125, 126, 127, 128, 129, 137, 255]) {
        const ended = await here.run(`echo é >&2; exit ${rc}`);
        expect([ended.rc, ended.signal, text(ended.stderr)]).toEqual([rc, undefined, 'é\n']);
      }
      expect(await here.run(argv('sh', '-c', 'kill -KILL $$'))).toMatchObject({ rc: 137, signal: 'SIGKILL' });
      expect(await here.run(argv('sh', '-c', 'kill -TERM $$'))).toMatchObject({ rc: 143, signal: 'SIGTERM' });
    });

    it('have their directory, their environment, their input and the numbers of their own lines', async () => {
      const here = new Counted(words);
      const input = { stdin: Buffer.from('in\0put\n\\n%s'), environment: { VALUE: `it's "é"\n$x` }, chdir: '/usr' };
      for (const how of ['look', 'run'] as const) {
        const ran = await here[how]('cat; printf %s "$VALUE"; pwd', input);
        expect(text(ran.stdout)).toBe(`in\0put\n\\n%sit's "é"\n$x/usr\n`);
      }
      const wrong = 'echo é\ncd /nowhere\ncd /nowhere';
      const stderr = async (asked: Promise<Outcome>): Promise<string> =>
        text((await asked).stderr).replaceAll('eval[1]: ', '');
      expect(await stderr(here.look(wrong))).toBe(await stderr(here.alone(wrong)));
      expect(await worldError(here.look('true', { chdir: '/nowhere' }))).toMatchObject({ kind: 'failed' });
      expect(await said(here.look('pwd'))).toEqual(await said(here.alone('pwd')));
    });
  },
);

describe.skipIf(process.platform !== 'linux')('a kept shell', () => {
  it('serves many commands, and holds no directory but the root', async () => {
    const here = new Counted();
    for (let nth = 0; nth < 40; nth += 1) await here.look(`echo ${nth}`);
    const shell = await shellOf(here);
    expect(readlinkSync(`/proc/${shell}/cwd`)).toBe('/');
    expect(here.started).toBe(1);
    await here[Symbol.asyncDispose]();
    await expect.poll(() => isRunning(shell)).toBe(false);
  });

  it('takes looks ahead, and holds up nothing else', async () => {
    const here = new Counted();
    await here.look('true');
    const ahead = await Promise.all([1, 2, 3].map((nth) => said(here.look(`sleep 0.1; echo ${nth}`))));
    expect(ahead).toEqual([1, 2, 3].map((nth) => [0, `${nth}\n`, '']));
    expect(here.started).toBe(1);
    const slow = here.run('sleep 1; echo slow');
    const quick = await Promise.all([1, 2].map((nth) => said(here.look(`echo ${nth}`))));
    expect(quick).toEqual([1, 2].map((nth) => [0, `${nth}\n`, '']));
    expect(await said(slow)).toEqual([0, 'slow\n', '']);
    expect(here.started).toBe(3);
  });

  it('is not given a command that an operator said to look with', async () => {
    const here = new Counted();
    await here.look('true');
    await here.exec({ command: commandOf('true'), timeoutMs: 5_000, mutates: false });
    expect(here.started).toBe(2);
  });

  it('that is killed under looks has lost none of them', async () => {
    const here = new Counted();
    const shell = await shellOf(here);
    const looking = [1, 2, 3].map((nth) => said(here.look(`sleep 0.3; echo ${nth}`)));
    await delay(100);
    process.kill(shell, 'SIGKILL');
    expect(await Promise.all(looking)).toEqual([1, 2, 3].map((nth) => [0, `${nth}\n`, '']));
    expect(await said(here.look('echo next'))).toEqual([0, 'next\n', '']);
  });

  it('that is killed under a change leaves it in doubt', async () => {
    const here = new Counted();
    const shell = await shellOf(here);
    const changing = worldError(here.look('sleep 0.5', { mutates: true }));
    await delay(200);
    process.kill(shell, 'SIGKILL');
    expect(await changing).toMatchObject({ kind: 'in-doubt' });
  });

  it('ends with a command that is over its time; looks behind it are made again, and the next has another', async () => {
    const here = new Counted();
    const pidFile = join(directory, 'pid');
    await here.look('true');
    const late = here.look(`trap "" TERM; sleep 60 & echo $! >${pidFile}; while :; do wait; done`, { timeoutMs: 700 });
    const behind = said(here.look('echo behind'));
    expect(await worldError(late)).toMatchObject({ kind: 'failed', details: { timedOut: true, ended: true } });
    expect(await isRunning(Number(await readFile(pidFile, 'utf8')))).toBe(false);
    expect(await behind).toEqual([0, 'behind\n', '']);
    expect(await said(here.look('echo next'))).toEqual([0, 'next\n', '']);
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

  it('bears no more than anyone may say, takes what is large in one piece, and gives nobody what was another’s', async () => {
    const here = new Counted();
    expect((await here.look('head -c 15000000 /dev/zero')).stdout.length).toBe(15_000_000);
    const flood = worldError(here.look('yes flood | head -c 1000000000'));
    const behind = said(here.look('echo behind'));
    expect((await flood).message).toContain('more than 16 MiB');
    expect(await behind).toEqual([0, 'behind\n', '']);
  });

  it('is none the worse for a request that no shell can carry', async () => {
    const here = new Counted();
    await here.look('true');
    expect(await worldError(here.look('true', { environment: { 'a-b': 'x' } }))).toMatchObject({ kind: 'failed' });
    expect(await said(here.look('echo next'))).toEqual([0, 'next\n', '']);
    expect(here.started).toBe(1);
  });

  it('is kept for a few users, and no longer than nothing is changed beside it', async () => {
    const bin = await writeFakeSudo(directory, { password: 'geheim' });
    const here = new Counted(['/bin/sh'], { PATH: `${bin}:${process.env['PATH'] ?? ''}` });
    const as = (user: string) => ({ become: { user, method: 'sudo' as const, password: 'geheim' } });
    for (let nth = 0; nth < 5; nth += 1) {
      expect(await said(here.look(`echo ${nth}`, as('root')))).toEqual([0, `${nth}\n`, '']);
      expect(await said(here.look(`echo ${nth}`))).toEqual([0, `${nth}\n`, '']);
    }
    expect(here.started).toBe(2);
    await here.run('true');
    await here.look('true', as('root'));
    expect(here.started).toBe(3);
    for (let nth = 0; nth < 12; nth += 1) await here.look('true', as(`user${nth}`));
    const started = here.started;
    await here.look('true', as('user0'));
    await here.look('true', as('user11'));
    expect(here.started).toBe(started + 1);
  });
});
