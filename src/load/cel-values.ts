// Values as cel-js may be given them. It tells maps from its own types by their `constructor`, and a host can say a map with
// a key of that name: such a map goes in as a Map, which has no keys of its own, and all others as they are.
import { isLazy, isMap, lazyMap, mapOf } from '../core/value.js';
import type { Value, ValueMap } from '../core/value.js';

/** Data is never changed, so what was looked through once need not be again: a loop may ask thousands of times. */
const known = new WeakMap<object, unknown>();

/** A value in which no map has a key that cel-js would take for its own. */
export function celValue(value: Value): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (known.has(value)) return known.get(value);
  const made = isMap(value) ? celMap(value) : celList(value);
  known.set(value, made);
  return made;
}

function celList(list: readonly Value[]): unknown {
  const items = list.map(celValue);
  return items.every((item, index) => item === list[index]) ? list : items;
}

/** Keys that are texts; to ask which of them can be enumerated would be to look at their values. */
function namesIn(map: ValueMap): readonly string[] {
  return Reflect.ownKeys(map).filter((key) => typeof key === 'string');
}

function celMap(map: ValueMap): unknown {
  // Of a map such as `hostvars`, only what is asked for is computed.
  if (isLazy(map)) return lazyMap(namesIn(map), (key) => celValue(map[key] ?? null) as Value);
  const keys = Object.keys(map);
  const values = keys.map((key) => celValue(map[key] ?? null));
  if (Object.hasOwn(map, 'constructor')) return new Map(keys.map((key, index) => [key, values[index]]));
  if (values.every((value, index) => value === map[keys[index] ?? ''])) return map;
  return mapOf(keys.map((key, index) => [key, values[index] as Value]));
}
