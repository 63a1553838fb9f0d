// Every code that the program raises is explained, every explained code is raised, and a golden case shows it:
// a code in an output that nobody can look up is worth nothing.
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { globSync } from 'tinyglobby';
import { describe, expect, test } from 'vitest';
import { codes } from '../src/core/codes/index.js';
import { codesPage } from '../src/report/codes.js';
import { parseCase } from './golden/golden-case.js';

const root = join(import.meta.dirname, '..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

/** Literals of the same shape that are no codes. */
const otherWords = [
  'application/json',
  'application/x-www-form-urlencoded',
  'bin/postgres',
  'text/css',
  'text/plain',
  'var/log',
  'var/tmp',
];

/** Codes that no command line can raise without a person or a world, why, and what shows them instead. */
const elsewhere: Readonly<Record<string, Elsewhere>> = {
  'inventory/none': {
    why: 'the command line says `cli/no-inventory` before; this is what the library says',
    file: 'test/load/inventory.test.ts',
  },
  'cli/no-password': { why: 'a person at a terminal types nothing', file: 'test/cli/ask-passwords.test.ts' },
  'variable/not-kept': {
    why: 'needs a run that was taken up again',
    file: 'test/engine/resume.test.ts',
    says: 'is not known to a run that was taken up again',
  },
  'cli/not-resumable': { why: 'needs a journal of another format', file: 'test/cli/resume.test.ts' },
  'cli/nothing-to-resume': { why: 'needs a run that is over', file: 'test/cli/resume.test.ts' },
  'cli/run-is-alive': { why: 'needs a run that goes on', file: 'test/cli/resume.test.ts' },
  'cli/secret-needed': { why: 'needs a run that was given a secret', file: 'test/cli/resume.test.ts' },
  'cli/edit-refused': { why: 'needs a run whose input was edited', file: 'test/cli/accept-edits.test.ts' },
  'cli/half-done': { why: 'needs a run past its point of no return', file: 'test/cli/unlock.test.ts' },
  'cli/stale-run': { why: 'needs a run whose input has changed', file: 'test/cli/resume.test.ts' },
  'preflight/held': { why: 'needs two runs', file: 'test/cli/resume.test.ts' },
  'preflight/lost': { why: 'needs two runs', file: 'test/cli/resume.test.ts' },
  'preflight/state-directory': { why: 'needs a host that is touched', file: 'test/cli/resume.test.ts' },
  'lab/already-running': { why: 'needs a lab with databases', file: 'test/lab/commands.test.ts' },
  'lab/bad-request': {
    why: 'said by the Service Center of a lab',
    file: 'test/lab/service-center.test.ts',
    says: 'status: 400',
  },
  'lab/busy': {
    why: 'said by the Service Center of a lab',
    file: 'test/lab/service-center.test.ts',
    says: 'still running',
  },
  'lab/slonik': {
    why: 'said by the Service Center of a lab',
    file: 'test/lab/service-center.test.ts',
    says: 'already exists in database of node',
  },
  'lab/unknown-database': {
    why: 'said by the Service Center of a lab',
    file: 'test/lab/service-center.test.ts',
    says: 'have no database',
  },
  'lab/no-free-port': {
    why: 'needs a machine on which thousands of ports are taken',
    file: 'test/lab/refusals.test.ts',
  },
  'lab/no-posix': { why: 'needs Windows', file: 'test/lab/refusals.test.ts' },
  'lab/no-postgres': {
    why: 'needs an installation without the package of PostgreSQL',
    file: 'test/lab/refusals.test.ts',
  },
  'lab/no-service-center': {
    why: 'needs a lab whose service providers are all stopped or broken',
    file: 'test/lab/refusals.test.ts',
  },
  'lab/no-single-primary': {
    why: 'needs a lab whose rows were changed by hand between two steps',
    file: 'test/lab/refusals.test.ts',
  },
  'lab/no-temporary-directory': {
    why: 'needs a machine on which nobody may write to /tmp or /var/tmp',
    file: 'test/lab/refusals.test.ts',
  },
  'lab/not-a-daemon': {
    why: 'needs a lab that was started from inside of another program, which is still alive',
    file: 'test/lab/refusals.test.ts',
  },
  'lab/not-a-lab': {
    why: 'needs a directory that loses its marker while a lab is torn down',
    file: 'test/lab/refusals.test.ts',
  },
  'lab/not-built': { why: 'needs a build without the programs of the lab', file: 'test/lab/refusals.test.ts' },
  'lab/not-dropped': { why: 'needs a database that refuses to drop a schema', file: 'test/lab/refusals.test.ts' },
  'lab/not-replicating': { why: 'needs a lab in which a slon hangs', file: 'test/lab/refusals.test.ts' },
  'lab/not-started': { why: 'needs a daemon that dies on its way up', file: 'test/lab/refusals.test.ts' },
  'lab/port-taken': {
    why: 'needs somebody who takes the port of an appliance while it is cut off',
    file: 'test/lab/refusals.test.ts',
  },
  'lab/postgres-not-started': { why: 'needs a broken data directory', file: 'test/lab/refusals.test.ts' },
  'lab/program-failed': {
    why: 'needs a full disk, or a broken program of PostgreSQL',
    file: 'test/lab/refusals.test.ts',
  },
  'lab/refused': {
    why: 'needs a daemon that meets a bug, or is asked for a host that it does not run',
    file: 'test/lab/refusals.test.ts',
  },
  'lab/wrong-organization': {
    why: 'needs a Service Center that is asked for an appliance of another organization',
    file: 'test/lab/refusals.test.ts',
  },
  'preflight/become': { why: 'needs a sudo that refuses', file: 'test/cli/preflight.test.ts' },
  'preflight/clock': { why: 'needs a host whose clock is off', file: 'test/engine/preflight.test.ts' },
  'preflight/database': { why: 'needs a host with a database', file: 'test/engine/preflight.test.ts' },
  'preflight/database-full': { why: 'needs a server of databases', file: 'test/engine/preflight.test.ts' },
  'preflight/database-not-ready': { why: 'needs a server of databases', file: 'test/engine/preflight.test.ts' },
  'preflight/login': { why: 'needs a server of databases', file: 'test/engine/preflight.test.ts' },
  'preflight/hidden': { why: 'needs a user who may not look', file: 'test/engine/preflight.test.ts' },
  'preflight/no-answer': { why: 'needs a host that breaks off', file: 'test/engine/preflight.test.ts' },
  'preflight/no-database': { why: 'needs a server of databases', file: 'test/engine/preflight.test.ts' },
  'preflight/no-relation': { why: 'needs a server of databases', file: 'test/engine/preflight.test.ts' },
  'preflight/no-space': {
    why: 'needs a full disk, or a database that is too large',
    file: 'test/engine/preflight.test.ts',
    says: 'no-space',
  },
  'preflight/not-writable': { why: 'needs a user who may not write', file: 'test/engine/preflight.test.ts' },
  'preflight/one-database': { why: 'needs two hosts with a database', file: 'test/cli/preflight.test.ts' },
  'preflight/one-machine': { why: 'needs a host that is reached by ssh', file: 'test/cli/preflight.test.ts' },
  'preflight/privilege': { why: 'needs a server of databases', file: 'test/cli/preflight.test.ts' },
  'preflight/statement': { why: 'needs a server of databases', file: 'test/engine/preflight.test.ts' },
  'preflight/unreachable': { why: 'needs a host that does not answer', file: 'test/cli/preflight.test.ts' },
};

/** True when a test expects a code, by its whole name or by other words of the same problem. */
function expects(text: string, code: string, says: string | undefined): boolean {
  if (says !== undefined) return text.includes(says);
  // In a pattern a slash is escaped; a longer code does not stand for a shorter one.
  const name = code.replace('/', String.raw`\\?/`);
  return new RegExp(`(?<![\\w-])${name}(?![\\w-])`).test(text);
}

interface Elsewhere {
  readonly why: string;
  /** The test that raises it, and the words in it when it does not name the code. */
  readonly file: string;
  readonly says?: string;
}

const raised = new Map<string, readonly string[]>();
for (const file of globSync('src/**/*.ts', { cwd: root, ignore: ['src/core/codes/**'] })) {
  const literals = read(file).matchAll(/(?<!from |import\(|import )'([a-z]+(?:-[a-z]+)*\/[a-z0-9]+(?:-[a-z0-9]+)*)'/g);
  for (const [, code = ''] of literals) raised.set(code, [...(raised.get(code) ?? []), file]);
}

const cases = globSync('test/golden/cases/*.txt', { cwd: root }).map((file) => ({
  name: basename(file, '.txt'),
  golden: parseCase(read(file)),
}));

/** The golden cases in whose output a code stands. */
function casesOf(code: string): typeof cases {
  const head = new RegExp(`^(?:error|warning): .*  ${code}$`, 'm');
  return cases.filter(({ golden }) => head.test(golden.stderr));
}

describe('codes', () => {
  test('what is raised is explained', () => {
    const unknown = [...raised].filter(([code]) => !codes.has(code) && !otherWords.includes(code));
    expect(unknown, 'codes without an entry below src/core/codes/').toEqual([]);
  });

  test('what is explained is raised', () => {
    expect([...codes.keys()].filter((code) => !raised.has(code))).toEqual([]);
    expect(
      otherWords.filter((word) => !raised.has(word)),
      'words that are not there any more',
    ).toEqual([]);
  });

  test('no code is put together at run time, where this test could not see it', () => {
    const made = globSync('src/**/*.ts', { cwd: root }).filter((file) =>
      /\b(?:error|warning|problem)\(\s*`[a-z-]+\//.test(read(file)),
    );
    expect(made).toEqual([]);
  });

  test('what loading and the command line can raise is raised by a golden case', () => {
    const without = [...codes.keys()].filter((code) => casesOf(code).length === 0);
    expect(without.toSorted()).toEqual(Object.keys(elsewhere).toSorted());
  });

  test('what no golden case can raise is raised by the test that is named', () => {
    const wrong = Object.entries(elsewhere).filter(([code, { file, says }]) => !expects(read(file), code, says));
    expect(wrong).toEqual([]);
  });

  test('an entry is a sentence that says what is wrong, and one that says what to do', () => {
    const bad = [...codes].filter(
      ([, { means, help, example }]) => !/^\S.*[.]$/.test(means) || !/^\S.*[.]$/.test(help) || example.trim() === '',
    );
    expect(bad).toEqual([]);
  });

  test('the example of a code stands in a golden case that raises it', () => {
    const wrong = [...codes]
      .filter(([code]) => casesOf(code).length > 0)
      .filter(([code, { example }]) => !casesOf(code).some(({ golden }) => holds(golden, example)))
      .map(([code]) => code);
    expect(wrong).toEqual([]);
  });

  test('docs/errors.md is fresh: `npm run errors` writes it', () => {
    expect(read('docs/errors.md')).toBe(codesPage(codes));
  });
});

function holds({ files, command }: (typeof cases)[number]['golden'], example: string): boolean {
  const texts = [command, ...files.map(([, content]) => content)];
  return texts.some((text) => `\n${text}\n`.includes(`\n${example}\n`));
}
