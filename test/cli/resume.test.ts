// Going on with a run, giving it up, and looking at it, as a user does it at the command line.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { exitCode } from '../../src/core/exit.js';
import { projectRoot } from '../rigs/command-line.js';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'playbook-resume-'));
  write('hosts.yml', 'all:\n  hosts:\n    here: { connection: local, color: blue }\n');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const write = (name: string, text: string): void => writeFileSync(join(directory, name), text);
const written = (name: string): string => readFileSync(join(directory, name), 'utf8');
const options = () => ({
  cwd: directory,
  env: { ...process.env, PLAYBOOK_STATE_DIR: join(directory, 'state') },
  encoding: 'utf8' as const,
});
const program = join(projectRoot, 'bin/playbook');

function playbook(...words: readonly string[]): { readonly code: number | null; readonly said: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...words], options());
  return { code: status, said: `${stdout}${stderr}` };
}

function lastRun(): string {
  const names = readdirSync(join(directory, 'state/runs')).filter((name) => name.endsWith('.jsonl'));
  return names.toSorted().at(-1)?.replace('.jsonl', '') ?? '';
}

/** A playbook of which the second task fails until the file `mended` is there. */
function failingSite(more = ''): void {
  write(
    'site.yml',
    `- hosts: all\n  tasks:\n    - name: first\n      shell: echo first >>${directory}/out\n    - name: second\n      shell: test -e ${directory}/mended && echo second {{color}} >>${directory}/out\n${more}`,
  );
}

function failOnce(...more: readonly string[]): string {
  expect(playbook('run', 'site.yml', '-i', 'hosts.yml', ...more).code).toBe(exitCode.failed);
  return lastRun();
}

describe('a run that failed', () => {
  test('goes on at the task that failed', () => {
    failingSite();
    const run = failOnce();
    write('mended', '');
    const ended = playbook('resume', run);
    expect(ended.code).toBe(exitCode.done);
    expect(ended.said).toContain('taken up by');
    expect(ended.said).toContain('1 task done before');
    expect(written('out')).toBe('first\nsecond blue\n');
    expect(playbook('resume', run).said).toContain('cli/nothing-to-resume');
  });

  test('is shown with how far it came and the command that goes on', () => {
    failingSite();
    const run = failOnce();
    const { said } = playbook('runs', run);
    expect(said).toMatch(/done +1 tasks/);
    expect(said).toMatch(/stopped at +second/);
    expect(said).toContain(`playbook resume ${run}`);
  });

  test('goes on after comments, blank lines and quotes changed, and after nothing else', () => {
    failingSite();
    const run = failOnce();
    write('mended', '');
    const before = written('site.yml');
    const edits: readonly (readonly [string, string, string])[] = [
      ['site.yml', before.replace('echo second', 'echo third'), 'tasks [2] "second"'],
      ['site.yml', `${before}    - debug: { msg: more }\n`, 'tasks (how many)'],
      ['hosts.yml', written('hosts.yml').replace('blue', 'red'), 'hosts > here'],
      ['hosts.yml', `${written('hosts.yml')}    there: { connection: local, color: blue }\n`, 'hosts > there'],
    ];
    for (const [name, text, told] of edits) {
      const original = written(name);
      write(name, text);
      const refused = playbook('resume', run);
      expect([refused.code, refused.said], `changed: ${told}`).toEqual([exitCode.stale, expect.stringContaining(told)]);
      expect(refused.said).toContain('cli/stale-run');
      write(name, original);
    }
    expect(written('out')).toBe('first\n');
    write('site.yml', `# a comment\n\n${before.replace('name: first', 'name: "first"')}`);
    expect(playbook('resume', run).code).toBe(exitCode.done);
  });

  test('wants a secret again that it was given, the same one, and keeps it out of its journal', () => {
    failingSite('      environment: { TOKEN: "{{api_token}}" }\n');
    const run = failOnce('-e', 'api_token=sesame-opens');
    const journal = readFileSync(join(directory, 'state/runs', `${run}.jsonl`), 'utf8');
    expect(journal).not.toContain('sesame');
    write('mended', '');
    expect(playbook('resume', run).said).toContain('cli/secret-needed');
    expect(playbook('resume', run, '-e', 'api_token=sesame-shuts').code).toBe(exitCode.stale);
    expect(playbook('resume', run, '-e', 'api_token=sesame-opens').code).toBe(exitCode.done);
  });

  test('cannot be gone on with when another run has worked there since', () => {
    failingSite();
    const run = failOnce();
    write('mended', '');
    expect(playbook('run', 'site.yml', '-i', 'hosts.yml').code).toBe(exitCode.done);
    const ended = playbook('resume', run);
    expect(ended.code).toBe(exitCode.stale);
    expect(ended.said).toContain('has worked on `here`');
    expect(ended.said).toContain('preflight/lost');
    expect(written('out')).toBe('first\nfirst\nsecond blue\n');
  });
});

