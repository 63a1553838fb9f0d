// Hosts and groups, and the pattern language that picks hosts.
import type { Result } from './result.js';
import type { Definition, Scope } from './scope.js';
import type { Span } from './source.js';

/** One host. `group` definitions are in order of strength, weakest first, as are the group names (without `all`). */
export interface Host {
  readonly name: string;
  readonly span: Span;
  readonly groups: readonly string[];
  readonly groupDefinitions: readonly Definition[];
  readonly hostDefinitions: readonly Definition[];
}

/** One group, its direct children, and all hosts below it in order. */
export interface Group {
  readonly name: string;
  readonly span: Span;
  readonly children: readonly string[];
  readonly hosts: readonly string[];
  readonly definitions: readonly Definition[];
}

/** All hosts and groups of the given inventories, merged. */
export interface Inventory {
  /** The directory of the first inventory file. */
  readonly directory: string;
  readonly files: readonly string[];
  readonly hosts: ReadonlyMap<string, Host>;
  readonly groups: ReadonlyMap<string, Group>;
  /** Hosts of a pattern (`a:b`, `a:&b`, `a:!b`, `*`, `~regex`, `group[0]`), in inventory order; unknown names and empty matches are problems. */
  select(pattern: string, span?: Span): Result<readonly Host[]>;
  /** The variables of a host before any play: group, host and cli layers, and the names known everywhere. */
  scopeOf(host: Host): Scope;
}
