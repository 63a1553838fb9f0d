// Files of age and SOPS, and secrets that stand elsewhere, end to end with the built program: they are found, used, hidden,
// and neither keys nor secrets reach a program that has no use for them.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { startProgram } from '../rigs/running-program.js';
import { ageKeys, armoredAge, sealAge, sealSops } from '../rigs/sealed.js';

const keys = ageKeys();
let home = '';
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'playbook-sealed-'));
  file('keys.txt', `# public key: ${keys.recipient}\n${keys.identity}\n`);
  file('hosts.yml', 'all: { hosts: { here: { connection: local } } }\n');
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

function file(name: string, content: string | Uint8Array, mode = 0o600): void {
  mkdirSync(join(home, name, '..'), { recursive: true });
  writeFileSync(join(home, name), content, { mode });
}

interface Ended {
  readonly code: number | null;
  readonly said: string;
}

async function playbook(words: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Ended> {
  const program = startProgram(home, words, { PATH: process.env['PATH'] ?? '', HOME: home, ...environment });
  return { code: await program.over, said: program.said() };
}

function stateFiles(): string {
  return readdirSync(join(home, 'state'), { recursive: true, encoding: 'utf8' })
    .map((name) => join(home, 'state', name))
    .filter((path) => statSync(path).isFile())
    .map((path) => readFileSync(path, 'latin1'))
    .join('\n');
}

describe('what age and SOPS encrypted', () => {
  beforeEach(() => {
    file('group_vars/all.yml', stringify(sealSops({ from_sops: 'canary-sops {{ braces }}', number: 314_159 }, [keys])));
    file('extra.json', JSON.stringify(sealSops({ from_json: 'canary-json' }, [keys])));
    file('vars.yml', armoredAge(Buffer.from('from_age: canary-age\n'), keys));
    file('files/blob.txt', sealAge(Buffer.from('one line\npassphrase is canary-copied\n'), keys));
    file(
      'site.yml',
      `- hosts: all
  vars_files: [vars.yml]
  tasks:
    - debug: { msg: "{{from_sops}} {{number}} {{from_json}} {{from_age}}" }
    - copy: { dest: "${home}/out.txt", content: "{{from_sops}} {{number}} {{from_json}} {{from_age}}" }
    - copy: { src: blob.txt, dest: "${home}/blob.out" }
    - command: test -e go
    - shell: env > "${home}/environment.txt"
`,
    );
  });

  test('is used where it should be, shown nowhere, and found again by who goes on', async () => {
    const run = ['run', 'site.yml', '-i', 'hosts.yml', '-e', '@extra.json', '--diff', '-v'];
    const first = await playbook(run, { SOPS_AGE_KEY_FILE: 'keys.txt' });
    expect(first.code).toBe(1);
    expect(readFileSync(join(home, 'out.txt'), 'utf8')).toBe('canary-sops {{ braces }} 314159 canary-json canary-age');
    expect(readFileSync(join(home, 'blob.out'), 'utf8')).toBe('one line\npassphrase is canary-copied\n');
    file('go', '');
    const id = readdirSync(join(home, 'state/runs')).find((name) => name.endsWith('.jsonl')) ?? '';
    const resumed = await playbook(['resume', id.replace('.jsonl', '')]);
    expect(resumed.code).toBe(0);
    const told = first.said + resumed.said + stateFiles();
    expect(told).toContain('********');
    for (const canary of [
      'canary-sops',
      '314159',
      'canary-json',
      'canary-age',
      'canary-copied',
      keys.identity.slice(20),
    ])
      expect(told).not.toContain(canary);
  }, 60_000);

  test('opens with a key from the environment, which no program on this machine inherits', async () => {
    file('go', '');
    const run = ['run', 'site.yml', '-i', 'hosts.yml', '-e', '@extra.json'];
    expect((await playbook(run, { SOPS_AGE_KEY: keys.identity })).code).toBe(0);
    expect(readFileSync(join(home, 'environment.txt'), 'utf8')).not.toMatch(/AGE/);
  }, 60_000);

  test('opens with the keys that SOPS would find, and with what a program prints', async () => {
    file('.config/sops/age/keys.txt', readFileSync(join(home, 'keys.txt')));
    const show = ['inventory', '-i', 'hosts.yml', '--host', 'here'];
    expect((await playbook(show)).code).toBe(0);
    rmSync(join(home, '.config'), { recursive: true });
    expect((await playbook(show)).said).toContain('age/no-identity');
    file('print-keys', '#!/bin/sh\ncat keys.txt\n', 0o700);
    expect((await playbook([...show, '--age-identity-file', 'print-keys'])).code).toBe(0);
  }, 60_000);
});

test('a value of -e stands in no list of processes while the run goes on', async () => {
  const list = `for each in /proc/[0-9]*; do tr '\\0' ' ' <$each/cmdline; echo; done 2>/dev/null >${home}/processes.txt; true`;
  const tasks = [{ shell: list }, { debug: { msg: '{{word}}' } }];
  file('site.yml', stringify([{ hosts: 'all', vars: { word: 'x' }, tasks }], { lineWidth: 0 }));
  const given = ['-e', 'word=canary-1', '--extra-vars=word=canary-2', '-eword=canary-3', '-e', '@extra.yml'];
  file('extra.yml', 'word: plain\n');
  const ended = await playbook(['run', 'site.yml', '-i', 'hosts.yml', ...given]);
  expect([ended.code, ended.said]).toEqual([0, expect.stringContaining('plain')]);
  const seen = readFileSync(join(home, 'processes.txt'), 'utf8');
  expect(seen).toContain(
    'playbook run site.yml -i hosts.yml -e ******** --extra-vars=******** -e******** -e @extra.yml',
  );
  expect(seen).not.toMatch(/canary-[123]/);
});

describe('a secret that stands elsewhere', () => {
  beforeEach(() => {
    file('secrets/pw.txt', 'canary-file\n');
    file('print-it', '#!/bin/sh\necho "$*" >> ran.txt\nprintf "canary-%s\\n" "$2"\n', 0o700);
    file(
      'inventory/hosts.yml',
      `all:
  hosts: { here: { connection: local } }
  vars:
    from_env: !secret { env: MY_SECRET }
    from_file: !secret { file: ../secrets/pw.txt }
    from_command: !secret { command: "./print-it 'two words' command" }
    joined: "{{from_env}}/{{from_file}}/{{from_command}}"
`,
    );
    file(
      'site.yml',
      `- hosts: all
  tasks:
    - debug: { msg: "{{joined}}" }
    - copy: { dest: "${home}/out.txt", content: "{{joined}}" }
    - shell: env > "${home}/environment.txt"
`,
    );
  });

  const run = ['run', 'site.yml', '-i', 'inventory/hosts.yml', '--diff', '-v'];

  test('is read for a run, once, hidden, and handed on to no other program', async () => {
    const ended = await playbook(run, { MY_SECRET: 'canary-env {{braces}}' });
    expect(ended.code).toBe(0);
    expect(readFileSync(join(home, 'out.txt'), 'utf8')).toBe('canary-env {{braces}}/canary-file/canary-command');
    expect(readFileSync(join(home, 'ran.txt'), 'utf8')).toBe('two words command\n');
    expect(readFileSync(join(home, 'environment.txt'), 'utf8')).not.toContain('canary');
    expect(ended.said + stateFiles()).not.toMatch(/canary-(?:env|file|command)/);
    expect(ended.said).toContain('********/********/********');
  }, 60_000);

  test('is left alone by who only looks at files', async () => {
    for (const words of [
      ['validate', 'site.yml', '-i', 'inventory/hosts.yml'],
      ['inventory', '-i', 'inventory/hosts.yml', '--list'],
      ['explain', 'var', 'joined', '-i', 'inventory/hosts.yml', '--host', 'here'],
    ]) {
      const ended = await playbook(words);
      expect([words[0], ended.code, /canary/.test(ended.said)]).toEqual([words[0], 0, false]);
    }
    expect(readdirSync(home)).not.toContain('ran.txt');
  }, 60_000);

  test('keeps a run from starting when it is not there', async () => {
    const ended = await playbook(run);
    expect(ended.code).toBe(65);
    expect(ended.said).toContain('the variable `MY_SECRET` of the environment is not set');
    expect(readdirSync(home)).not.toContain('out.txt');
  }, 60_000);
});
