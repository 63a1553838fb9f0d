// The shell that writes a file, and each program that it starts, killed at each of their system calls: the file is the old
// one or the new one, never a part of either, and the next write goes through. A part of all calls in `npm test`; all of
// them with PLAYBOOK_STRIKES=all.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeCommand } from '../../src/engine/remote-file.js';
import { skipsWithoutStrace } from '../rigs/strace.js';

const isFull = process.env['PLAYBOOK_STRIKES'] === 'all';
const old = 'old\n'.repeat(30_000);
const wanted = 'wanted\n'.repeat(30_000);
const sha256 = (content: string): string => createHash('sha256').update(content).digest('hex');

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'playbook-struck-write-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** Writes behind these words of strace; with none of them, alone. */
function write(tracing: readonly string[], found: string): { readonly status: number | null } {
  const path = join(directory, 'f');
  const command = writeCommand(path, Buffer.from(wanted), { expectSha256: sha256(found), backup: true });
  const script = command.kind === 'shell' ? command.script : '';
  const [first, ...rest] = [...tracing, 'sh', '-c', script];
  return spawnSync(first, rest, { input: wanted, encoding: 'utf8', timeout: 60_000 });
}

const content = (): string => readFileSync(join(directory, 'f'), 'utf8');

interface Call {
  readonly name: string;
  /** Which of the calls of this name in one process, from 1; so strace counts. */
  readonly nth: number;
}

/** Every call that the shell makes, and with `follows` those of its programs. */
function callsOf(follows: boolean): readonly Call[] {
  const log = join(directory, 'log');
  writeFileSync(join(directory, 'f'), old);
  expect(write(['strace', '-qqq', ...(follows ? ['-ff'] : []), '-o', log, '-e', 'signal=none'], old).status).toBe(0);
  const most = new Map<string, number>();
  for (const file of readdirSync(directory).filter((name) => name.startsWith('log'))) {
    const counts = new Map<string, number>();
    for (const [, name = ''] of readFileSync(join(directory, file), 'utf8').matchAll(/^(\w+)\(/gm))
      counts.set(name, (counts.get(name) ?? 0) + 1);
    for (const [name, count] of counts) most.set(name, Math.max(most.get(name) ?? 0, count));
  }
  return [...most].flatMap(([name, count]) => Array.from({ length: count }, (_, index) => ({ name, nth: index + 1 })));
}

describe.skipIf(skipsWithoutStrace())('a write', { timeout: 1_800_000 }, () => {
  it.each([
    ['the shell is', false],
    ['the shell, or a program that it starts, is', true],
  ])('of which %s killed at each system call leaves the old file or the new one', (_who, follows) => {
    const calls = callsOf(follows);
    const step = isFull ? 1 : Math.ceil(calls.length / 40);
    const chosen = calls.filter((_, index) => index % step === 0);
    let killed = 0;
    for (const { name, nth } of chosen) {
      writeFileSync(join(directory, 'f'), old);
      const inject = `inject=${name}:signal=KILL:when=${nth}`;
      const struck = write(['strace', '-qqq', ...(follows ? ['-f'] : []), '-o', '/dev/null', '-e', inject], old);
      killed += struck.status === 0 ? 0 : 1;
      const left = content();
      // What is said to be done is done.
      const allowed = struck.status === 0 ? [wanted] : [old, wanted];
      expect(allowed.includes(left), `at ${name} ${nth}: ${left.length} bytes`).toBe(true);
      expect(write([], left).status, `the write after a kill at ${name} ${nth}`).toBe(0);
      expect(content(), `after a kill at ${name} ${nth}`).toBe(wanted);
    }
    console.log(`${calls.length} calls, ${chosen.length} of them struck, ${killed} writes ended by it`);
    expect(killed).toBeGreaterThan(chosen.length / 2);
  });
});
