// The types of `params`. The command line only knows texts, so a text is read as the type that was declared, and as no other.
import type { Param } from '../core/playbook.js';
import { isMap } from '../core/value.js';
import type { Value } from '../core/value.js';
import { plainData } from './node-data.js';
import { parseYaml } from './yaml.js';

type Type = Param['type'];

/** Types in words, as in "must be ...". */
export const typeWords: Readonly<Record<Type, string>> = {
  string: 'a string',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  list: 'a list',
  map: 'a map',
  host: 'the name of a host',
};

/** True when a value is of a type. */
export function fits(value: Value, type: Type): boolean {
  switch (type) {
    case 'string':
    case 'host':
      return typeof value === 'string';
    case 'integer':
      return Number.isSafeInteger(value);
    case 'number':
      return typeof value === 'number' && Number.isFinite(value);
    case 'boolean':
      return typeof value === 'boolean';
    case 'list':
      return Array.isArray(value);
    case 'map':
      return isMap(value);
  }
}

/** The value as the type, reading a text as that type when it is one; nothing when it does not fit. */
export function convert(value: Value, type: Type): Value | undefined {
  const isText = type === 'string' || type === 'host';
  if (isText && (typeof value === 'number' || typeof value === 'boolean')) return String(value);
  const typed = typeof value === 'string' && !isText ? read(value, type) : value;
  return typed !== undefined && fits(typed, type) ? typed : undefined;
}

// `010` is eight to some and ten to others, so a text with a leading zero is no number.
const number = /^[-+]?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?$/;

function read(text: string, type: Type): Value | undefined {
  if (type === 'integer' || type === 'number') return number.test(text) ? Number(text) : undefined;
  if (type === 'boolean') return text === 'true' || text === 'false' ? text === 'true' : undefined;
  const parsed = parseYaml({ path: '-e', text });
  return parsed.ok ? plainData(parsed.value) : undefined;
}
