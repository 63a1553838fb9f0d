// Completion: the words that could stand next, and the scripts by which shells ask for them.
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runProgram } from '../../src/cli/program.js';
import type { Io } from '../../src/cli/io.js';
import { Redactor } from '../../src/core/redact.js';
import { codes } from '../../src/core/codes/index.js';
import { modules } from '../../src/modules/index.js';
import { projectRoot } from '../rigs/command-line.js';
import { hasShell } from '../rigs/shells.js';

const site = `
name: The whole site
params:
  mode: { enum: [fast, "slow"], default: fast, description: how to go about it }
  count: { type: integer, default: 1, description: how many }
  key: { enum: [hidden, unseen], default: hidden, secret: true }
  old: { type: host, required: false, description: who goes }
plays:
  - name: First
    hosts: all
    tags: [site]
    tasks:
      - { name: "P2.4 Stop: all", ping: , tags: [stop, down] }
      - block: [{ name: "It's {{ mode }}", ping: }]
        always: [{ name: Start, ping: , tags: start }]
`;
const files: Readonly<Record<string, string>> = {
  'site.yml': site,
  'broken.yml': 'plays: [{ hosts: all, tasks: [{ servise: x }] }]\n',
  'not-yaml.yml': 'a: [\n',
  'compose.yml': 'services: { web: { image: x } }\n',
  'playbooks/other.yml': '- hosts: all\n  tasks: []\n',
  'playbooks/site.yml': '- hosts: all\n  tasks: []\n',
  'inventories/dc1.yml':
    'all: { children: { web: { hosts: { spa: { color: red }, spb: } }, db: { hosts: { dba: } } } }\n',
  'inventories/wrong.yml': 'all: { host: {} }\n',
  '.lab/hosts.yml': 'all: { hosts: { laba: } }\n',
  'state/runs/20260101T000000-aaaa.jsonl': run('20260101T000000-aaaa'),
  'state/runs/20260102T000000-bbbb.jsonl': 'this is no journal\n',
};
let home: string;

function run(id: string): string {
  const events = [
    { type: 'run.started', playbook: 'site.yml', inventory: [], check: true, hosts: [] },
    { type: 'run.finished', exitCode: 0, recap: {} },
  ];
  return events
    .map((event, at) => `${JSON.stringify({ v: 1, seq: at + 1, at: '2026-01-01T00:00:00Z', run: id, ...event })}\n`)
    .join('');
}

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'playbook-complete-'));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(home, name)), { recursive: true });
    writeFileSync(join(home, name), content);
  }
  chmodSync(join(home, 'state/runs'), 0o700);
  symlinkSync(join(projectRoot, 'bin/playbook'), join(home, 'playbook'));
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

interface Told {
  readonly lines: readonly string[];
  readonly stderr: string;
  readonly code: number;
}

