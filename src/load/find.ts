// Where files are: beside the playbook that names them and never outside its directory,
// and the playbook itself here or in `playbooks/`. A name that is not found gets the nearest one that is.
import { basename, dirname, isAbsolute, join, normalize, resolve, sep } from 'node:path';
import { error } from '../core/diagnostic.js';
import type { Diagnostic } from '../core/diagnostic.js';
import { fail, ok } from '../core/result.js';
import type { Result } from '../core/result.js';
import type { Span } from '../core/source.js';
import { nearest } from '../core/words.js';
import { asGiven, lookAt, namesIn, real } from './files.js';

/** Where a file may be looked for: a directory, and the folder in it that is meant for this kind of file. */
export interface Place {
  readonly directory: string;
  readonly folder?: string;
}

/**
 * The path of a file that a playbook names, looked for in these places, the first that has it winning.
 * A name that leads out of the place is refused, by `..`, as an absolute path or through a link.
 */
export function findBeside(name: string, places: readonly Place[], saidAt?: Span): Result<string> {
  if (normalize(name).split(sep)[0] === '..') return fail(outside(name, saidAt));
  const inside = (place: Place, path: string): boolean => isBelow(resolve(place.directory), resolve(path));
  for (const place of places) {
    for (const path of candidates(name, place)) {
      if (lookAt(path) === 'missing' || !inside(place, path)) continue;
      if (!isBelow(real(place.directory), real(path))) return fail(outside(name, saidAt));
      return ok(path);
    }
  }
  if (isAbsolute(name)) return fail(outside(name, saidAt));
  return fail(missingBeside(name, places, saidAt));
}

/** The problem of a path that leads out of a directory, by `..`, as an absolute path or through a link; nothing for others. */
export function objectionToPath(path: string, root: string, name: string, saidAt: Span): Diagnostic | undefined {
  // The directory itself is not outside of it; that it is no file is told by whoever reads it.
  const isIn = (directory: string, each: string): boolean => each === directory || isBelow(directory, each);
  return isIn(resolve(root), resolve(path)) && isIn(real(root), real(path)) ? undefined : outside(name, saidAt);
}

function candidates(name: string, { directory, folder }: Place): readonly string[] {
  if (isAbsolute(name)) return [normalize(name)];
  return [join(directory, name), ...(folder === undefined ? [] : [join(directory, folder, name)])];
}

/** The path of the playbook that a person named: here or in `playbooks/`, with or without its ending. */
export function findPlaybook(name: string, cwd: string = process.cwd()): Result<string> {
  if (name.trim() === '') {
    return fail(error('file/no-playbook', 'the name of the playbook is empty', undefined, { hint: 'name a file' }));
  }
  const directories = isAbsolute(name) ? [''] : [cwd, join(cwd, 'playbooks')];
  const wanted = directories.flatMap((directory) =>
    ['', '.yml', '.yaml'].map((ending) => join(directory, name) + ending),
  );
  const found = wanted.find((path) => lookAt(path) === 'file') ?? wanted.find((path) => lookAt(path) !== 'missing');
  if (found !== undefined) return ok(asGiven(found));
  const known = directories.flatMap((directory) => playbooksIn(join(directory, dirname(name))));
  const near = nearest(basename(name), known) ?? nearest(basename(name), known.map(withoutEnding));
  return fail(
    error('file/no-playbook', `no playbook \`${name}\` here or in \`playbooks/\``, undefined, {
      hint: near === undefined ? listOf([...new Set(known)]) : `did you mean \`${near}\`?`,
    }),
  );
}

function isBelow(directory: string, path: string): boolean {
  return path.startsWith(directory.endsWith(sep) ? directory : directory + sep);
}

function missingBeside(name: string, places: readonly Place[], saidAt: Span | undefined): Diagnostic {
  const directories = places.flatMap(({ directory, folder }) => [
    directory,
    ...(folder === undefined ? [] : [join(directory, folder)]),
  ]);
  const near = nearest(
    basename(name),
    directories.flatMap((directory) => namesIn(join(directory, dirname(name)))),
  );
  const looked = [...new Set(directories)].map((directory) => `\`${asGiven(resolve(directory)) || '.'}\``);
  return error('file/missing', `no file \`${name}\``, saidAt, {
    hint: near === undefined ? `looked in ${looked.join(', ')}` : `did you mean \`${join(dirname(name), near)}\`?`,
  });
}

function outside(name: string, saidAt: Span | undefined): Diagnostic {
  return error('file/outside', `\`${name}\` is outside the directory of the playbook`, saidAt, {
    hint: 'keep the files of a playbook beside it, so that they travel and are reviewed with it',
  });
}

function playbooksIn(directory: string): readonly string[] {
  return namesIn(directory).filter((name) => /\.ya?ml$/.test(name));
}

function withoutEnding(name: string): string {
  return name.replace(/\.ya?ml$/, '');
}

function listOf(names: readonly string[]): string | undefined {
  if (names.length === 0 || names.length > 12) return 'name a file that is there';
  return `there are ${names.map((name) => `\`${name}\``).join(', ')}`;
}
