// Several inventories are merged into one: groups and hosts gather here while files are read, later files winning,
// and only at the end is it known which group is deeper than which.
import { error } from '../core/diagnostic.js';
import type { Diagnostic } from '../core/diagnostic.js';
import type { Group, Host } from '../core/inventory.js';
import type { Definition } from '../core/scope.js';
import type { Span } from '../core/source.js';

interface GroupDraft {
  readonly name: string;
  readonly span: Span;
  readonly children: Set<string>;
  readonly hosts: Set<string>;
  readonly definitions: Definition[];
  priority: number;
}

interface HostDraft {
  readonly name: string;
  readonly span: Span;
  readonly definitions: Definition[];
}

/** The most groups that may stand below one another. */
const maxDepth = 64;

/** The groups and hosts of one inventory, finished. */
export interface Built {
  readonly hosts: ReadonlyMap<string, Host>;
  readonly groups: ReadonlyMap<string, Group>;
}

/** Gathers groups and hosts. */
export class InventoryBuilder {
  readonly #groups = new Map<string, GroupDraft>();
  readonly #hosts = new Map<string, HostDraft>();

  /** Makes sure that a group is known. */
  group(name: string, span: Span): void {
    if (this.#groups.has(name)) return;
    this.#groups.set(name, { name, span, children: new Set(), hosts: new Set(), definitions: [], priority: 1 });
  }

  /** Makes sure that a host is known, and in a group. */
  host(name: string, span: Span, group: string): void {
    if (!this.#hosts.has(name)) this.#hosts.set(name, { name, span, definitions: [] });
    this.#groups.get(group)?.hosts.add(name);
  }

  /** Puts one group below another. */
  child(parent: string, name: string): void {
    this.#groups.get(parent)?.children.add(name);
  }

  /** Says variables of a group; what is said later wins. */
  groupVariables(name: string, definitions: readonly Definition[]): void {
    this.#groups.get(name)?.definitions.push(...definitions);
  }

  /** Ansible's `ansible_group_priority`: among groups of one depth, the larger wins. */
  groupPriority(name: string, priority: number): void {
    const group = this.#groups.get(name);
    if (group !== undefined) group.priority = priority;
  }

  /** Says variables of a host; what is said later wins. */
  hostVariables(name: string, definitions: readonly Definition[]): void {
    this.#hosts.get(name)?.definitions.push(...definitions);
  }

  get groupNames(): readonly string[] {
    return [...this.#groups.keys()];
  }

  get hostNames(): readonly string[] {
    return [...this.#hosts.keys()];
  }

  /** What is wrong with the whole: circles of groups, and names that mean a group and a host. */
  problems(): readonly Diagnostic[] {
    const shape = this.#allBelow() ?? this.#circle() ?? this.#tooDeep();
    const twice = [...this.#hosts.values()].filter((host) => this.#groups.has(host.name));
    return [
      ...(shape === undefined ? [] : [shape]),
      ...twice.map((host) =>
        error('inventory/same-name', `\`${host.name}\` is a group and a host`, host.span, {
          labels: this.#labels(host.name),
          hint: 'a pattern could mean either; rename one of them',
        }),
      ),
    ];
  }

  #labels(name: string): { span: Span; message: string }[] {
    const group = this.#groups.get(name);
    return group === undefined ? [] : [{ span: group.span, message: 'the group' }];
  }

  /** `all` holds every group, so it can be below none. */
  #allBelow(): Diagnostic | undefined {
    const above = [...this.#groups.values()].find((group) => group.name !== 'all' && group.children.has('all'));
    if (above === undefined) return undefined;
    const hint = `take it out of \`children\` of \`${above.name}\``;
    return error('inventory/circle', `\`all\` is below group \`${above.name}\``, above.span, { hint });
  }

  /** The groups that have no end below them: those of circles, and those above circles. */
  #endless(): readonly GroupDraft[] {
    const parents = new Map<string, string[]>();
    const left = new Map([...this.#groups].map(([name, { children }]) => [name, children.size]));
    for (const { name, children } of this.#groups.values()) {
      for (const child of children) parents.set(child, [...(parents.get(child) ?? []), name]);
    }
    const ended = [...left].filter(([, count]) => count === 0).map(([name]) => name);
    for (const name of ended) {
      for (const parent of parents.get(name) ?? []) {
        const count = (left.get(parent) ?? 0) - 1;
        left.set(parent, count);
        if (count === 0) ended.push(parent);
      }
    }
    return [...this.#groups.values()].filter(({ name }) => (left.get(name) ?? 0) > 0);
  }

  #circle(): Diagnostic | undefined {
    for (const { name, span } of this.#endless()) {
      const way = this.#wayBack(name);
      if (way === undefined) continue;
      const hint = `the circle is ${way.map((each) => `\`${each}\``).join(' -> ')}`;
      return error('inventory/circle', `group \`${name}\` is below itself`, span, { hint });
    }
    return undefined;
  }

  /** The shortest way from a group down to itself. */
  #wayBack(name: string): readonly string[] | undefined {
    const above = new Map<string, string>();
    const queue = [name];
    for (const parent of queue) {
      for (const child of this.#groups.get(parent)?.children ?? []) {
        if (above.has(child)) continue;
        above.set(child, parent);
        queue.push(child);
      }
    }
    const way = [name];
    for (let at = above.get(name); at !== undefined; at = at === name ? undefined : above.get(at)) way.unshift(at);
    return above.has(name) ? way : undefined;
  }

  /** What follows walks down the groups level by level, so the levels have an end; call it only without circles. */
  #tooDeep(): Diagnostic | undefined {
    let level: ReadonlySet<string> = new Set(this.#groups.keys());
    for (let depth = 0; depth < maxDepth; depth++) {
      level = new Set([...level].flatMap((name) => [...(this.#groups.get(name)?.children ?? [])]));
    }
    const [deep] = level;
    const span = this.#groups.get(deep ?? '')?.span;
    return span === undefined
      ? undefined
      : error('inventory/too-deep', `group \`${deep}\` is more than ${maxDepth} groups deep`, span, {
          hint: 'put groups side by side instead of below one another',
        });
  }

  /** Everything in place; call it only without problems. */
  build(all: Span): Built {
    this.group('all', all);
    this.#adoptOrphans(all);
    const depths = this.#depths();
    const below = new Map(this.groupNames.map((name) => [name, this.#hostsBelow(name)]));
    const byStrength = [...this.#groups.values()].toSorted(
      (left, right) =>
        (depths.get(left.name) ?? 0) - (depths.get(right.name) ?? 0) ||
        left.priority - right.priority ||
        (left.name < right.name ? -1 : 1),
    );
    const hosts = [...this.#hosts.values()].map((host) => finishHost(host, byStrength, below));
    const groups = [...this.#groups.values()].map((group): Group => ({
      name: group.name,
      span: group.span,
      children: [...group.children],
      hosts: this.hostNames.filter((name) => below.get(group.name)?.has(name)),
      definitions: group.definitions,
    }));
    return {
      hosts: new Map(hosts.map((host) => [host.name, host])),
      groups: new Map(groups.map((group) => [group.name, group])),
    };
  }

  /** Every group without a parent is below `all`, and every host without a group in `ungrouped`. */
  #adoptOrphans(all: Span): void {
    this.group('ungrouped', all);
    const children = new Set([...this.#groups.values()].flatMap((group) => [...group.children]));
    const grouped = new Set<string>();
    for (const group of this.#groups.values()) {
      if (group.name !== 'all' && !children.has(group.name)) this.child('all', group.name);
      if (group.name !== 'all') for (const host of group.hosts) grouped.add(host);
    }
    for (const host of this.#hosts.keys()) {
      if (!grouped.has(host)) this.#groups.get('ungrouped')?.hosts.add(host);
    }
  }

  /** The longest way from `all` to each group. */
  #depths(): ReadonlyMap<string, number> {
    const depths = new Map<string, number>();
    const descend = (name: string, depth: number): void => {
      if ((depths.get(name) ?? -1) >= depth) return;
      depths.set(name, depth);
      for (const child of this.#groups.get(name)?.children ?? []) descend(child, depth + 1);
    };
    descend('all', 0);
    return depths;
  }

  #hostsBelow(name: string, seen = new Set<string>()): ReadonlySet<string> {
    if (seen.has(name)) return new Set();
    seen.add(name);
    const group = this.#groups.get(name);
    const below = [...(group?.children ?? [])].flatMap((child) => [...this.#hostsBelow(child, seen)]);
    return new Set([...(group?.hosts ?? []), ...below]);
  }
}

function finishHost(
  host: HostDraft,
  byStrength: readonly GroupDraft[],
  below: ReadonlyMap<string, ReadonlySet<string>>,
): Host {
  const groups = byStrength.filter((group) => group.name === 'all' || below.get(group.name)?.has(host.name));
  return {
    name: host.name,
    span: host.span,
    groups: groups.map((group) => group.name).filter((name) => name !== 'all'),
    groupDefinitions: groups.flatMap((group) => group.definitions),
    hostDefinitions: host.definitions,
  };
}
