// Values as cel-js may be given them. It tells maps from its own types by their `constructor`, and a host can say a map with
// a key of that name: such a map goes in as a Map, which has no keys of its own, and all others as they are.
import { isLazy, isMap, mapOf } from '../core/value.js';
import type { Value, ValueMap } from '../core/value.js';

/**
 * Data is never changed, and a view changes with what it shows, so what was looked through once need not be again: a loop
 * may ask thousands of times.
 */
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

function celMap(map: ValueMap): unknown {
  if (isLazy(map)) return celView(map);
  const keys = Object.keys(map);
  const values = keys.map((key) => celValue(map[key] ?? null));
  if (Object.hasOwn(map, 'constructor')) return new Map(keys.map((key, index) => [key, values[index]]));
  if (values.every((value, index) => value === map[keys[index] ?? ''])) return map;
  return mapOf(keys.map((key, index) => [key, values[index] as Value]));
}

/**
 * The same map, such as `hostvars`: nothing of it is computed but what is asked for, and that each time anew, because
 * other hosts learn while the run goes on.
 */
function celView(map: ValueMap): object {
  const valueOf = (key: string): unknown => {
    const value = map[key];
    return value === undefined ? undefined : celValue(value);
  };
  return new Proxy(Object.create(null) as object, {
    has: (_, key) => Reflect.has(map, key),
    get: (_, key) => (typeof key === 'string' ? valueOf(key) : undefined),
    ownKeys: () => Reflect.ownKeys(map),
    getOwnPropertyDescriptor: (_, key) => {
      const own = Reflect.getOwnPropertyDescriptor(map, key);
      if (own === undefined || typeof key !== 'string') return undefined;
      const value = 'value' in own ? celValue(own.value as Value) : valueOf(key);
      return { enumerable: true, configurable: true, value };
    },
  });
}
