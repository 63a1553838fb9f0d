// No name leads out of the directory of the playbook: not by `..`, not as an absolute path, not through links, and not
// when a host makes the name up. And what we write ourselves is for its owner alone, whatever the umask.
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Task } from '../../src/core/playbook.js';
import { data } from '../../src/core/scope.js';
import { Scope } from '../../src/core/scope.js';
import { loadPlaybook } from '../../src/load/playbook.js';
import { modules } from '../../src/modules/index.js';
import { projectRoot } from '../rigs/command-line.js';
import { keyPair, startSshServer } from '../rigs/ssh-server.js';

let base = '';
let site = '';
const secret = 'secret outside';

// Each of these is a playbook, tasks, variables, a template, a script and SQL alike: whatever reads it finds it well-formed.
const outsideText = `# ${secret}\n`;

beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), 'playbook-paths-'));
  site = join(base, 'site');
  for (const each of ['', 'site', 'site-2', 'site/files', 'site/templates', 'site/in', 'outside', 'outside/deep'])
    mkdirSync(join(base, each), { recursive: true });
  for (const each of ['outside/x', 'outside/deep/x', 'x', 'site-2/x']) writeFileSync(join(base, each), outsideText);
  for (const each of ['site/x', 'site/files/y', 'site/templates/y', 'site/in/x'])
    writeFileSync(join(base, each), '# inside\n');
  const link = (to: string, at: string): void => symlinkSync(to, join(site, at));
  link('../outside/x', 'relative-link');
  link(join(base, 'outside/x'), 'absolute-link');
  link('../outside', 'directory-link');
  link('relative-link', 'link-to-link');
  link('in/../../outside/x', 'winding-link');
  link('../../outside/x', 'files/link');
  link('../../outside/x', 'templates/link');
  link('/proc/self/cwd', 'proc-link');
  link('/', 'root-link');
  link('..', 'up-link');
  link('nowhere', 'dangling-link');
  link('../site-2', 'sister-link');
});
afterAll(() => rmSync(base, { recursive: true }));

/** Names that lead out: 80 and more. */
function namesOutside(): readonly string[] {
  const ups = [
    '..',
    '../..',
    './..',
    'in/../..',
    'in/../in/../..',
    'files/../..',
    '././../',
    'in//..//..',
    'in/./../.././',
    '../site/..',
  ];
  const ends = ['x', 'outside/x', 'outside/deep/x', 'site-2/x', 'outside/../x'];
  return [
    ...ups.flatMap((up) => ends.map((end) => `${up}/${end}`)),
    join(base, 'outside/x'),
    join(base, 'x'),
    `/${join(base, 'x')}`,
    `${site}/../x`,
    `${site}-2/x`,
    '/etc/passwd',
    '//etc/passwd',
    '/proc/self/environ',
    '/dev/null',
    'relative-link',
    'absolute-link',
    'link-to-link',
    'winding-link',
    'link',
    'directory-link/x',
    'directory-link/deep/x',
    'up-link/x',
    'up-link/outside/x',
    'sister-link/x',
    `root-link${base}/x`,
    'root-link/etc/passwd',
    'in/../relative-link',
    './absolute-link',
    'up-link/site/../x',
    'files/link',
    'templates/link',
    'dangling-link',
    'proc-link/package.json',
    '~/x',
    '~root/x',
    '$HOME/x',
    'file:///etc/passwd',
    'http://127.0.0.1/x',
    '..\\outside\\x',
    '%2e%2e/x',
    '..%2fx',
    '\uff0e\uff0e/x',
    '.\u2060./x',
    'in/../../outside/x/.',
    '../outside/x/',
    '..//outside/x',
    '../outside/./x',
    'x\0/../../outside/x',
    '../outside/x\0',
    ' ../outside/x',
    '../outside/x ',
  ];
}

