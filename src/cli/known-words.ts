// The words that the files around know: playbooks, inventories, and what is in them. They are read for completion, while
// somebody types: what is broken is left out, nothing is said about it, and nothing is read that is not asked for.
import { join } from 'node:path';
import type { Inventory } from '../core/inventory.js';
import type { Playbook } from '../core/playbook.js';
import { andThen } from '../core/result.js';
import { tasksOf } from '../core/steps.js';
import { namesIn, readSource } from '../load/files.js';
import type { Node } from '../load/node.js';
import type { Io } from './io.js';

/** A word that may stand there, and what it is. */
export interface KnownWord {
  readonly word: string;
  readonly description?: string;
}

// Nobody chooses among more files by pressing a key.
const maxFiles = 200;

/** The playbooks here and in `playbooks/`, by the names that a command line finds them by. */
export async function playbooksAround(io: Io): Promise<readonly KnownWord[]> {
  return filesAround(io, 'playbooks', (node) => {
    const plays = node.kind === 'map' ? node.get('plays')?.value : node;
    const isPlay = (each: Node): boolean =>
      each.kind === 'map' && (each.get('hosts') !== undefined || each.get('import_playbook') !== undefined);
    return plays?.kind === 'list' && plays.items.some(isPlay);
  });
}

/** The inventories here and in `inventories/`. */
export async function inventoriesAround(io: Io): Promise<readonly KnownWord[]> {
  const isGroup = (node: Node): boolean =>
    node.kind === 'map' && ['hosts', 'children', 'vars'].some((key) => node.get(key) !== undefined);
  return filesAround(
    io,
    'inventories',
    (node) =>
      node.kind === 'map' && node.get('plays') === undefined && node.entries.some(({ value }) => isGroup(value)),
  );
}

async function filesAround(io: Io, folder: string, fits: (node: Node) => boolean): Promise<readonly KnownWord[]> {
  const { parseYaml } = await import('../load/yaml.js');
  const files = ['', folder].flatMap((directory) =>
    namesIn(join(io.directory, directory))
      .filter((name) => /^[^.].*\.ya?ml$/.test(name))
      .slice(0, maxFiles)
      .map((name) => ({ name, path: join(directory, name) })),
  );
  return files.flatMap(({ name, path }, at) => {
    // The one that stands here is found first.
    if (files.findIndex((each) => each.name === name) !== at) return [];
    const node = andThen(readSource(join(io.directory, path)), parseYaml);
    // In the folder that is meant for them, a file that is broken is one of them all the same.
    if (path === name && !(node.ok && fits(node.value))) return [];
    return [{ word: name, description: (node.ok ? titleOf(node.value) : undefined) ?? path }];
  });
}

function titleOf(node: Node): string | undefined {
  const name = node.kind === 'map' ? node.get('name')?.value : undefined;
  return name?.kind === 'scalar' && typeof name.value === 'string' ? name.value : undefined;
}

/** The playbooks of these names that can be read. */
export async function readPlaybooks(io: Io, names: readonly string[]): Promise<readonly Playbook[]> {
  const { findPlaybook } = await import('../load/find.js');
  const { loadPlaybook } = await import('../load/playbook.js');
  const { modules } = await import('../modules/index.js');
  return names.flatMap((name) => {
    const loaded = andThen(findPlaybook(name, io.directory), (path) => loadPlaybook(path, modules));
    return loaded.ok ? [loaded.value.playbook] : [];
  });
}

/** The inventory of these names, or of the environment, when it can be read. */
export async function readInventory(io: Io, names: readonly string[]): Promise<Inventory | undefined> {
  const { loadInventory } = await import('../load/inventory.js');
  const fromEnvironment = (io.environment['PLAYBOOK_INVENTORY'] ?? '').split(',').filter(Boolean);
  const inventory = loadInventory(names.length > 0 ? names : fromEnvironment, { cwd: io.directory });
  return inventory.ok ? inventory.value : undefined;
}

/** The tags of plays and tasks. */
export function tagsIn(playbooks: readonly Playbook[]): readonly KnownWord[] {
  const plays = playbooks.flatMap((playbook) => playbook.plays);
  const tags = plays.flatMap((play) => [
    ...play.tags,
    ...[...tasksOf(play.steps), ...play.handlers].flatMap((task) => task.tags),
  ]);
  return [...new Set(tags)].toSorted().map((word) => ({ word }));
}

/** The names of tasks as they are written, which is how `--start-at-task` knows them. */
export function tasksIn(playbooks: readonly Playbook[]): readonly KnownWord[] {
  const plays = playbooks.flatMap((playbook) => playbook.plays);
  return plays.flatMap((play) => tasksOf(play.steps).map((task) => ({ word: task.name.text, description: play.name })));
}

/** What `-e` can say: the params of playbooks, with each value of those that list theirs or name a host, and keep no secret. */
export function paramsIn(playbooks: readonly Playbook[], hosts: readonly KnownWord[]): readonly KnownWord[] {
  return playbooks
    .flatMap((playbook) => playbook.params)
    .flatMap(({ name, type, enum: listed = [], secret, description = '' }) => {
      const named = type === 'host' && listed.length === 0 ? hosts.map(({ word }) => word) : listed;
      const values = secret ? [] : named.map((value) => (typeof value === 'string' ? value : JSON.stringify(value)));
      return (values.length === 0 ? [''] : values).map((value) => ({ word: `${name}=${value}`, description }));
    });
}

/** The hosts of an inventory, and the groups that each is in. */
export function hostsIn(inventory: Inventory | undefined): readonly KnownWord[] {
  const groups = [...(inventory?.groups.values() ?? [])].filter((group) => group.name !== 'all');
  return [...(inventory?.hosts.keys() ?? [])].map((word) => {
    const around = groups.filter((group) => group.hosts.includes(word)).map((group) => group.name);
    return { word, description: ['host', ...(around.length === 0 ? [] : [`of ${around.join(', ')}`])].join(' ') };
  });
}

/** The groups of an inventory that somebody is in. */
export function groupsIn(inventory: Inventory | undefined): readonly KnownWord[] {
  const groups = [...(inventory?.groups.values() ?? [])].filter(({ hosts }) => hosts.length > 0);
  return groups.map(({ name, hosts }) => ({ word: name, description: `group of ${hosts.join(', ')}` }));
}

/** The variables that hosts of an inventory know. */
export function variablesIn(inventory: Inventory | undefined, host: string | undefined): readonly KnownWord[] {
  const hosts = [...(inventory?.hosts.values() ?? [])].filter((each) => host === undefined || each.name === host);
  const names = hosts.flatMap((each) => [...(inventory?.scopeOf(each).names() ?? [])]);
  return [...new Set(names)].toSorted().map((word) => ({ word }));
}
