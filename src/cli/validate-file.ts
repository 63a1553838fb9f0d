// One file as `playbook validate` sees it: of which kind it is, what is wrong with it, and what asks for trouble.
import { sep } from 'node:path';
import type { Diagnostic } from '../core/diagnostic.js';
import type { Playbook } from '../core/playbook.js';
import { andThen } from '../core/result.js';
import { findPlaybook } from '../load/find.js';
import { readSource } from '../load/files.js';
import { findInventory, loadInventory } from '../load/inventory.js';
import { filesOfInventory, filesOfPlaybook } from '../load/lint/files.js';
import type { LintFile } from '../load/lint/holders.js';
import { lint } from '../load/lint/index.js';
import type { Node } from '../load/node.js';
import { loadPlaybook } from '../load/playbook.js';
import { resolveTarget } from '../load/target.js';
import { parseYaml } from '../load/yaml.js';
import { modules } from '../modules/index.js';
import { connectionVariables } from './load-all.js';

/** What a file is for. */
export type FileKind = 'playbook' | 'inventory';

/** The kind of a file, by what is in it, else by where it is. */
function kindOfFile(name: string, directory: string): FileKind {
  const path = findPlaybook(name, directory);
  if (!path.ok) return findInventory(name, directory).ok ? 'inventory' : 'playbook';
  const node = andThen(readSource(path.value), parseYaml);
  return (node.ok ? byContent(node.value) : undefined) ?? byPath(path.value);
}

function byContent(node: Node): FileKind | undefined {
  if (node.kind === 'list') return 'playbook';
  if (node.kind !== 'map') return undefined;
  const keys = node.entries.map((entry) => entry.key);
  if (keys.includes('plays') || keys.includes('params') || keys.includes('tasks')) return 'playbook';
  const groups = node.entries.filter(({ value }) => value.kind === 'map' && isGroup(value));
  return keys.includes('all') || groups.length > 0 ? 'inventory' : undefined;
}

function isGroup(node: Extract<Node, { kind: 'map' }>): boolean {
  return node.entries.some((entry) => ['hosts', 'children', 'vars'].includes(entry.key));
}

function byPath(path: string): FileKind {
  return path.split(sep).includes('inventories') ? 'inventory' : 'playbook';
}

/** One file that was named, checked. */
export interface CheckedFile {
  readonly name: string;
  readonly kind: FileKind;
  readonly problems: readonly Diagnostic[];
  readonly playbook?: Playbook;
}

/** What is wrong with one file and all that it brings along. */
export function checkFile(name: string, directory: string): CheckedFile {
  const kind = kindOfFile(name, directory);
  if (kind === 'inventory') return { name, kind, problems: problemsOfInventory(name, directory) };
  const loaded = andThen(findPlaybook(name, directory), (path) => loadPlaybook(path, modules));
  if (!loaded.ok) return { name, kind, problems: loaded.problems };
  return { name, kind, problems: loaded.value.warnings, playbook: loaded.value.playbook };
}

/** What asks for trouble in files without errors; `inventories` are those that the playbooks are to be used with. */
export function lintFiles(
  checked: readonly CheckedFile[],
  inventories: readonly string[],
  directory: string,
): readonly Diagnostic[] {
  const playbooks = checked.flatMap(({ playbook }) =>
    playbook === undefined ? [] : [{ playbook, files: filesOfPlaybook(playbook.path, modules) }],
  );
  const own = inventoryFiles(
    checked.filter(({ kind }) => kind === 'inventory').map(({ name }) => name),
    directory,
  );
  const inventory = [...own, ...inventoryFiles(inventories, directory)];
  const ownVariables = new Set(connectionVariables());
  const unused = playbooks.map((each) => ({ ...each, inventory, modules, ownVariables }));
  return lint({
    files: [...playbooks.flatMap(({ files }) => files), ...own],
    modules,
    ...(inventory.length === 0 ? {} : { unused }),
  });
}

function inventoryFiles(names: readonly string[], directory: string): readonly LintFile[] {
  const found = names.map((name) => findInventory(name, directory));
  return filesOfInventory(found.flatMap((each) => (each.ok ? each.value : [])));
}

function problemsOfInventory(name: string, directory: string): readonly Diagnostic[] {
  const inventory = loadInventory([name], { cwd: directory });
  if (!inventory.ok) return inventory.problems;
  return [...inventory.value.hosts.values()].flatMap((host) => {
    const target = resolveTarget(host, inventory.value.scopeOf(host));
    return target.ok ? [] : target.problems;
  });
}
