// A run that begins in the middle, or leaves tasks out by their tags, lacks what those tasks would have told: their registers
// and facts. A task that cannot do without one of them would fail half way, so it is told before the run.
import { error } from '../core/diagnostic.js';
import type { Diagnostic } from '../core/diagnostic.js';
import type { Host, Inventory } from '../core/inventory.js';
import { picked } from '../core/picked.js';
import type { Play, Playbook, Task } from '../core/playbook.js';
import type { RunOptions } from '../core/run.js';
import type { Scope } from '../core/scope.js';
import { placedTasks } from '../core/steps.js';
import type { Need } from '../core/template.js';

type Choice = Pick<RunOptions, 'tags' | 'skipTags' | 'startAtTask'>;

/** The tasks that need what only a task that is left out would say. `hostsOf` are the hosts that a play runs on. */
export function needsLeftOut(
  playbooks: readonly Playbook[],
  inventory: Inventory,
  choice: Choice,
  hostsOf: (play: Play) => readonly Host[],
): readonly Diagnostic[] {
  if (choice.startAtTask === undefined && choice.tags.length === 0 && choice.skipTags.length === 0) return [];
  const plays = playbooks.flatMap((playbook) => playbook.plays);
  const said = new Set<string>();
  const unsaid = new Map<string, Task>();
  let started = choice.startAtTask === undefined;
  return placedTasks(plays).flatMap(({ task, play }) => {
    const at = plays[play];
    if (at === undefined) return [];
    const isHandler = at.handlers.includes(task);
    const scopes = hostsOf(at).map((host) => scopeOf(task, at, inventory, host));
    started ||= nameIs(task, choice.startAtTask, scopes);
    const runs = isHandler || (started && picked(task.tags, choice));
    const names = [...task.facts, ...(task.register === undefined ? [] : [task.register])];
    if (!runs) {
      for (const name of names) if (!said.has(name)) unsaid.set(name, task);
      return [];
    }
    const missing = scopes.flatMap((scope) => missingIn(task, scope, said, unsaid)).slice(0, 1);
    for (const name of names) {
      said.add(name);
      unsaid.delete(name);
    }
    return missing.map(({ need, from }) => leftOut(need, from, choice));
  });
}

function scopeOf(task: Task, play: Play, inventory: Inventory, host: Host): Scope {
  return inventory.scopeOf(host).with('play', play.definitions).with('task', task.definitions);
}

function nameIs({ name }: Task, wanted: string | undefined, [scope]: readonly Scope[]): boolean {
  if (name.text === wanted) return true;
  const rendered = scope === undefined ? undefined : name.render(scope);
  return rendered?.ok === true && rendered.value === wanted;
}

interface Missing {
  readonly need: Need;
  readonly from: Task;
}

/** The first thing that a task needs on a host and that nobody will have said; nothing when the task does not run there. */
function missingIn(
  task: Task,
  scope: Scope,
  said: ReadonlySet<string>,
  unsaid: ReadonlyMap<string, Task>,
): readonly Missing[] {
  const lacking = (needs: readonly Need[]): readonly Missing[] => lackedBy(needs, scope, said, unsaid, new Set());
  for (const condition of task.when) {
    const missing = lacking(condition.needs);
    const holds = condition.render(scope);
    // What is false by what is known asks for nothing else.
    if (holds.ok && !holds.value) return [];
    if (missing.length > 0) return missing;
  }
  const { loop, delegateTo, become, environment } = task;
  const templates = [loop?.items, delegateTo, become.enabled, become.user, ...environment].flatMap(
    (each) => each ?? [],
  );
  const own = new Set([task.register]);
  const judging = [...task.until, ...task.changedWhen, ...task.failedWhen].flatMap(({ needs }) => needs);
  return lacking([
    ...task.needs,
    ...templates.flatMap(({ needs }) => needs),
    ...judging.filter(({ path: [root] }) => !own.has(root)),
  ]);
}

/** Follows variables that are made of others. A name that some layer says may be enough, and one that may be missing is. */
function lackedBy(
  needs: readonly Need[],
  scope: Scope,
  said: ReadonlySet<string>,
  unsaid: ReadonlyMap<string, Task>,
  seen: Set<string>,
): readonly Missing[] {
  return needs.flatMap((need) => {
    const [root = ''] = need.path;
    if (need.optional || need.ofItem === true || seen.has(root)) return [];
    seen.add(root);
    const [definition] = scope.definitions(root);
    const from = unsaid.get(root);
    if (definition === undefined) return from === undefined || said.has(root) ? [] : [{ need, from }];
    if (definition.value.kind === 'data') return [];
    return lackedBy(definition.value.template.needs, scope, said, unsaid, seen);
  });
}

function leftOut({ path, span }: Need, from: Task, { startAtTask, tags, skipTags }: Choice): Diagnostic {
  const flags = [
    ...(startAtTask === undefined ? [] : ['`--start-at-task`']),
    ...(tags.length === 0 ? [] : ['`--tags`']),
    ...(skipTags.length === 0 ? [] : ['`--skip-tags`']),
  ];
  const leaves = flags.length === 1 ? 'leaves' : 'leave';
  const message = `\`${path[0] ?? ''}\` comes from the task \`${from.name.text}\`, which ${flags.join(' and ')} ${leaves} out`;
  const hint = 'begin at that task or before it, or do not leave it out; what is done is found done';
  return error('playbook/left-out', message, span, { hint, labels: [{ span: from.span, message: 'said here' }] });
}
