// A file of a host that is kept on this machine stays where the playbook wants it: whatever `dest`, `src` and the name of
// the host say, whatever links and other things were planted on the way, and whatever a host would like it to be called.
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ownFiles } from '../../src/cli/own-files.js';
import type { Task } from '../../src/core/playbook.js';
import { Scope, data } from '../../src/core/scope.js';
import { WorldError } from '../../src/core/world-error.js';
import { loadPlaybook } from '../../src/load/playbook.js';
import { modules } from '../../src/modules/index.js';
import { projectRoot } from '../rigs/command-line.js';
import { outcomeOf } from '../rigs/local-senses.js';

let base = '';
let site = '';
let remote = '';

beforeEach(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), 'playbook-kept-')));
  [site, remote] = [join(base, 'site'), join(base, 'remote')];
  for (const each of ['site/in', 'site-2', 'outside/deep', 'remote/deep', 'home'])
    mkdirSync(join(base, each), { recursive: true });
  for (const each of ['outside/x', 'outside/deep/x', 'x', 'site-2/x']) writeFileSync(join(base, each), 'precious\n');
  for (const each of ['x', 'deep/x', 'a\nb', 'a b', '-x', '..x']) writeFileSync(join(remote, each), 'of the host\n');
  const link = (to: string, at: string): void => symlinkSync(to, join(site, at));
  link('../outside', 'link');
  link(join(base, 'outside'), 'absolute-link');
  link('link', 'link-to-link');
  link('..', 'up-link');
  link('/', 'root-link');
  link('nowhere', 'dangling-link');
  link('in', 'inner-link');
  link('/proc/self/cwd', 'proc-link');
});
afterEach(() => rmSync(base, { recursive: true }));

/** Everything outside of the playbook's directory: names, kinds, modes and contents. Links are not followed. */
function outside(below = base): string {
  const found = readdirSync(below, { withFileTypes: true }).map((each): unknown => {
    const path = join(below, each.name);
    if (path === site) return '';
    const { mode } = lstatSync(path);
    if (each.isDirectory()) return [each.name, mode, outside(path)];
    return [each.name, mode, each.isFile() ? readFileSync(path, 'utf8') : ''];
  });
  return JSON.stringify(found);
}

/** The files below the playbook's directory that hold what came from the host, links not followed. */
function kept(below = site): readonly string[] {
  return readdirSync(below, { withFileTypes: true }).flatMap((each) => {
    const path = join(below, each.name);
    if (each.isDirectory()) return kept(path);
    return each.isFile() && readFileSync(path, 'utf8') === 'of the host\n' ? [path] : [];
  });
}

interface Said {
  readonly src?: string;
  readonly dest?: string;
  readonly host?: string;
  readonly flat?: boolean;
  /** True when the names come from variables. */
  readonly asVariables?: boolean;
}

/** Fetches with these words through the loader and the engine; tells how it ended, in a word. */
async function fetched({ src = join(remote, 'x'), dest = 'fetched', host = 'sp', ...said }: Said): Promise<string> {
  const quoted = (name: string): string => JSON.stringify(name).replaceAll('{', '\\\\{');
  const [from, to] = said.asVariables === true ? ['"{{from}}"', '"{{to}}"'] : [quoted(src), quoted(dest)];
  const text = `- hosts: all\n  tasks:\n    - fetch: { src: ${from}, dest: ${to}, flat: ${said.flat ?? false} }\n`;
  writeFileSync(join(site, 'p.yml'), text);
  const loaded = loadPlaybook(join(site, 'p.yml'), modules);
  if (!loaded.ok) return 'refused';
  const task = loaded.value.playbook.plays[0]?.steps[0] as Task;
  const scope = Scope.empty
    .with('host', [data('from', src, 'host'), data('to', dest, 'host')])
    .withBuiltins({ inventory_hostname: () => host });
  const bound = task.bind(scope);
  if (!bound.ok) return 'refused';
  return (await outcomeOf(bound.value)).status;
}