async function told(words: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<Told> {
  const [stdout, stderr]: [string[], string[]] = [[], []];
  const stream = (into: string[]) => ({ write: (text: string) => into.push(text) }) as unknown as NodeJS.WriteStream;
  const io: Io = {
    stdin: process.stdin,
    stdout: stream(stdout),
    stderr: stream(stderr),
    environment: { PLAYBOOK_STATE_DIR: join(home, 'state'), ...environment },
    directory: home,
    redactor: new Redactor(),
  };
  const code = await runProgram(['complete', '--', ...words], io);
  return { lines: stdout.join('').split('\n').filter(Boolean), stderr: stderr.join(''), code };
}

const wordsOf = ({ lines }: Told): readonly string[] => lines.map((line) => line.split('\t')[0] ?? '');

describe('what could stand next', () => {
  test.each<readonly [typed: readonly string[], words: readonly string[]]>([
    [['ru'], ['run', 'runs']],
    [['comp'], ['completion']],
    [['help', 'li'], ['list']],
    [
      ['list', 't'],
      ['tasks', 'tags'],
    ],
    [
      ['lab', 'h'],
      ['heal', 'help'],
    ],
    [
      ['run', ''],
      ['site.yml', 'broken.yml', 'other.yml'],
    ],
    [['run', '--', 's'], ['site.yml']],
    [
      ['run', 'site.yml', ''],
      ['broken.yml', 'other.yml'],
    ],
    [['run', 'nothing'], []],
    [['list', 'tags', 'o'], ['other.yml']],
    [
      ['validate', ''],
      ['site.yml', 'broken.yml', 'other.yml', 'dc1.yml', 'wrong.yml'],
    ],
    [['run', '--acc'], ['--accept-new-host-keys']],
    [['--v'], ['--version']],
    [
      ['run', '--output', ''],
      ['tree', 'lines', 'jsonl'],
    ],
    [['run', '--output=j'], ['--output=jsonl']],
    [['run', '-o', 'l'], ['lines']],
    [
      ['run', '-i', ''],
      ['dc1.yml', 'wrong.yml'],
    ],
    [['run', '--inventory=d'], ['--inventory=dc1.yml']],
    [
      ['run', 'site.yml', '--tags', ''],
      ['down', 'site', 'start', 'stop'],
    ],
    [
      ['run', 'site.yml', '-t', 'down,st'],
      ['down,start', 'down,stop'],
    ],
    [
      ['run', 'site.yml', '--skip-tags=stop,s'],
      ['--skip-tags=stop,site', '--skip-tags=stop,start'],
    ],
    [
      ['run', 'site.yml', '--start-at-task', ''],
      ['P2.4 Stop: all', "It's {{ mode }}", 'Start'],
    ],
    [
      ['run', 'site.yml', '-e', ''],
      ['mode=fast', 'mode=slow', 'count=', 'key=', 'old='],
    ],
    [
      ['run', 'site.yml', '-i', 'dc1.yml', '-e', 'old=s'],
      ['old=spa', 'old=spb'],
    ],
    [
      ['run', '-i', 'dc1.yml', '--limit', ''],
      ['all', 'web', 'db', 'spa', 'spb', 'dba'],
    ],
    [
      ['run', '-idc1.yml', '-l', 'web:!s'],
      ['web:!spa', 'web:!spb'],
    ],
    [
      ['run', '--inventory=dc1.yml', '-l', 'spa,d'],
      ['spa,db', 'spa,dba'],
    ],
    [
      ['inventory', '-i', 'dc1.yml', '--host', ''],
      ['spa', 'spb', 'dba'],
    ],
    [['explain', 'var', '-i', 'dc1.yml', '--host', 'spa', 'colo'], ['color']],
    [['explain', 'var', '-i', 'dc1.yml', '--host', 'spb', 'colo'], []],
    [
      ['explain', 'va'],
      ['var', ...[...codes.keys()].filter((each) => each.startsWith('va'))],
    ],
    [['explain', 'playbook/unknown-m'], ['playbook/unknown-module']],
    [['explain', 'playbook/unknown-module', ''], []],
    [['modules', 'postgresql_f'], ['postgresql_fence']],
    [
      ['schema', ''],
      ['playbook', 'tasks', 'inventory'],
    ],
    [
      ['completion', ''],
      ['bash', 'zsh', 'fish'],
    ],
    [['report', ''], ['20260101T000000-aaaa']],
    [['lab', 'cut', ''], ['laba']],
    [['nonsense', ''], []],
    [
      ['run', '--nonsense', ''],
      ['site.yml', 'broken.yml', 'other.yml'],
    ],
  ])('%j -> %j', async (typed, words) => {
    const answer = await told(typed);
    expect([...wordsOf(answer)].toSorted()).toEqual([...words].toSorted());
    expect(answer).toMatchObject({ stderr: '', code: 0 });
  });

  test('every module, command and flag is offered, and the hidden command is not', async () => {
    expect([...wordsOf(await told(['modules', '']))].toSorted()).toEqual([...modules.keys()].toSorted());
    const commands = wordsOf(await told(['']));
    expect(commands).toEqual(expect.arrayContaining(['run', 'validate', 'modules', 'completion', 'lab']));
    expect(commands).not.toContain('complete');
    const help = execFileSync(process.execPath, [join(projectRoot, 'bin/playbook'), 'run', '--help'], {
      encoding: 'utf8',
    });
    const flags = [...help.matchAll(/^ {2}(?:-\w, )?(--[\w-]+)/gm)].map((match) => match[1]);
    expect(flags.length).toBeGreaterThan(20);
    expect(wordsOf(await told(['run', '-']))).toEqual(expect.arrayContaining(flags));
  });

  test('candidates are explained', async () => {
    expect((await told(['run', 'sit'])).lines).toEqual(['site.yml\tThe whole site']);
    expect((await told(['run', 'oth'])).lines).toEqual(['other.yml\tplaybooks/other.yml']);
    expect((await told(['modules', 'service'])).lines).toEqual(['service\tStart, stop, restart and enable services']);
    expect((await told(['report', '2'])).lines).toEqual(['20260101T000000-aaaa\tsite.yml (check), done']);
    expect((await told(['inventory', '-i', 'dc1.yml', '--host', 'd'])).lines).toEqual(['dba\thost of db']);
  });

  test('the inventory of the environment counts', async () => {
    expect(wordsOf(await told(['run', '-l', 'sp'], { PLAYBOOK_INVENTORY: 'dc1.yml' }))).toEqual(['spa', 'spb']);
    expect(wordsOf(await told(['run', '-l', 'sp']))).toEqual([]);
  });

  test.each([
    ['run', 'broken.yml', '--tags', ''],
    ['run', 'not-yaml.yml', '--start-at-task', ''],
    ['run', 'missing.yml', '-e', ''],
    ['run', '-i', 'wrong.yml', '--limit', ''],
    ['run', '-i', 'missing.yml', '--limit', ''],
    ['lab', 'cut', '-d', '/nowhere', ''],
    ['run', '--confirm', ''],
  ])('%j is met with silence', async (...words) => {
    expect(await told(words)).toEqual({ lines: [], stderr: '', code: 0 });
  });

  test('a journal directory that cannot be read is met with silence', async () => {
    const environment = { PLAYBOOK_STATE_DIR: join(home, 'site.yml') };
    expect(await told(['report', ''], environment)).toEqual({ lines: [], stderr: '', code: 0 });
  });
});

const script = `${projectRoot}/completions/playbook`;

/** What bash would put in for the last of these words, as bash itself takes a line apart. */
function bash(words: readonly string[]): readonly string[] {
  const program = `
    source <("$1" completion bash)
    shift
    COMP_WORDS=("$@")
    COMP_CWORD=$(($# - 1))
    _playbook "$1" "\${COMP_WORDS[COMP_CWORD]}" "\${COMP_WORDS[COMP_CWORD - 1]}"
    ((\${#COMPREPLY[@]})) && printf '%s\\n' "\${COMPREPLY[@]}"
    exit 0`;
  const env = { PATH: process.env['PATH'] ?? '', HOME: home, PLAYBOOK_STATE_DIR: join(home, 'state') };
  const { stdout, stderr } = spawnSync(
    'bash',
    ['--norc', '-c', program, 'bash', './playbook', './playbook', ...words],
    {
      cwd: home,
      env,
      encoding: 'utf8',
    },
  );
  expect(stderr).toBe('');
  return stdout.split('\n').filter(Boolean);
}

describe('bash', () => {
  test.each<readonly [typed: readonly string[], put: readonly string[]]>([
    [['ru'], ['run', 'runs']],
    [['run', 'oth'], ['other.yml']],
    [
      ['run', '-i', ''],
      ['dc1.yml', 'wrong.yml'],
    ],
    // bash takes `--tags=stop,s` apart at the sign, and puts in what follows it.
    [
      ['run', 'site.yml', '--skip-tags', '=', 'stop,s'],
      ['stop,site', 'stop,start'],
    ],
    [['run', 'site.yml', '-t', '='], []],
    [
      ['run', '--output', '='],
      ['tree', 'lines', 'jsonl'],
    ],
    [['run', 'site.yml', '-e', 'mode', '=', 's'], ['slow']],
    [
      ['run', '-i', 'dc1.yml', '-l', 'web', ':', '!s'],
      ['\\!spa', '\\!spb'],
    ],
    // What has spaces and signs is put in so that bash reads it back as one word.
    [['run', 'site.yml', '--start-at-task', 'St'], ['Start']],
    [['run', 'site.yml', '--start-at-task', 'P2'], ['P2.4\\ Stop:\\ all']],
    [['run', 'site.yml', '--start-at-task', '"P2.4 St'], ['P2.4 Stop: all']],
    [['run', 'site.yml', '--start-at-task', 'P2.4\\ St'], ['P2.4\\ Stop:\\ all']],
    [['run', 'site.yml', '--start-at-task', 'It'], ["It\\'s\\ \\{\\{\\ mode\\ \\}\\}"]],
    [['run', '"site.yml"', '-t', 'sta'], ['start']],
    [['run', 'broken.yml', '-t', ''], []],
  ])('%j -> %j', (typed, put) => {
    expect(bash(typed)).toEqual(put);
  });

  test('is told to ask for playbook, and to fall back on files', () => {
    const said = execFileSync('bash', ['-c', `source "${script}.bash"; complete -p playbook`], { encoding: 'utf8' });
    expect(said.trim()).toBe('complete -o bashdefault -o default -F _playbook playbook');
  });
});

const noFish = !hasShell('fish');

test.skipIf(noFish).each([
  ['run oth', ['other.yml\tplaybooks/other.yml']],
  ['run site.yml --start-at-task St', ['Start\tFirst']],
  ['run site.yml --tags=st', ['--tags=start', '--tags=stop']],
  ['modules postgresql_f', [expect.stringMatching(/^postgresql_fence\t/)]],
])('fish completes `playbook %s`', (typed, put) => {
  const ask = `set -x PATH . $PATH; source "${script}.fish"; complete -C "playbook ${typed}"`;
  const env = { PATH: process.env['PATH'] ?? '', HOME: home, PLAYBOOK_STATE_DIR: join(home, 'state') };
  const { stdout, stderr } = spawnSync('fish', ['--no-config', '-c', ask], { cwd: home, env, encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(stdout.split('\n').filter(Boolean)).toEqual(put);
});

const noZsh = !hasShell('zsh');

/** The script in a zsh whose completion system is replaced by two functions that tell what they were given. */
const zshRig = `
  compdef() { : }
  _files() { print files }
  _describe() { print -rl -- $described }
  source "${script}.zsh"
  words=("$@"); CURRENT=$#; PREFIX=$words[CURRENT]
  _playbook`;

test.skipIf(noZsh).each([
  [['run', 'oth'], ['other.yml:playbooks/other.yml']],
  [['run', 'site.yml', '--start-at-task', 'P2'], ['P2.4 Stop\\: all:First']],
  [
    ['run', 'site.yml', '--tags=st'],
    ['--tags=start:', '--tags=stop:'],
  ],
  [['run', '"site.yml"', '-t', 'sta'], ['start:']],
  [['run', 'site.yml', '-t', 'nothing'], ['files']],
])('zsh is offered %j -> %j', (typed, offered) => {
  const env = { PATH: process.env['PATH'] ?? '', HOME: home, PLAYBOOK_STATE_DIR: join(home, 'state') };
  const words = ['-f', '-c', zshRig, 'zsh', './playbook', ...typed];
  const { stdout, stderr } = spawnSync('zsh', words, { cwd: home, env, encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(stdout.split('\n').filter(Boolean)).toEqual(offered);
});

describe.each(['bash', 'zsh', 'fish'])('the script for %s', (shell) => {
  const missing = { fish: noFish, zsh: noZsh }[shell] ?? !hasShell(shell);

  test.skipIf(missing)('is one that the shell can read', () => {
    expect(spawnSync(shell, ['-n', `${script}.${shell}`], { encoding: 'utf8' })).toMatchObject({
      status: 0,
      stderr: '',
    });
  });

  test('is printed', () => {
    const command = join(projectRoot, 'bin/playbook');
    const printed = execFileSync(process.execPath, [command, 'completion', shell], { encoding: 'utf8' });
    expect(printed).toContain(`Completion of playbook for ${shell}.`);
    expect(printed).toContain(' complete -- ');
  });
});
