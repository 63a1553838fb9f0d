// The rules of the house, read from the code itself: a room imports core, and nobody but cli imports a room.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { globSync } from 'tinyglobby';
import { describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');
const rooms = ['cli', 'connect', 'core', 'engine', 'journal', 'lab', 'load', 'modules', 'report'];
const files = globSync('src/**/*.ts', { cwd: root }).toSorted();

function importsOf(file: string): readonly string[] {
  const text = readFileSync(join(root, file), 'utf8');
  const imports = text.matchAll(/^(?:import|export)\s[^'";]*?from '([^']+)'|^import '([^']+)'|\bimport\('([^']+)'\)/gm);
  return [...imports].map((match) => match[1] ?? match[2] ?? match[3] ?? '');
}

function roomOf(file: string): string {
  return relative('src', file).split('/')[0] ?? '';
}

/** The files of src that a file imports. */
function neighboursOf(file: string): readonly string[] {
  return importsOf(file)
    .filter((each) => each.startsWith('.'))
    .map((each) => join(dirname(file), each).replace(/\.js$/, '.ts'));
}

describe('the house', () => {
  test('has the rooms of ARCHITECTURE.md and no other', () => {
    expect([...new Set(files.map(roomOf))].toSorted()).toEqual(rooms);
  });

  test('a room imports core and itself; only cli imports rooms', () => {
    const wrong = files
      .filter((file) => roomOf(file) !== 'cli')
      .flatMap((file) => neighboursOf(file).map((to) => ({ file, to })))
      .filter(({ file, to }) => roomOf(to) !== 'core' && roomOf(to) !== roomOf(file))
      .map(({ file, to }) => `${file} imports ${to}: say it with a type of core, and let cli/wire.ts introduce them`);
    expect(wrong).toEqual([]);
  });

  test('imports stay inside src and name files that exist', () => {
    const known = new Set(files);
    const wrong = files.flatMap((file) =>
      neighboursOf(file)
        .filter((to) => !known.has(to))
        .map((to) => `${file} imports ${to}`),
    );
    expect(wrong).toEqual([]);
  });

  test('core touches neither the disk, the network nor other processes', () => {
    const outside = /^node:(fs|net|tls|dgram|http|https|child_process|worker_threads|os)(\/|$)/;
    const wrong = files
      .filter((file) => roomOf(file) === 'core')
      .flatMap((file) =>
        importsOf(file)
          .filter((each) => outside.test(each))
          .map((each) => `${file} imports ${each}`),
      );
    expect(wrong).toEqual([]);
  });

  test('only the engine’s step and its callers read the check option', () => {
    const readers = files.filter((file) =>
      /options\.check\b|world\.check\b/.test(readFileSync(join(root, file), 'utf8')),
    );
    expect(readers.filter((file) => !['cli', 'engine'].includes(roomOf(file)))).toEqual([]);
    expect(files.filter((file) => roomOf(file) === 'modules' && /check_?mode/i.test(code(file)))).toEqual([]);
  });

  test('the wall clock is for people: only the clock reads it, and nothing waits by it', () => {
    // Pictures of pages are named by the time at which they were taken.
    const allowed = new Set(['src/cli/clock.ts', 'src/modules/shared/browser-run.ts']);
    const readers = files
      .filter((file) => roomOf(file) !== 'lab')
      .filter((file) => /\bDate\.now\(|\bnew Date\(\)/.test(readFileSync(join(root, file), 'utf8')));
    expect(readers.filter((file) => !allowed.has(file))).toEqual([]);
    const waiters = files.filter((file) => /\bclock\.now\(\)\s*[<>+-]/.test(readFileSync(join(root, file), 'utf8')));
    expect(waiters).toEqual([]);
  });

  test('no file is longer than 300 lines', () => {
    const long = files.map((file) => ({ file, lines: readFileSync(join(root, file), 'utf8').split('\n').length - 1 }));
    expect(long.filter(({ lines }) => lines > 300)).toEqual([]);
  });

  test('every file opens by saying why it exists', () => {
    const silent = files.filter((file) => !/^(#!.*\n)?(\/\/|\/\*\*?) ?\S/.test(readFileSync(join(root, file), 'utf8')));
    expect(silent).toEqual([]);
  });

  test('every exported name says in a sentence what it is', () => {
    const wordless = files.flatMap((file) => {
      const lines = readFileSync(join(root, file), 'utf8').split('\n');
      return lines.flatMap((line, index) => {
        const name = /^export (?:default |abstract |async )*(?:function\*?|class|interface|const|enum) (\w+)/.exec(
          line,
        )?.[1];
        if (name === undefined || /\*\/\s*$|^\s*\/\//.test(lines[index - 1] ?? '')) return [];
        return [`${file}:${index + 1} ${name}`];
      });
    });
    expect(wordless).toEqual([]);
  });

  test('every module, reporter and command file is registered', () => {
    const registered = (index: string): string => readFileSync(join(root, index), 'utf8');
    for (const [folder, index] of [
      ['modules', 'src/modules/index.ts'],
      ['connect', 'src/connect/index.ts'],
    ] as const) {
      const orphans = files
        .filter((file) => dirname(file) === `src/${folder}` && !file.endsWith('/index.ts'))
        .filter(
          (file) => !isUsed(file) && !registered(index).includes(file.split('/').at(-1)?.replace('.ts', '.js') ?? ''),
        );
      expect(orphans, `files of ${folder} that ${index} does not name and nobody uses`).toEqual([]);
    }
  });

  test('nobody skips types: no `any`, no ts-ignore', () => {
    const loose = files.filter((file) => /@ts-(ignore|nocheck|expect-error)|\bas any\b|: any\b/.test(code(file)));
    expect(loose).toEqual([]);
  });

  test('the packages in use are those of package.json, and all of those are in use', () => {
    const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      readonly dependencies: Record<string, string>;
      readonly peerDependencies: Record<string, string>;
    };
    const packages = files.flatMap(importsOf).filter((each) => !/^(\.|node:)/.test(each));
    const names = new Set(
      packages.map((each) =>
        each
          .split('/')
          .slice(0, each.startsWith('@') ? 2 : 1)
          .join('/'),
      ),
    );
    const named = { ...manifest.dependencies, ...manifest.peerDependencies };
    expect([...names].toSorted()).toEqual(Object.keys(named).toSorted());
  });

  test('what is optional is tested here in the same version, and never imported before it is needed', () => {
    const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<
      'peerDependencies' | 'devDependencies',
      Record<string, string>
    > & { readonly peerDependenciesMeta: Record<string, { readonly optional: boolean }> };
    for (const [name, version] of Object.entries(manifest.peerDependencies)) {
      expect(manifest.devDependencies[name]).toBe(version);
      expect(manifest.peerDependenciesMeta[name]).toEqual({ optional: true });
      const atOnce = new RegExp(`^(?:import|export)\\s(?!type\\b)[^'";]*?from '${name}'`, 'm');
      expect(files.filter((file) => atOnce.test(readFileSync(join(root, file), 'utf8')))).toEqual([]);
    }
  });

  test('every package has its line in docs/dependencies.md, with its version', () => {
    const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<
      'dependencies' | 'devDependencies' | 'peerDependencies',
      Record<string, string>
    >;
    const page = readFileSync(join(root, 'docs/dependencies.md'), 'utf8');
    const missing = Object.entries({
      ...manifest.dependencies,
      ...manifest.devDependencies,
      ...manifest.peerDependencies,
    })
      .filter(([name, version]) => !page.includes(`| \`${name}\` | ${version} |`))
      .map(([name, version]) => `${name} ${version}`);
    expect(missing).toEqual([]);
  });

  test('every test that docs/reliability.md names is there', () => {
    const page = readFileSync(join(root, 'docs/reliability.md'), 'utf8');
    const rows = page.split('\n').filter((line) => /^\| [A-E]\d+ \|/.test(line));
    const ids = rows.map((row) => row.split('|')[1]?.trim());
    const wanted = ['A', 'B', 'C', 'D', 'E'].flatMap((letter, at) =>
      Array.from({ length: [24, 20, 20, 15, 10][at] ?? 0 }, (_, index) => `${letter}${index + 1}`),
    );
    expect(ids).toEqual(wanted);
    expect(rows.flatMap(unshown)).toEqual([]);
  });

  test('every test that SECURITY.md names is there', () => {
    const rows = readFileSync(join(root, 'SECURITY.md'), 'utf8')
      .split('\n')
      .filter((line) => /^\| T\d+ \|/.test(line));
    const wanted = Array.from({ length: 20 }, (_, index) => `T${index + 1}`);
    expect(rows.map((row) => row.split('|')[1]?.trim())).toEqual(wanted);
    expect(rows.flatMap(unshown)).toEqual([]);
  });
});

/** What is wrong with the tests that a row names; a row without any says why. */
function unshown(row: string): readonly string[] {
  const named = [...row.matchAll(/`([\w/-]+\.test\.ts)` \*([^*]+)\*/g)];
  if (named.length === 0 && !/\| [^|]*\bnot (tested|done|needed)\b[^|]*\|$/.test(row))
    return [`${row}: shown by nothing`];
  return named.flatMap(([, file = '', name = '']) => {
    const path = join(root, 'test', file);
    if (!existsSync(path)) return [`there is no test/${file}`];
    return readFileSync(path, 'utf8').includes(name) ? [] : [`test/${file} has no test called: ${name}`];
  });
}

/** A file's text without comments and strings, roughly: enough to look for words of the language. */
function code(file: string): string {
  return readFileSync(join(root, file), 'utf8').replaceAll(
    /\/\*[\s\S]*?\*\/|\/\/.*|`(?:\\.|[^`\\])*`|'(?:\\.|[^'\\\n])*'/g,
    '',
  );
}

function isUsed(file: string): boolean {
  return files.some((other) => other !== file && neighboursOf(other).includes(file));
}
