// A tree of YAML as plain data, without the places.
import { mapOf } from '../core/value.js';
import type { Value } from '../core/value.js';
import type { Node } from './node.js';

/** The data that a tree says. */
export function plainData(node: Node): Value {
  if (node.kind === 'scalar') return node.value;
  if (node.kind === 'list') return node.items.map(plainData);
  return mapOf(node.entries.map((entry) => [entry.key, plainData(entry.value)]));
}
