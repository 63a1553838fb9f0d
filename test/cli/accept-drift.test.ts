// What a run did last is looked at when it is taken up again, as an operator meets it.
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { exitCode } from '../../src/core/exit.js';
import { programIn } from '../rigs/program-here.js';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'playbook-drift-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

test('a file that somebody changed since ends `resume` with 7 and its name, and `--accept-drift` leaves it alone', async () => {
  const playbook = programIn(directory);
  const at = (name: string): string => join(directory, name);
  writeFileSync(at('hosts.yml'), 'all: { hosts: { here: { connection: local } } }\n');
  writeFileSync(
    at('site.yml'),
    `- hosts: all
  tasks:
    - name: Settings
      copy: { content: "mine\\n", dest: ${at('settings')} }
    - lineinfile: { path: ${at('list')}, line: more }
    - shell: echo after >>${at('out')}
`,
  );
  expect((await playbook(['run', 'site.yml', '-i', 'hosts.yml', '--no-preflight'])).code).toBe(exitCode.failed);
  const run = readdirSync(at('state/runs'))[0]?.split('.')[0] ?? '';
  writeFileSync(at('list'), '');
  writeFileSync(at('settings'), 'theirs\n');
  const refused = await playbook(['resume', run]);
  expect([refused.code, refused.said]).toEqual([exitCode.stale, expect.stringContaining('Settings on here: ')]);
  expect(refused.said).toContain(`playbook resume ${run} --accept-drift`);
  expect(readdirSync(directory)).not.toContain('out');
  const accepted = await playbook(['resume', run, '--accept-drift']);
  expect([accepted.code, accepted.said]).toEqual([exitCode.done, expect.stringContaining('gone on with all the same')]);
  expect(readFileSync(at('settings'), 'utf8')).toBe('theirs\n');
  const journal = readFileSync(at(`state/runs/${run}.jsonl`), 'utf8');
  expect(journal).toMatch(/"type":"run.drifted","by":"[^"]+@[^"]+","accepted":true/);
});