const quoted = (name: string): string => JSON.stringify(name).replaceAll('{', '\\\\{');
const inPlay = (tasks: string): string => `- hosts: all\n  tasks:\n    ${tasks}\n`;
const places: readonly (readonly [place: string, text: (name: string) => string])[] = [
  ['`src` of copy', (name) => inPlay(`- copy: { src: ${quoted(name)}, dest: /x }`)],
  ['`src` of template', (name) => inPlay(`- template: { src: ${quoted(name)}, dest: /x }`)],
  ['`script`', (name) => inPlay(`- script: { file: ${quoted(name)} }`)],
  ['a script of SQL', (name) => inPlay(`- sql: { script: ${quoted(name)} }`)],
  ['`import_tasks`', (name) => inPlay(`- import_tasks: ${quoted(name)}`)],
  ['`vars_files`', (name) => `- hosts: all\n  vars_files: [${quoted(name)}]\n  tasks: []\n`],
  ['`import_playbook`', (name) => `- import_playbook: ${quoted(name)}\n`],
];

test('there are 80 names to try', () => {
  expect(new Set(namesOutside()).size).toBeGreaterThanOrEqual(80);
});

describe('a name that leads out of the directory', () => {
  beforeEach(() => {
    writeFileSync(join(site, 'p.yml'), '');
  });

  test.each(places)('is refused as %s', (place, text) => {
    const names = namesOutside();
    const hits = names.filter((name) => {
      writeFileSync(join(site, 'p.yml'), text(name));
      const loaded = loadPlaybook(join(site, 'p.yml'), modules);
      // An import that cannot be read is told with the rest, so that all is told at once.
      const problems = loaded.ok ? loaded.value.warnings : loaded.problems;
      const isTold = problems.some(({ code, severity }) => severity === 'error' && code.startsWith('file/'));
      return (
        !isTold ||
        problems.some((each) => JSON.stringify([each.message, each.hint, each.span?.source]).includes(secret))
      );
    });
    console.log(`paths as ${place}: ${names.length} tried, ${hits.length} led out`);
    expect(hits).toEqual([]);
  });

  test.each(places.slice(0, 4))('is refused as %s when a host has said it', (place, text) => {
    writeFileSync(join(site, 'p.yml'), text('{{said}}').replace('\\\\{', '{').replace('\\\\{', '{'));
    const loaded = loadPlaybook(join(site, 'p.yml'), modules);
    if (!loaded.ok) throw new Error(loaded.problems.map(({ message }) => message).join());
    const task = loaded.value.playbook.plays[0]?.steps[0] as Task;
    const hits = namesOutside().filter(
      (name) => task.bind(Scope.empty.with('result', [data('said', name, 'register')])).ok,
    );
    console.log(`paths as ${place}, said by a host: ${namesOutside().length} tried, ${hits.length} led out`);
    expect(hits).toEqual([]);
    const folder = place.includes('template') ? 'templates' : 'files';
    for (const name of ['x', 'in/x', 'in/../x', 'y', `${folder}/y`, join(site, 'x')])
      expect([name, task.bind(Scope.empty.with('result', [data('said', name, 'register')])).ok]).toEqual([name, true]);
  });
});

