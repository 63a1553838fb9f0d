// The wall clock of the operator's machine jumps ten years ahead and back in the middle of a run: nothing ends early, nothing
// waits for years, and the journal is read in the order of its numbers.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Stamped } from '../../src/core/event.js';
import { exitCode } from '../../src/core/exit.js';
import { projectRoot } from '../rigs/command-line.js';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'playbook-clock-'));
  writeFileSync(join(directory, 'hosts.yml'), 'all: { hosts: { here: { connection: local } } }\n');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

interface Ended {
  readonly code: number | null;
  readonly said: string;
}

async function playbook(
  words: readonly string[],
  see = (_said: string, _kill: () => void): void => {},
): Promise<Ended> {
  const clock = join(projectRoot, 'test/rigs/shifted-clock.mjs');
  const child = spawn(process.execPath, ['--import', clock, join(projectRoot, 'bin/playbook'), ...words], {
    cwd: directory,
    env: { ...process.env, PLAYBOOK_STATE_DIR: join(directory, 'state'), SHIFTED_CLOCK: directory },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      see(said, () => child.kill('SIGKILL'));
    });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, said };
}

function journal(): readonly Stamped[] {
  const name = readdirSync(join(directory, 'state/runs')).find((each) => each.endsWith('.jsonl')) ?? '';
  const lines = readFileSync(join(directory, 'state/runs', name), 'utf8')
    .trimEnd()
    .split('\n');
  // The border to the disk: these are the events that the program wrote down.
  return lines.map((line) => JSON.parse(line) as Stamped);
}

function site(tasks: string): void {
  writeFileSync(join(directory, 'site.yml'), `- hosts: all\n  tasks:\n${tasks}`);
}

test('a clock that jumps ends nothing early and lets nothing wait for years', { timeout: 120_000 }, async () => {
  site(`    - { name: jumps ahead, shell: "touch ${directory}/ahead; sleep 1", timeout: 60 }
    - { name: jumps back, shell: "rm ${directory}/ahead; touch ${directory}/behind; sleep 1", timeout: 60 }
    - name: is waited for
      shell: "echo x >>${directory}/tries; test $(wc -l <${directory}/tries) -ge 3; touch ${directory}/ahead"
      retries: 5
      delay: 1
      until: result.rc == 0
      register: result
    - { name: waits, wait_for: { path: "${directory}/ahead", timeout: 60 } }
    - { name: rests, pause: { seconds: 1 } }
`);
  const ran = await playbook(['run', 'site.yml', '-i', 'hosts.yml']);
  expect([ran.code, ran.said]).toEqual([exitCode.done, expect.stringMatching(/ok=5 +changed=3 /)]);
  const events = journal();
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
  const years = new Set(events.map(({ at }) => at.slice(0, 3)));
  expect(years.size).toBeGreaterThan(2);
  const durations = events.flatMap((event) => (event.type === 'task.finished' ? [event.durationMs] : []));
  expect(Math.max(...durations)).toBeLessThan(60_000);
  expect(Math.min(...durations)).toBeGreaterThanOrEqual(0);
  expect((await playbook(['runs'])).code).toBe(exitCode.done);
});

test('a command over its time is ended in time, also when the clock falls back by twenty years', async () => {
  writeFileSync(join(directory, 'ahead'), '');
  site(`    - { shell: "rm ${directory}/ahead; touch ${directory}/behind; sleep 600", timeout: 1 }\n`);
  const ran = await playbook(['run', 'site.yml', '-i', 'hosts.yml']);
  expect([ran.code, ran.said]).toEqual([exitCode.inDoubt, expect.stringContaining('timed out after 1 s')]);
});

test('a run that was killed goes on after the clock was set back ten years', { timeout: 120_000 }, async () => {
  site(
    `    - shell: echo first >>${directory}/out\n    - shell: echo second >>${directory}/out; sleep 1\n    - shell: echo third >>${directory}/out\n`,
  );
  const out = join(directory, 'out');
  const killed = playbook(['run', 'site.yml', '-i', 'hosts.yml', '--output', 'jsonl'], (said, kill) => {
    if (said.split('"task.applying"').length > 2) kill();
  });
  expect((await killed).code).toBe(null);
  writeFileSync(join(directory, 'behind'), '');
  const [first] = journal();
  const resumed = await playbook(['resume', first?.run ?? '']);
  expect([resumed.code, resumed.said]).toEqual([exitCode.done, expect.stringContaining('PLAY RECAP')]);
  expect(readFileSync(out, 'utf8')).toBe('first\nsecond\nthird\n');
});
