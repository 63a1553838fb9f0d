// Going on with a run whose playbook or inventory was mended meanwhile: what has been begun must be as it was, the task that
// failed may be mended, and what comes after it is free.
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { exitCode } from '../../src/core/exit.js';
import type { Stamped } from '../../src/core/event.js';
import { programIn } from '../rigs/program-here.js';
import type { Said } from '../rigs/program-here.js';

const files: Readonly<Record<string, string>> = {
  'hosts.yml': `all:
  vars: { colour: grey, tone: blue, shade: dark }
  children:
    ones:
      hosts:
        here: { connection: local, ssh_host: 10.0.0.1, ssh_user: anna }
        idle: { connection: local, ssh_host: 10.0.0.2, ssh_user: anna }
    others:
      hosts:
        away: { connection: local, ssh_host: 10.0.0.3, ssh_user: anna }
`,
  'vars.yml': 'greeting: hello {{tone}}\nparting: bye\n',
  'page.txt': 'page\n',
  'site.yml': `- name: First
  hosts: here
  vars_files: [vars.yml]
  tasks:
    - name: Greet
      shell: echo {{greeting}} >>OUT
    - name: Copy
      copy: { src: page.txt, dest: DIR/page }
    - name: Never
      when: colour == 'red'
      shell: echo never >>OUT
    - block:
        - name: Broken
          shell: echo broken >>OUT; exit 3
    - name: After
      shell: echo {{parting}} {{shade}} >>OUT
- name: Second
  hosts: others
  tasks:
    - name: Elsewhere
      shell: echo elsewhere >>OUT
`,
};

let directory = '';
let run = '';
const textOf = (name: string): string => readFileSync(join(directory, name), 'utf8');
const placed = (text: string): string => text.replaceAll('OUT', join(directory, 'out')).replaceAll('DIR', directory);
const write = (name: string, text: string): void => {
  mkdirSync(dirname(join(directory, name)), { recursive: true });
  writeFileSync(join(directory, name), placed(text));
};
const playbook = (...words: readonly string[]): Promise<Said> => programIn(directory)(words);
const resume = (...words: readonly string[]): Promise<Said> => playbook('resume', run, ...words);

function edit(name: string, before: string, after: string): void {
  expect(textOf(name)).toContain(placed(before));
  write(name, textOf(name).replace(placed(before), after));
}

async function failOnce(): Promise<void> {
  directory = mkdtempSync(join(tmpdir(), 'playbook-accept-'));
  for (const [name, text] of Object.entries(files)) write(name, text);
  const { code, said } = await playbook('run', 'site.yml', '-i', 'hosts.yml');
  expect([code, said]).toEqual([exitCode.failed, expect.stringContaining('PLAY RECAP')]);
  [run = ''] = readdirSync(join(directory, 'state/runs')).map((name) => name.split('.')[0] ?? '');
}

describe('an edit of what was begun', () => {
  beforeAll(failOnce, 60_000);
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  test.each([
    ['a task that is done', 'site.yml', '{{greeting}} >>', '{{greeting}} again >>', '`Greet` has been begun'],
    ['the condition of one that was left out', 'site.yml', "'red'", "'blue'", '`Never` has been begun'],
    ['a name', 'site.yml', 'Copy', 'Put', '`Copy` is not in its place'],
    [
      'a task before it',
      'site.yml',
      '    - name: Copy',
      '    - name: New\n      debug: { msg: x }\n    - name: Copy',
      '`Copy`',
    ],
    [
      'a task that is gone',
      'site.yml',
      '    - name: Copy\n      copy: { src: page.txt, dest: DIR/page }\n',
      '',
      '`Copy`',
    ],
    ['the name of the task that failed', 'site.yml', 'Broken', 'Whole', '`Broken` is not in its place'],
    [
      'a rescue of the task that failed',
      'site.yml',
      'exit 3',
      'exit 3\n      rescue: [{ debug: { msg: x } }]',
      '`Broken`',
    ],
    ['a file that was copied', 'page.txt', 'page', 'leaf', '`Copy` has been begun'],
    ['a variable', 'vars.yml', 'hello', 'good day', '`Greet` has been begun or passed, and rests on `greeting`'],
    [
      'a variable behind one',
      'hosts.yml',
      'tone: blue',
      'tone: green',
      '`Greet` has been begun or passed, and rests on `here > tone`',
    ],
    ['a stronger saying of one', 'host_vars/here.yml', '', 'tone: green\n', 'rests on `here > tone`'],
    ['the address of a host', 'hosts.yml', '10.0.0.1', '10.0.0.9', '`here` was touched, and is reached in another way'],
    ['the hosts of a play', 'site.yml', 'hosts: here', 'hosts: ones', 'play 1 has been begun'],
  ])('is refused: %s', async (_what, name, before, after, told) => {
    const original = files[name] === undefined ? undefined : textOf(name);
    if (original === undefined) write(name, after);
    else edit(name, before, after);
    const refused = await resume('--accept-edits');
    if (original === undefined) rmSync(join(directory, name));
    else writeFileSync(join(directory, name), original);
    expect([refused.code, refused.said]).toEqual([exitCode.stale, expect.stringContaining('cli/edit-refused')]);
    expect(refused.said.replaceAll(/\s+/g, ' ')).toContain(told);
    expect(textOf('out')).toBe('hello blue\nbroken\n');
  });
});

