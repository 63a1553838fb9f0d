// Somebody stands in a directory that another one made, and runs the program there: nothing of it becomes code or settings.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { projectRoot } from '../rigs/command-line.js';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'playbook-evil-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function file(name: string, content: string): string {
  const path = join(directory, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return path;
}

function playbook(words: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(projectRoot, 'bin/playbook'), ...words], {
    cwd: directory,
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: directory,
      PLAYBOOK_STATE_DIR: join(directory, 'state'),
      ...environment,
    },
    encoding: 'utf8',
  });
  return { code: status, said: stdout + stderr };
}

test('no package, plugin, setting or program of the directory is loaded', { timeout: 60_000 }, () => {
  const mark = join(directory, 'pwned');
  const code = `require('node:fs').writeFileSync(${JSON.stringify(mark)}, __filename);`;
  const packages = [
    'yaml',
    'ajv',
    'ssh2',
    'pg',
    'handlebars',
    'listr2',
    'commander',
    'playwright-core',
    '@playbook/runner',
  ];
  for (const name of packages) {
    file(`node_modules/${name}/index.js`, code);
    file(`node_modules/${name}/package.json`, JSON.stringify({ name, version: '99.0.0', main: 'index.js' }));
  }
  for (const name of [
    'playbook.config.js',
    'playbook.config.cjs',
    '.playbookrc.js',
    'index.js',
    'plugins/x.js',
    'modules/ping.js',
    'action_plugins/ping.js',
  ])
    file(name, code);
  file('.env', `NODE_OPTIONS=--require ${join(directory, 'index.js')}\nPLAYBOOK_INVENTORY=elsewhere.yml\n`);
  file('ansible.cfg', '[defaults]\ninventory = elsewhere.yml\nhost_key_checking = False\n');
  file('.npmrc', `node-options=--require ${join(directory, 'index.js')}\n`);
  file('package.json', JSON.stringify({ type: 'module', imports: { '#x': './index.js' }, main: 'index.js' }));
  for (const name of ['ssh', 'sh', 'sudo', 'node', 'git', 'ping'])
    chmodSync(file(name, `#!/bin/sh\necho $0 > ${mark}\n`), 0o755);
  file('hosts.yml', 'all: { hosts: { here: { connection: local } } }\n');
  file('elsewhere.yml', 'all: { hosts: { there: { connection: local } } }\n');
  file('site.yml', '- hosts: all\n  tasks:\n    - ping:\n    - command: "true"\n');

  const ran = playbook(['run', 'site.yml', '-i', 'hosts.yml', '--output', 'tree']);
  expect(ran.said).toContain('here');
  expect(ran.code).toBe(0);
  // No inventory is named here, whatever files stand about.
  expect(playbook(['run', 'site.yml']).said).toContain('cli/no-inventory');
  expect(existsSync(mark)).toBe(false);
});

test('what NODE_OPTIONS loads is told of by a command that goes to hosts', { timeout: 60_000 }, () => {
  file('hosts.yml', 'all: { hosts: { here: { connection: local } } }\n');
  file('site.yml', '- hosts: all\n  tasks:\n    - ping:\n');
  const more = file('more.cjs', '');
  const run = ['run', 'site.yml', '-i', 'hosts.yml'];
  for (const options of [`--require ${more}`, `-r ${more}`, `--no-warnings --import=${more}`])
    expect(playbook(run, { NODE_OPTIONS: options }).said).toContain('cli/foreign-code');
  expect(playbook(run, { NODE_OPTIONS: '--max-old-space-size=512' }).said).not.toContain('cli/foreign-code');
});
