// From names on the command line to checked values: playbooks, inventory, `-e` and the words between them.
// Every problem of every file is gathered before any is shown.
import { error, hasErrors } from '../core/diagnostic.js';
import type { Diagnostic } from '../core/diagnostic.js';
import type { Inventory } from '../core/inventory.js';
import type { Playbook } from '../core/playbook.js';
import { all, andThen, fail, ok } from '../core/result.js';
import type { Result } from '../core/result.js';
import type { RunInput } from '../core/run.js';
import type { Definition } from '../core/scope.js';
import { isMap } from '../core/value.js';
import { parseCliVariables } from '../load/cli-variables.js';
import { findPlaybook } from '../load/find.js';
import { loadInventory } from '../load/inventory.js';
import { inventorySchema } from '../load/inventory-schema.js';
import { checkHosts } from '../load/param-hosts.js';
import { checkParams } from '../load/params.js';
import { withHosts } from '../load/play-hosts.js';
import { loadPlaybook } from '../load/playbook.js';
import { checkWords } from '../load/preflight.js';
import { resolveTarget } from '../load/target.js';
import type { TargetOverrides } from '../load/target.js';
import { withVault } from '../load/vault/open.js';
import { modules } from '../modules/index.js';
import type { Io } from './io.js';
import { knownNames } from './known-names.js';
import { learnSecrets } from './learn-secrets.js';

/** What to load, as the flags of a command say it. */
export interface LoadRequest {
  readonly playbooks: readonly string[];
  readonly inventory?: readonly string[];
  readonly extraVars?: readonly string[];
  readonly limit?: string;
  readonly tags?: readonly string[];
  readonly skipTags?: readonly string[];
  readonly startAtTask?: string;
  readonly overrides?: TargetOverrides;
  /** True to check every word for every host and how each host is reached, as before a run. */
  readonly forRun?: boolean;
}

/** Everything that was loaded, without errors. */
export interface Loaded {
  readonly playbooks: readonly Playbook[];
  readonly inventory: Inventory;
  readonly target: RunInput['target'];
  readonly warnings: readonly Diagnostic[];
}

/** Loads playbooks over inventories. Its secrets are known to the redactor from then on. */
export function loadAll(io: Io, request: LoadRequest): Result<Loaded> {
  return withVault(io.vault, () => loadOpened(io, request));
}

function loadOpened(io: Io, request: LoadRequest): Result<Loaded> {
  const found: Diagnostic[] = [];
  const take = <T>(result: Result<T>): T | undefined => {
    if (result.ok) return result.value;
    found.push(...result.problems);
    return undefined;
  };
  const playbooks = request.playbooks.flatMap((name) => {
    const loaded = take(andThen(findPlaybook(name, io.directory), (path) => loadPlaybook(path, modules)));
    found.push(...(loaded?.warnings ?? []));
    return loaded?.playbook ?? [];
  });
  const whole = playbooks.length === request.playbooks.length;
  const given = take(parseCliVariables(request.extraVars ?? [], { cwd: io.directory }));
  const inventory = take(inventoryOf(io, request, given ?? []));
  if (given === undefined) return fail(...found);
  // A playbook that could not be read may be the one that knows a name.
  const typed = whole && request.playbooks.length > 0 ? take(typedVariables(playbooks, inventory, given)) : given;
  if (inventory === undefined || typed === undefined || !whole) return fail(...found);
  const placed = take(all(playbooks.map((playbook) => withHosts(playbook, typed))));
  if (placed === undefined) return fail(...found);
  return andThen(inventoryOf(io, request, typed), (final) => {
    learnSecrets(io.redactor, placed, final);
    if (request.forRun === true) found.push(...wordProblems(placed, final, request));
    if (hasErrors(found)) return fail(...found);
    const target: Loaded['target'] = (host, scope) =>
      resolveTarget(host, scope, { environment: io.environment, ...request.overrides });
    return ok({ playbooks: placed, inventory: final, target, warnings: found });
  });
}

function inventoryOf(io: Io, { inventory }: LoadRequest, cli: readonly Definition[]): Result<Inventory> {
  const fromEnvironment = (io.environment['PLAYBOOK_INVENTORY'] ?? '').split(',').filter(Boolean);
  const names = inventory ?? fromEnvironment;
  if (names.length === 0) {
    const hint = 'name one with `-i`, or in PLAYBOOK_INVENTORY';
    return fail(error('cli/no-inventory', 'no inventory was given', undefined, { hint }));
  }
  return loadInventory(names, { cwd: io.directory, cli, secrets: io.redactor });
}

/** What `-e` says, as the params of all playbooks want it. */
function typedVariables(
  playbooks: readonly Playbook[],
  inventory: Inventory | undefined,
  given: readonly Definition[],
): Result<readonly Definition[]> {
  const params = playbooks.flatMap((playbook) => playbook.params);
  const others = given.map((each) => each.name).filter((name) => name.startsWith('ansible_'));
  const known = [...knownNames(playbooks, inventory), ...connectionVariables(), ...others];
  const typed = checkParams(params, given, known);
  return inventory === undefined ? typed : andThen(typed, (definitions) => checkHosts(params, definitions, inventory));
}

/** The variables that say how a host is reached, from the one place that lists them. */
export function connectionVariables(): readonly string[] {
  const { definitions } = inventorySchema();
  const variables = isMap(definitions) ? definitions['variables'] : undefined;
  const properties = isMap(variables) ? variables['properties'] : undefined;
  return isMap(properties) ? Object.keys(properties) : [];
}

/** What only shows when playbooks and inventory are seen together. */
function wordProblems(
  playbooks: readonly Playbook[],
  inventory: Inventory,
  request: LoadRequest,
): readonly Diagnostic[] {
  const { limit, startAtTask, tags = [], skipTags = [] } = request;
  const options = {
    tags,
    skipTags,
    ...(limit === undefined ? {} : { limit }),
    ...(startAtTask === undefined ? {} : { startAtTask }),
  };
  const targets = [...inventory.hosts.values()].flatMap((host) => {
    const target = resolveTarget(host, inventory.scopeOf(host), request.overrides ?? {});
    return target.ok ? [] : target.problems;
  });
  return [...checkWords(playbooks, inventory, options), ...unique(targets)];
}

/** A wrong variable of a group is a problem of each of its hosts, and is said once. */
function unique(problems: readonly Diagnostic[]): readonly Diagnostic[] {
  const seen = new Set<string>();
  return problems.filter(({ code, span, message }) => {
    const key = `${code} ${span?.source.path ?? message} ${span?.start ?? ''}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
