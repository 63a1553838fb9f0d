// Reckoning with shapes: where they come from, what stands behind their keys, and what they can never be.
import { anyShape, eitherOf } from '../core/shape.js';
import type { Shape } from '../core/shape.js';
import { anyItem, anyKey } from '../core/template.js';
import { isMap, sameValue } from '../core/value.js';
import type { Value } from '../core/value.js';
import { asSchema, schemasIn } from './json-schema.js';

/** Values of more items than these are not looked through. */
const mostItems = 1000;
const deepest = 6;

/** The shape that a JSON Schema describes; what it says nothing of is open. */
export function shapeOfSchema(schema: unknown): Shape {
  const said = asSchema(schema);
  if (said === undefined) return anyShape;
  if (Array.isArray(said['anyOf'])) return eitherOf(schemasIn(said['anyOf']).map(shapeOfSchema));
  if ('const' in said) return constantShape([said['const'] as Value]);
  if (Array.isArray(said['enum'])) return constantShape(said['enum'] as readonly Value[]);
  switch (said['type']) {
    case 'object':
      return mapShape(said);
    case 'array':
      return { kind: 'list', items: shapeOfSchema(said['items']) };
    case 'integer':
    case 'number':
      return { kind: 'scalar', type: 'number' };
    case 'string':
    case 'boolean':
    case 'null':
      return { kind: 'scalar', type: said['type'] };
    default:
      return anyShape;
  }
}

function mapShape(schema: Readonly<Record<string, unknown>>): Shape {
  const properties = Object.entries(asSchema(schema['properties']) ?? {});
  const fields = new Map(properties.map(([key, each]) => [key, shapeOfSchema(each)]));
  const patterns = Object.values(asSchema(schema['patternProperties']) ?? {});
  if (patterns.length > 0) return { kind: 'map', fields, rest: eitherOf(patterns.map(shapeOfSchema)) };
  const { additionalProperties } = schema;
  if (additionalProperties === false) return { kind: 'map', fields };
  return { kind: 'map', fields, rest: shapeOfSchema(additionalProperties) };
}

function constantShape(values: readonly Value[]): Shape {
  return eitherOf(values.map((value) => ({ ...shapeOfValue(value), ...(isScalar(value) ? { values: [value] } : {}) })));
}

function isScalar(value: Value): value is null | boolean | number | string {
  return value === null || typeof value !== 'object';
}

/** The shape of a value that is known, as far as it is worth looking. */
export function shapeOfValue(value: Value, depth = 0): Shape {
  if (value === null) return { kind: 'scalar', type: 'null' };
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
    return { kind: 'scalar', type: typeof value as 'string' | 'number' | 'boolean' };
  }
  if (depth > deepest) return anyShape;
  if (isMap(value)) {
    const keys = Object.keys(value);
    if (keys.length > mostItems) return anyShape;
    return { kind: 'map', fields: new Map(keys.map((key) => [key, shapeOfValue(value[key] ?? null, depth + 1)])) };
  }
  const items: readonly Value[] = value;
  if (items.length > mostItems) return { kind: 'list', items: anyShape };
  return { kind: 'list', items: eitherOf(items.map((each) => shapeOfValue(each, depth + 1))) };
}

/** What stands behind a key: a shape, or nothing with what there is instead. */
export type Stepped =
  | { readonly kind: 'found'; readonly shape: Shape }
  | { readonly kind: 'missing'; readonly keys: readonly string[]; readonly what: string };

/** One key into a shape. */
export function stepInto(shape: Shape, key: string): Stepped {
  // Going over what is no list has a message of its own, and a map is gone over by its keys.
  if (key === anyItem) return { kind: 'found', shape: itemsOf(shape) };
  switch (shape.kind) {
    case 'any':
      return { kind: 'found', shape: anyShape };
    case 'map':
      return intoMap(shape, key);
    case 'list':
      if (key === anyKey || /^\d+$/.test(key)) return { kind: 'found', shape: shape.items };
      if (key === 'length') return { kind: 'found', shape: { kind: 'scalar', type: 'number' } };
      return { kind: 'missing', keys: [], what: 'a list' };
    case 'scalar':
      if (key === anyKey) return { kind: 'found', shape: anyShape };
      return { kind: 'missing', keys: [], what: shape.type === 'null' ? 'null' : `a ${shape.type}` };
    case 'either':
      return intoEither(shape.of, key);
  }
}

function itemsOf(shape: Shape): Shape {
  if (shape.kind === 'either') return eitherOf(shape.of.map(itemsOf));
  return shape.kind === 'list' ? shape.items : anyShape;
}

function intoMap({ fields, rest }: Shape & { readonly kind: 'map' }, key: string): Stepped {
  if (key === anyKey)
    return { kind: 'found', shape: eitherOf([...fields.values(), ...(rest === undefined ? [] : [rest])]) };
  const shape = fields.get(key) ?? rest;
  return shape === undefined ? { kind: 'missing', keys: [...fields.keys()], what: 'a map' } : { kind: 'found', shape };
}

/** It is there when one of them may have it. */
function intoEither(shapes: readonly Shape[], key: string): Stepped {
  const stepped = shapes.map((each) => stepInto(each, key));
  const found = stepped.flatMap((each) => (each.kind === 'found' ? [each.shape] : []));
  if (found.length > 0) return { kind: 'found', shape: eitherOf(found) };
  const missing = stepped.flatMap((each) => (each.kind === 'missing' ? [each] : []));
  const what = missing.find((each) => each.what !== 'null')?.what ?? 'null';
  return { kind: 'missing', keys: [...new Set(missing.flatMap((each) => each.keys))], what };
}

/** True when a value of this shape can be the same as this one. */
export function canBe(shape: Shape, value: Value): boolean {
  if (shape.kind === 'any') return true;
  if (shape.kind === 'either') return shape.of.some((each) => canBe(each, value));
  if (shape.kind !== 'scalar') return !isScalar(value);
  if (shape.values !== undefined) return shape.values.some((each) => sameValue(each, value));
  return shape.type === (value === null ? 'null' : typeof value);
}

/** All that a shape can be, where it can be counted. */
export function valuesOf(shape: Shape): readonly Value[] | undefined {
  if (shape.kind === 'scalar') return shape.type === 'null' ? [null] : shape.values;
  if (shape.kind !== 'either') return undefined;
  const values = shape.of.map(valuesOf);
  return values.every((each) => each !== undefined) ? values.flatMap((each) => each) : undefined;
}

/** The words for what a shape is. */
export function kindsOf(shape: Shape): string {
  const kinds = shape.kind === 'either' ? [...new Set(shape.of.map(kindOfShape))] : [kindOfShape(shape)];
  return kinds.join(' or ');
}

function kindOfShape(shape: Shape): string {
  if (shape.kind !== 'scalar') return shape.kind === 'any' ? 'anything' : `a ${shape.kind}`;
  return shape.type === 'null' ? 'null' : `a ${shape.type}`;
}
