// `fetch` as an operator uses it: the program itself, on this machine as a host and over ssh.
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { exitCode } from '../../src/core/exit.js';
import { readLimitBytes } from '../../src/core/host-file.js';
import { fetch } from '../../src/modules/fetch.js';
import { localHands } from '../rigs/local-hands.js';
import { worldError } from '../rigs/outcome.js';
import { startProgram } from '../rigs/running-program.js';
import { startSshServer } from '../rigs/ssh-server.js';

let home = '';
let remote = '';

beforeEach(() => {
  home = realpathSync(mkdtempSync(join(tmpdir(), 'playbook-fetch-')));
  remote = join(home, 'remote');
  mkdirSync(remote);
  writeFileSync(join(remote, 'conf'), 'password=hunter2-and-more\n');
  inventory('sp1', 'sp2');
});
afterEach(() => rmSync(home, { recursive: true }));

function inventory(...hosts: readonly string[]): void {
  const entries = hosts.map((host) => `${host}: { connection: local }`).join(', ');
  writeFileSync(join(home, 'hosts.yml'), `all: { hosts: { ${entries} } }\n`);
}

function play(...tasks: readonly string[]): void {
  const text = tasks.map((each) => `    - ${each}\n`).join('');
  writeFileSync(join(home, 'site.yml'), `- hosts: all\n  tasks:\n${text.replaceAll('REMOTE', remote)}`);
}

interface Ended {
  readonly code: number | null;
  readonly said: string;
}

async function playbook(...words: readonly string[]): Promise<Ended> {
  const program = startProgram(home, words);
  return { code: await program.over, said: program.said() };
}

const run = (...words: readonly string[]): Promise<Ended> => playbook('run', 'site.yml', '-i', 'hosts.yml', ...words);
const mode = (path: string): string => (statSync(path).mode & 0o7777).toString(8);
const at = (host: string, name = 'conf'): string => join(home, 'fetched', host, remote, name);

