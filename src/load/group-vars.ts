// `group_vars/` and `host_vars/` beside an inventory: a file or a directory of files for each group and host.
import { join } from 'node:path';
import { error } from '../core/diagnostic.js';
import type { Diagnostic } from '../core/diagnostic.js';
import { fail, ok } from '../core/result.js';
import type { Result } from '../core/result.js';
import type { Definition } from '../core/scope.js';
import { withOurNames } from './ansible-names.js';
import { definitionsOf } from './definitions.js';
import { asGiven, lookAt, namesIn } from './files.js';
import type { InventoryBuilder } from './inventory-builder.js';
import type { Node } from './node.js';

/** Reads a YAML file by its path. */
export type ParseFile = (path: string) => Result<Node>;

const endings = ['', '.yml', '.yaml', '.json'];

/** Adds the variables beside an inventory to the groups and hosts that are known so far. */
export function readVariablesBeside(
  directory: string,
  builder: InventoryBuilder,
  parse: ParseFile,
): readonly Diagnostic[] {
  const problems: Diagnostic[] = [];
  const read = (folder: string, name: string, say: (definitions: readonly Definition[]) => void): void => {
    for (const path of filesOf(join(directory, folder), name)) {
      const definitions = readVariables(path, parse);
      if (definitions.ok) say(definitions.value);
      else problems.push(...definitions.problems);
    }
  };
  if (lookAt(join(directory, 'group_vars')) === 'a directory') {
    for (const name of builder.groupNames) read('group_vars', name, (said) => builder.groupVariables(name, said));
  }
  if (lookAt(join(directory, 'host_vars')) === 'a directory') {
    for (const name of builder.hostNames) read('host_vars', name, (said) => builder.hostVariables(name, said));
  }
  return problems;
}

/** The files of a name, in the order in which they are read: the later wins. */
function filesOf(directory: string, name: string): readonly string[] {
  return endings.flatMap((ending) => {
    const path = join(directory, name + ending);
    const what = lookAt(path);
    if (what === 'missing') return [];
    if (what === 'a directory') return ending === '' ? filesBelow(path) : [];
    // A pipe, or a link that leads nowhere, is read too: reading it says what it is.
    return [path];
  });
}

function filesBelow(directory: string): readonly string[] {
  const names = namesIn(directory).filter((name) => !name.startsWith('.') && !name.endsWith('~'));
  return names.toSorted().flatMap((name) => {
    const path = join(directory, name);
    if (lookAt(path) === 'a directory') return filesBelow(path);
    return /^[^.]+$|\.(?:ya?ml|json)$/.test(name) ? [path] : [];
  });
}

function readVariables(path: string, parse: ParseFile): Result<readonly Definition[]> {
  const parsed = parse(path);
  if (!parsed.ok) return parsed;
  const root = parsed.value;
  if (root.kind === 'scalar' && root.value === null) return ok([]);
  if (root.kind !== 'map') {
    return fail(
      error('inventory/not-a-map', 'a file of variables is a map', root.span, { hint: 'write `name: value`' }),
    );
  }
  const definitions = definitionsOf(root, asGiven(path));
  return definitions.ok ? ok(withOurNames(definitions.value)) : definitions;
}
