// A run that `--limit` narrows to one side of a pair would do half of what its playbook is for: demote nobody, or promote
// nobody. A param of `type: host` says whom a playbook cannot do without.
import { error } from '../core/diagnostic.js';
import type { Diagnostic } from '../core/diagnostic.js';
import type { Host, Inventory } from '../core/inventory.js';
import type { Param, Play, Playbook } from '../core/playbook.js';
import { declared } from './params.js';

/** Problems of hosts that params name, that plays would run on, and that the limit leaves out. */
export function leftOutByLimit(
  playbooks: readonly Playbook[],
  inventory: Inventory,
  limit: string | undefined,
  limited: ReadonlySet<Host> | undefined,
): readonly Diagnostic[] {
  if (limit === undefined || limited === undefined) return [];
  const inside = new Set([...limited].map(({ name }) => name));
  return playbooks.flatMap(({ params, plays }) =>
    params
      .filter((param) => param.type === 'host')
      .flatMap((param) =>
        [...namedBy(param, plays, inventory)]
          .filter((name) => !inside.has(name))
          .map((name) => leftOut(limit, name, param)),
      ),
  );
}

/** The hosts of plays that a param names on any of them. */
function namedBy(param: Param, plays: readonly Play[], inventory: Inventory): ReadonlySet<string> {
  const hosts = plays.map((play) => {
    const selected = inventory.select(play.hosts, play.hostsSpan);
    return { play, hosts: selected.ok ? selected.value : [] };
  });
  const all = new Set(hosts.flatMap((each) => each.hosts.map(({ name }) => name)));
  const values = hosts.flatMap((each) =>
    each.hosts.map((host) => inventory.scopeOf(host).with('play', each.play.definitions).get(param.name)),
  );
  const named = values.flatMap((value) => (value?.ok === true && typeof value.value === 'string' ? [value.value] : []));
  return new Set(named.filter((name) => all.has(name)));
}

function leftOut(limit: string, name: string, param: Param): Diagnostic {
  const message = `\`--limit ${limit}\` leaves out \`${name}\`, which is the \`${param.name}\` of this playbook`;
  const hint = 'the playbook is about all hosts that its params name: leave `--limit` out, or name them too';
  return error('inventory/limit-leaves-out', message, undefined, { hint, labels: declared(param) });
}