describe('a run that is alive', () => {
  const slow = (): void =>
    write(
      'slow.yml',
      `- hosts: all\n  tasks:\n    - shell: touch ${directory}/began; until [ -e ${directory}/go ]; do sleep 0.1; done; echo slow >>${directory}/out\n    - shell: echo after >>${directory}/out\n`,
    );

  async function begun() {
    slow();
    const child = spawn(process.execPath, [program, 'run', 'slow.yml', '-i', 'hosts.yml'], {
      ...options(),
      stdio: 'ignore',
    });
    const over = new Promise<number | null>((resolve) => child.on('close', resolve));
    while (!existsSync(join(directory, 'began'))) await delay(50);
    return { child, over, run: lastRun() };
  }

  test('is neither resumed nor joined by a second one, whom it is named to', async () => {
    const { over, run } = await begun();
    const resumed = playbook('resume', run);
    expect([resumed.code, resumed.said]).toEqual([exitCode.locked, expect.stringContaining('cli/run-is-alive')]);
    const second = playbook('run', 'slow.yml', '-i', 'hosts.yml');
    expect([second.code, second.said]).toEqual([exitCode.locked, expect.stringContaining(`held by run \`${run}\``)]);
    expect(second.said).toContain('preflight/held');
    write('go', '');
    expect(await over).toBe(0);
    expect(written('out')).toBe('slow\nafter\n');
  });

  test('that sleeps while it is given up and another run works does nothing more when it wakes', async () => {
    const { child, over, run } = await begun();
    child.kill('SIGSTOP');
    const unlocked = playbook('unlock', run, '--confirm', run);
    expect([unlocked.code, unlocked.said]).toEqual([0, expect.stringContaining('here: free')]);
    expect(unlocked.said).toContain('still runs there');
    write('go', '');
    await expect.poll(() => existsSync(join(directory, 'out')), { timeout: 10_000 }).toBe(true);
    write('other.yml', `- hosts: all\n  tasks:\n    - shell: echo other >>${directory}/out\n`);
    expect(playbook('run', 'other.yml', '-i', 'hosts.yml').code).toBe(exitCode.done);
    child.kill('SIGCONT');
    expect(await over).toBe(exitCode.stale);
    expect(written('out')).toBe('slow\nother\n');
    expect(playbook('resume', run).code).not.toBe(exitCode.done);
  });

  test('finishes a command after it was killed, which the next life takes for done', async () => {
    const { child, over, run } = await begun();
    child.kill('SIGKILL');
    await over;
    write('go', '');
    expect(playbook('resume', run).code).toBe(exitCode.done);
    expect(written('out')).toBe('slow\nafter\n');
  });
});

test('a host that cannot keep who holds it refuses before anything is done', () => {
  write('site.yml', `- hosts: all\n  tasks:\n    - shell: echo done >>${directory}/out\n`);
  write('hosts.yml', 'all: { hosts: { here: { connection: local, state_directory: /proc/nowhere/playbook } } }\n');
  const refused = playbook('run', 'site.yml', '-i', 'hosts.yml');
  expect([refused.code, refused.said]).toEqual([3, expect.stringContaining('preflight/state-directory')]);
  expect(existsSync(join(directory, 'out'))).toBe(false);
});

describe('unlock', () => {
  test('asks for the id once more, and without a terminal says how to give it', () => {
    failingSite();
    const run = failOnce();
    const asked = playbook('unlock', run);
    expect([asked.code, asked.said]).toEqual([exitCode.waiting, expect.stringContaining(`--confirm ${run}`)]);
    expect(playbook('unlock', run, '--confirm', run).code).toBe(exitCode.done);
    const resumed = playbook('resume', run);
    expect(resumed.said).toContain('it was given up by');
    expect(resumed.code).toBe(exitCode.usage);
  });
});

describe('a journal', () => {
  test('of another format, or that was cut before its first record, cannot be gone on with', () => {
    failingSite();
    const run = failOnce();
    const path = join(directory, 'state/runs', `${run}.jsonl`);
    writeFileSync(
      path,
      '{"v":1,"seq":1,"at":"2025-01-30T03:00:00.000Z","run":"x","type":"play.finished","play":"p"}\n',
    );
    expect(playbook('resume', run).said).toContain('cli/not-resumable');
    writeFileSync(path, '');
    expect(playbook('resume', run).said).toContain('cut off before it began');
  });

  test('that was changed by hand is not trusted', () => {
    failingSite();
    const run = failOnce();
    const path = join(directory, 'state/runs', `${run}.jsonl`);
    writeFileSync(path, readFileSync(path, 'utf8').replace('"first"', '"worst"'));
    const resumed = playbook('resume', run);
    expect([resumed.code, resumed.said]).toEqual([exitCode.bug, expect.stringContaining('is corrupt at record')]);
  });
});

test('a run that is not there, and a check, are nothing to go on with', () => {
  failingSite();
  playbook('run', 'site.yml', '-i', 'hosts.yml', '--check');
  expect(playbook('resume', lastRun()).said).toContain('it only checked');
  expect(playbook('resume', 'nonsense').said).toContain('cli/unknown-run');
});
