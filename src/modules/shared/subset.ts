// Whether an answer holds what is expected of it, and if not, where it differs: more than was asked for is no difference.
import { cut } from '../../core/cut.js';
import type { Value } from '../../core/value.js';
import { isMap, sameValue } from '../../core/value.js';

/**
 * The first place where something expected is missing or different, in words; nothing when all of it is there.
 * A map may have more keys, a list more items and in any order.
 */
export function missingFrom(found: Value | undefined, expected: Value, path = ''): string | undefined {
  if (isMap(expected)) return missingFromMap(found, expected, path);
  if (Array.isArray(expected)) {
    const items: readonly Value[] = expected;
    if (!Array.isArray(found)) return `${named(path)} is ${shortly(found)}, and a list is wanted`;
    const absent = items.find((each) => !found.some((item: Value) => missingFrom(item, each) === undefined));
    return absent === undefined ? undefined : `${named(path)} has no item ${short(absent)}`;
  }
  if (sameValue(found, expected)) return undefined;
  return `${named(path)} is ${shortly(found)}, and ${short(expected)} is wanted`;
}

function missingFromMap(found: Value | undefined, expected: Readonly<Record<string, Value>>, path: string) {
  if (!isMap(found)) return `${named(path)} is ${shortly(found)}, and a map is wanted`;
  for (const [key, each] of Object.entries(expected)) {
    const below = Object.hasOwn(found, key) ? found[key] : undefined;
    const missing = missingFrom(below, each, path === '' ? key : `${path}.${key}`);
    if (missing !== undefined) return missing;
  }
  return undefined;
}

function named(path: string): string {
  return path === '' ? 'the answer' : `\`${path}\``;
}

function shortly(value: Value | undefined): string {
  return value === undefined ? 'missing' : short(value);
}

function short(value: Value): string {
  const text = JSON.stringify(value);
  return `\`${cut(text, 80)}\``;
}
