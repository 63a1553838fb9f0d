// The maps of a playbook file that hold keywords, as they are written: what the rules of the linter look at.
// The loaded playbook no longer knows which line said what, so the rules read the tree of the file itself.
import type { AnyModule } from '../../core/module.js';
import type { Source } from '../../core/source.js';
import type { Entry, MapNode, Node } from '../node.js';

/** A file as the linter sees it. */
export interface LintFile {
  readonly source: Source;
  readonly node: Node;
  readonly kind: 'playbook' | 'tasks' | 'variables' | 'inventory';
}

/** A map with keywords: the head of a playbook, a play, an import, a block or a task. */
export interface Holder {
  readonly kind: 'playbook' | 'play' | 'import' | 'block' | 'task';
  readonly map: MapNode;
  /** The key of a task that names its module. */
  readonly module?: { readonly entry: Entry; readonly spec: AnyModule };
  /** True in the handlers of a play. */
  readonly isHandler: boolean;
}

type Modules = ReadonlyMap<string, AnyModule>;

/** Every map with keywords in a file, from the top down. */
export function holdersOf({ node, kind }: LintFile, modules: Modules): readonly Holder[] {
  if (kind === 'tasks') return stepsIn(node, false, modules);
  if (kind !== 'playbook') return [];
  if (node.kind !== 'map') return playsIn(node, modules);
  return [{ kind: 'playbook', map: node, isHandler: false }, ...playsIn(node.get('plays')?.value, modules)];
}

function playsIn(node: Node | undefined, modules: Modules): readonly Holder[] {
  return mapsIn(node).flatMap((map): readonly Holder[] => {
    if (map.get('import_playbook') !== undefined) return [{ kind: 'import', map, isHandler: false }];
    return [
      { kind: 'play', map, isHandler: false },
      ...stepsIn(map.get('tasks')?.value, false, modules),
      ...stepsIn(map.get('handlers')?.value, true, modules),
    ];
  });
}

function stepsIn(node: Node | undefined, isHandler: boolean, modules: Modules): readonly Holder[] {
  return mapsIn(node).flatMap((map): readonly Holder[] => {
    if (map.get('import_tasks') !== undefined) return [{ kind: 'import', map, isHandler }];
    const inside = ['block', 'rescue', 'always'].flatMap((key) => stepsIn(map.get(key)?.value, isHandler, modules));
    if (map.get('block') !== undefined) return [{ kind: 'block', map, isHandler }, ...inside];
    const entry = map.entries.find(({ key }) => modules.has(key));
    const spec = modules.get(entry?.key ?? '');
    return [{ kind: 'task', map, isHandler, ...(entry && spec ? { module: { entry, spec } } : {}) }];
  });
}

function mapsIn(node: Node | undefined): readonly MapNode[] {
  return node?.kind === 'list' ? node.items.filter((each) => each.kind === 'map') : [];
}
