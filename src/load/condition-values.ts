// What the variables of a condition were, for whoever asks why it did not hold: each by the path that the expression
// names, as far as it can be shown in a line.
import { hiddenByName } from '../core/redact.js';
import { anyKey } from '../core/template.js';
import type { Lookup, Need } from '../core/template.js';
import { mapOf } from '../core/value.js';
import type { Value } from '../core/value.js';
import { findVariable, walk } from './paths.js';

/** Maps that hold the whole world; only what is named in them is shown. */
const worlds = new Set(['hostvars', 'groups']);
const lengthAtMost = 200;

/** The values that needs of an expression stand for, by their paths; what cannot be told is left out. */
export function valuesBehind(needs: readonly Need[], scope: Lookup): Readonly<Record<string, Value>> {
  return mapOf(
    needs.flatMap(({ path, span }) => {
      const [name = '', ...keys] = path;
      const known = keys.includes(anyKey) ? keys.slice(0, keys.indexOf(anyKey)) : keys;
      const found = findVariable(scope, name, span);
      const value = found.kind === 'found' ? walk(found.value, known, name, span) : found;
      if (value.kind !== 'found' || (worlds.has(name) && typeof value.value === 'object')) return [];
      const shown = [name, ...known].reduce<Value>((each, key) => hiddenByName(key, each), value.value);
      return [[[name, ...known].join('.'), short(shown)] as const];
    }),
  );
}

function short(value: Value): Value {
  if (value === null || (typeof value !== 'object' && typeof value !== 'string')) return value;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > lengthAtMost ? `${text.slice(0, lengthAtMost)}…` : value;
}
