// Every state in which a script of ours can be left: each program that it starts is the last thing that its shell lives
// to see, before and after that program did its work. Whoever sends the command again must not run it a second time.
import { spawnSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LocalConnection } from '../../src/connect/local.js';
import type { ExecRequest } from '../../src/core/connection.js';
import type { Holder } from '../../src/core/hold.js';
import { WorldError } from '../../src/core/world-error.js';
import { text } from '../rigs/outcome.js';

const programs = ['ln', 'sync', 'mv', 'mkdir', 'cat', 'wc', 'rm', 'ls', 'id', 'setsid', 'head', 'tail', 'find', 'cut'];
const fence = { run: 'r1', number: 1 };
const holder: Holder = { ...fence, by: 'anna@laptop', since: 'today', playbook: 'x.yml' };

let directory = '';
let stateDirectory = '';

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'playbook-torn-'));
  stateDirectory = join(directory, 'state');
  await mkdir(join(directory, 'bin'));
  for (const name of programs) {
    const { stdout } = spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' });
    const script = `#!/bin/sh
read -r n <${directory}/count; echo $((n + 1)) >${directory}/count
read -r at when <${directory}/kill
if [ $n -eq $at ] && [ $when = before ]; then kill -9 $PPID; fi
if [ $n -eq $at ] && [ $when = after ]; then ${stdout.trim()} "$@"; rc=$?; kill -9 $PPID; exit $rc; fi
exec ${stdout.trim()} "$@"
`;
    await writeFile(join(directory, 'bin', name), script);
    await chmod(join(directory, 'bin', name), 0o755);
  }
});
afterEach(() => rm(directory, { recursive: true }));

function open(path = ''): LocalConnection {
  const environment = { PATH: `${path}${process.env['PATH'] ?? ''}`, HOME: directory };
  return new LocalConnection({ host: 'here', stateDirectory }, environment);
}

/** A way on which the shell that starts the program of this number does not live on. */
async function deadly(at: number, when: 'before' | 'after'): Promise<LocalConnection> {
  await writeFile(join(directory, 'count'), '1\n');
  await writeFile(join(directory, 'kill'), `${at} ${when}\n`);
  return open(`${join(directory, 'bin')}:`);
}

const started = async (): Promise<number> => Number(await readFile(join(directory, 'count'), 'utf8')) - 1;

describe.each(['before', 'after'] as const)('a shell killed %s each program that it starts', (when) => {
  it.each(['once', 'watched'] as const)('leaves a command that runs %s', { timeout: 120_000 }, async (manner) => {
    await open().hold({ kind: 'take', holder });
    const ends: string[] = [];
    for (let at = 1; at < 60; at += 1) {
      const log = join(directory, `log${at}`);
      const request: ExecRequest = {
        // Programs of its own are not counted, so it uses none.
        command: { kind: 'shell', script: `echo ran >>${log}; echo said; exit 6` },
        stdin: Buffer.from('input'),
        timeoutMs: 10_000,
        mutates: true,
        fence,
        claim: { name: `c${at}`, manner },
      };
      const way = await deadly(at, when);
      await way.exec(request).catch((error: unknown) => error);
      if ((await started()) < at) break;
      const end = await open()
        .exec(request)
        .then(
          ({ rc, stdout }) => `${rc} ${manner === 'once' ? text(stdout) : ''}`,
          (error: unknown) => (error instanceof WorldError ? String(error.details['reason']) : String(error)),
        );
      expect([manner === 'once' ? '6 said\n' : '6 ', 'claim-gone']).toContain(end);
      const times = await readFile(log, 'utf8').catch(() => '');
      expect(end === 'claim-gone' ? ['', 'ran\n'] : ['ran\n']).toContain(times);
      ends.push(end === 'claim-gone' ? 'gone' : 'known');
    }
    expect(ends.length).toBeGreaterThan(5);
    expect(ends).toContain('known');
    // Only between the gate and the exit code is there anything that nobody can know.
    expect(ends.filter((end) => end === 'gone').length).toBeLessThan(10);
  });

  it('leaves a record that can be raised, unlocked and taken', { timeout: 120_000 }, async () => {
    for (let at = 1; at < 30; at += 1) {
      await open().hold({ kind: 'take', holder: { ...holder, run: `r${at}` } });
      const way = await deadly(at, when);
      await way
        .hold({ kind: 'raise', holder: { ...holder, run: `r${at}`, number: 2 } })
        .catch((error: unknown) => error);
      const raised = await open().hold({ kind: 'look' });
      expect(raised.holder?.run).toBe(`r${at}`);
      const breaking = await deadly(at, when);
      const request = { kind: 'break', run: `r${at}`, by: 'ben', at: 'now' } as const;
      await breaking.hold(request).catch((error: unknown) => error);
      const done = (await started()) < at;
      const broken = await open().hold(request);
      expect(broken.holder).toBeUndefined();
      expect(broken.broken.some(({ run }) => run === `r${at}`)).toBe(true);
      if (done) break;
    }
  });
});