describe('an edit of what was not begun', () => {
  beforeEach(failOnce, 60_000);
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  test('and of the task that failed is gone on with, written down, and from then on the one to compare with', async () => {
    edit('site.yml', 'echo broken >>', 'echo mended >>');
    edit('site.yml', 'exit 3', 'exit 0');
    edit('site.yml', '{{shade}} >>', '{{shade}} again >>');
    edit('site.yml', 'elsewhere >>', 'there; exit 1 >>');
    edit('hosts.yml', 'shade: dark', 'shade: light');
    edit('hosts.yml', '10.0.0.2', '10.0.0.8');
    edit('vars.yml', 'bye', 'so long');
    expect((await resume()).said).toContain('--accept-edits');
    const second = await resume('--accept-edits');
    expect([second.code, second.said]).toEqual([exitCode.failed, expect.stringContaining('goes on although this has')]);
    expect(textOf('out')).toBe('hello blue\nbroken\nmended\nso long light again\n');
    const journal = textOf(`state/runs/${run}.jsonl`);
    const edited = journal.split('\n').filter((line) => line.includes('"type":"run.edited"'));
    expect(edited.map((line) => (JSON.parse(line) as Stamped & { readonly by: string }).by)).toEqual([
      expect.stringMatching(/.+@.+/),
    ]);
    expect(edited[0]).toMatch(/changed: [^"]*vars\.yml/);
    expect(edited[0]).not.toContain('so long');
    // What went on by the edit is what was begun now.
    edit('vars.yml', 'so long', 'adieu');
    expect((await resume('--accept-edits')).said).toContain('`After` has been begun or passed, and rests on `parting`');
    edit('vars.yml', 'adieu', 'so long # as before');
    expect((await resume()).code).toBe(exitCode.failed);
    edit('site.yml', 'there; exit 1', 'there');
    expect((await resume()).said).toContain('cli/stale-run');
    expect((await resume('--accept-edits')).code).toBe(exitCode.done);
    expect(textOf('out')).toBe('hello blue\nbroken\nmended\nso long light again\nthere\n');
  });

  test('such as a new task at the end, one that is gone, and a new host of a later play', async () => {
    edit('site.yml', 'exit 3', 'exit 0');
    edit('site.yml', '    - name: After\n      shell: echo {{parting}} {{shade}} >>OUT\n', '');
    edit('hosts.yml', '        away:', '        far: { connection: local, ssh_host: 10.0.0.4 }\n        away:');
    write('site.yml', `${textOf('site.yml')}    - name: Last\n      shell: echo last {{inventory_hostname}} >>OUT\n`);
    const ended = await resume('--accept-edits');
    expect([ended.code, ended.said]).toEqual([exitCode.done, expect.stringContaining('PLAY RECAP')]);
    expect(textOf('out').split('\n').toSorted()).toEqual(
      ['', 'broken', 'broken', 'elsewhere', 'elsewhere', 'hello blue', 'last away', 'last far'].toSorted(),
    );
  });
});

test('a run whose journal does not say what its tasks were goes on with the input that it knows, and no other', async () => {
  await failOnce();
  try {
    const path = `state/runs/${run}.jsonl`;
    const events = textOf(path)
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    // A journal of an older version, without seals and without an outline.
    const newer = new Set(['outline', 'crc', 'prev']);
    const older = events.map((event) =>
      JSON.stringify(Object.fromEntries(Object.entries(event).filter(([key]) => !newer.has(key)))),
    );
    writeFileSync(join(directory, path), `${older.join('\n')}\n`);
    edit('site.yml', 'exit 3', 'exit 0');
    expect((await resume('--accept-edits')).said).toContain('an older version of playbook began it');
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
