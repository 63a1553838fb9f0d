// Params that name a host, against the inventory: a mistyped name of an appliance is found before anything is asked.
import { error } from '../core/diagnostic.js';
import type { Diagnostic } from '../core/diagnostic.js';
import type { Inventory } from '../core/inventory.js';
import type { Param } from '../core/playbook.js';
import { fail, ok } from '../core/result.js';
import type { Result } from '../core/result.js';
import { Scope } from '../core/scope.js';
import type { Definition } from '../core/scope.js';
import { didYouMean } from '../core/words.js';
import { declared } from './params.js';

/** Whether every param of `type: host` names a host of the inventory, and of its group, given or by default. */
export function checkHosts(
  params: readonly Param[],
  given: readonly Definition[],
  inventory: Inventory,
): Result<readonly Definition[]> {
  const scope = Scope.empty
    .with(
      'play',
      params.flatMap((param) => param.default ?? []),
    )
    .with('cli', given);
  const problems = params
    .filter((param) => param.type === 'host')
    .flatMap((param) => {
      const value = scope.has(param.name) ? scope.get(param.name) : undefined;
      if (value?.ok !== true || typeof value.value !== 'string') return [];
      const span = scope.definitions(param.name)[0]?.span;
      return notThere(param, value.value, hostsFor(param, scope, inventory), span) ?? [];
    });
  return problems.length === 0 ? ok(given) : fail(...problems);
}

interface Allowed {
  readonly hosts: readonly string[];
  /** The group; nothing for all of the inventory. */
  readonly group?: string;
}

/** A group that is not there is told where plays name it. */
function hostsFor({ group }: Param, scope: Scope, inventory: Inventory): Allowed {
  const name = group?.render(scope);
  const found = name?.ok === true ? inventory.groups.get(name.value) : undefined;
  return found === undefined ? { hosts: [...inventory.hosts.keys()] } : { hosts: found.hosts, group: found.name };
}

function notThere(
  param: Param,
  name: string,
  { hosts, group }: Allowed,
  span: Definition['span'],
): Diagnostic | undefined {
  if (hosts.includes(name)) return undefined;
  const where = group === undefined ? 'the inventory' : `group \`${group}\``;
  const shown = param.secret ? 'what was given' : `\`${name}\``;
  return error('param/unknown-host', `\`${param.name}\` must be a host of ${where}, not ${shown}`, span, {
    hint: didYouMean(name, hosts) ?? `there are ${hosts.map((each) => `\`${each}\``).join(', ')}`,
    labels: declared(param),
  });
}
