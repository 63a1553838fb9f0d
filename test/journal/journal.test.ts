import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Stamped } from '../../src/core/event.js';
import { openJournal } from '../../src/journal/append.js';
import { listRuns, readRun, resultOf } from '../../src/journal/read.js';
import { checkedRun, failingRun, stamp } from '../report/recorded.js';

let home: string;
let directory: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'playbook-journal-'));
  directory = join(home, 'state', 'runs');
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

async function written(id: string, events: readonly Stamped[]): Promise<string> {
  const journal = openJournal(id, { directory });
  for (const event of events) await journal.append(event);
  journal.close();
  return journal.path;
}

test('what was appended is read back', async () => {
  const events = stamp(failingRun);
  await written('one', events);
  expect(readRun('one', directory)).toEqual(events);
});

test('nobody but the operator can read a journal, whatever the umask', async () => {
  const before = process.umask(0);
  try {
    const path = await written('one', stamp(failingRun));
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(directory).mode & 0o777).toBe(0o700);
  } finally {
    process.umask(before);
  }
});

test('a directory that others can read is refused', () => {
  mkdirSync(directory, { recursive: true });
  chmodSync(directory, 0o755);
  expect(() => openJournal('one', { directory })).toThrow(/can be read or written by others/);
});

test('a planted link or an old journal is not written to', async () => {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const victim = join(home, 'victim');
  writeFileSync(victim, 'precious');
  symlinkSync(victim, join(directory, 'one.jsonl'));
  expect(() => openJournal('one', { directory })).toThrow(/exists already/);
  expect(readFileSync(victim, 'utf8')).toBe('precious');
  await written('two', stamp(checkedRun));
  expect(() => openJournal('two', { directory })).toThrow(/exists already/);
});

test('a journal that was deleted under the run stops it at the next intent', async () => {
  const journal = openJournal('one', { directory });
  const [first, second] = stamp([
    { type: 'run.warned', message: 'x' },
    { type: 'task.applying', task: 't', host: 'spb' },
  ]);
  if (first === undefined || second === undefined) throw new Error('two events');
  await journal.append(first);
  unlinkSync(journal.path);
  await expect(journal.append(second)).rejects.toThrow(/was deleted or replaced while the run was writing it/);
  await expect(journal.append(first)).rejects.toThrow(/was deleted/);
  journal.close();
});

test('cut at any byte, a journal gives the whole events before the cut', async () => {
  const path = await written('one', stamp(checkedRun.slice(0, 4)));
  const bytes = readFileSync(path);
  for (let length = 0; length <= bytes.length; length += 1) {
    writeFileSync(path, bytes.subarray(0, length));
    const whole = bytes.subarray(0, length).filter((byte) => byte === 0x0a).length;
    expect(readRun('one', directory)).toHaveLength(whole);
  }
});

test('a broken line in the middle is said, not skipped', async () => {
  const path = await written('one', stamp(checkedRun));
  const lines = readFileSync(path, 'utf8').split('\n');
  writeFileSync(path, [lines[0], '{"v":1,', ...lines.slice(2)].join('\n'));
  expect(() => readRun('one', directory)).toThrow(/corrupt at record 2/);
  writeFileSync(path, [lines[0], ...lines.slice(2)].join('\n'));
  expect(() => readRun('one', directory)).toThrow(/corrupt at record 2/);
});

test('runs are listed, the newest first, with their results', async () => {
  await written('b', stamp(failingRun));
  await written(
    'a',
    stamp(failingRun.slice(0, 4)).map((event) => ({ ...event, at: '2026-01-01T00:00:00.000Z' })),
  );
  writeFileSync(join(directory, 'other.jsonl'), 'no journal\n');
  const runs = listRuns(directory);
  expect(runs.map((run) => [run.id, run.playbook, resultOf(run)])).toEqual([
    ['a', 'promote-sp.yml', 'cut off'],
    ['b', 'promote-sp.yml', 'failed'],
  ]);
});

test('an unknown run is answered with the nearest one', async () => {
  await written('20250130T030000-ab12', stamp(checkedRun));
  let hint: unknown;
  try {
    readRun('20250130T030000-ab21', directory);
  } catch (problem) {
    hint = problem instanceof Error && 'hint' in problem ? problem.hint : undefined;
  }
  expect(hint).toBe('did you mean `20250130T030000-ab12`?');
  expect(listRuns(join(home, 'nowhere'))).toEqual([]);
});

test('a directory that takes no new ones is refused, not tried for ever', () => {
  expect(() => openJournal('one', { directory: '/proc/playbook/state/runs' })).toThrow(/cannot be made/);
});
