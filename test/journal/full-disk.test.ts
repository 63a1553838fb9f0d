// What a disk that refuses means for a run: no touch is allowed any more, and what was begun is still told.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openJournal } from '../../src/journal/append.js';
import { realDisk } from '../../src/journal/disk.js';
import type { Disk, DiskFile } from '../../src/journal/disk.js';
import { readRun } from '../../src/journal/read.js';
import { stamp } from '../report/recorded.js';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'playbook-disk-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const intent = { type: 'task.applying', task: 't', step: '0.0', host: 'spb', attempt: 1, effect: 'once' } as const;
const finished = {
  type: 'task.finished',
  task: 't',
  step: '0.0',
  name: 'x',
  module: 'command',
  host: 'spb',
  status: 'changed',
  durationMs: 1,
} as const;

function failure(code: string): Error {
  return Object.assign(new Error(`${code}: made by the test, write`), { code });
}

/** A disk whose journal refuses while told to; its reserve is a real file. */
function moodyDisk(mood: { write?: string; half?: boolean; synchronize?: string }): Disk {
  return {
    ...realDisk,
    create: (path) => {
      const file = realDisk.create(path);
      if (path.endsWith('.reserve')) return file;
      return {
        ...file,
        append: (bytes: Uint8Array) => {
          if (mood.write === undefined) return file.append(bytes);
          // Room comes back with the reserve.
          if (!readdirSync(directory).some((name) => name.endsWith('.reserve'))) return file.append(bytes);
          if (mood.half === true) file.append(bytes.subarray(0, bytes.length / 2));
          throw failure(mood.write);
        },
        synchronize: () =>
          mood.synchronize === undefined ? file.synchronize() : Promise.reject(failure(mood.synchronize)),
      } satisfies DiskFile;
    },
  };
}

test('a full disk takes the end of what was begun from its reserve, and allows no touch any more', async () => {
  const mood: Parameters<typeof moodyDisk>[0] = {};
  const journal = openJournal('one', { directory, disk: moodyDisk(mood) });
  const [first, end, next] = stamp([intent, finished, intent]);
  await journal.append(first!);
  mood.write = 'ENOSPC';
  await expect(journal.append(end!)).resolves.toBeUndefined();
  await expect(journal.append(next!)).rejects.toThrow(/cannot be written/);
  journal.close();
  expect(readRun('one', directory).map((event) => event.type)).toEqual(['task.applying', 'task.finished']);
});

test('half a record that a full disk took is taken back before anything follows', async () => {
  const mood: Parameters<typeof moodyDisk>[0] = {};
  const journal = openJournal('one', { directory, disk: moodyDisk(mood) });
  const [first, end] = stamp([intent, finished]);
  await journal.append(first!);
  Object.assign(mood, { write: 'ENOSPC', half: true });
  await journal.append(end!).catch(() => undefined);
  journal.close();
  expect(readRun('one', directory).map((event) => event.type)).toEqual(['task.applying', 'task.finished']);
});

test('after an fsync that failed nothing more is written: what the disk holds is not known', async () => {
  const mood: Parameters<typeof moodyDisk>[0] = {};
  const journal = openJournal('one', { directory, disk: moodyDisk(mood) });
  const [first, end] = stamp([intent, finished]);
  mood.synchronize = 'EIO';
  await expect(journal.append(first!)).rejects.toThrow(/cannot be written/);
  delete mood.synchronize;
  await expect(journal.append(end!)).rejects.toThrow(/cannot be written/);
  await expect(journal.append(first!)).rejects.toThrow(/cannot be written/);
  journal.close();
});

test('the reserve is gone when the journal is closed', async () => {
  const journal = openJournal('one', { directory });
  expect(readdirSync(directory)).toContain('one.jsonl.reserve');
  journal.close();
  expect(readdirSync(directory)).toEqual(['one.jsonl']);
});
