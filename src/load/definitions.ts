// Turns a map of variables (`vars`, group_vars, a file of `vars_files`) into definitions.
import { error } from '../core/diagnostic.js';
import type { Diagnostic } from '../core/diagnostic.js';
import { all, fail, ok } from '../core/result.js';
import type { Result } from '../core/result.js';
import type { Definition } from '../core/scope.js';
import type { Entry, MapNode } from './node.js';
import { plainData } from './node-data.js';
import { reservedNames, variableName } from './reserved.js';
import { compileValue } from './template.js';

/** The variables that a map says; names must be identifiers and not reserved. */
export function definitionsOf(map: MapNode, saidBy: string): Result<readonly Definition[]> {
  return all(map.entries.map((entry) => definitionOf(entry, saidBy)));
}

function definitionOf(entry: Entry, saidBy: string): Result<Definition> {
  const name = nameProblem(entry);
  const value = compileValue(entry.value);
  if (name !== undefined) return fail(name, ...(value.ok ? [] : value.problems));
  if (!value.ok) return value;
  return ok({
    name: entry.key,
    saidBy,
    span: entry.keySpan,
    value: { kind: 'template', template: value.value },
    written: () => plainData(entry.value),
  });
}

/** What is wrong with the name of a variable, if anything. */
export function nameProblem({ key, keySpan }: Pick<Entry, 'key' | 'keySpan'>): Diagnostic | undefined {
  if (!variableName.test(key)) {
    const better = key.replaceAll(/[^A-Za-z0-9_]/g, '_').replace(/^(\d)/, '_$1');
    const hint = /[A-Za-z0-9]/.test(better) ? `write \`${better}\`` : 'use letters, digits and `_`';
    return error('variable/bad-name', `\`${key}\` cannot be the name of a variable`, keySpan, { hint });
  }
  if (!reservedNames.has(key)) return undefined;
  return error('variable/reserved-name', `\`${key}\` is a name that the runner itself says`, keySpan, {
    hint: 'choose another name',
  });
}
