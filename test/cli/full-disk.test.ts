// A disk that is really full: the journal stands on one of a few pages, so that another write fails in each size. Nothing
// begins without its record, and when there is room again the run goes on where it was.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { exitCode } from '../../src/core/exit.js';
import { projectRoot } from '../rigs/command-line.js';

const canMount = spawnSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'none', '/mnt']).status === 0;
if (!canMount) console.warn('SKIPPED: only root can mount a small disk, so no journal is written to one');

const program = `'${process.execPath}' '${join(projectRoot, 'bin/playbook')}'`;
const lines = ['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];
const wanted = `${lines.join('\n')}\n`;
let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'playbook-full-'));
  mkdirSync(join(directory, 'state'), { mode: 0o700 });
  const host = `{ connection: local, state_directory: ${directory}/held }`;
  writeFileSync(join(directory, 'hosts.yml'), `all: { hosts: { here: ${host} } }\n`);
  const tasks = lines.map((line) => `    - shell: echo ${line} >>${directory}/out\n`);
  writeFileSync(join(directory, 'site.yml'), `- hosts: all\n  tasks:\n${tasks.join('')}`);
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

interface Ended {
  readonly codes: readonly number[];
  readonly said: string;
  /** Files beside the journal. */
  readonly left: string;
}

/** A run with its journal on a disk of this size, and once more with `then` when there is room. */
function onDisk(kibibytes: number, then: string): Ended {
  const script = [
    `mount -t tmpfs -o mode=700,size=${kibibytes}k none state`,
    `${program} run site.yml -i hosts.yml >said 2>&1; echo $? >codes`,
    'ls state/runs >left; cp out out.before 2>/dev/null; mount -o remount,size=4m state',
    `run=$(basename -s .jsonl state/runs/*.jsonl); ${then} >said.again 2>&1; echo $? >>codes`,
  ];
  const env = { ...process.env, PLAYBOOK_STATE_DIR: join(directory, 'state') };
  spawnSync('unshare', ['-m', 'sh', '-c', script.join('\n')], { cwd: directory, env });
  const read = (name: string): string => readFileSync(join(directory, name), 'utf8');
  return { codes: read('codes').trim().split('\n').map(Number), said: read('said'), left: read('left') };
}

describe.skipIf(!canMount)('a full disk', { timeout: 60_000 }, () => {
  test.each([
    ['reserve', 64, /the journal `.*` cannot be written: no space left/],
    ['key', 256, /the key of the journal `.*` cannot be written: no space left/],
    ['first record', 260, /the event that was lost: \{"v":1,"seq":1,/],
  ])('that takes no %s begins nothing, and keeps no room for itself', (_what, kibibytes, told) => {
    const { codes, said, left } = onDisk(kibibytes, `${program} run site.yml -i hosts.yml`);
    expect(codes, `said: ${said}`).toEqual([exitCode.bug, exitCode.done]);
    expect(said).toMatch(told);
    expect(said).toContain('hint: make room or set PLAYBOOK_STATE_DIR to another disk');
    expect(said).not.toContain('this is a bug');
    expect(left).not.toContain('.reserve');
    expect(existsSync(join(directory, 'out.before'))).toBe(false);
    expect(readFileSync(join(directory, 'out'), 'utf8')).toBe(wanted);
  });

  test('in the middle of a run lets nothing new begin, and with room again the run goes on', () => {
    const before: string[] = [];
    for (const kibibytes of [264, 268]) {
      rmSync(join(directory, 'out'), { force: true });
      const { codes, said } = onDisk(kibibytes, `${program} resume "$run"`);
      expect(codes, `said: ${said}`).toEqual([exitCode.bug, exitCode.done]);
      expect(said).toContain('the event that was lost');
      const copy = join(directory, 'out.before');
      before.push(existsSync(copy) ? readFileSync(copy, 'utf8') : '');
      rmSync(copy, { force: true });
      expect(readFileSync(join(directory, 'out'), 'utf8')).toBe(wanted);
    }
    // Of the two one came further than the other, so they did not fail at the same record.
    expect(new Set(before).size).toBe(2);
    for (const each of before) expect(wanted.startsWith(each)).toBe(true);
    expect(before).not.toContain(wanted);
  });
});
