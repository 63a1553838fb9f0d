// The questions of a preflight, asked of real files by real shells, as a user who may not do everything.
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { answersIn, keyOf, programPath, questionScript, questionsOf } from '../../src/engine/questions.js';
import type { Question } from '../../src/engine/questions.js';

const root = mkdtempSync(join(tmpdir(), 'playbook-questions-'));
const hostile = `it's "a" $(touch ${root}/open/pwned); \`x\`\n*`;

beforeAll(() => {
  chmodSync(root, 0o755);
  for (const [name, mode] of [
    ['open', 0o777],
    ['closed', 0o755],
    ['secret', 0o700],
    ['versions', 0o755],
  ] as const) {
    mkdirSync(join(root, name));
    chmodSync(join(root, name), mode);
  }
  writeFileSync(join(root, 'closed', 'file'), '');
  writeFileSync(join(root, 'closed', 'no-tool'), '');
  writeFileSync(join(root, 'secret', 'file'), '');
  writeFileSync(join(root, 'closed', 'tool'), '#!/bin/sh\n', { mode: 0o755 });
  writeFileSync(join(root, hostile.replaceAll('/', '_')), '');
  mkdirSync(join(root, 'versions', '8 $(id)', 'bin'), { recursive: true });
  for (const name of ['far-tool', 'no-tool'])
    writeFileSync(join(root, 'versions', '8 $(id)', 'bin', name), '#!/bin/sh\n', { mode: 0o755 });
  symlinkSync('nowhere', join(root, 'closed', 'dangling'));
});
afterAll(() => rmSync(root, { recursive: true }));

// Root may do everything, so root asks as somebody else.
const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : undefined;

function ask(
  kind: Question['kind'],
  about: string,
  shell = '/bin/sh',
  places: readonly string[] = [],
): string | undefined {
  const question = {
    kind,
    about: about.replace('ROOT', root),
    places: places.map((each) => each.replace('ROOT', root)),
  };
  const command = questionScript([question]);
  const script = command.kind === 'shell' ? command.script : '';
  const env = { PATH: `${root}/closed:/usr/bin:/bin` };
  const ended = spawnSync(shell, ['-c', script], { env, cwd: '/', encoding: 'utf8', ...nobody });
  expect(ended.stderr).toBe('');
  return answersIn(ended.stdout, [question]).get(keyOf(question))?.word;
}

test.each<[Question['kind'], string, string]>([
  ['program', 'sh', 'yes'],
  ['program', 'tool', 'yes'],
  ['program', 'no-tool', 'denied'],
  // A builtin of the shell is no program that can be run.
  ['program', 'set', 'no'],
  ['program', 'ROOT/closed/tool', 'yes'],
  ['program', 'ROOT/closed/file', 'denied'],
  ['program', 'ROOT/closed/gone', 'no'],
  ['program', 'ROOT/secret/file', 'hidden'],
  ['file', 'ROOT/closed/file', 'yes'],
  ['file', 'ROOT/closed/dangling', 'yes'],
  ['file', 'ROOT/closed/gone', 'no'],
  ['file', 'ROOT/closed/file/below', 'no'],
  ['file', 'ROOT/secret/file', 'hidden'],
  ['file', `ROOT/${hostile.replaceAll('/', '_')}`, 'yes'],
  ['file', `ROOT/${hostile}`, 'no'],
  ['directory', 'ROOT/closed', 'yes'],
  ['directory', 'ROOT/closed/file', 'no'],
  ['place', 'ROOT/open/new', 'yes'],
  ['place', 'ROOT/closed/new', 'readonly'],
  ['place', 'ROOT/closed/file', 'kept'],
  ['place', 'ROOT/gone/new', 'no'],
  ['place', 'ROOT/closed/file/new', 'no'],
  ['place', 'ROOT/secret/deeper/new', 'hidden'],
  ['make', 'ROOT/open/a/b/c', 'yes'],
  ['make', 'ROOT/closed', 'yes'],
  ['make', 'ROOT/closed/a/b', 'readonly'],
  ['make', 'ROOT/closed/file/a', 'no'],
  ['service', 'no-such-service-anywhere', 'no'],
])('%s %j: %s', (kind, about, expected) => {
  expect(ask(kind, about)).toBe(expected);
});

test.each([
  ['tool', [], 'yes'],
  ['far-tool', [], 'no'],
  ['far-tool', ['ROOT/versions/*/bin'], 'yes'],
  ['far-tool', ['ROOT/nowhere', 'ROOT/versions/8 $(id)/bin'], 'yes'],
  ['far-tool', ['ROOT/versions/8?$(id)/bin'], 'no'],
  // A file of that name on the PATH that cannot be run does not hide the program further on.
  ['no-tool', ['ROOT/versions/*/bin'], 'yes'],
  ['no-tool', ['ROOT/nowhere/*'], 'denied'],
])('searched %j in %j: %s', (name, places, expected) => {
  expect(ask('searched', name, '/bin/sh', places)).toBe(expected);
});

test('a search for one program leaves no other question with patterns', () => {
  const searched: Question = { kind: 'searched', about: 'tool', places: ['/nowhere/*'] };
  const file: Question = { kind: 'file', about: `${root}/c*` };
  const { script } = questionScript([searched, file]) as { readonly script: string };
  const said = spawnSync('/bin/sh', ['-c', script], { env: { PATH: '/usr/bin:/bin' }, encoding: 'utf8' }).stdout;
  expect([...answersIn(said, [searched, file]).values()]).toEqual([{ word: 'no' }, { word: 'no' }]);
});

test('nothing of what is asked about is run', () => {
  expect(ask('file', 'ROOT/open/pwned')).toBe('no');
});

describe('what a task needs', () => {
  test('is asked from where its program runs', () => {
    expect(programPath('./run.sh', '/opt/x')).toBe('/opt/x/./run.sh');
    expect(programPath('run.sh', '/opt/x')).toBe('run.sh');
    expect(programPath('/bin/run.sh', '/opt/x')).toBe('/bin/run.sh');
  });

  test('becomes a question each', () => {
    const asked = questionsOf({
      programs: ['a'],
      chdir: '/c',
      files: [['/f', '/g']],
      writes: [{ path: '/w', bytes: 1 }],
      makes: ['/m'],
      services: ['s'],
    });
    expect(asked.map(keyOf)).toEqual([
      'program a',
      'directory /c',
      'file /f',
      'file /g',
      'place /w',
      'make /m',
      'service s',
    ]);
  });
});

test('answers are told apart from whatever else is said', () => {
  const questions: readonly Question[] = [
    { kind: 'file', about: '/a' },
    { kind: 'place', about: '/b' },
  ];
  const answers = answersIn('welcome\n0 no\n1 yes 2048\n7 yes\n', questions);
  expect([...answers]).toEqual([
    ['file /a', { word: 'no' }],
    ['place /b', { word: 'yes', freeKib: 2048 }],
  ]);
});
