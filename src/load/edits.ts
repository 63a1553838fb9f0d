// Whether a run that was cut off may go on with an edited playbook or inventory: everything up to the last task that it began
// must be as it was, the task that failed excepted, which is begun anew anyway. What comes after is nobody's yet.
import type { Host, Inventory } from '../core/inventory.js';
import type { Outline } from '../core/outline.js';
import type { Past } from '../core/past.js';
import type { Play } from '../core/playbook.js';
import type { Scope } from '../core/scope.js';
import { placedTasks } from '../core/steps.js';
import type { PlacedTask } from '../core/steps.js';
import { anyKey } from '../core/template.js';
import type { Need } from '../core/template.js';
import { hostsOfPlay, playsOf } from './outline.js';
import type { Outlined } from './outline.js';

/** What stands in the way of going on, in words; nothing when all that was begun is the same. */
export function objectionsTo(before: Outline, now: Outline, past: Past, loaded: Outlined): readonly string[] {
  const last = before.tasks.findLastIndex(({ step }) => past.hasBegun(step));
  const plays = playsOf(loaded.playbooks);
  const placed = placedTasks(plays);
  const tasks = before.tasks.slice(0, last + 1).flatMap((was, index) => {
    const task = placed[index];
    const is = now.tasks[index];
    const name = `task \`${was.name}\``;
    if (task === undefined || is?.step !== was.step || is.identity !== was.identity)
      return [`${name} is not in its place any more, with its name and the blocks around it`];
    // What failed is tried anew, so it may be mended; what its place depends on may not.
    const isOver = !past.hasBegun(was.step) || past.isFixed(was.step, task.guarded);
    if (isOver && is.request !== was.request) return [`${name} has been begun or passed, and is not the same any more`];
    const differs = differingVariables(isOver ? needsOf(task) : needsOfPlace(task), task, plays, loaded, [before, now]);
    return differs.map((variable) => `${name} has been begun or passed, and rests on ${variable}, which has changed`);
  });
  const lastPlay = last === -1 ? -1 : (placed[last]?.play ?? plays.length - 1);
  const others = before.plays.slice(0, lastPlay + 1).flatMap((digest, index) => {
    if (now.plays[index] === digest) return [];
    return [`play ${index + 1} has been begun or passed, and has other hosts, or takes them in another way`];
  });
  return [...new Set([...hostObjections(before, now, past), ...others, ...tasks])];
}

function hostObjections(before: Outline, now: Outline, past: Past): readonly string[] {
  return [...past.hostsTouched].flatMap((host) => {
    if (now.hosts[host] === undefined) return [`host \`${host}\` was touched, and is not in the inventory any more`];
    if (now.hosts[host] === before.hosts[host]) return [];
    return [
      `host \`${host}\` was touched, and is reached in another way now: address, port, user, database or the like`,
    ];
  });
}

function needsOf({ task, blocks }: PlacedTask): readonly Need[] {
  const { name, when, until, changedWhen, failedWhen, loop, delegateTo, become, environment, notify } = task;
  const optional = [loop?.items, loop?.label, delegateTo, become.enabled, become.user];
  const templates = [name, ...when, ...until, ...changedWhen, ...failedWhen, ...environment, ...notify];
  const inherited = [...templates, ...optional.flatMap((each) => each ?? [])].flatMap(({ needs }) => needs);
  return [...task.needs, ...inherited, ...needsOfPlace({ blocks })];
}

/** What decides which pass of a loop a task is. */
function needsOfPlace({ blocks }: Pick<PlacedTask, 'blocks'>): readonly Need[] {
  return blocks.flatMap(({ loop }) => loop?.items.needs ?? []);
}

/** The variables behind these needs, on any host of the task's play, of which something else is said than before. */
function differingVariables(
  needs: readonly Need[],
  { task, play }: PlacedTask,
  plays: readonly Play[],
  loaded: Outlined,
  outlines: readonly [Outline, Outline],
): readonly string[] {
  const [was, is] = outlines.map(({ variables }) => variables);
  const at = plays[play];
  if (at === undefined || was === undefined || is === undefined) return [];
  const names = hostsOfPlay(at, loaded).flatMap((host) => {
    const scope = loaded.inventory.scopeOf(host).with('play', at.definitions).with('task', task.definitions);
    const reached = new Reached(loaded.inventory, host, `play ${play}`, scope);
    reached.follow(needs);
    return [...reached.names];
  });
  return [...new Set(names)]
    .filter((name) => was[name] !== is[name])
    .map((name) => `\`${name.replace(/^play \d+ > /, '')}\``);
}

/** All sayings that needs lead to, by their names in an outline, through variables that rest on others. */
class Reached {
  readonly names: Set<string>;
  readonly #inventory: Inventory;
  readonly #host: Host;
  readonly #play: string;
  readonly #scope: Scope;
  readonly #seen: Set<string>;

  constructor(
    inventory: Inventory,
    host: Host,
    play: string,
    scope: Scope,
    names = new Set<string>(),
    seen = new Set<string>(),
  ) {
    this.#inventory = inventory;
    this.#host = host;
    this.#play = play;
    this.#scope = scope;
    this.names = names;
    this.#seen = seen;
  }

  follow(needs: readonly Need[]): void {
    for (const { path } of needs) {
      const [first = '', second = anyKey, third = anyKey] = path;
      if (first === 'hostvars') this.#followHosts(second, third);
      else if (first === 'groups') this.#take('groups', second, this.#inventory.groups.keys());
      else this.#followName(first);
    }
  }

  #followName(name: string): void {
    const key = `${this.#play} ${this.#host.name} ${name}`;
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    // Both, because one that is new or gone decides which of them counts.
    this.names.add(`${this.#play} > ${name}`);
    this.names.add(`${this.#host.name} > ${name}`);
    for (const { value } of this.#scope.definitions(name))
      if (value.kind === 'template') this.follow(value.template.needs);
  }

  /** `hostvars` knows what the inventory says of a host, and no play. */
  #followHosts(name: string, variable: string): void {
    const hosts = [...this.#inventory.hosts.values()].filter((host) => name === anyKey || host.name === name);
    for (const host of hosts) {
      const scope = this.#inventory.scopeOf(host);
      const there = new Reached(this.#inventory, host, 'no play', scope, this.names, this.#seen);
      // Where the variable is not written out it may be any, also one that is new.
      for (const each of variable === anyKey ? scope.names() : [variable])
        if (each !== 'hostvars') there.#followName(each);
    }
  }

  #take(kind: string, name: string, all: Iterable<string>): void {
    for (const each of name === anyKey ? all : [name]) this.names.add(`${kind} > ${each}`);
  }
}
