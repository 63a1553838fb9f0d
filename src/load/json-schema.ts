// The few questions this room asks of a JSON Schema: what may stand at a place of it, and whether that place is quoted.
// The schemas are TypeBox's, which are plain objects; here they are read as such.
import type { Place } from '../core/place.js';
import { places } from '../core/place.js';

/** A JSON Schema (draft-07) as plain data. */
export interface Schema {
  readonly [keyword: string]: unknown;
}

/** A schema, if that is what it is. */
export function asSchema(value: unknown): Schema | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Schema) : undefined;
}

/** The schemas of a list; none when it is no list. */
export function schemasIn(value: unknown): readonly Schema[] {
  return Array.isArray(value) ? value.map(asSchema).filter((each) => each !== undefined) : [];
}

/** A schema and, when it is a union, all that it unites. */
export function alternatives(schema: Schema): readonly Schema[] {
  const united = [...schemasIn(schema['anyOf']), ...schemasIn(schema['oneOf']), ...schemasIn(schema['allOf'])];
  return [schema, ...united.flatMap(alternatives)];
}

/** What a value below a key may be. */
export function belowKey(schemas: readonly Schema[], key: string): readonly Schema[] {
  return schemas.flatMap((schema) => {
    const properties = asSchema(schema['properties']);
    const own = properties !== undefined && Object.hasOwn(properties, key) ? properties[key] : undefined;
    const child = asSchema(own ?? schema['additionalProperties']);
    return child === undefined ? [] : alternatives(child);
  });
}

/** What an item of a list may be. */
export function belowItems(schemas: readonly Schema[]): readonly Schema[] {
  return schemas.flatMap((schema) => {
    const items = Array.isArray(schema['items']) ? schemasIn(schema['items']) : [asSchema(schema['items'])];
    return items.flatMap((each) => (each === undefined ? [] : alternatives(each)));
  });
}

/** The place that a text here stands in, if one of these schemas marks it. */
export function placeOf(schemas: readonly Schema[]): Place | undefined {
  for (const schema of schemas) {
    const place = places.find((each) => each === schema['place']);
    if (place !== undefined) return place;
  }
  return undefined;
}

/** True when something further down is marked with a place. */
export function hasPlaceBelow(schemas: readonly Schema[]): boolean {
  return schemas.some((schema) => {
    const children = [
      ...Object.values(asSchema(schema['properties']) ?? {}),
      schema['additionalProperties'],
      ...(Array.isArray(schema['items']) ? schema['items'] : [schema['items']]),
    ];
    return children.some((child: unknown) => {
      const below = asSchema(child);
      if (below === undefined) return false;
      const all = alternatives(below);
      return placeOf(all) !== undefined || hasPlaceBelow(all);
    });
  });
}
