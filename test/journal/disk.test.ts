// The order of the calls that make a new journal safe: its name is on disk before anything is written to it.
import { mkdtempSync, rmSync } from 'node:fs';
import type * as Fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { realDisk } from '../../src/journal/disk.js';

const calls: string[] = [];

vi.mock('node:fs', async (original) => {
  const fs = await original<typeof Fs>();
  const names = new Map<number, string>();
  return {
    ...fs,
    openSync: (...args: Parameters<typeof fs.openSync>) => {
      const file = fs.openSync(...args);
      names.set(file, String(args[0]).endsWith('.jsonl') ? 'file' : 'directory');
      return file;
    },
    fsyncSync: (file: number) => {
      calls.push(`fsync ${names.get(file)}`);
      fs.fsyncSync(file);
    },
    writeSync: (file: number, bytes: Uint8Array, from: number) => {
      calls.push(`write ${names.get(file)}`);
      return fs.writeSync(file, bytes, from);
    },
    fdatasync: (file: number, done: (error: Error | null) => void) => {
      calls.push(`fdatasync ${names.get(file)}`);
      fs.fdatasync(file, done);
    },
  };
});

test('a new file is on disk with its name before its first byte, and its bytes before anyone goes on', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'playbook-disk-'));
  try {
    const file = realDisk.create(join(directory, 'one.jsonl'));
    file.append(Buffer.from('x'));
    await file.synchronize();
    file.close();
    expect(calls).toEqual(['fsync directory', 'write file', 'fdatasync file']);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
