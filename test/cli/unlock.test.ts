// Giving a run up that only goes forward: not without saying that half of it is accepted.
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { exitCode } from '../../src/core/exit.js';
import { programIn } from '../rigs/program-here.js';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'playbook-unlock-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

test('a run past its point of no return is not given up by mistake', async () => {
  const playbook = programIn(directory);
  const at = (name: string): string => join(directory, name);
  writeFileSync(at('hosts.yml'), 'all: { hosts: { here: { connection: local } } }\n');
  writeFileSync(
    at('site.yml'),
    `- hosts: all
  tasks:
    - { name: Before, shell: "echo before >>${at('out')}" }
    - { name: Turn, shell: "echo turn >>${at('out')}", point_of_no_return: true }
    - { name: Broken, shell: exit 3 }
    - { name: After, shell: "echo after >>${at('out')}" }
`,
  );
  const ran = await playbook(['run', 'site.yml', '-i', 'hosts.yml', '--confirm', 'no return for here']);
  expect([ran.code, ran.said]).toEqual([exitCode.failed, expect.stringContaining('PLAY RECAP')]);
  const run = readdirSync(at('state/runs'))[0]?.split('.')[0] ?? '';
  const refused = await playbook(['unlock', run, '--confirm', run]);
  expect([refused.code, refused.said]).toEqual([exitCode.stale, expect.stringContaining('cli/half-done')]);
  for (const words of ['no return: Turn', 'done: 2 tasks', 'stopped at: Broken', '--i-accept-half-state'])
    expect(refused.said).toContain(words);
  // It is still the run's: another one is told so.
  expect((await playbook(['run', 'site.yml', '-i', 'hosts.yml'])).code).toBe(exitCode.locked);
  const given = await playbook(['unlock', run, '--confirm', run, '--i-accept-half-state']);
  expect([given.code, given.said]).toEqual([exitCode.done, expect.stringContaining('here: free')]);
  expect(readFileSync(at(`state/runs/${run}.jsonl`), 'utf8')).toContain(
    '"halfDone":["passed the point of no return: Turn"',
  );
});

test('a run past it that is done is given up as any other', async () => {
  const playbook = programIn(directory);
  writeFileSync(join(directory, 'hosts.yml'), 'all: { hosts: { here: { connection: local } } }\n');
  writeFileSync(join(directory, 'site.yml'), '- hosts: all\n  tasks: [{ shell: "true", point_of_no_return: true }]\n');
  await playbook(['run', 'site.yml', '-i', 'hosts.yml', '--confirm', 'no return for here']);
  const run = readdirSync(join(directory, 'state/runs'))[0]?.split('.')[0] ?? '';
  expect((await playbook(['unlock', run, '--confirm', run])).code).toBe(exitCode.done);
});
