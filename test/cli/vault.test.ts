// Encrypted files and values end to end, with the built program: nothing of what they say is seen anywhere but where it is
// meant to be, passwords come from files and programs, and files are replaced as a whole.
import { spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { seal } from '../../src/load/vault/format.js';
import { projectRoot } from '../rigs/command-line.js';

let home = '';
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'playbook-vault-test-'));
  file('pass.txt', 'correct\n');
  file('hosts.yml', 'all: { hosts: { here: { connection: local } } }\n');
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

function file(name: string, content: string): string {
  mkdirSync(join(home, name, '..'), { recursive: true });
  writeFileSync(join(home, name), content);
  return join(home, name);
}

const sealed = (text: string, password = 'correct', label?: string): string =>
  seal(Buffer.from(text), Buffer.from(password), label);
const inline = (text: string): string => `!vault |\n${sealed(text).replaceAll(/^(?=.)/gm, '      ')}`;

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Given {
  readonly environment?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** Called again and again while it runs. */
  readonly watch?: (pid: number) => void;
}

function playbook(words: readonly string[], { environment = {}, input = '', watch }: Given = {}): Promise<Ended> {
  const env = { PATH: process.env['PATH'] ?? '', HOME: home, PLAYBOOK_STATE_DIR: join(home, 'state'), ...environment };
  const child = spawn(process.execPath, [join(projectRoot, 'bin/playbook'), ...words], { cwd: home, env });
  child.stdin.end(input);
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const timer = setInterval(() => watch?.(child.pid ?? 0), 20);
  return new Promise((done) => {
    child.on('close', (code) => {
      clearInterval(timer);
      done({ code, stdout, stderr });
    });
  });
}

function everyFileBelow(directory: string): string {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .map((name) => join(directory, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => readFileSync(path, 'latin1'))
    .join('\n');
}

/** The command lines of all processes of this machine. */
function commandLines(): string {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => {
      try {
        return readFileSync(join('/proc', name, 'cmdline'), 'utf8');
      } catch {
        return '';
      }
    })
    .join('\n');
}

describe('a run with encrypted input', () => {
  const canaries = [
    'canary-group',
    'canary-inline',
    'canary-extra',
    'canary-vars',
    'canary-copied',
    'canary-script',
    'canary-rendered',
  ];

  function site(): void {
    file(
      'group_vars/all.yml',
      sealed('from_group: canary-group\nfolded: "x-{{ inventory_hostname }}-canary-rendered"\n'),
    );
    file('extra.yml', sealed('from_extra: canary-extra\n'));
    file('vars.yml', sealed('from_vars: [canary-vars]\n'));
    file('files/copied.txt', sealed('first line\npassphrase is canary-copied\n'));
    file(
      'files/work.sh',
      sealed('#!/bin/sh\nsleep 1\nSECRET=canary-script\ntest -n "$SECRET" && printf "%s" "$SECRET" > script-ran.txt\n'),
    );
    file('templates/page.txt', sealed('host {{ inventory_hostname }} password canary-templated\n'));
    file(
      'site.yml',
      `- name: Use all of them
  hosts: all
  vars_files: [vars.yml]
  vars:
    said: ${inline('canary-inline {{ not_a_template }}')}
  tasks:
    - name: Tell
      debug: { msg: "{{ from_group }} {{ from_extra }} {{ json from_vars }} {{ said }} {{ folded }}" }
    - name: Copy
      copy: { src: copied.txt, dest: "${home}/copied.out" }
    - name: Template
      template: { src: page.txt, dest: "${home}/page.out" }
    - name: Script
      script: { file: work.sh, chdir: "${home}" }
    - name: Fail
      fail: { msg: "{{ from_group }}" }
`,
    );
  }

  test('does what it should, and shows none of it', async () => {
    site();
    let seen = '';
    const ended = await playbook(
      ['run', 'site.yml', '-i', 'hosts.yml', '-e', '@extra.yml', '--diff', '-v', '--vault-password-file', 'pass.txt'],
      { watch: () => (seen += commandLines()) },
    );
    expect(ended.stdout).toContain('TASK [Fail]');
    expect(readFileSync(join(home, 'copied.out'), 'utf8')).toBe('first line\npassphrase is canary-copied\n');
    expect(readFileSync(join(home, 'page.out'), 'utf8')).toBe('host here password canary-templated\n');
    expect(readFileSync(join(home, 'script-ran.txt'), 'utf8')).toBe('canary-script');
    const told = ended.stdout + ended.stderr + everyFileBelow(join(home, 'state')) + seen;
    expect(told).toContain('********');
    for (const canary of [...canaries, 'canary-templated', 'correct\n']) expect(told).not.toContain(canary);
  }, 60_000);

  test('is gone on with from the same password file, after a rekey too; another value is another input', async () => {
    file('group_vars/all.yml', sealed('word: canary-word\n'));
    file('site.yml', '- hosts: all\n  tasks:\n    - command: test -e go\n    - debug: { msg: "{{ word }}" }\n');
    const environment = { ANSIBLE_VAULT_PASSWORD_FILE: 'pass.txt' };
    expect((await playbook(['run', 'site.yml', '-i', 'hosts.yml'], { environment })).code).not.toBe(0);
    const run = readdirSync(join(home, 'state/runs'))
      .find((name) => name.endsWith('.jsonl'))
      ?.replace('.jsonl', '');
    const journal = everyFileBelow(join(home, 'state'));
    expect(journal).toContain('"vaultPasswordFile":["pass.txt"]');
    expect(journal).not.toContain('canary-word');
    file('go', '');
    file('group_vars/all.yml', sealed('word: canary-other\n'));
    expect((await playbook(['resume', run ?? ''])).stderr).toContain('cli/stale-run');
    file('group_vars/all.yml', sealed('word: canary-word\n', 'correct', 'other-label'));
    const resumed = await playbook(['resume', run ?? '']);
    expect(resumed.stderr).toBe('');
    expect(resumed.code).toBe(0);
  }, 60_000);
});

