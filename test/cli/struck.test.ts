// The program as it is shipped, killed at every call of the system that matters and on a disk that fails at any write:
// whatever happens, `playbook resume` reaches the same world, and each command is run once. A part of all moments in
// `npm test`; all of them with PLAYBOOK_STRIKES=all (the figures stand in docs/reliability.md).
import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exitCode } from '../../src/core/exit.js';
import { readJournal } from '../../src/journal/read.js';
import { playbook, skipsWithoutStrace, struck } from '../rigs/strace.js';
import type { Place, Strike, Struck } from '../rigs/strace.js';

const isFull = process.env['PLAYBOOK_STRIKES'] === 'all';
const secret = 'sesame-opens';
const wanted = 'one\ntwo\nthree\n';

/** A directory with a run that was killed when its journal had one record: nothing was done, and its name is known. */
interface Ground extends Place {
  readonly run: string;
  readonly journal: string;
}

async function prepared(): Promise<Ground> {
  const directory = mkdtempSync(join(tmpdir(), 'playbook-struck-'));
  const tasks = [
    `    - shell: echo one >>${directory}/out`,
    `    - copy: { dest: ${directory}/file, content: "as wanted" }`,
    `    - shell: echo two >>${directory}/out`,
    '      environment: { TOKEN: "{{api_token}}" }',
    `    - shell: echo three >>${directory}/out`,
  ];
  writeFileSync(join(directory, 'site.yml'), `- hosts: all\n  tasks:\n${tasks.join('\n')}\n`);
  writeFileSync(join(directory, 'hosts.yml'), 'all: { hosts: { here: { connection: local } } }\n');
  const place = { directory, environment: { ...process.env, PLAYBOOK_STATE_DIR: join(directory, 'state') } };
  const first = await struck(newRun, { call: 'fdatasync', fault: 'signal=KILL', when: '1' }, place);
  expect(first.code).toBe(null);
  cpSync(join(directory, 'state'), join(directory, 'before'), { recursive: true });
  const run = runsOf(directory)[0] ?? '';
  return { ...place, run, journal: join(directory, 'state/runs', `${run}.jsonl`) };
}

const newRun = ['run', 'site.yml', '-i', 'hosts.yml', '-e', `api_token=${secret}`];
const resumed = (run: string): readonly string[] => ['resume', run, '-e', `api_token=${secret}`];

function runsOf(directory: string): readonly string[] {
  const runs = join(directory, 'state/runs');
  if (!existsSync(runs)) return [];
  return readdirSync(runs)
    .filter((name) => name.endsWith('.jsonl'))
    .map((name) => name.slice(0, -'.jsonl'.length));
}

/** Everything as it was before the first task. */
function cleared({ directory }: Ground, keepsRun: boolean): void {
  for (const name of ['state', 'out', 'file']) rmSync(join(directory, name), { recursive: true, force: true });
  if (keepsRun) cpSync(join(directory, 'before'), join(directory, 'state'), { recursive: true });
}

/** What may never be said, whatever happens. */
function checkWords(said: string, place: string): void {
  expect(said, `after ${place}`).not.toContain(secret);
  expect(said, `${place}: a stack trace`).not.toMatch(/^ +at .*:\d+:\d+/m);
  expect(said, `${place}: a bug`).not.toContain('this is a bug in playbook');
}

/** Goes on until the run is done, as an operator would. */
async function goneOn({ directory, environment }: Ground, place: string): Promise<number> {
  for (let lives = 1; lives <= 4; lives += 1) {
    const run = runsOf(directory)[0];
    const { code, said } = await playbook(run === undefined ? newRun : resumed(run), { directory, environment });
    checkWords(said, place);
    if (code === exitCode.done || said.includes('it is done')) return lives;
    // A run that was cut off before its first record has done nothing, and is started anew.
    expect(said, `after ${place}`).toContain('cut off before it began');
    expect(existsSync(join(directory, 'out')), `after ${place}`).toBe(false);
    rmSync(join(directory, 'state/runs', `${run}.jsonl`));
  }
  throw new Error(`${place}: not done after four lives`);
}

function checkWorld({ directory }: Ground, place: string): void {
  expect(readFileSync(join(directory, 'out'), 'utf8'), `after ${place}`).toBe(wanted);
  expect(readFileSync(join(directory, 'file'), 'utf8'), `after ${place}`).toBe('as wanted');
  for (const run of runsOf(directory)) {
    const { path, sealed } = readJournal(run, join(directory, 'state/runs'));
    expect(sealed, `after ${place}`).toBe(true);
    expect(readFileSync(path, 'utf8'), `after ${place}`).not.toContain(secret);
  }
}

/** A disk that fails is told with the record that it took, and ends the run; only the last record may be missing without harm. */
function checkDiskError({ code, said }: Struck, { run, directory }: Ground, place: string): void {
  if (code === exitCode.done) {
    const { events } = readJournal(run, join(directory, 'state/runs'));
    expect(events.at(-1), `after ${place}`).toMatchObject({ type: 'run.finished', exitCode: exitCode.done });
    return;
  }
  expect(code, `${place}: ${said}`).toBe(exitCode.bug);
  expect(said, `after ${place}`).toMatch(/the journal `.*` cannot be written/);
}

