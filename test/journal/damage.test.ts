// A journal that was cut, flipped or edited is never misread: everything but a cut end is refused.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openJournal, reopenJournal } from '../../src/journal/append.js';
import { JournalError } from '../../src/journal/problem.js';
import { readJournal, readRun } from '../../src/journal/read.js';
import { failingRun, stamp } from '../report/recorded.js';

let directory = '';
let path = '';
let whole: Buffer;
const events = stamp(failingRun).slice(0, 6);

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'playbook-damage-'));
  const journal = openJournal('one', { directory });
  for (const event of events) await journal.append(event);
  journal.close();
  ({ path } = journal);
  whole = readFileSync(path);
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** What is read of a file with this content; `refused` when nobody may trust it. */
function readOf(content: Uint8Array): number | 'refused' {
  writeFileSync(path, content);
  try {
    return readRun('one', directory).length;
  } catch (error) {
    if (error instanceof JournalError && /corrupt at record \d+ \(byte \d+\)/.test(error.message)) return 'refused';
    throw error;
  }
}

test('a flipped byte is found wherever it stands', () => {
  const missed: number[] = [];
  for (let at = 0; at < whole.length; at += 1) {
    const flipped = Buffer.from(whole);
    flipped[at] = (flipped[at] ?? 0) ^ 0x01;
    if (readOf(flipped) !== 'refused') missed.push(at);
  }
  console.log(`journal: ${whole.length - missed.length} of ${whole.length} flipped bytes found`);
  expect(missed).toEqual([]);
});

test('a record that is taken out, put in or moved is found', () => {
  const lines = whole.toString('utf8').trimEnd().split('\n');
  const swapped = [...lines];
  [swapped[1], swapped[2]] = [lines[2] ?? '', lines[1] ?? ''];
  const edits = [lines.toSpliced(1, 1), lines.toSpliced(1, 0, lines[1] ?? ''), swapped];
  for (const each of edits) expect(readOf(Buffer.from(`${each.join('\n')}\n`))).toBe('refused');
});

test('a journal that is gone on with is one chain, and its cut end is gone from the file', async () => {
  writeFileSync(path, whole.subarray(0, whole.length - 3));
  const before = readJournal('one', directory);
  expect(before.events).toHaveLength(events.length - 1);
  const journal = reopenJournal(before);
  await journal.append({ ...events[0], seq: journal.length + 1 } as (typeof events)[0]);
  journal.close();
  expect(readRun('one', directory)).toHaveLength(events.length);
});

test('jq and people can read it: each line is the event, with its checksum behind it', () => {
  writeFileSync(path, whole);
  for (const [index, line] of whole.toString('utf8').trimEnd().split('\n').entries())
    expect(JSON.parse(line)).toMatchObject(events[index] ?? {});
});