describe('a file of a host', { timeout: 60_000 }, () => {
  test('is kept below DEST/HOST/PATH, once, and a check writes nothing', async () => {
    play('fetch: { src: REMOTE/conf, dest: fetched }');
    const checked = await run('--check', '--diff');
    expect([checked.code, checked.said]).toEqual([0, expect.stringContaining('kind: absent -> file')]);
    expect(existsSync(join(home, 'fetched'))).toBe(false);
    const [first, second] = [await run('--diff'), await run('--diff')];
    expect([first.code, first.said]).toEqual([0, expect.stringMatching(/changed: \[sp1\][^]*done: 2 changes/)]);
    expect([second.code, second.said]).toEqual([0, expect.stringContaining('ok: [sp2]')]);
    expect(second.said).not.toContain('changed: [');
    for (const host of ['sp1', 'sp2']) expect(readFileSync(at(host), 'utf8')).toBe('password=hunter2-and-more\n');
    const journals = readdirSync(join(home, 'state/runs')).map((name) =>
      readFileSync(join(home, 'state/runs', name), 'utf8'),
    );
    // What is in the file is told nowhere.
    expect([...journals, checked.said, first.said].filter((each) => each.includes('hunter2'))).toEqual([]);
  });

  test('is for its owner alone, with the directories that lead to it, whatever the umask', () => {
    play('fetch: { src: REMOTE/conf, dest: fetched }');
    for (const umask of ['000', '077']) {
      const program = join(import.meta.dirname, '../../bin/playbook');
      const line = `umask ${umask}; exec ${process.execPath} ${program} run site.yml -i hosts.yml --limit sp1`;
      rmSync(join(home, 'fetched'), { recursive: true, force: true });
      const environment = { PATH: process.env['PATH'], HOME: home, PLAYBOOK_STATE_DIR: join(home, 'state') };
      const { status, stdout } = spawnSync('/bin/sh', ['-c', line], { cwd: home, env: environment, encoding: 'utf8' });
      expect([status, stdout]).toEqual([0, expect.stringContaining('changed: [sp1]')]);
      expect(mode(at('sp1'))).toBe('600');
      for (const path of ['fetched', 'fetched/sp1', `fetched/sp1${remote}`]) expect(mode(join(home, path))).toBe('700');
    }
  });

  test('that changed on either side, or was opened to others, is kept anew', async () => {
    inventory('sp1');
    play('fetch: { src: REMOTE/conf, dest: fetched }');
    const turns: readonly (() => void)[] = [
      () => undefined,
      () => writeFileSync(join(remote, 'conf'), Buffer.from([0, 255, 10, 13, 0])),
      () => writeFileSync(at('sp1'), 'scribbled'),
      () => chmodSync(at('sp1'), 0o644),
      () => rmSync(at('sp1')),
      () => writeFileSync(join(remote, 'conf'), ''),
    ];
    for (const turn of turns) {
      turn();
      expect((await run()).said).toContain('done: 1 change');
      expect(readFileSync(at('sp1'))).toEqual(readFileSync(join(remote, 'conf')));
      expect(mode(at('sp1'))).toBe('600');
      expect(readdirSync(join(at('sp1'), '..'))).toEqual(['conf']);
    }
    expect((await run()).said).toContain('ok: [sp1]');
  });

  test('that is not there is a failure, or nothing at all', async () => {
    play('fetch: { src: REMOTE/none, dest: fetched }');
    expect(await run()).toMatchObject({
      code: exitCode.preflightRefused,
      said: expect.stringContaining('none') as string,
    });
    const failed = await run('--no-preflight');
    expect([failed.code, failed.said]).toEqual([1, expect.stringContaining('there is no file')]);
    play(
      'fetch: { src: REMOTE/none, dest: fetched, fail_on_missing: false }\n      register: r',
      `assert: { that: "r.remote_kind == 'absent' && !r.changed" }`,
    );
    expect(await run()).toMatchObject({ code: 0 });
    expect(existsSync(join(home, 'fetched'))).toBe(false);
  });

  test('with `flat` is the path that is said, or has its name there', async () => {
    inventory('sp1');
    play(
      'fetch: { src: REMOTE/conf, dest: kept/one.txt, flat: true }',
      'fetch: { src: REMOTE/conf, dest: kept/, flat: true }\n      register: r',
      `assert: { that: "r.dest == '${join(home, 'kept/conf')}' && r.sha256 == r.remote_sha256 && r.mode == '0600'" }`,
    );
    expect(await run()).toMatchObject({ code: 0 });
    expect(readdirSync(join(home, 'kept')).toSorted()).toEqual(['conf', 'one.txt']);
    play('fetch: { src: REMOTE/conf, dest: kept, flat: true }');
    const failed = await run();
    expect([failed.code, failed.said]).toEqual([1, expect.stringContaining('on this machine is a directory')]);
  });

  test('that is no regular file, or too large, is refused in words; files of /proc are not empty', async () => {
    inventory('sp1');
    symlinkSync('conf', join(remote, 'link'));
    writeFileSync(join(remote, 'large'), '');
    truncateSync(join(remote, 'large'), readLimitBytes + 1);
    spawnSync('mkfifo', [join(remote, 'fifo')]);
    const refused = [
      ['REMOTE/link', 'is a link'],
      ['REMOTE', 'is a directory'],
      ['REMOTE/fifo', 'is not a regular file'],
      ['REMOTE/large', 'is larger than 16 MiB'],
      ['REMOTE/../remote/conf', 'leads out'],
    ] as const;
    play(...refused.map(([src]) => `fetch: { src: ${src}, dest: fetched }\n      ignore_errors: it is to be seen`));
    for (const flags of [['--check'], []]) {
      const { code, said } = await run(...flags, '--output', 'jsonl');
      expect(code).toBe(0);
      const ended = said.split('\n').filter((line) => line.includes('"task.finished"'));
      expect(ended).toEqual(refused.map(([, words]) => expect.stringContaining(words)));
      expect(ended.filter((line) => !line.includes('"status":"ignored"'))).toEqual([]);
    }
    expect(existsSync(join(home, 'fetched'))).toBe(false);
    truncateSync(join(remote, 'large'), readLimitBytes);
    play('fetch: { src: REMOTE/large, dest: fetched }', 'fetch: { src: /proc/version, dest: fetched }');
    expect(await run()).toMatchObject({ code: 0 });
    expect(statSync(at('sp1', 'large')).size).toBe(readLimitBytes);
    expect(readFileSync(join(home, 'fetched/sp1/proc/version'))).toEqual(readFileSync('/proc/version'));
  });

  test('that is another one by the time it is read is not kept', async () => {
    const dest = { root: home, names: ['fetched'], isDirectory: false, host: 'sp1' };
    const bound = fetch.bind({ src: join(remote, 'conf'), dest });
    const hands = localHands();
    const after = { kind: 'file', sha256: 'a'.repeat(64), mode: '0600' };
    const error = await worldError(Promise.resolve(bound.apply?.({ before: { kind: 'absent' }, after }, hands)));
    expect([error.kind, error.message]).toEqual([
      'failed',
      expect.stringContaining('was changed while it was fetched'),
    ]);
    expect(existsSync(join(home, 'fetched'))).toBe(false);
  });
});

