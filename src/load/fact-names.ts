// Which variables a `set_fact` will add is written in the playbook, but a task keeps only its compiled arguments;
// so the names are read from the file once more, where its module key stands.
import type { Task } from '../core/playbook.js';
import type { Source } from '../core/source.js';
import type { Node } from './node.js';
import { parseYaml } from './yaml.js';

const namesBySource = new WeakMap<Source, ReadonlyMap<number, readonly string[]>>();

/** The variables that a task adds to its hosts, its register aside. */
export function factNames(task: Task): readonly string[] {
  if (task.module !== 'set_fact') return [];
  const { source, start } = task.span;
  const names = namesBySource.get(source) ?? factsOf(source);
  namesBySource.set(source, names);
  return names.get(start) ?? [];
}

/** The keys below every `set_fact` of a file, by the offset of that word. */
function factsOf(source: Source): ReadonlyMap<number, readonly string[]> {
  const found = new Map<number, readonly string[]>();
  const root = parseYaml(source);
  if (root.ok) visit(root.value, found);
  return found;
}

function visit(node: Node, found: Map<number, readonly string[]>): void {
  if (node.kind === 'list') for (const item of node.items) visit(item, found);
  if (node.kind !== 'map') return;
  for (const { keySpan, value } of node.entries) {
    if (value.kind === 'map')
      found.set(
        keySpan.start,
        value.entries.map((each) => each.key),
      );
    visit(value, found);
  }
}
