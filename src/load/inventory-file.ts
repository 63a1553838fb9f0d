// Reads one file of Ansible's YAML inventory: groups of `vars`, `hosts` and `children`, as deep as they go.
import { error } from '../core/diagnostic.js';
import type { Diagnostic } from '../core/diagnostic.js';
import type { Definition } from '../core/scope.js';
import { didYouMean } from '../core/words.js';
import { withOurNames } from './ansible-names.js';
import { definitionsOf } from './definitions.js';
import type { InventoryBuilder } from './inventory-builder.js';
import type { Entry, MapNode, Node } from './node.js';
import { expandRanges } from './ranges.js';

const groupKeys = ['vars', 'hosts', 'children'];

/** Adds what an inventory file says to the builder; gives every problem of the file. */
export function readInventoryFile(root: Node, builder: InventoryBuilder): readonly Diagnostic[] {
  const reader = new Reader(builder);
  const groups = reader.map(root, 'an inventory', 'start it with `all:`');
  for (const entry of groups?.entries ?? []) reader.group(entry);
  return reader.problems;
}

class Reader {
  readonly problems: Diagnostic[] = [];
  readonly #builder: InventoryBuilder;

  constructor(builder: InventoryBuilder) {
    this.#builder = builder;
  }

  group(entry: Entry): void {
    const { key: name, keySpan } = entry;
    if (!this.#groupName(entry)) return;
    this.#builder.group(name, keySpan);
    const group = this.map(entry.value, `group \`${name}\``, 'give it `hosts:`, `vars:` or `children:`');
    for (const each of group?.entries ?? []) {
      if (each.key === 'vars') this.#groupVariables(name, each);
      else if (each.key === 'hosts') this.#hosts(name, each);
      else if (each.key === 'children') this.#children(name, each);
      else this.#strayKey(name, each, group?.entries ?? []);
    }
  }

  /** A map, or nothing with a problem; nothing at all (`group:` with no value) is an empty map. */
  map(node: Node, what: string, hint: string): MapNode | undefined {
    if (node.kind === 'map') return node;
    if (node.kind === 'scalar' && node.value === null) return undefined;
    const kind = node.kind === 'list' ? 'a list' : 'a plain value';
    this.#say('inventory/not-a-map', `${what} is a map, and this is ${kind}`, node, hint);
    return undefined;
  }

  #say(code: Diagnostic['code'], message: string, at: Pick<Node, 'span'>, hint?: string): void {
    this.problems.push(error(code, message, at.span, { hint }));
  }

  #groupName({ key, keySpan }: Entry): boolean {
    if (/^[\w.-]+$/.test(key)) return true;
    this.#say(
      'inventory/bad-group-name',
      `\`${key}\` cannot be the name of a group`,
      { span: keySpan },
      'use letters, digits, `_`, `-` and `.`',
    );
    return false;
  }

  #strayKey(group: string, { key, keySpan, value }: Entry, siblings: readonly Entry[]): void {
    const near = didYouMean(key, groupKeys);
    const known = siblings.some((each) => each.key === 'children');
    const hint =
      value.kind === 'map' && !known ? 'groups below a group stand under `children:`, hosts under `hosts:`' : near;
    this.#say('inventory/unknown-key', `unknown key \`${key}\` in group \`${group}\``, { span: keySpan }, hint);
  }

  #variables(entry: Entry, saidBy: string): readonly Definition[] {
    const map = this.map(entry.value, saidBy, 'write `name: value`');
    if (map === undefined) return [];
    const definitions = definitionsOf(map, saidBy);
    if (definitions.ok) return withOurNames(definitions.value);
    this.problems.push(...definitions.problems);
    return [];
  }

  #groupVariables(name: string, entry: Entry): void {
    this.#builder.groupVariables(name, this.#variables(entry, `group ${name}`));
    const priority = entry.value.kind === 'map' ? entry.value.get('ansible_group_priority')?.value : undefined;
    if (priority?.kind !== 'scalar') return;
    if (typeof priority.value === 'number') this.#builder.groupPriority(name, priority.value);
    else {
      const hint = 'write a whole number; the larger wins';
      this.#say('inventory/bad-priority', '`ansible_group_priority` is a number', priority, hint);
    }
  }

  #hosts(group: string, entry: Entry): void {
    const hosts = this.map(entry.value, '`hosts`', 'write each host as `name:`, with its variables below');
    for (const host of hosts?.entries ?? []) {
      const names = expandRanges(host.key);
      const valid = names.ok && names.names.every((name) => /^[^-\s,;!&~*?'"`$][^\s,;!&~*?'"`$]*$/.test(name));
      if (!names.ok) this.#say('inventory/bad-range', names.message, { span: host.keySpan }, names.hint);
      else if (!valid) this.#badHostName(host);
      else this.#host(group, host, names.names);
    }
  }

  #badHostName({ key, keySpan }: Entry): void {
    const hint = 'spaces, the signs of patterns (`,` `!` `&` `~` `*`) and a `-` in front are not allowed';
    this.#say('inventory/bad-host-name', `\`${key}\` cannot be the name of a host`, { span: keySpan }, hint);
  }

  #host(group: string, entry: Entry, names: readonly string[]): void {
    const definitions = this.#variables(entry, `host ${entry.key}`);
    for (const name of names) {
      if (/^[^:]+:\d+$/.test(name)) {
        const [bare, port] = name.split(':');
        const hint = `write \`${bare}: { ssh_port: ${port} }\``;
        this.#say(
          'inventory/port-in-name',
          `a port does not belong into the name \`${name}\``,
          { span: entry.keySpan },
          hint,
        );
        continue;
      }
      this.#builder.host(name, entry.keySpan, group);
      this.#builder.hostVariables(name, definitions);
    }
  }

  #children(group: string, entry: Entry): void {
    const children = this.map(entry.value, '`children`', 'write each group as `name:`');
    for (const child of children?.entries ?? []) {
      this.group(child);
      this.#builder.child(group, child.key);
    }
  }
}
