// Who holds a host, through the shells of this machine: of many who reach for it one has it, and nobody holds it by mistake.
import { execFileSync, spawnSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, readdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { askHold } from '../../src/connect/hold.js';
import { LocalConnection } from '../../src/connect/local.js';
import type { HoldAnswer, HoldRequest, Holder } from '../../src/core/hold.js';
import { worldError } from '../rigs/outcome.js';

let directory = '';
let state = '';
let here: LocalConnection;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'playbook-hold-'));
  state = join(directory, 'state');
  here = new LocalConnection({ host: 'here', stateDirectory: state }, { PATH: process.env['PATH'], HOME: directory });
});
afterEach(() => rm(directory, { recursive: true }));

function holder(run: string, number: number, more: Partial<Holder> = {}): Holder {
  return { run, number, by: 'anna@laptop', since: '2026-11-24T20:00:00Z', playbook: 'site.yml', ...more };
}
const take = (run: string, number = 1): Promise<HoldAnswer> => here.hold({ kind: 'take', holder: holder(run, number) });
const raise = (run: string, number: number): Promise<HoldAnswer> =>
  here.hold({ kind: 'raise', holder: holder(run, number) });
const release = (run: string, number: number): Promise<HoldAnswer> =>
  here.hold({ kind: 'release', fence: { run, number } });
const unlock = (run: string): Promise<HoldAnswer> =>
  here.hold({ kind: 'break', run, by: 'ben@desk', at: '2026-11-24T21:00:00Z' });

describe('a host', () => {
  it('is taken, raised, given back, and told of as it stands', async () => {
    expect(await here.hold({ kind: 'look' })).toEqual({ broken: [] });
    expect(await take('r1')).toEqual({ holder: holder('r1', 1), broken: [] });
    // The answer may have been lost, so the same is asked again.
    expect(await take('r1')).toEqual({ holder: holder('r1', 1), broken: [] });
    expect(await take('r2')).toEqual({ holder: holder('r1', 1), broken: [] });
    expect((await raise('r1', 3)).holder).toEqual(holder('r1', 3));
    expect((await raise('r1', 2)).holder).toEqual(holder('r1', 3));
    expect((await raise('r2', 9)).holder).toEqual(holder('r1', 3));
    expect((await release('r1', 2)).holder).toEqual(holder('r1', 3));
    expect(await release('r1', 3)).toEqual({ last: 'r1', broken: [] });
    expect((await raise('r1', 4)).holder).toBeUndefined();
    expect(await readdir(directory)).toEqual(['state.last-0']);
  });

  it('that was unlocked never goes back to the run that had it', async () => {
    await take('r1');
    expect((await unlock('r2')).holder).toEqual(holder('r1', 1));
    const broken = [{ run: 'r1', by: 'ben@desk', at: '2026-11-24T21:00:00Z' }];
    expect(await unlock('r1')).toEqual({ last: 'r1', broken });
    expect(await raise('r1', 2)).toEqual({ last: 'r1', broken });
    expect(await take('r1', 2)).toEqual({ last: 'r1', broken });
    expect((await take('r2')).holder).toEqual(holder('r2', 1));
    for (let n = 3; n < 28; n += 1) {
      await unlock(`r${n - 1}`);
      await take(`r${n}`);
    }
    expect((await here.hold({ kind: 'look' })).broken.map(({ run }) => run)).toEqual(
      Array.from({ length: 20 }, (_, index) => `r${index + 7}`),
    );
  }, 60_000);

  it('says who holds it whatever they are called, to other users of the host too', async () => {
    const odd = holder('r1', 1, { by: "x'\n$(touch pwned)`é\\\0%41", playbook: 'r9 9\nby evil' });
    expect((await here.hold({ kind: 'take', holder: odd })).holder).toEqual(odd);
    expect((await here.hold({ kind: 'look' })).holder).toEqual(odd);
    const lines = (await readFile(`${state}.lock`, 'utf8')).split('\n');
    expect(lines).toHaveLength(5);
    expect(lines[0]).toBe('r1 1');
    expect(execFileSync('stat', ['-c', '%a', `${state}.lock`], { encoding: 'utf8' })).toBe('644\n');
    expect(await readdir(directory)).toEqual(['state.lock']);
  });

  it('of two hundred who reach for it at once has one holder', { timeout: 120_000 }, async () => {
    const answers = await Promise.all(Array.from({ length: 200 }, (_, index) => take(`r${index}`)));
    const winners = answers.filter(({ holder: now }, index) => now?.run === `r${index}`);
    expect(winners).toHaveLength(1);
    expect(new Set(answers.map(({ holder: now }) => now?.run)).size).toBe(1);
    expect(await readdir(directory)).toEqual(['state.lock']);
  });

  it(
    'whose run is raised, unlocked and given back by many at once is never two runs’',
    { timeout: 120_000 },
    async () => {
      await take('r1');
      const asked = await Promise.all([
        ...Array.from({ length: 20 }, (_, index) => raise('r1', index + 2)),
        unlock('r1'),
        ...Array.from({ length: 10 }, () => take('r2')),
      ]);
      // Whatever came first, the run that was unlocked is not raised from the dead.
      expect((await here.hold({ kind: 'look' })).holder?.run).not.toBe('r1');
      expect(asked.some(({ broken }) => broken.length === 1)).toBe(true);
      expect((await readdir(directory)).filter((name) => name.startsWith('state.lock.'))).toEqual([]);
    },
  );

  it('is not blocked by those who were killed while they changed the record', { timeout: 60_000 }, async () => {
    await take('r1');
    const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
    // Two generations: the mutex of one who died, and that of one who died while removing it.
    await writeFile(`${state}.lock.m`, `999999 1 ${boot} aaa\n`);
    await writeFile(`${state}.lock.m.aaa`, '5 1 another-boot bbb\n');
    const answers = await Promise.all([2, 3, 4, 5, 6].map((number) => raise('r1', number)));
    expect(Math.max(...answers.map(({ holder: now }) => now?.number ?? 0))).toBe(6);
    expect(await readdir(directory)).toEqual(['state.lock']);
  });

  it('forgets the claims of a run with it, and those of others after a month', async () => {
    const claims = `${state}-${process.getuid?.() ?? 0}`;
    for (const run of ['r1', 'old', 'young']) await mkdir(join(claims, run), { recursive: true });
    await utimes(join(claims, 'old'), 1, 1);
    await take('r1');
    await release('r1', 1);
    expect(await readdir(claims)).toEqual(['young']);
  });
});

