// README.md is read at 3 a.m.: its commands and flags exist, its exit codes are all there are, and the section on runs that
// stopped half-way is gone through, command by command, with such a run.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exitCode } from '../src/core/exit.js';
import { projectRoot } from './rigs/command-line.js';

const readme = readFileSync(join(projectRoot, 'README.md'), 'utf8');
const halfWay = readme.slice(readme.indexOf('## When it stops half-way'), readme.indexOf('## Try things out'));

/** The commands that a text shows, each as its words behind `playbook`. */
function commandsOf(text: string): readonly (readonly string[])[] {
  const inline = [...text.matchAll(/`playbook ([^`\n]+)`/g)].map((match) => match[1] ?? '');
  const blocks = [...text.matchAll(/^playbook (.+?)(?: +#.*)?$/gm)].map((match) => match[1] ?? '');
  return [...inline, ...blocks].map((line) => line.split(' '));
}

let directory = '';
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'playbook-readme-'));
  writeFileSync(join(directory, 'hosts.yml'), 'all: { hosts: { here: { connection: local } } }\n');
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function playbook(words: readonly string[]): { readonly code: number | null; readonly said: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(projectRoot, 'bin/playbook'), ...words], {
    cwd: directory,
    env: { ...process.env, PLAYBOOK_STATE_DIR: join(directory, 'state') },
    encoding: 'utf8',
  });
  return { code: status, said: `${stdout}${stderr}` };
}

test('names commands and flags that there are', { timeout: 120_000 }, () => {
  const help = new Map<string, string>();
  const wrong = commandsOf(readme).flatMap(([command = '', ...rest]) => {
    const { code, said } = help.has(command)
      ? { code: 0, said: help.get(command) ?? '' }
      : playbook([command, '--help']);
    if (code !== 0) return [command];
    help.set(command, said);
    const flags = rest.filter((word) => /^--?[a-z]/i.test(word)).map((word) => word.split('=')[0] ?? '');
    return flags.filter((flag) => !new RegExp(`(?:^|\\s)${flag}\\b`).test(said)).map((flag) => `${command} ${flag}`);
  });
  expect(help.size).toBeGreaterThan(6);
  expect(wrong).toEqual([]);
});

test('names playbooks and inventories that there are', () => {
  const words = commandsOf(readme).flat();
  const files = words.filter((word) => /^[a-z][\w-]*\.yml$/.test(word));
  expect(files.length).toBeGreaterThan(8);
  const missing = files.filter(
    (file) => !['playbooks', 'inventories'].some((folder) => existsSync(join(projectRoot, folder, file))),
  );
  expect(missing).toEqual([]);
});

test('lists every exit code', () => {
  const listed = [...halfWay.matchAll(/^\| (\d+) \|/gm)].map((match) => Number(match[1]));
  expect(listed).toEqual(Object.values(exitCode).toSorted((left, right) => left - right));
});

test('what it says of a run that stopped half-way is so', { timeout: 120_000 }, () => {
  const failing = `- hosts: all\n  tasks:\n    - shell: echo one >>${directory}/out\n    - shell: test -e ${directory}/mended\n`;
  writeFileSync(join(directory, 'site.yml'), failing);
  const stopped = playbook(['run', 'site.yml', '-i', 'hosts.yml']);
  expect(stopped.code).toBe(exitCode.failed);
  const [run = ''] = readdirSync(join(directory, 'state/runs')).map((name) => name.split('.')[0]);
  expect(stopped.said).toContain(`playbook resume ${run}`);
  const commands = commandsOf(halfWay).map((words) => words.map((word) => (word === 'RUN' ? run : word)).join(' '));
  expect(commands).toEqual([`resume ${run}`, 'runs', `runs ${run}`, `report ${run}`, `unlock ${run}`]);
  for (const words of commands.slice(1, 4)) {
    const { code, said } = playbook(words.split(' '));
    expect([code, said]).toEqual([
      exitCode.done,
      expect.stringMatching(words === `report ${run}` ? 'PLAY RECAP' : run),
    ]);
  }
  writeFileSync(join(directory, 'mended'), '');
  expect(playbook(['resume', run]).code).toBe(exitCode.done);
  expect(readFileSync(join(directory, 'out'), 'utf8')).toBe('one\n');
});
