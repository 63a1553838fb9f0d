// Every variable that playbooks and inventory know: what `-e` may say. A name that nothing uses is a typing mistake,
// and a typing mistake in a decision such as `primary_state` must not pass unheard.
import type { Inventory } from '../core/inventory.js';
import type { Loop, Play, Playbook, Step, Task } from '../core/playbook.js';
import type { Definition } from '../core/scope.js';
import type { Template } from '../core/template.js';

type AnyTemplate = Template<unknown>;

/** Names that some file says or uses. */
export function knownNames(playbooks: readonly Playbook[], inventory: Inventory | undefined): ReadonlySet<string> {
  const hosts = inventory === undefined ? [] : [...inventory.hosts.values()];
  const plays = playbooks.flatMap((playbook) => playbook.plays);
  return new Set([
    ...hosts.flatMap((host) => [...host.groupDefinitions, ...host.hostDefinitions].flatMap(namesOfDefinition)),
    ...plays.flatMap(namesOfPlay),
    ...playbooks.flatMap((playbook) =>
      playbook.params.flatMap((param) => (param.default === undefined ? [] : namesOfDefinition(param.default))),
    ),
  ]);
}

function namesOfPlay(play: Play): readonly string[] {
  return [
    ...play.definitions.flatMap(namesOfDefinition),
    ...play.steps.flatMap(namesOfStep),
    ...play.handlers.flatMap(namesOfTask),
  ];
}

function namesOfStep(step: Step): readonly string[] {
  if (step.kind === 'task') return namesOfTask(step);
  const inside = [...step.steps, ...step.rescue, ...step.always].flatMap(namesOfStep);
  return step.loop === undefined ? inside : [...namesOfLoop(step.loop), ...inside];
}

function namesOfTask(task: Task): readonly string[] {
  const { delegateTo, loop, become } = task;
  const maybe: readonly (AnyTemplate | undefined)[] = [delegateTo, become.enabled, become.user];
  const templates: readonly AnyTemplate[] = [
    task.name,
    ...task.when,
    ...task.until,
    ...task.changedWhen,
    ...task.failedWhen,
    ...task.environment,
    ...task.notify,
    ...maybe.filter((each) => each !== undefined),
  ];
  return [
    ...task.definitions.flatMap(namesOfDefinition),
    ...templates.flatMap(namesUsedBy),
    ...task.needs.flatMap((need) => namesOnPath(need.path)),
    ...(task.register === undefined ? [] : [task.register]),
    ...(loop === undefined ? [] : namesOfLoop(loop)),
  ];
}

function namesOfLoop({ items, label }: Loop): readonly string[] {
  return [...namesUsedBy(items), ...(label === undefined ? [] : namesUsedBy(label))];
}

function namesOfDefinition({ name, value }: Definition): readonly string[] {
  return [name, ...(value.kind === 'template' ? namesUsedBy(value.template) : [])];
}

function namesUsedBy(template: AnyTemplate): readonly string[] {
  return template.needs.flatMap((need) => namesOnPath(need.path));
}

/** `hostvars.spb.port` uses the variable `port`, too. */
function namesOnPath(path: readonly string[]): readonly string[] {
  const [first, , third] = path;
  if (first === undefined) return [];
  return first === 'hostvars' && third !== undefined ? [first, third] : [first];
}
