// A run that is killed at any moment, again and again, does each thing once: thirty unguarded commands append a line each,
// and `playbook resume` goes on after each `kill -9`. Two runs that start together over one host: one works, the other is
// told who it is. How often: PLAYBOOK_KILLS and PLAYBOOK_RACES (the figures of a long run stand in docs/reliability.md).
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { exitCode } from '../../src/core/exit.js';
import { random } from '../rigs/random.js';
import { startProgram } from '../rigs/running-program.js';

const kills = Number(process.env['PLAYBOOK_KILLS'] ?? 24);
const races = Number(process.env['PLAYBOOK_RACES'] ?? 12);
const killsOfARun = 12;
const lines = Array.from({ length: 30 }, (_, index) => `line ${index + 1}`);

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'playbook-killed-'));
  writeFileSync(join(directory, 'hosts.yml'), 'all: { hosts: { here: { connection: local } } }\n');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

interface Ended {
  readonly code: number | null;
  readonly said: string;
}

/** Runs the program, and kills it after a time if it is not over by then. */
async function playbook(words: readonly string[], killAfterMs?: number): Promise<Ended> {
  const program = startProgram(directory, words);
  const { child, over } = program;
  if (killAfterMs !== undefined) {
    await Promise.race([over, delay(killAfterMs)]);
    child.kill('SIGKILL');
  }
  return { code: await over, said: program.said() };
}

function runIds(): readonly string[] {
  const runs = join(directory, 'state/runs');
  if (!existsSync(runs)) return [];
  return readdirSync(runs)
    .filter((name) => name.endsWith('.jsonl'))
    .map((name) => name.slice(0, -'.jsonl'.length));
}

function written(name: string): readonly string[] {
  return readFileSync(join(directory, name), 'utf8').trimEnd().split('\n');
}

test('each of thirty commands is run once, however often the run is killed', { timeout: 3_600_000 }, async () => {
  const dice = random();
  const { seed } = dice;
  const tasks = lines.map((line) => `    - shell: sleep 0.02; echo ${line} >>${directory}/out; sleep 0.02\n`);
  writeFileSync(join(directory, 'thirty.yml'), `- hosts: all\n  tasks:\n${tasks.join('')}`);
  let done = 0;
  let resumed = 0;
  for (let run = 0; done < kills; run += 1) {
    writeFileSync(join(directory, 'out'), '');
    const known = run === 0 ? [] : runIds();
    // A run that dies before its journal is there has done nothing, and is simply started again.
    let id: string | undefined;
    let ended: Ended = { code: null, said: '' };
    for (let kill = 0; kill < killsOfARun && done < kills && ended.code !== 0; kill += 1) {
      const words = id === undefined ? ['run', 'thirty.yml', '-i', 'hosts.yml'] : ['resume', id];
      ended = await playbook(words, 250 + dice.next() * 900);
      if (ended.code === null) done += 1;
      id ??= runIds().find((each) => !known.includes(each));
      if (ended.code !== null && ended.code !== 0 && id !== undefined && /cut off before it began/.test(ended.said))
        id = undefined;
    }
    while (ended.code !== 0) {
      expect(resumed, `seed ${seed}: ${ended.said}`).toBeLessThan(kills * 3);
      ended = await playbook(id === undefined ? ['run', 'thirty.yml', '-i', 'hosts.yml'] : ['resume', id]);
      resumed += 1;
      if (ended.code === exitCode.usage && /cut off before it began/.test(ended.said)) id = undefined;
    }
    expect(written('out'), `seed ${seed}, run ${run}: ${id ?? ''}`).toEqual(lines);
  }
  console.log(`killed: ${done} kills, every line once (seed ${seed})`);
});

test('of two runs that start together one works, and the other names it', { timeout: 3_600_000 }, async () => {
  writeFileSync(
    join(directory, 'one.yml'),
    `- hosts: all\n  tasks:\n    - shell: echo began >>${directory}/out; sleep 0.3; echo ended >>${directory}/out\n`,
  );
  let told = 0;
  for (let race = 0; race < races; race += 1) {
    writeFileSync(join(directory, 'out'), '');
    const both = await Promise.all([1, 2].map(() => playbook(['run', 'one.yml', '-i', 'hosts.yml'])));
    const codes = both.map((each) => each.code).toSorted((left, right) => (left ?? 0) - (right ?? 0));
    // On a slow machine the second may come when the first is over, and then works after it.
    const isTwice = codes[1] === 0;
    expect(codes).toEqual([0, isTwice ? 0 : exitCode.locked]);
    expect(written('out')).toEqual(isTwice ? ['began', 'ended', 'began', 'ended'] : ['began', 'ended']);
    const loser = both.find((each) => each.code === exitCode.locked);
    expect(isTwice || runIds().some((id) => loser?.said.includes(`held by run \`${id}\``) === true)).toBe(true);
    if (!isTwice) told += 1;
  }
  console.log(`races: ${races}, one winner each; ${told} losers were told who it is`);
  expect(told).toBeGreaterThan(races / 4);
});
