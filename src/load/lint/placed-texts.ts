// The texts of a task's arguments that stand in a place where values are quoted, or that name a file, as they are written.
import type { Place } from '../../core/place.js';
import { alternatives, belowItems, belowKey, placeOf } from '../json-schema.js';
import type { Schema } from '../json-schema.js';
import type { Node, ScalarNode } from '../node.js';
import type { Holder } from './holders.js';

/** A text and its place. */
export interface PlacedText {
  readonly node: ScalarNode;
  readonly place: Place;
}

/** The texts of a task that its module marks with a place. */
export function placedTexts({ module }: Holder): readonly PlacedText[] {
  if (module === undefined) return [];
  const { entry, spec } = module;
  const schemas = alternatives(spec.args);
  const isShort = entry.value.kind === 'scalar' && spec.shorthand !== undefined;
  return textsIn(entry.value, isShort ? belowKey(schemas, spec.shorthand ?? '') : schemas);
}

function textsIn(node: Node, schemas: readonly Schema[]): readonly PlacedText[] {
  if (node.kind === 'list') return node.items.flatMap((each) => textsIn(each, belowItems(schemas)));
  if (node.kind === 'map') return node.entries.flatMap(({ key, value }) => textsIn(value, belowKey(schemas, key)));
  const place = placeOf(schemas);
  return place === undefined ? [] : [{ node, place }];
}