/** Names of places that lead out, or try to. */
function dests(): readonly string[] {
  const ups = [
    '..',
    '../..',
    './..',
    'in/../..',
    'in/../in/../..',
    '././../',
    'in//..//..',
    'fetched/../..',
    '../site/..',
  ];
  const ends = ['x', 'outside', 'outside/x', 'site-2/'];
  return [
    ...ups.flatMap((up) => ends.map((end) => `${up}/${end}`)),
    'link',
    'absolute-link',
    'link-to-link',
    'up-link',
    'root-link',
    'dangling-link',
    'inner-link',
    'proc-link',
    'link/deep',
    'up-link/outside',
    `root-link${base}/outside`,
    'in/../link',
    './link/',
    'up-link/site/../outside',
    '..',
    '../',
    '~',
    '~/x',
    '~root/x',
    'a\0b',
    'x\0/../../outside',
    'a\nb',
    'a\rb',
    'a\u001b[2Jb',
    'a\u009bb',
    '\u007f',
    'x'.repeat(300),
    `in/${'x'.repeat(300)}/y`,
    'é'.repeat(200),
    `${'deep/'.repeat(1500)}x`,
    'p.yml',
    'p.yml/x',
  ];
}

/** Absolute ones, which no value may choose. */
function absoluteDests(): readonly string[] {
  return [
    join(base, 'outside'),
    join(base, 'outside/new'),
    `/${base}/outside`,
    `${site}/../outside`,
    `${site}-2`,
    `${site}-2/x`,
    '/',
    '//',
    '/etc',
    '/etc/passwd',
    '/proc/self/cwd',
    '/dev/null',
    '/tmp',
    `${site}/link`,
    `${site}/in/../..`,
  ];
}

const srcs = (): readonly string[] => [
  `${remote}/../outside/x`,
  `${remote}/deep/../x`,
  `${remote}/..`,
  `${remote}/.`,
  `${remote}/`,
  '/',
  '//',
  '/..',
  '/../x',
  `${remote}/a\nb`,
  `${remote}/x\0`,
  `${remote}/\0/x`,
  `${remote}/${'x'.repeat(300)}`,
  `${remote}/x/`,
  `${remote}/x/../x`,
  '../x',
  'x',
  '',
  '~/x',
  `${remote}/a\u001bb`,
  `${remote}/deep/../../../../../../../../../../etc/passwd`,
];

const hosts = [
  '..',
  '.',
  '',
  'a/b',
  '../../x',
  '/etc',
  'a\0b',
  'a\nb',
  'x'.repeat(300),
  'link',
  'up-link',
  '\u001b[2J',
];

describe('whatever is said', { timeout: 60_000 }, () => {
  test('nothing is kept outside of the directory of the playbook', async () => {
    const before = outside();
    const cases: readonly Said[] = [
      ...dests().flatMap((dest) => [
        { dest },
        { dest, flat: true },
        { dest, asVariables: true },
        { dest, flat: true, asVariables: true },
      ]),
      ...absoluteDests().flatMap((dest) => [
        { dest, asVariables: true },
        { dest, flat: true, asVariables: true },
      ]),
      ...srcs().flatMap((src) => [
        { src },
        { src, dest: 'fetched/', flat: true },
        { src, asVariables: true },
        { src, dest: './', flat: true, asVariables: true },
      ]),
      ...hosts.flatMap((host) => [{ host }, { host, dest: '.' }]),
    ];
    const names = new Set([...dests(), ...absoluteDests(), ...srcs(), ...hosts]);
    const ended = new Map<string, number>();
    const hits: Said[] = [];
    for (const said of cases) {
      const status = await fetched(said);
      ended.set(status, (ended.get(status) ?? 0) + 1);
      // What was changed is a file below the playbook, and the only one.
      const files = kept();
      if (outside() !== before || (status === 'changed') !== (files.length === 1)) hits.push(said);
      for (const file of files) rmSync(file);
    }
    console.log(
      `places of kept files: ${names.size} hostile names, ${cases.length} tried, ${hits.length} led out; ${JSON.stringify([...ended])}`,
    );
    expect(names.size).toBeGreaterThanOrEqual(80);
    expect(hits).toEqual([]);
    expect(ended.get('refused')).toBeGreaterThan(100);
  });

  test('names that only look dangerous are names, and what is absolute and written out is a place', async () => {
    for (const [src, dest] of [
      ['..x', 'fetched'],
      ['a b', '..y/ z'],
      ['-x', '-rf/*'],
      ['x', './in/./fetched//'],
      ['x', join(base, 'elsewhere')],
      ['x', `${site}/in`],
    ] as const)
      expect([dest, await fetched({ src: join(remote, src), dest })]).toEqual([dest, 'changed']);
    expect(readFileSync(join(base, 'elsewhere/sp', remote, 'x'), 'utf8')).toBe('of the host\n');
    expect(lstatSync(join(base, 'elsewhere/sp', remote, 'x')).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(site, '..y/ z/sp', remote, 'a b'), 'utf8')).toBe('of the host\n');
  });

  test('a value chooses names only below a directory that is written out', async () => {
    const before = outside();
    const inTemplate = async (dest: string, value: string): Promise<string> => {
      writeFileSync(
        join(site, 'p.yml'),
        `- hosts: all\n  tasks:\n    - fetch: { src: ${remote}/x, dest: "${dest}" }\n`,
      );
      const loaded = loadPlaybook(join(site, 'p.yml'), modules);
      const task = loaded.ok ? (loaded.value.playbook.plays[0]?.steps[0] as Task) : undefined;
      const scope = Scope.empty
        .with('host', [data('v', value, 'host')])
        .withBuiltins({ inventory_hostname: () => 'sp' });
      const bound = task?.bind(scope);
      return bound?.ok === true ? (await outcomeOf(bound.value)).status : 'refused';
    };
    const tried = [
      ['/{{v}}', base.slice(1)],
      ['/{{v}}/outside', base.slice(1)],
      ['/./{{v}}', base.slice(1)],
      ['{{v}}/outside', base],
      [`${base}/{{v}}`, '../x'],
      [`${base}/in/{{v}}/y`, '..'],
      [`${base}/out{{v}}`, 'side/../outside'],
    ] as const;
    for (const [dest, value] of tried) expect([dest, await inTemplate(dest, value)]).toEqual([dest, 'refused']);
    expect(outside()).toBe(before);
    expect(await inTemplate(`${base}/elsewhere/{{v}}`, 'sub')).toBe('changed');
  });
});

