// Rules about single tasks: commands that nobody can repeat, pipes that hide failures, failures that pass without
// a reason, and tasks without a name.
import { belowKey } from '../json-schema.js';
import { finding } from './finding.js';
import type { Finding } from './finding.js';
import type { Holder } from './holders.js';
import { hasPipe } from './pipes.js';

/** What the rules say about one map with keywords. */
export function lintHolder(holder: Holder): readonly Finding[] {
  return [unnamed, ignored, unguarded, pipes].flatMap((rule) => rule(holder));
}

function unnamed({ kind, map, module }: Holder): readonly Finding[] {
  if (kind !== 'task' || map.get('name') !== undefined) return [];
  const span = module?.entry.keySpan ?? map.span;
  return [finding('lint/unnamed-task', 'this task has no name', span, { hint: 'add `name: ...`', task: map.span })];
}

function ignored({ map }: Holder): readonly Finding[] {
  return ['ignore_errors', 'ignore_unreachable'].flatMap((key) => {
    const entry = map.get(key);
    if (entry?.value.kind !== 'scalar' || entry.value.value !== true) return [];
    const hint = 'write the reason instead of `true`; it shows in the output';
    const message = `\`${key}\` does not say why`;
    return [finding('lint/ignored-without-reason', message, entry.keySpan, { hint, task: map.span })];
  });
}

const guards = ['creates', 'removes', 'unless', 'only_if'];

/** A handler runs only after a change, so it needs no guard. */
function unguarded({ map, module, isHandler }: Holder): readonly Finding[] {
  if (module === undefined || isHandler || map.get('changed_when') !== undefined) return [];
  const { entry, spec } = module;
  if (guards.some((guard) => belowKey([spec.args], guard).length === 0)) return [];
  const said = entry.value.kind === 'map' ? entry.value : undefined;
  if (guards.some((guard) => said?.get(guard) !== undefined)) return [];
  const hint = 'add `creates`, `removes`, `unless` or `only_if`, or say with `changed_when` what counts as a change';
  const message = `nothing says whether the work of this \`${entry.key}\` is done already`;
  return [finding('lint/command-without-guard', message, entry.keySpan, { hint, task: map.span })];
}

function pipes({ map, module }: Holder): readonly Finding[] {
  if (module?.entry.key !== 'shell') return [];
  const { value } = module.entry;
  const script = value.kind === 'map' ? value.get('cmd')?.value : value;
  if (script?.kind !== 'scalar' || typeof script.value !== 'string' || !hasPipe(script.value)) return [];
  const hint = 'say `executable: /bin/bash`, and begin the script with `set -o pipefail`';
  const message = 'in this pipe only the last command can fail the task';
  return [finding('lint/pipe-without-pipefail', message, module.entry.keySpan, { hint, task: map.span })];
}
