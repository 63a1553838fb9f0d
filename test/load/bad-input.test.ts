// Bad input of every kind ends in a diagnostic: exact code, place and hint, never a crash, and before any connection.
// `UPDATE_GOLDEN=1` writes what was said into the cases; read the difference before you commit it.
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { projectRoot } from '../rigs/command-line.js';
import { prepare, problemsIn, readChapters, runHere, wordsOf, writeChapter } from './bad-input.js';
import type { BadInput } from './bad-input.js';

interface Ended {
  readonly exit: number;
  readonly stderr: string;
  readonly kilobytes?: number;
}

const update = (process.env['UPDATE_GOLDEN'] ?? '') !== '';
const chapters = readChapters();
const seen = new Map<BadInput, BadInput>();

/** Cases of this chapter could take the process with them, so each has one of its own. */
const ownProcess = 'heavy';
const mostKilobytes = 200 * 1024;

async function inDirectory<T>(each: BadInput, work: (at: string) => Promise<T>): Promise<T> {
  const at = mkdtempSync(join(tmpdir(), 'playbook-bad-'));
  const before = process.cwd();
  try {
    prepare(each, at);
    process.chdir(at);
    return await work(at);
  } finally {
    process.chdir(before);
    rmSync(at, { recursive: true, force: true });
  }
}

/** The built command line under a small heap; its end is told with the most memory that it held. */
function runAlone({ run }: BadInput, at: string): Promise<Ended> {
  const report = join(at, '.memory');
  const tell = `process.on('exit',()=>fs.writeFileSync(${JSON.stringify(report)},String(process.resourceUsage().maxRSS)))`;
  const code = `data:text/javascript,import fs from 'node:fs';${encodeURIComponent(tell)}`;
  const node = [process.execPath, '--max-old-space-size=150', '--import', code, join(projectRoot, 'bin/playbook')];
  // The limit of data holds what the limit of the heap does not: buffers.
  const words = ['-c', 'ulimit -d 1500000; exec "$@"', 'sh', ...node, ...wordsOf(run)];
  const env = { PATH: process.env['PATH'] ?? '', HOME: at, PLAYBOOK_STATE_DIR: join(at, '.state') };
  return new Promise((resolve) => {
    const options = { cwd: at, env, timeout: 15_000, killSignal: 'SIGKILL', maxBuffer: 1 << 26 } as const;
    const child = execFile('/bin/sh', words, options, (_error, _stdout, stderr) => {
      const exit = child.exitCode ?? -1;
      resolve({ exit, stderr, kilobytes: existsSync(report) ? Number(readFileSync(report, 'utf8')) : Infinity });
    });
    child.stdin?.end();
  });
}

describe.each(chapters)('$name', ({ name, cases }) => {
  test.each(cases)('$name', async (each) => {
    const ended: Ended = await inDirectory(each, (at) =>
      name === ownProcess ? runAlone(each, at) : runHere(each, at),
    );
    const says = problemsIn(ended.stderr).replaceAll(/\/\S*playbook-bad-\w+/g, 'DIRECTORY');
    seen.set(each, { ...each, exit: ended.exit, says });
    expect(`${ended.exit}\n${says}`).toBe(update ? `${ended.exit}\n${says}` : `${each.exit}\n${each.says}`);
    const hintless = says.split('\n').filter((line) => !line.includes(' | '));
    expect(hintless).toEqual([]);
    expect(ended.stderr).not.toMatch(/^\s+at .*:\d+:\d+\)?$/m);
    expect(ended.kilobytes ?? 0).toBeLessThan(mostKilobytes);
    expect([64, 65]).toContain(ended.exit);
  });
});

afterAll(() => {
  if (update)
    for (const each of chapters) writeChapter({ ...each, cases: each.cases.map((one) => seen.get(one) ?? one) });
  const count = chapters.reduce((sum, { cases }) => sum + cases.length, 0);
  console.log(`bad input: ${count} cases in ${chapters.length} chapters`);
});