describe('whatever was planted', { timeout: 60_000 }, () => {
  const place = (): readonly string[] => ['fetched', 'sp', ...join(remote, 'x').slice(1).split('/')];

  test('a link at any component is not followed', async () => {
    const before = outside();
    let tried = 0;
    const names = place();
    for (const target of [
      join(base, 'outside'),
      join(base, 'outside/x'),
      join(base, 'outside/new'),
      join(site, 'in'),
      '.',
    ]) {
      for (const index of names.keys()) {
        const at = join(site, ...names.slice(0, index + 1));
        mkdirSync(dirname(at), { recursive: true });
        symlinkSync(target, at);
        expect([at, target, await fetched({})]).toEqual([at, target, 'failed']);
        expect(lstatSync(at).isSymbolicLink()).toBe(true);
        rmSync(join(site, 'fetched'), { recursive: true });
        tried += 1;
      }
    }
    console.log(`links on the way of kept files: ${tried} planted, 0 followed`);
    expect(outside()).toBe(before);
    expect(kept()).toEqual([]);
  });

  test('a directory, a FIFO and a file in the way are left as they are', async () => {
    const file = join(site, ...place());
    mkdirSync(file, { recursive: true });
    expect(await fetched({})).toBe('failed');
    rmSync(file, { recursive: true });
    spawnSync('mkfifo', [file]);
    expect(await fetched({})).toBe('failed');
    expect(lstatSync(file).isFIFO()).toBe(true);
    rmSync(join(site, 'fetched'), { recursive: true });
    writeFileSync(join(site, 'fetched'), 'mine\n');
    expect(await fetched({})).toBe('failed');
    expect(readFileSync(join(site, 'fetched'), 'utf8')).toBe('mine\n');
  });

  test('another name of a file of ours is no way to change it', async () => {
    const file = join(site, ...place());
    mkdirSync(dirname(file), { recursive: true });
    linkSync(join(base, 'outside/x'), file);
    const before = outside();
    expect(await fetched({})).toBe('changed');
    expect(outside()).toBe(before);
    expect(readFileSync(file, 'utf8')).toBe('of the host\n');
  });

  test('what is put in the way after the look is found when it is written', () => {
    const path = { root: site, names: ['a', 'b', 'file'] };
    const content = Buffer.from('of the host\n');
    const refusal = (work: () => void): unknown => {
      try {
        work();
        return 'kept';
      } catch (thrown) {
        return thrown instanceof WorldError && thrown.kind === 'failed' ? 'refused' : thrown;
      }
    };
    mkdirSync(join(site, 'a/b'), { recursive: true });
    const before = outside();
    for (const plant of [
      () => (rmSync(join(site, 'a'), { recursive: true }), symlinkSync('../outside', join(site, 'a'))),
      () => (renameSync(join(site, 'a/b'), join(site, 'old')), symlinkSync('../../outside', join(site, 'a/b'))),
      () => symlinkSync('../../../outside/x', join(site, 'a/b/file')),
      () => symlinkSync('../../../outside/new', join(site, 'a/b/file')),
      () => mkdirSync(join(site, 'a/b/file')),
      () => spawnSync('mkfifo', [join(site, 'a/b/file')]),
      () => writeFileSync(join(site, 'a/b/file'), 'somebody was faster\n'),
    ]) {
      expect(ownFiles.look(path)).toBeUndefined();
      plant();
      expect(refusal(() => ownFiles.keep(path, content, null))).toBe('refused');
      for (const each of ['a', 'old']) rmSync(join(site, each), { recursive: true, force: true });
      mkdirSync(join(site, 'a/b'), { recursive: true });
    }
    expect(refusal(() => ownFiles.keep({ root: site, names: ['..', 'x'] }, content, null))).toBe('refused');
    expect(refusal(() => ownFiles.keep({ root: site, names: [] }, content, null))).toBe('refused');
    expect(outside()).toBe(before);
    expect(refusal(() => ownFiles.keep(path, content, null))).toBe('kept');
    expect(readdirSync(join(site, 'a/b'))).toEqual(['file']);
  });
});

