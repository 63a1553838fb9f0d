// What is known while one playbook is loaded: the modules there are, the problems so far, and where we are in the imports.
import { dirname, isAbsolute, join, relative } from 'node:path';
import type { AnyModule } from '../core/module.js';
import { error } from '../core/diagnostic.js';
import { positionOf } from '../core/source.js';
import type { Source, Span } from '../core/source.js';
import { readSource, real } from './files.js';
import { objectionToPath } from './find.js';
import type { Place } from './find.js';
import type { Node } from './node.js';
import type { Problems } from './problems.js';
import { parseYaml } from './yaml.js';

/** Shared by everything that one `loadPlaybook` reads. */
export interface Loading {
  readonly modules: ReadonlyMap<string, AnyModule>;
  readonly problems: Problems;
  /** Directory of the playbook that was asked for; ids are relative to it. */
  readonly root: string;
  /** Ids that are taken. */
  readonly ids: Set<string>;
  /** How many imports were followed. */
  readonly followed: { imports: number };
}

/** Two lines that import each other's neighbour double at each level, so both the levels and the imports have an end. */
const maxImportDepth = 32;
const maxImports = 1000;

/** One file that is being read, and how we came to it. */
export interface Here {
  readonly source: Source;
  /** Where relative imports start. */
  readonly directory: string;
  /** Where arguments look for files: beside this file, then beside the playbook. */
  readonly places: readonly Place[];
  /** Files that are being read, the playbook first. */
  readonly trail: readonly string[];
  /** Added to ids: the place of the import, so that a file imported twice gives different tasks. */
  readonly importedAt: string;
}

/** The place of a playbook file that was asked for. */
export function atPlaybook(source: Source): Here {
  const directory = dirname(source.path);
  return { source, directory, places: [{ directory }], trail: [source.path], importedAt: '' };
}

/** A path that a file names, from where the file is. */
export function beside(here: Here, name: string): string {
  return isAbsolute(name) ? name : join(here.directory, name);
}

/** An id that stays the same as long as the file does: file, line, and the imports that led to it. */
export function idOf(span: Span, here: Here, { root, ids }: Loading): string {
  const { line, column } = positionOf(span.source, span.start);
  const file = relative(root, here.source.path);
  const short = `${file}:${line}${here.importedAt}`;
  const id = ids.has(short) ? `${file}:${line}:${column}${here.importedAt}` : short;
  ids.add(id);
  return id;
}

/** The tree of a file that an import names, and where we then are; nothing when there is a problem, which is then said. */
export function openImport(
  name: string,
  saidBy: Span,
  importer: { readonly here: Here; readonly loading: Loading; readonly asPlaybook: boolean },
): { readonly node: Node; readonly here: Here } | undefined {
  const { here, loading, asPlaybook } = importer;
  const path = beside(here, name);
  const circle = here.trail.findIndex((each) => real(each) === real(path));
  if (circle !== -1) {
    const steps = [...here.trail.slice(circle), path].map((each) => `\`${each}\``);
    loading.problems.add(
      error('playbook/import-circle', `\`${path}\` imports itself`, saidBy, {
        hint: `the circle is ${steps.join(' -> ')}`,
      }),
    );
    return undefined;
  }
  const objection = objectionToPath(path, loading.root, name, saidBy);
  if (objection !== undefined) loading.problems.add(objection);
  if (objection !== undefined || goesTooFar(saidBy, importer)) return undefined;
  const source = loading.problems.take(readSource(path, saidBy));
  const node = source === undefined ? undefined : loading.problems.take(parseYaml(source));
  if (source === undefined || node === undefined) return undefined;
  const { line } = positionOf(saidBy.source, saidBy.start);
  const directory = dirname(path);
  const next: Here = {
    source,
    directory,
    places: asPlaybook ? [{ directory }] : placesWith(directory, here.places),
    trail: [...here.trail, path],
    importedAt: `@${relative(loading.root, here.source.path)}:${line}${here.importedAt}`,
  };
  return { node, here: next };
}

/** True, and said once, when there are more imports than anyone wrote on purpose. */
function goesTooFar(saidBy: Span, { here, loading }: { readonly here: Here; readonly loading: Loading }): boolean {
  const { followed, problems } = loading;
  followed.imports += 1;
  if (followed.imports === maxImports + 1) {
    const hint = 'a file that is imported several times brings its own imports each time';
    problems.add(error('playbook/too-many-imports', `more than ${maxImports} imports`, saidBy, { hint }));
  }
  if (followed.imports > maxImports) return true;
  if (here.trail.length <= maxImportDepth) return false;
  const hint = 'import files side by side instead of from one another';
  problems.add(
    error('playbook/imports-too-deep', `imports nest deeper than ${maxImportDepth} files`, saidBy, { hint }),
  );
  return true;
}

function placesWith(directory: string, places: readonly Place[]): readonly Place[] {
  return places.some((each) => real(each.directory) === real(directory)) ? places : [{ directory }, ...places];
}