describe('one place for the files of two hosts', { timeout: 60_000 }, () => {
  const runs = (): readonly string[] =>
    readdirSync(join(home, 'state/runs')).flatMap((name) => /^(.*)\.jsonl$/.exec(name)?.[1] ?? []);
  const refusal = /fatal: \[sp[12]\] => `.*kept\/conf` is where this run keeps `.*` of `sp[12]`/;

  test('is refused in a check, in a run, and when the run is taken up again', async () => {
    play('fetch: { src: REMOTE/conf, dest: kept/, flat: true }');
    const checked = await run('--check');
    expect([checked.code, checked.said]).toEqual([1, expect.stringMatching(refusal)]);
    const check = runs();
    const failed = await run();
    expect([failed.code, failed.said]).toEqual([1, expect.stringMatching(refusal)]);
    writeFileSync(join(remote, 'conf'), 'of the second\n');
    const [id = ''] = runs().filter((each) => !check.includes(each));
    const resumed = await playbook('resume', id);
    expect([resumed.code, resumed.said]).toEqual([1, expect.stringMatching(refusal)]);
    expect(readFileSync(join(home, 'kept/conf'), 'utf8')).toBe('password=hunter2-and-more\n');
  });

  test('is refused over batches and items too, and needs only another name, or one host', async () => {
    play('fetch: { src: REMOTE/conf, dest: kept/, flat: true }');
    const text = readFileSync(join(home, 'site.yml'), 'utf8');
    writeFileSync(join(home, 'site.yml'), text.replace('  tasks:', '  serial: 1\n  tasks:'));
    expect(await run()).toMatchObject({ code: 1, said: expect.stringMatching(refusal) as string });
    mkdirSync(join(remote, 'sub'));
    writeFileSync(join(remote, 'sub/conf'), 'another\n');
    play(
      'fetch: { src: "REMOTE/{{item}}", dest: kept/, flat: true }\n      run_once: true\n      loop: [conf, sub/conf]',
    );
    expect(await run()).toMatchObject({ code: 1, said: expect.stringContaining('is where this run keeps') as string });
    play(
      'fetch: { src: REMOTE/conf, dest: "kept/{{inventory_hostname}}", flat: true }',
      'fetch: { src: REMOTE/conf, dest: once/, flat: true }\n      run_once: true',
      'fetch: { src: REMOTE/conf, dest: same/, flat: true }\n      delegate_to: sp1',
    );
    expect(await run()).toMatchObject({ code: 0 });
    expect(readdirSync(join(home, 'kept')).toSorted()).toEqual(['conf', 'sp1', 'sp2']);
  });
});

test('over ssh a file arrives as it is', { timeout: 60_000 }, async () => {
  await using server = await startSshServer();
  const bytes = Buffer.from(Array.from({ length: 100_000 }, (_, index) => (index * 7919) % 256));
  writeFileSync(join(remote, 'bytes'), bytes);
  const vars = `ssh_port: ${server.port}, ssh_user: u, ssh_known_hosts_file: ${home}/known_hosts, state_directory: ${home}/held`;
  writeFileSync(join(home, 'hosts.yml'), `all: { vars: { ${vars} }, hosts: { far: { ssh_host: 127.0.0.1 } } }\n`);
  play('fetch: { src: REMOTE/bytes, dest: fetched }');
  const [first, second] = [await run('--accept-new-host-keys'), await run()];
  expect([first.code, first.said]).toEqual([0, expect.stringContaining('changed: [far]')]);
  expect([second.code, second.said]).toEqual([0, expect.stringContaining('ok: [far]')]);
  expect(readFileSync(at('far', 'bytes'))).toEqual(bytes);
  expect(mode(at('far', 'bytes'))).toBe('600');
});
