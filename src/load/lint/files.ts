// The files that a playbook or an inventory brings along, parsed and not yet understood, for the linter.
import { dirname, isAbsolute, join } from 'node:path';
import type { AnyModule } from '../../core/module.js';
import { andThen, ok } from '../../core/result.js';
import type { Result } from '../../core/result.js';
import { lookAt, namesIn, readSource, real } from '../files.js';
import type { Node } from '../node.js';
import { parseYaml } from '../yaml.js';
import { holdersOf } from './holders.js';
import type { Holder, LintFile } from './holders.js';

/** A playbook file and all that it imports, each once. Files that cannot be read are left out: loading tells of them. */
export function filesOfPlaybook(path: string, modules: ReadonlyMap<string, AnyModule>): readonly LintFile[] {
  const found = new Map<string, LintFile>();
  const follow = (each: string, kind: LintFile['kind']): void => {
    if (found.has(real(each))) return;
    const file = open(each, kind);
    if (!file.ok) return;
    found.set(real(each), file.value);
    for (const holder of holdersOf(file.value, modules)) {
      for (const [name, importedKind] of importsOf(holder)) {
        follow(isAbsolute(name) ? name : join(dirname(each), name), importedKind);
      }
    }
  };
  follow(path, 'playbook');
  return [...found.values()];
}

/** The files of an inventory, and the variables beside them. */
export function filesOfInventory(paths: readonly string[]): readonly LintFile[] {
  const directories = new Set(paths.map((path) => dirname(path)));
  const beside = [...directories].flatMap((directory) =>
    ['group_vars', 'host_vars'].flatMap((folder) => filesBelow(join(directory, folder))),
  );
  const all = [...paths.map((path) => open(path, 'inventory')), ...beside.map((path) => open(path, 'variables'))];
  return all.flatMap((each) => (each.ok ? [each.value] : []));
}

function open(path: string, kind: LintFile['kind']): Result<LintFile> {
  return andThen(readSource(path), (source) =>
    andThen(parseYaml(source), (node: Node) => ok<LintFile>({ source, node, kind })),
  );
}

function importsOf({ map, kind }: Holder): readonly (readonly [string, LintFile['kind']])[] {
  if (kind === 'import') {
    return [...texts(map.get('import_tasks')?.value, 'tasks'), ...texts(map.get('import_playbook')?.value, 'playbook')];
  }
  return kind === 'play' ? texts(map.get('vars_files')?.value, 'variables') : [];
}

function texts(node: Node | undefined, kind: LintFile['kind']): readonly (readonly [string, LintFile['kind']])[] {
  if (node?.kind === 'list') return node.items.flatMap((each) => texts(each, kind));
  return node?.kind === 'scalar' && typeof node.value === 'string' ? [[node.value, kind]] : [];
}

function filesBelow(path: string): readonly string[] {
  const what = lookAt(path);
  if (what === 'file') return /\/[^.]+$|\.(?:ya?ml|json)$/.test(path) ? [path] : [];
  if (what !== 'a directory') return [];
  return namesIn(path)
    .filter((name) => !name.startsWith('.') && !name.endsWith('~'))
    .flatMap((name) => filesBelow(join(path, name)));
}