describe('in place of the record', () => {
  const refusal = async (request: HoldRequest = { kind: 'take', holder: holder('r1', 1) }): Promise<string> => {
    const error = await worldError(askHold(here, request));
    expect(error).toMatchObject({ kind: 'failed', details: { reason: 'state' } });
    return error.message;
  };

  it('a link, a directory or a pipe is refused, and nothing is written through it', async () => {
    await symlink(join(directory, 'victim'), `${state}.lock`);
    expect(await refusal()).toContain('is not a plain file');
    await rm(`${state}.lock`);
    await mkdir(`${state}.lock`);
    expect(await refusal()).toContain('is not a plain file');
    expect(await readdir(`${state}.lock`)).toEqual([]);
    await rm(`${state}.lock`, { recursive: true });
    spawnSync('mkfifo', [`${state}.lock`]);
    expect(await refusal()).toContain('is not a plain file');
    expect(await refusal({ kind: 'look' })).toContain('is not a plain file');
    expect(await readdir(directory)).toEqual(['state.lock']);
  });

  it('something else’s text is refused', async () => {
    await writeFile(`${state}.lock`, 'a note to myself\n');
    expect(await refusal()).toContain('is not a record of playbook');
    await writeFile(`${state}.lock`, '');
    expect(await refusal()).toContain('no whole line');
  });

  it('a directory in which everybody may replace it is refused', async () => {
    await chmod(directory, 0o777);
    expect(await refusal()).toContain('no sticky bit');
    await chmod(directory, 0o1777);
    expect((await take('r1')).holder?.run).toBe('r1');
  });
});