describe('what the program writes on this machine, without a umask', () => {
  let home = '';
  beforeEach(() => void (home = mkdtempSync(join(tmpdir(), 'playbook-written-'))));
  afterEach(() => rmSync(home, { recursive: true }));

  /** Runs the program with umask 000. */
  function playbook(words: string, more: Readonly<Record<string, string>> = {}): ReturnType<typeof spawnSync> {
    const line = `umask 000; exec ${process.execPath} ${join(projectRoot, 'bin/playbook')} ${words}`;
    const environment = {
      PATH: process.env['PATH'] ?? '',
      HOME: home,
      PLAYBOOK_STATE_DIR: join(home, 'state'),
      ...more,
    };
    return spawnSync('/bin/sh', ['-c', line], {
      cwd: home,
      env: environment,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  /** Everything below a directory with its mode, but what the test itself has put there. */
  function modes(below: string): ReadonlyMap<string, string> {
    const paths = readdirSync(below, { recursive: true, encoding: 'utf8' }).map((name) => join(below, name));
    return new Map(
      [below, ...paths].map((path) => [relative(home, path), (lstatSync(path).mode & 0o7777).toString(8)]),
    );
  }

  const hosts = 'all: { hosts: { here: { connection: local } } }\n';
  const playbookText = `- hosts: all\n  tasks:\n    - { command: echo hi }\n    - { copy: { content: x, dest: "{{inventory_dir}}/copied", mode: "0640" } }\n`;

  test('is for its owner alone: journals, keys, claims and what holds a host', () => {
    writeFileSync(join(home, 'hosts.yml'), hosts);
    writeFileSync(join(home, 'site.yml'), `${playbookText}    - { command: "false" }\n`);
    const ran = playbook('run site.yml -i hosts.yml --no-preflight');
    expect([ran.status, ran.stderr]).toEqual([1, expect.anything()]);
    const seen = [...modes(join(home, 'state'))];
    const loose = seen.filter(([, mode]) => (Number.parseInt(mode, 8) & 0o077) !== 0);
    console.log(
      `written: ${seen.length} files and directories of a run with umask 000, ${loose.length} open to others`,
    );
    expect(seen.length).toBeGreaterThan(3);
    // Who holds a host is for all of its users to see, and for none of them to change.
    expect(loose.filter(([, mode]) => (Number.parseInt(mode, 8) & 0o022) !== 0)).toEqual([]);
    expect(loose.map(([path]) => path).filter((path) => !path.startsWith('state/target'))).toEqual([]);
    expect((lstatSync(join(home, 'copied')).mode & 0o777).toString(8)).toBe('640');
  });

  test('is for its owner alone: what vault encrypts and decrypts, and a known_hosts that was learned', async () => {
    const server = await startSshServer({ hostKeys: [keyPair().private] });
    try {
      writeFileSync(join(home, 'password'), 'pw\n', { mode: 0o600 });
      writeFileSync(join(home, 'plain.yml'), 'a: b\n', { mode: 0o600 });
      for (const word of ['encrypt', 'rekey --new-vault-password-file password', 'decrypt']) {
        expect(playbook(`vault ${word} --vault-password-file password plain.yml`).status).toBe(0);
        expect((lstatSync(join(home, 'plain.yml')).mode & 0o777).toString(8)).toBe('600');
      }
    } finally {
      await server[Symbol.asyncDispose]();
    }
  });

  test.each([
    ['a link to a file', (at: string, victim: string) => symlinkSync(victim, at)],
    ['a link to a directory', (at: string, victim: string) => symlinkSync(join(victim, '..'), at)],
    ['a link that leads nowhere', (at: string, victim: string) => symlinkSync(`${victim}-new`, at)],
    ['a file', (at: string) => writeFileSync(at, 'planted')],
    ['another name of a file', (at: string, victim: string) => linkSync(victim, at)],
    ['a directory for everybody', (at: string) => (mkdirSync(at), chmodSync(at, 0o1777))],
  ])('goes not through what was planted: %s in the place of the journals', (_what, plant) => {
    const victim = join(home, 'victim');
    writeFileSync(victim, 'precious', { mode: 0o600 });
    writeFileSync(join(home, 'hosts.yml'), hosts);
    writeFileSync(join(home, 'site.yml'), playbookText);
    mkdirSync(join(home, 'state'), { mode: 0o700 });
    plant(join(home, 'state', 'runs'), victim);
    const ran = playbook('run site.yml -i hosts.yml --no-preflight');
    expect(ran.status).toBe(70);
    expect(ran.stderr).toContain('journal directory');
    expect(readFileSync(victim, 'utf8')).toBe('precious');
    expect(existsSync(`${victim}-new`)).toBe(false);
    expect(existsSync(join(home, 'copied'))).toBe(false);
  });
});