describe('whatever a host says', { timeout: 60_000 }, () => {
  /** Runs the program; a play over this machine as a host, which says what it will. */
  function playbook(command: 'run' | 'validate', tasks: string, more = ''): ReturnType<typeof spawnSync> {
    writeFileSync(join(site, 'hosts.yml'), 'all: { hosts: { sp: { connection: local } } }\n');
    writeFileSync(join(site, 'site.yml'), `- hosts: all\n${more}  tasks:\n${tasks}`);
    const words = [join(projectRoot, 'bin/playbook'), command, 'site.yml', '-i', 'hosts.yml'];
    const environment = { PATH: process.env['PATH'], HOME: base, PLAYBOOK_STATE_DIR: join(base, 'home') };
    return spawnSync(process.execPath, words, { cwd: site, env: environment, encoding: 'utf8' });
  }

  const asks = `    - { command: echo site.yml, register: r, changed_when: false }\n`;
  const fetches = (words: string): string => `${asks}    - fetch: ${words}\n`;

  test.each([
    ['src', fetches('{ src: "/{{r.stdout}}", dest: ./, flat: true }'), ''],
    ['dest', fetches('{ src: /etc/passwd, dest: "{{r.stdout}}", flat: true }'), ''],
    [
      'a variable that is made of it',
      fetches('{ src: "/x/{{name}}", dest: ./, flat: true }'),
      '  vars: { name: "{{r.stdout}}" }\n',
    ],
    ['an item', fetches('{ src: "/x/{{item}}", dest: ./, flat: true }\n      loop: "{{r.stdout_lines}}"'), ''],
    [
      'a fact',
      `${asks}    - set_fact: { name: "{{r.stdout}}" }\n    - fetch: { src: "/x/{{name}}", dest: ./, flat: true }\n`,
      '',
    ],
    ['what another host said', fetches('{ src: "/x/{{hostvars.sp.r.stdout}}", dest: ./, flat: true }'), ''],
  ])('no name is made of it before the run begins: %s', (_what, tasks, more) => {
    for (const command of ['validate', 'run'] as const) {
      const ran = playbook(command, tasks, more);
      expect([ran.status, ran.stderr]).toEqual([65, expect.stringContaining('file/named-by-host')]);
    }
  });

  test('no name is made of it where only the run can tell', () => {
    const tasks = `${asks}    - block:\n        - fetch: { src: "${remote}/x", dest: "{{item}}", flat: true }\n      loop: "{{r.stdout_lines}}"\n`;
    const ran = playbook('run', tasks);
    expect([ran.status, ran.stdout]).toEqual([1, expect.stringContaining('`item` comes from the run')]);
    expect(readFileSync(join(site, 'site.yml'), 'utf8')).toContain('fetch');
    expect(kept()).toEqual([]);
  });

  test('items that the playbook says are names, in loops of blocks too', () => {
    const tasks = `    - block:\n        - fetch: { src: "${remote}/{{item}}", dest: "kept/" }\n      loop: [x, deep/x]\n`;
    const ran = playbook('run', tasks);
    expect([ran.status, ran.stderr]).toEqual([0, '']);
    expect(existsSync(join(site, 'kept/sp', remote, 'deep/x'))).toBe(true);
  });
});