interface Tally {
  cases: number;
  killed: number;
  ended: number;
  lives: number;
}

/** Runs the case from the beginning to a run that is done. */
async function judged(ground: Ground, strike: Strike, words: readonly string[], tally: Tally): Promise<Struck> {
  const place = `${strike.fault} at ${strike.call} ${strike.when}${strike.path === undefined ? '' : ' of the journal'}`;
  cleared(ground, words[0] === 'resume');
  const first = await struck(words, strike, ground);
  checkWords(first.said, place);
  if (strike.fault !== 'signal=KILL') checkDiskError(first, ground, place);
  tally.cases += 1;
  tally[first.code === null ? 'killed' : 'ended'] += 1;
  tally.lives += await goneOn(ground, place);
  checkWorld(ground, place);
  return first;
}

/** Numbers of 1 to n: all of them, or a few that begin with another one in each kind of fault. */
function some(n: number, few: number, first: number): readonly number[] {
  const step = isFull ? 1 : Math.max(1, Math.ceil(n / few));
  const from = isFull ? 0 : first % step;
  return Array.from({ length: n }, (_, at) => at + 1).filter((number) => (number - 1 - from) % step === 0);
}

describe.skipIf(skipsWithoutStrace())('the program under strace', { timeout: 1_800_000 }, () => {
  let ground: Ground;
  beforeAll(async () => (ground = await prepared()), 60_000);
  afterAll(() => rmSync(ground.directory, { recursive: true, force: true }));

  async function counted(call: Strike['call'], words: readonly string[], path?: string): Promise<readonly string[]> {
    cleared(ground, words[0] === 'resume');
    const { code, calls } = await struck(words, { call, ...(path === undefined ? {} : { path }) }, ground);
    expect(code).toBe(exitCode.done);
    checkWorld(ground, 'a run that is only counted');
    return calls;
  }

  function told(what: string, calls: number, { cases, killed, ended, lives }: Tally): void {
    console.log(`${what}: ${calls} calls, ${cases} cases (${killed} killed, ${ended} ended), ${lives} lives after`);
  }

  test('goes on after a kill at, or an error of, each time that its journal is made durable', async () => {
    const words = resumed(ground.run);
    const { length } = await counted('fdatasync', words, ground.journal);
    expect(length).toBeGreaterThan(5);
    const tally = { cases: 0, killed: 0, ended: 0, lives: 0 };
    for (const [nth, fault] of (['signal=KILL', 'error=EIO', 'error=ENOSPC'] as const).entries())
      for (const when of some(length, 2, nth)) {
        const strike = { call: 'fdatasync', fault, when: String(when), path: ground.journal } as const;
        const { code, said } = await judged(ground, strike, words, tally);
        const isKill = fault === 'signal=KILL';
        expect([code, isKill || said.includes('event that was lost')], `${fault} ${when}: ${said}`).toEqual([
          isKill ? null : exitCode.bug,
          true,
        ]);
      }
    expect(tally.cases).toBeGreaterThanOrEqual(isFull ? 3 * length : 5);
    told('fdatasync of the journal', length, tally);
  });

  test('goes on after a kill at, or an error of, each write of its journal', async () => {
    const words = resumed(ground.run);
    const { length } = await counted('write', words, ground.journal);
    expect(length).toBeGreaterThan(15);
    const tally = { cases: 0, killed: 0, ended: 0, lives: 0 };
    const faults = [
      ['signal=KILL', ''],
      ['error=EIO', ''],
      ['error=ENOSPC', ''],
      ['error=EIO', '+'],
      ['error=ENOSPC', '+'],
    ] as const;
    for (const [nth, [fault, more]] of faults.entries())
      for (const when of some(length, nth === 0 ? 3 : 2, nth * 3)) {
        const strike = { call: 'write', fault, when: `${when}${more}`, path: ground.journal } as const;
        const { code } = await judged(ground, strike, words, tally);
        expect(code === null).toBe(fault === 'signal=KILL');
      }
    told('write of the journal', length, tally);
  });

  test('goes on after a kill at each write of a new run, to a command, its journal or its reader', async () => {
    const calls = await counted('write', newRun);
    const sent = calls.flatMap((line, at) => (/^write\(\d+<(?:socket|pipe)/.test(line) ? [at + 1] : []));
    const toCommands = calls.flatMap((line, at) => (/^write\(\d+<socket/.test(line) ? [at + 1] : []));
    expect(toCommands.length).toBeGreaterThan(5);
    const tally = { cases: 0, killed: 0, ended: 0, lives: 0 };
    const chosen = isFull
      ? calls.map((_, at) => at + 1)
      : some(toCommands.length, 4, 2).map((at) => toCommands[at - 1] ?? 1);
    for (const when of chosen)
      await judged(ground, { call: 'write', fault: 'signal=KILL', when: String(when) }, newRun, tally);
    // How often a thread is woken differs from run to run, so the last few calls may not come.
    expect(tally.killed).toBeGreaterThan(tally.cases * 0.8);
    told(`write of the program, ${sent.length} of them to others`, calls.length, tally);
  });
});
