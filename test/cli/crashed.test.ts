// A bug of our own in the middle of a run is like a kill: it is told in a short text without secrets, and the run can be gone
// on with. The bug is brought in from outside, by a file that Node loads before the program.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { exitCode } from '../../src/core/exit.js';
import { projectRoot } from '../rigs/command-line.js';

const secret = 'sesame-opens';
const token = ['-e', `api_token=${secret}`];
let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'playbook-crashed-'));
  writeFileSync(join(directory, 'hosts.yml'), 'all: { hosts: { here: { connection: local } } }\n');
  const tasks = ['one', 'two', 'three'].map((line) => `    - shell: echo ${line} >>${directory}/out; sleep 0.2`);
  const more = '      environment: { TOKEN: "{{api_token}}" }';
  writeFileSync(join(directory, 'site.yml'), `- hosts: all\n  tasks:\n${[...tasks, more].join('\n')}\n`);
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function playbook(words: readonly string[], options = ''): { readonly code: number | null; readonly said: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(projectRoot, 'bin/playbook'), ...words], {
    cwd: directory,
    env: { ...process.env, PLAYBOOK_STATE_DIR: join(directory, 'state'), NODE_OPTIONS: options },
    encoding: 'utf8',
  });
  return { code: status, said: `${stdout}${stderr}` };
}

test.each([
  ['an exception that nobody catches', `throw new Error('broken by ${secret}')`, exitCode.bug],
  ['a promise that nobody waits for', `void Promise.reject(new Error('broken by ${secret}'))`, exitCode.bug],
  ['a stack that overflows', 'const deeper = () => deeper() + 1; deeper()', exitCode.bug],
  ['no memory', 'const all = []; for (;;) all.push(Array(1e6).fill(all))', null],
])('after %s a run goes on where it was, and no secret was told', { timeout: 60_000 }, (_what, bug, code) => {
  const file = join(directory, 'bug.cjs');
  const when = `fs.existsSync('${directory}/out') && fs.readFileSync('${directory}/out', 'utf8').includes('two')`;
  writeFileSync(
    file,
    `const fs = require('node:fs'); const at = setInterval(() => { if (${when}) { clearInterval(at); ${bug}; } }, 5); at.unref();`,
  );
  const broken = playbook(
    ['run', 'site.yml', '-i', 'hosts.yml', ...token],
    `--require ${file} --max-old-space-size=96`,
  );
  expect(broken.code, `said: ${broken.said}`).toBe(code);
  expect(broken.said).not.toContain(secret);
  // Out of memory it is Node that says so, in its own way.
  expect(code === null || broken.said.includes('this is a bug in playbook')).toBe(true);
  expect(code !== null && /^ +at .*:\d+:\d+/m.test(broken.said)).toBe(false);
  const [journal = ''] = readdirSync(join(directory, 'state/runs')).filter((name) => name.endsWith('.jsonl'));
  expect(readFileSync(join(directory, 'state/runs', journal), 'utf8')).not.toContain(secret);
  const ended = playbook(['resume', journal.replace('.jsonl', ''), ...token]);
  expect([ended.code, readFileSync(join(directory, 'out'), 'utf8')]).toEqual([exitCode.done, 'one\ntwo\nthree\n']);
});
