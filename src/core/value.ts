// Variables, arguments, states and registers are all plain JSON data. Maps have no prototype,
// so that a key called `__proto__` or `constructor` is a key and nothing else.
import { types } from 'node:util';

/** Plain data, as YAML and JSON know it. */
export type Value = null | boolean | number | string | readonly Value[] | ValueMap;

/** A map of plain data. */
export interface ValueMap {
  readonly [key: string]: Value;
}

/** True for a map (not a list, not null). */
export function isMap(value: unknown): value is ValueMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A map without a prototype, of these entries. */
export function mapOf(entries: Iterable<readonly [string, Value]>): ValueMap {
  const map: Record<string, Value> = Object.create(null) as Record<string, Value>;
  for (const [key, value] of entries) map[key] = value;
  return map;
}

/** What `JSON.parse` gave, as plain data: its maps without prototypes. */
export function dataOf(parsed: unknown): Value {
  if (Array.isArray(parsed)) return parsed.map(dataOf);
  if (typeof parsed !== 'object' || parsed === null) return parsed as Value;
  return mapOf(Object.entries(parsed).map(([key, value]) => [key, dataOf(value)]));
}

/** The value of a key that a map has itself; nothing for one that only its prototype has. */
export function ownValue<V>(map: Readonly<Record<string, V>>, key: string): V | undefined {
  return Object.hasOwn(map, key) ? map[key] : undefined;
}

const lazyMaps = new WeakSet<object>();

/** True for a map whose values are computed when they are looked at, which may fail: only what is asked for may be. */
export function isLazy(map: ValueMap): boolean {
  return lazyMaps.has(map) || types.isProxy(map);
}

/** A map without a prototype whose values are computed when they are first asked for. */
export function lazyMap(keys: Iterable<string>, compute: (key: string) => Value): ValueMap {
  const map = Object.create(null) as Record<string, Value>;
  for (const key of keys) {
    Object.defineProperty(map, key, {
      enumerable: true,
      configurable: true,
      get: () => {
        const value = compute(key);
        Object.defineProperty(map, key, { enumerable: true, value });
        return value;
      },
    });
  }
  lazyMaps.add(map);
  return map;
}

/** True when two values are the same data, key order aside. */
export function sameValue(left: Value | undefined, right: Value | undefined): boolean {
  if (left === right) return true;
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((each, index) => sameValue(each, right[index]));
  }
  if (!isMap(left) || !isMap(right)) return false;
  const keys = Object.keys(left);
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) => Object.hasOwn(right, key) && sameValue(left[key], right[key]))
  );
}

/** A word for the kind of a value, as messages name it. */
export function kindOf(value: Value | undefined): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (isMap(value)) return 'a map';
  return `a ${typeof value}`;
}
