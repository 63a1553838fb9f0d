// One file as `playbook validate` sees it: of which kind it is, and what is wrong with it.
import { sep } from 'node:path';
import type { Diagnostic } from '../core/diagnostic.js';
import { andThen } from '../core/result.js';
import { findPlaybook } from '../load/find.js';
import { readSource } from '../load/files.js';
import { findInventory, loadInventory } from '../load/inventory.js';
import type { Node } from '../load/node.js';
import { loadPlaybook } from '../load/playbook.js';
import { resolveTarget } from '../load/target.js';
import { parseYaml } from '../load/yaml.js';
import { modules } from '../modules/index.js';

/** What a file is for. */
export type FileKind = 'playbook' | 'inventory';

/** The kind of a file, by what is in it, else by where it is. */
export function kindOfFile(name: string, directory: string): FileKind {
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

/** What is wrong with one file and all that it brings along. */
export function problemsOfFile(name: string, kind: FileKind, directory: string): Diagnostic[] {
  if (kind === 'playbook') {
    const loaded = andThen(findPlaybook(name, directory), (path) => loadPlaybook(path, modules));
    return [...(loaded.ok ? loaded.value.warnings : loaded.problems)];
  }
  const inventory = loadInventory([name], { cwd: directory });
  if (!inventory.ok) return [...inventory.problems];
  return [...inventory.value.hosts.values()].flatMap((host) => {
    const target = resolveTarget(host, inventory.value.scopeOf(host));
    return target.ok ? [] : target.problems;
  });
}
