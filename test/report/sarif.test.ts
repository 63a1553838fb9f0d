// What `validate --output sarif` prints is what an editor or a code review expects: it is held against the schema of
// SARIF 2.1.0 itself, with every kind of problem in it.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { afterAll, expect, test } from 'vitest';
import { codes } from '../../src/core/codes/index.js';
import { error, warning } from '../../src/core/diagnostic.js';
import { problemsAsSarif } from '../../src/report/problem-data.js';
import { projectRoot } from '../rigs/command-line.js';

const file = join(import.meta.dirname, 'sarif/sarif-2.1.0-rtm.5.json');
// Its words of draft 4 mean the same today, but for its own name.
const { $schema: _, id: __, ...schema } = JSON.parse(readFileSync(file, 'utf8')) as Readonly<Record<string, unknown>>;
const ajv = new Ajv({
  allErrors: true,
  strict: false,
  // A pattern of the schema has a bracket that only the older rules let pass.
  unicodeRegExp: false,
  formats: {
    uri: (text: string) => URL.canParse(text),
    'uri-reference': (text: string) => URL.canParse(text, 'file:///here/') && !/[\s\\<>"{}|^`]/.test(text),
    'date-time': (text: string) => !Number.isNaN(Date.parse(text)),
  },
});
const isSarif = ajv.compile(schema);
const wrong = (log: unknown): unknown => (isSarif(log) ? [] : isSarif.errors);

const home = mkdtempSync(join(tmpdir(), 'playbook-sarif-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

/** What the command line prints for files of this directory. */
function printed(...words: readonly string[]): unknown {
  const program = [join(projectRoot, 'bin/playbook'), 'validate', ...words, '--output', 'sarif'];
  try {
    return JSON.parse(execFileSync(process.execPath, program, { cwd: home, encoding: 'utf8' }));
  } catch (thrown) {
    // Exit code 65 of a run with problems; the report stands on stdout all the same.
    if (thrown instanceof Error && 'stdout' in thrown) return JSON.parse(String(thrown.stdout));
    throw thrown;
  }
}

test('files with problems, with fixes and labels, and files without are SARIF', () => {
  const bad =
    "- hosts: all\n  become: yes\n  tasks:\n    - servise: { name: x }\n    - command: 'a {{b}}'\n    - ping:\n      ignore_errors: yes\n";
  writeFileSync(join(home, 'bad one ü.yml'), bad);
  writeFileSync(join(home, 'twice.yml'), '- hosts: all\n  hosts: none\n  tasks: []\n');
  writeFileSync(join(home, 'good.yml'), '- hosts: all\n  tasks: [ping: ]\n');
  writeFileSync(join(home, 'hosts.yml'), 'all: { hosts: { spa: } }\n');
  const log = printed('bad one ü.yml', 'twice.yml', 'missing.yml', '-i', 'hosts.yml');
  expect(wrong(log)).toEqual([]);
  expect(JSON.stringify(log)).toContain('playbook/unknown-module');
  expect(wrong(printed('good.yml', '-i', 'hosts.yml'))).toEqual([]);
});

test('every code can be told', () => {
  const source = { path: 'dir/a file.yml', text: 'one\ntwo\n' };
  const span = { source, start: 4, end: 7 };
  const problems = [...codes.keys()].flatMap((name) => {
    const code = name as `${string}/${string}`;
    return [
      error(code, 'with a place', span, { hint: 'h', labels: [{ span, message: 'here' }], fix: { span, text: 'x' } }),
      warning(code, 'without one', undefined, {}),
    ];
  });
  expect(problems.length).toBeGreaterThan(100);
  const log = problemsAsSarif(problems, { version: '1.0.0', codes });
  expect(wrong(JSON.parse(log))).toEqual([]);
});

test('and what is none is found out', () => {
  expect(wrong({ version: '2.1.0' })).not.toEqual([]);
  const log = JSON.parse(JSON.stringify(printed('twice.yml')).replaceAll('"startLine":', '"startLines":')) as unknown;
  expect(wrong(log)).not.toEqual([]);
});
