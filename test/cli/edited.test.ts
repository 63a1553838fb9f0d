// A run that was cut off goes on with the input that it began with, or not at all: every file that it reads, every word of
// the inventory and every value given to it, one edit at a time.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exitCode } from '../../src/core/exit.js';
import { projectRoot } from '../rigs/command-line.js';

const inventory = `all:
  vars: { dns: 10.0.0.53 }
  children:
    primaries:
      hosts:
        here: { connection: local, ssh_host: 10.0.0.1, ssh_user: anna, role: primary }
        there: { connection: local, ssh_host: 10.0.0.2, ssh_user: anna, role: primary }
    standbys:
      hosts:
        away: { connection: local, ssh_host: 10.0.0.3, ssh_user: anna, role: standby }
`;
const files: Readonly<Record<string, string>> = {
  'hosts.yml': inventory,
  'host_vars/here.yml': 'port: 5432\n',
  'group_vars/primaries.yml': 'colour: blue\n',
  'vars.yml': 'greeting: hello\n',
  'tasks/more.yml': '- name: More\n  debug: { msg: "{{greeting}} {{org}}" }\n',
  'templates/page.hbs': 'page of {{greeting}}\n',
  'files/whole.txt': 'whole\n',
};

let directory = '';
let run = '';
const write = (name: string, text: string): void => {
  mkdirSync(dirname(join(directory, name)), { recursive: true });
  writeFileSync(join(directory, name), text);
};

function playbook(...words: readonly string[]): { readonly code: number | null; readonly said: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(projectRoot, 'bin/playbook'), ...words], {
    cwd: directory,
    env: { ...process.env, PLAYBOOK_STATE_DIR: join(directory, 'state') },
    encoding: 'utf8',
  });
  return { code: status, said: `${stdout}${stderr}` };
}

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'playbook-edited-'));
  for (const [name, text] of Object.entries(files)) write(name, text);
  write(
    'site.yml',
    `- name: Site
  hosts: here
  vars_files: [vars.yml]
  tasks:
    - name: Count
      shell: echo ran >>${directory}/out
    - name: Wait for it
      shell: test -e ${directory}/mended
    - import_tasks: tasks/more.yml
    - template: { src: templates/page.hbs, dest: ${directory}/page }
    - copy: { src: files/whole.txt, dest: ${directory}/whole }
`,
  );
  expect(playbook('run', 'site.yml', '-i', 'hosts.yml', '-e', 'org=1001').code).toBe(exitCode.failed);
  [run = ''] = readdirSync(join(directory, 'state/runs')).map((name) => name.split('.')[0] ?? '');
  write('mended', '');
}, 60_000);
afterAll(() => rmSync(directory, { recursive: true, force: true }));

test.each([
  ['a task', 'site.yml', 'echo ran', 'echo run'],
  ['a name', 'site.yml', 'Count', 'Account'],
  ['an imported task', 'tasks/more.yml', 'greeting', 'port'],
  ['a template', 'templates/page.hbs', 'page of', 'leaf of'],
  ['white space of a template', 'templates/page.hbs', 'page of', 'page  of'],
  ['a file that is copied', 'files/whole.txt', 'whole', 'half'],
  ['a file of variables', 'vars.yml', 'hello', 'good day'],
  ['variables of a host', 'host_vars/here.yml', '5432', '5433'],
  ['variables of a group', 'group_vars/primaries.yml', 'blue', 'red'],
  ['a variable of all hosts', 'hosts.yml', '10.0.0.53', '10.0.0.54'],
  ['the address of a host', 'hosts.yml', '10.0.0.1,', '10.0.0.9,'],
  ['the user on a host', 'hosts.yml', 'ssh_user: anna, role: primary', 'ssh_user: bob, role: primary'],
  ['the role of a host', 'hosts.yml', 'role: standby', 'role: primary'],
  ['a key of a host that it did not have', 'hosts.yml', 'role: standby', 'role: standby, rack: 7'],
  ['the name of a host', 'hosts.yml', 'away:', 'afar:'],
  ['the name of a group', 'hosts.yml', 'standbys:', 'spares:'],
  [
    'the order of hosts',
    'hosts.yml',
    inventory.slice(inventory.indexOf('        here'), inventory.indexOf('    standbys')),
    inventory
      .slice(inventory.indexOf('        here'), inventory.indexOf('    standbys'))
      .trimEnd()
      .split('\n')
      .toReversed()
      .join('\n')
      .concat('\n'),
  ],
])('%s that was changed since is named, and nothing goes on', (_what, name, before, after) => {
  const original = readFileSync(join(directory, name), 'utf8');
  expect(original).toContain(before);
  write(name, original.replace(before, after));
  const refused = playbook('resume', run);
  write(name, original);
  expect([refused.code, refused.said]).toEqual([exitCode.stale, expect.stringContaining('cli/stale-run')]);
  expect(refused.said).toContain(name.split('/').at(-1));
  expect(readFileSync(join(directory, 'out'), 'utf8')).toBe('ran\n');
});

test.each([
  ['a new file of variables', 'host_vars/there.yml', 'port: 1\n'],
  ['new variables of a group', 'group_vars/standbys.yml', 'colour: green\n'],
])('%s is named, and nothing goes on', (_what, name, text) => {
  write(name, text);
  const refused = playbook('resume', run);
  rmSync(join(directory, name));
  expect([refused.code, refused.said]).toEqual([exitCode.stale, expect.stringContaining(name)]);
});

test('a file that is gone is told, and nothing goes on', () => {
  rmSync(join(directory, 'vars.yml'));
  const refused = playbook('resume', run);
  write('vars.yml', files['vars.yml'] ?? '');
  expect(refused.code).toBe(exitCode.invalid);
  expect(existsSync(join(directory, 'page'))).toBe(false);
});

test('another value of a variable that was given is refused, and the same one is not', () => {
  const refused = playbook('resume', run, '-e', 'org=1002');
  expect([refused.code, refused.said]).toEqual([exitCode.stale, expect.stringContaining('-e org')]);
});

test('comments, blank lines and quotes are no change, and all that was left is done', () => {
  for (const name of ['site.yml', 'hosts.yml', 'vars.yml', 'host_vars/here.yml', 'tasks/more.yml'])
    write(name, `# a comment\n\n${readFileSync(join(directory, name), 'utf8')}\n`);
  write('vars.yml', 'greeting: "hello" # quoted\n');
  const ended = playbook('resume', run);
  expect([ended.code, ended.said]).toEqual([exitCode.done, expect.stringContaining('hello 1001')]);
  expect(readFileSync(join(directory, 'out'), 'utf8')).toBe('ran\n');
  expect(readFileSync(join(directory, 'page'), 'utf8')).toBe('page of hello\n');
});
