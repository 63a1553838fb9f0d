// Reads, runs and prints golden cases. A section starts with `=== KIND [NAME]`; what stands before the first is prose.
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What a command printed. */
export interface Printed {
  readonly stdout: string;
  readonly stderr: string;
  readonly exit: number;
}

/** One case. */
export interface GoldenCase extends Printed {
  readonly prose: string;
  readonly files: readonly (readonly [path: string, content: string])[];
  readonly command: string;
}

/** The case that a text says. */
export function parseCase(text: string): GoldenCase {
  const [prose = '', ...sections] = text.split(/^=== /m);
  const parsed = sections.map((section) => {
    const end = section.indexOf('\n');
    const [kind = '', name = ''] = section.slice(0, end).split(' ');
    return { kind, name, content: section.slice(end + 1) };
  });
  const contentOf = (wanted: string): string => parsed.find(({ kind }) => kind === wanted)?.content ?? '';
  return {
    prose,
    files: parsed.filter(({ kind }) => kind === 'file').map(({ name, content }) => [name, content] as const),
    command: contentOf('command').trim(),
    stdout: contentOf('stdout'),
    stderr: contentOf('stderr'),
    exit: Number(parsed.find(({ kind }) => kind === 'exit')?.name ?? -1),
  };
}

/** The text of a case. */
export function printCase({ prose, files, command, stdout, stderr, exit }: GoldenCase): string {
  const sections = [
    ...files.map(([path, content]) => `=== file ${path}\n${content}`),
    `=== command\n${command}\n`,
    ...(stdout === '' ? [] : [`=== stdout\n${stdout}`]),
    ...(stderr === '' ? [] : [`=== stderr\n${stderr}`]),
    `=== exit ${exit}\n`,
  ];
  return prose + sections.join('');
}

/** Runs the command of a case with the built program, in a directory that holds its files and nothing else. */
export async function runCase({ files, command }: GoldenCase): Promise<Printed> {
  const program = join(root, 'bin', 'playbook');
  if (!existsSync(join(root, 'dist', 'cli', 'main.js'))) throw new Error('nothing is built: `npm run build` first');
  const directory = mkdtempSync(join(tmpdir(), 'playbook-golden-'));
  try {
    for (const [path, content] of files) {
      mkdirSync(dirname(join(directory, path)), { recursive: true });
      writeFileSync(join(directory, path), content);
    }
    return await execute(`playbook() { "${process.execPath}" "${program}" "$@"; }\n${command}`, directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function execute(script: string, directory: string): Promise<Printed> {
  const env = { PATH: process.env['PATH'] ?? '', HOME: directory, PLAYBOOK_STATE_DIR: join(directory, '.state') };
  return new Promise((resolve) => {
    const child = execFile('/bin/sh', ['-c', script], { cwd: directory, env }, (_error, stdout, stderr) => {
      const exit = child.exitCode ?? -1;
      resolve({ stdout: withoutChance(stdout, directory), stderr: withoutChance(stderr, directory), exit });
    });
    child.stdin?.end();
  });
}

/** Leaves out what differs from run to run: the directory, and how long it took. */
function withoutChance(text: string, directory: string): string {
  return text
    .replaceAll(directory, '/tmp/golden')
    .replaceAll(/\(\d+(?:\.\d)? s\)/g, '(N s)')
    .replaceAll(/\b\d{8}T\d{6}-[0-9a-f]{4}\b/g, 'RUN');
}
