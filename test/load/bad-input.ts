// Reads the corpus of bad input and runs its cases. A file of the corpus holds many cases; a case starts with `=== NAME` and has
// `--- file PATH`, `--- setup` (a shell script, for what no text can say), `--- run` and `--- says EXIT`, in this order.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Writable } from 'node:stream';
import { runProgram } from '../../src/cli/program.js';
import type { Io } from '../../src/cli/io.js';
import { Redactor } from '../../src/core/redact.js';

/** One case: what there is, what is called, and each problem that is said, as `file:line:column code message | hint`. */
export interface BadInput {
  readonly name: string;
  readonly files: readonly (readonly [path: string, content: string])[];
  readonly setup: string;
  readonly run: string;
  readonly exit: number;
  readonly says: string;
}

/** One file of the corpus. */
export interface Chapter {
  readonly name: string;
  readonly prose: string;
  readonly cases: readonly BadInput[];
}

const directory = new URL('./bad-input/', import.meta.url);

/** What a case has unless it says otherwise; nothing listens at the address, so a run that starts ends with exit code 4. */
const common: readonly (readonly [string, string])[] = [
  ['site.yml', '- hosts: all\n  tasks:\n    - ping:\n'],
  [
    'hosts.yml',
    'all:\n  vars: { ssh_host: 127.0.0.1, ssh_port: 1 }\n  children:\n    web: { hosts: { w1: , w2: } }\n    db: { hosts: { d1: } }\n',
  ],
];
const commonRun = 'run site.yml -i hosts.yml';

/** Every file of the corpus. */
export function readChapters(): readonly Chapter[] {
  return readdirSync(directory)
    .filter((name) => name.endsWith('.txt'))
    .toSorted()
    .map((name) => {
      const [prose = '', ...cases] = readFileSync(new URL(name, directory), 'utf8').split(/^=== /m);
      return { name: name.replace(/\.txt$/, ''), prose, cases: cases.map(parseCase) };
    });
}

function parseCase(text: string): BadInput {
  const [name = '', ...sections] = text.split(/^--- (?=(?:file \S+|setup|run|says \d+)$)/m);
  const parsed = sections.map((section) => {
    const end = section.indexOf('\n');
    const [kind = '', word = ''] = section.slice(0, end).split(' ');
    return { kind, word, content: section.slice(end + 1) };
  });
  const find = (wanted: string) => parsed.find(({ kind }) => kind === wanted);
  return {
    name: name.trim(),
    files: parsed.filter(({ kind }) => kind === 'file').map(({ word, content }) => [word, content] as const),
    setup: find('setup')?.content ?? '',
    run: find('run')?.content.trim() ?? commonRun,
    exit: Number(find('says')?.word ?? -1),
    says: find('says')?.content.trim() ?? '',
  };
}

/** Writes a file of the corpus anew. */
export function writeChapter({ name, prose, cases }: Chapter): void {
  const text = cases.map((each) => {
    const files = each.files.map(([path, content]) => `--- file ${path}\n${content}`);
    const setup = each.setup === '' ? [] : [`--- setup\n${each.setup}`];
    const run = each.run === commonRun ? [] : [`--- run\n${each.run}\n`];
    const says = each.exit < 0 ? [] : [`--- says ${each.exit}\n${each.says}\n\n`];
    return [`=== ${each.name}\n`, ...files, ...setup, ...run, ...says].join('');
  });
  writeFileSync(new URL(`${name}.txt`, directory), prose + text.join('').replace(/\n+$/, '\n'));
}

/** Makes the files of a case in an empty directory. */
export function prepare({ files, setup }: BadInput, at: string): void {
  for (const [path, content] of [...common, ...files]) {
    mkdirSync(dirname(join(at, path)), { recursive: true });
    writeFileSync(join(at, path), content);
  }
  if (setup !== '') execFileSync('/bin/sh', ['-ec', setup], { cwd: at });
}

/** The words of a command line; quotes hold a word together. */
export function wordsOf(run: string): readonly string[] {
  return [...run.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(
    ([, single, double, plain]) => single ?? double ?? plain ?? '',
  );
}

/** Runs the command of a case in this process, in the directory where it now stands. */
export async function runHere(
  { run }: BadInput,
  at: string,
): Promise<{ readonly exit: number; readonly stderr: string }> {
  let stderr = '';
  const io: Io = {
    stdin: process.stdin,
    stdout: sink(() => {}),
    stderr: sink((text) => (stderr += text)),
    environment: { HOME: at, NO_COLOR: '1', PLAYBOOK_STATE_DIR: join(at, '.state') },
    directory: at,
    redactor: new Redactor(),
  };
  const exit = await runProgram(wordsOf(run), io);
  return { exit, stderr };
}

/** A stream of a terminal that nobody looks at: commands only write to it and ask how wide it is. */
function sink(take: (text: string) => void): NodeJS.WriteStream {
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      take(chunk.toString());
      done();
    },
  });
  return Object.assign(stream, { columns: 1000 }) as unknown as NodeJS.WriteStream;
}

/** The problems that frames show, one a line, as the corpus says them. */
export function problemsIn(stderr: string): string {
  const frames = stderr.split(/\n\n(?=(?:error|warning): )|\n\n(?=\d+ (?:error|warning)s?\b)/);
  return frames
    .filter((each) => /^(?:error|warning): /.test(each))
    .map(problemIn)
    .join('\n');
}

function problemIn(frame: string): string {
  const [head = '', ...rest] = frame.split('\n');
  const [, severity = '', message = head, code = ''] = /^(error|warning): (.*?) {2,}(\S+\/\S+)$/.exec(head) ?? [];
  const place = rest.find((line) => /^ *--> /.test(line))?.replace(/^ *--> /, '');
  const caret = rest.map((line) => /^ *\| +\^+ (.*)$/.exec(line)?.[1]).find((each) => each !== undefined);
  const below = rest.map((line) => /^ +hint: (.*)$/.exec(line)?.[1]).find((each) => each !== undefined);
  // What there is grows with the house; that it is listed is enough.
  const hint = (caret ?? below)?.replace(/(known:|there are|it has|its arguments are) `.*$/, '$1 ...');
  const words = [...(severity === 'warning' ? ['warning:'] : []), place ?? '-', code, message];
  return `${words.join(' ')}${hint === undefined ? '' : ` | ${hint}`}`;
}