test('a run over an encrypted inventory is given up with the password file that it was started with', async () => {
  file('hosts.yml', sealed('all: { hosts: { here: { connection: local } } }\n'));
  file('site.yml', '- hosts: all\n  tasks:\n    - command: "false"\n');
  await playbook(['run', 'site.yml', '-i', 'hosts.yml', '--vault-password-file', 'pass.txt']);
  const run = readdirSync(join(home, 'state/runs')).find((name) => name.endsWith('.jsonl')) ?? '';
  const id = run.replace('.jsonl', '');
  const ended = await playbook(['unlock', id, '--confirm', id]);
  expect(ended.stderr).toBe('');
  expect(ended.code).toBe(0);
});

describe('passwords', () => {
  const show = ['inventory', '-i', 'vaulted.yml', '--graph'];
  beforeEach(() => file('vaulted.yml', sealed('all: { hosts: { spa: } }\n')));

  test('an executable file is run, and a client is told the vault id; no shell reads its name', async () => {
    chmodSync(file('a $(touch oops).sh', '#!/bin/sh\necho correct\n'), 0o755);
    chmodSync(file('my-client.sh', '#!/bin/sh\n[ "$1 $2" = "--vault-id prod" ] && echo correct\n'), 0o755);
    expect((await playbook([...show, '--vault-password-file', 'a $(touch oops).sh'])).stdout).toContain('spa');
    expect((await playbook([...show, '--vault-id', 'prod@my-client.sh'])).stdout).toContain('spa');
    expect(existsSync(join(home, 'oops'))).toBe(false);
  });

  test('a program that fails is told as what it is', async () => {
    chmodSync(file('fails.sh', '#!/bin/sh\nexit 3\n'), 0o755);
    const ended = await playbook([...show, '--vault-password-file', 'fails.sh']);
    expect(ended.stderr).toContain('no vault password from `fails.sh`: it ended with exit code 3');
    expect(ended.code).toBe(65);
  });

  test('the environment names the file; ours wins over that of Ansible, and flags over both', async () => {
    file('wrong.txt', 'not this one');
    const environment = { PLAYBOOK_VAULT_PASSWORD_FILE: 'pass.txt', ANSIBLE_VAULT_PASSWORD_FILE: 'wrong.txt' };
    expect((await playbook(show, { environment })).stdout).toContain('spa');
    const flagged = await playbook([...show, '--vault-password-file', 'wrong.txt'], { environment });
    expect(flagged.stderr).toContain('vault/wrong-password');
  });

  test('of several, any may open what bears the label of another', async () => {
    file('vaulted.yml', sealed('all: { hosts: { spa: } }\n', 'correct', 'prod'));
    file('wrong.txt', 'not this one');
    expect((await playbook([...show, '--vault-id', 'prod@wrong.txt', '--vault-id', 'dev@pass.txt'])).stdout).toContain(
      'spa',
    );
  });
});

