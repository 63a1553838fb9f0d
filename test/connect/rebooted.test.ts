// A host that was started anew gives the numbers of its processes to others: what a claim says of a process counts only for
// the boot, and the very process, that it was written for.
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LocalConnection } from '../../src/connect/local.js';
import type { Outcome } from '../../src/core/connection.js';
import { worldError } from '../rigs/outcome.js';

const uid = process.getuid?.() ?? 0;
const fence = { run: 'r1', number: 1 };
let directory = '';
let here: LocalConnection;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'playbook-rebooted-'));
  here = new LocalConnection({ host: 'here', stateDirectory: join(directory, 'state') }, { PATH: process.env['PATH'] });
  await here.hold({ kind: 'take', holder: { ...fence, by: 'anna@laptop', since: 'today', playbook: 'x.yml' } });
});
afterEach(() => rm(directory, { recursive: true }));

function run(script: string): Promise<Outcome> {
  const claim = { name: 'a', manner: 'once' } as const;
  return here.exec({ command: { kind: 'shell', script }, timeoutMs: 15_000, mutates: true, fence, claim });
}

/** Changes one of the words by which the claim knows its processes. */
async function rewritten(word: number, value: string): Promise<void> {
  const place = join(directory, `state-${uid}`, 'r1');
  const names = (await readdir(place, { recursive: true })).filter((name) => /^a$|\/(?:ran|who)$/.test(name));
  expect(names.length).toBeGreaterThan(1);
  for (const name of names) {
    const words = (await readFile(join(place, name), 'utf8')).trim().split(' ');
    await writeFile(join(place, name), `${words.map((each, at) => (at === word ? value : each)).join(' ')}\n`);
  }
}

test.each([
  ['of another boot', 2, 'another-boot'],
  ['with the number of a process that ended long ago', 1, '17'],
])('a process %s is not the command: it is gone, in doubt, and not run again', async (_what, word, value) => {
  const ran = join(directory, 'ran');
  const first = run(`echo $$ >>${ran}; until [ -e ${directory}/go ]; do sleep 0.05; done`);
  await expect.poll(() => readFile(ran, 'utf8').catch(() => ''), { timeout: 5_000 }).toMatch(/\n/);
  expect(await here.claims({ run: 'r1', prefix: '' })).toMatchObject([{ state: 'running' }]);
  await rewritten(word, value);
  expect(await here.claims({ run: 'r1', prefix: '' })).toEqual([{ name: 'a', state: 'gone' }]);
  const error = await worldError(run(`echo again >>${ran}`));
  expect(error).toMatchObject({ kind: 'in-doubt', details: { reason: 'claim-gone' } });
  expect((await readFile(ran, 'utf8')).trim()).toMatch(/^\d+$/);
  await writeFile(join(directory, 'go'), '');
  // Whoever started it and never left is told all the same how it ended.
  expect((await first).rc).toBe(0);
});
