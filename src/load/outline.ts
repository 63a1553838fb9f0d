// The outline of a run: a digest for each task, play, variable and host, by which a later life of the run can tell whether
// what has been begun is still the same, whatever else was edited.
import { createHmac } from 'node:crypto';
import { basename } from 'node:path';
import type { Target } from '../core/connection.js';
import type { Host, Inventory } from '../core/inventory.js';
import type { Outline } from '../core/outline.js';
import type { Play, Playbook } from '../core/playbook.js';
import type { Result } from '../core/result.js';
import type { Definition, Scope } from '../core/scope.js';
import { placedTasks } from '../core/steps.js';
import type { PlacedTask } from '../core/steps.js';
import { isMap } from '../core/value.js';
import type { Value } from '../core/value.js';
import type { FileRead } from './reads.js';

/** What a run goes over. */
export interface Outlined {
  readonly playbooks: readonly Playbook[];
  readonly inventory: Inventory;
  readonly limit: string | undefined;
  readonly target: (host: Host, scope: Scope) => Result<Target>;
}

type Digest = (content: unknown) => string;

/** The outline of what was loaded from these files, by absolute path. */
export function outlineOf(loaded: Outlined, files: ReadonlyMap<string, FileRead>, key: string): Outline {
  const digest: Digest = (content) =>
    createHmac('sha256', key).update(JSON.stringify(content)).digest('hex').slice(0, 16);
  const plays = playsOf(loaded.playbooks);
  const contents = [...files].flatMap(([path, { bytes, node }]) =>
    node === undefined ? [{ name: basename(path), digest: createHmac('sha256', key).update(bytes).digest('hex') }] : [],
  );
  return {
    tasks: placedTasks(plays).map((placed) => taskOutline(placed, contents, digest)),
    plays: plays.map((play) => digest(playOutline(play, loaded))),
    variables: variablesOf(plays, loaded.inventory, digest),
    hosts: Object.fromEntries(
      [...loaded.inventory.hosts.values()].map((host) => [host.name, digest(reachOf(host, loaded))]),
    ),
  };
}

/** The plays of a run, as the engine counts them. */
export function playsOf(playbooks: readonly Playbook[]): readonly Play[] {
  return playbooks.flatMap((playbook) => playbook.plays);
}

/** The hosts over which a play goes, in order. */
export function hostsOfPlay(play: Play, { inventory, limit }: Pick<Outlined, 'inventory' | 'limit'>): readonly Host[] {
  const limited = limit === undefined ? undefined : inventory.select(limit);
  const selected = inventory.select(play.hosts, play.hostsSpan);
  if (!selected.ok || limited?.ok === false) return [];
  const inside = limited === undefined ? undefined : new Set(limited.value);
  return selected.value.filter((host) => inside === undefined || inside.has(host));
}

function taskOutline(
  { step, task, blocks }: PlacedTask,
  files: readonly { readonly name: string; readonly digest: string }[],
  digest: Digest,
): Outline['tasks'][number] {
  const written = task.written();
  const texts = textsOf(written);
  const taken = files.filter(({ name }) => texts.some((text) => text.includes(name)));
  const around = blocks.map((block) => [block.written(), block.rescue.length > 0, block.always.length > 0]);
  return {
    step,
    name: task.name.text,
    identity: digest([task.name.text, around]),
    request: digest([task.name.text, around, task.module, task.tags, written, taken]),
  };
}

/** Every text in a value. A file is taken by a text that holds its name, which may be once too often and never too rarely. */
function textsOf(value: Value): readonly string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return (value as readonly Value[]).flatMap(textsOf);
  return isMap(value) ? Object.values(value).flatMap(textsOf) : [];
}

function playOutline(play: Play, loaded: Outlined): unknown {
  const { serial, anyErrorsFatal, maxFailPercentage = null, handlers } = play;
  const hosts = hostsOfPlay(play, loaded).map(({ name }) => name);
  return [hosts, serial, anyErrorsFatal, maxFailPercentage, handlers.length > 0];
}

function variablesOf(plays: readonly Play[], inventory: Inventory, digest: Digest): Readonly<Record<string, string>> {
  const ofPlays = plays.flatMap(({ definitions }, index) =>
    definitions.map((each) => [`play ${index} > ${each.name}`, digest(saying(each))] as const),
  );
  // What a group says is the same definition for all its hosts, and is digested once.
  const known = new Map<Definition['value'], string>();
  const ofHosts = [...inventory.hosts.values()].flatMap((host) => {
    const scope = inventory.scopeOf(host);
    const said = [...scope.names()].flatMap((name) => {
      const [strongest] = scope.definitions(name);
      if (strongest === undefined) return [];
      const digested = known.get(strongest.value) ?? digest([strongest.layer, saying(strongest)]);
      known.set(strongest.value, digested);
      return [[`${host.name} > ${name}`, digested] as const];
    });
    return [...said, [`${host.name} > group_names`, digest(host.groups)] as const];
  });
  const ofGroups = [...inventory.groups.values()].map(
    ({ name, hosts }) => [`groups > ${name}`, digest(hosts)] as const,
  );
  // Within a play the last saying of a name counts, as it does in a scope.
  return Object.fromEntries([...ofPlays, ...ofHosts, ...ofGroups]);
}

function saying({ value, written }: Definition): unknown {
  if (written !== undefined) return written();
  return value.kind === 'data' ? value.data : value.template.text;
}

/** How a host is reached, without what opens it: a password may be changed in the middle of a run. */
function reachOf(host: Host, { inventory, target }: Outlined): unknown {
  const found = target(host, inventory.scopeOf(host));
  if (!found.ok) return null;
  const { connection, address, port, user, jump, become, stateDirectory, postgres } = found.value;
  const { password: _, ...database } = postgres;
  return [connection, address, port, user, jump, [become.enabled, become.user], stateDirectory, database];
}
