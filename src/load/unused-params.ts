// A param that nothing uses and whose name is nearly one that is used: a slip in the head of a playbook, because of which
// what is given with `-e` would be refused, or taken and never heard of.
import { error } from '../core/diagnostic.js';
import type { Diagnostic } from '../core/diagnostic.js';
import type { Inventory } from '../core/inventory.js';
import type { Play, Playbook } from '../core/playbook.js';
import type { Source } from '../core/source.js';
import { tasksOf } from '../core/steps.js';
import { nearest } from '../core/words.js';

/** The params of playbooks that are nearly the name of a variable that is used, and used by nobody. */
export function unusedParams(playbooks: readonly Playbook[], inventory: Inventory): readonly Diagnostic[] {
  const texts = [...new Set([...playbooks.flatMap(({ plays }) => plays.flatMap(sourcesOf)), ...said(inventory)])];
  const used = new Set(playbooks.flatMap(({ plays }) => plays.flatMap(namesUsedIn)));
  const words = new Map<string, number>();
  for (const { text } of texts)
    for (const word of text.match(/[A-Za-z_]\w*/g) ?? []) words.set(word, (words.get(word) ?? 0) + 1);
  return playbooks.flatMap(({ params }) =>
    params.flatMap(({ name, span }) => {
      // Its own declaration is one of the places where it stands.
      if ((words.get(name) ?? 0) > 1) return [];
      const near = nearest(name, used);
      if (near === undefined) return [];
      const hint = `did you mean \`${near}\`?`;
      return [error('playbook/unused-param', `nothing uses the param \`${name}\``, span, { hint })];
    }),
  );
}

/** The variables that templates and conditions of a play ask for. */
function namesUsedIn(play: Play): readonly string[] {
  const tasks = [...tasksOf(play.steps), ...play.handlers];
  const templates = tasks.flatMap(({ name, when, until, changedWhen, failedWhen, loop, environment, delegateTo }) => [
    name,
    ...when,
    ...until,
    ...changedWhen,
    ...failedWhen,
    ...environment,
    ...[loop?.items, delegateTo].flatMap((each) => each ?? []),
  ]);
  const hosts = play.hostsTemplate === undefined ? [] : [play.hostsTemplate];
  return [...tasks, ...templates, ...hosts].flatMap((each) => each.needs.flatMap(({ path }) => path[0] ?? []));
}

/** The files in which a play's variables may stand. */
function sourcesOf(play: Play): readonly Source[] {
  const tasks = [...tasksOf(play.steps), ...play.handlers];
  return [
    play.span.source,
    ...play.definitions.flatMap(({ span }) => span?.source ?? []),
    ...tasks.flatMap((task) => [task.span.source, ...task.needs.map(({ span }) => span.source)]),
  ];
}

function said(inventory: Inventory): readonly Source[] {
  const definitions = [...inventory.hosts.values()].flatMap((host) => [
    ...host.groupDefinitions,
    ...host.hostDefinitions,
  ]);
  return definitions.flatMap(({ span }) => span?.source ?? []);
}