describe('files are replaced as a whole', () => {
  const flags = ['--vault-password-file', 'pass.txt'];

  test('mode and link stay, and nothing is left beside', async () => {
    chmodSync(file('real/vars.yml', 'a: 1\n'), 0o640);
    symlinkSync('real/vars.yml', join(home, 'link.yml'));
    expect((await playbook(['vault', 'encrypt', 'link.yml', ...flags])).code).toBe(0);
    expect(lstatSync(join(home, 'link.yml')).isSymbolicLink()).toBe(true);
    expect(statSync(join(home, 'real/vars.yml')).mode & 0o777).toBe(0o640);
    expect(readFileSync(join(home, 'real/vars.yml'), 'utf8')).toMatch(/^\$ANSIBLE_VAULT;1\.1;AES256\n/);
    expect(readdirSync(join(home, 'real'))).toEqual(['vars.yml']);
    expect((await playbook(['vault', 'decrypt', 'link.yml', ...flags])).code).toBe(0);
    expect(readFileSync(join(home, 'real/vars.yml'), 'utf8')).toBe('a: 1\n');
  });

  test('one file that cannot be opened keeps all from being written', async () => {
    const [one, two] = [sealed('one'), sealed('two', 'other')];
    file('one.yml', one);
    file('two.yml', two);
    expect((await playbook(['vault', 'decrypt', 'one.yml', 'two.yml', ...flags])).code).toBe(65);
    expect(readFileSync(join(home, 'one.yml'), 'utf8')).toBe(one);
  });

  test('an editor sees the text in a place of its own, which is gone afterwards', async () => {
    file('vars.yml', sealed('a: 1\n', 'correct', 'prod'));
    file('editor.sh', 'echo "$1" > seen.txt\nstat -c %a "$1" "$(dirname "$1")" >> seen.txt\necho "b: 2" >> "$1"\n');
    const environment = { EDITOR: 'sh ./editor.sh' };
    expect((await playbook(['vault', 'edit', 'vars.yml', ...flags], { environment })).code).toBe(0);
    const [path = '', fileMode, directoryMode] = readFileSync(join(home, 'seen.txt'), 'utf8').split('\n');
    expect([fileMode, directoryMode, existsSync(join(path, '..'))]).toEqual(['600', '700', false]);
    expect(readFileSync(join(home, 'vars.yml'), 'utf8')).toMatch(/^\$ANSIBLE_VAULT;1\.2;AES256;prod\n/);
    expect((await playbook(['vault', 'view', 'vars.yml', ...flags])).stdout).toBe('a: 1\nb: 2\n');
  });

  test('a signal while the editor is open leaves nothing behind', async () => {
    const before = sealed('a: 1\n');
    file('vars.yml', before);
    file('editor.sh', 'echo "$1" > seen.txt\nexec sleep 30\n');
    let told = false;
    const ended = await playbook(['vault', 'edit', 'vars.yml', ...flags], {
      environment: { EDITOR: 'sh ./editor.sh' },
      watch: (pid) => {
        if (told || !existsSync(join(home, 'seen.txt')) || readFileSync(join(home, 'seen.txt'), 'utf8') === '') return;
        told = true;
        process.kill(pid, 'SIGTERM');
      },
    });
    expect(ended.stderr).toContain('vault/not-edited');
    expect(existsSync(join(readFileSync(join(home, 'seen.txt'), 'utf8').trim(), '..'))).toBe(false);
    expect(readFileSync(join(home, 'vars.yml'), 'utf8')).toBe(before);
  });

  test('a value from standard input is what a file of variables takes', async () => {
    const ended = await playbook(['vault', 'encrypt-string', '--name', 'word', ...flags], { input: "it's {{ 7 }}" });
    expect(ended.stderr).toBe('');
    file('extra.yml', ended.stdout);
    file('site.yml', "- hosts: all\n  tasks:\n    - copy: { dest: out.txt, content: '{{ word }}' }\n");
    const run = await playbook(['run', 'site.yml', '-i', 'hosts.yml', '-e', '@extra.yml', ...flags]);
    expect(run.code).toBe(0);
    expect(readFileSync(join(home, 'out.txt'), 'utf8')).toBe("it's {{ 7 }}");
  });
});
