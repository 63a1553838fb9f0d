// `loop` and `loop_control`: the items of a task or a block, and what each is called.
import { error } from '../core/diagnostic.js';
import type { Loop } from '../core/playbook.js';
import { nameProblem } from './definitions.js';
import { Fields } from './fields.js';
import { loopControlKeywords } from './keywords.js';
import { isTemplated, wrongKind } from './mistakes.js';
import type { Problems } from './problems.js';
import { compileValue } from './template.js';
import { refuseUnknownKeys } from './unknown-keys.js';

/** The loop of a step, if it has one. */
export function loopOf(fields: Fields<'loop' | 'loop_control'>, problems: Problems): Loop | undefined {
  const node = fields.entry('loop')?.value;
  const control = controlOf(fields, problems);
  if (node === undefined) {
    const lonely = fields.entry('loop_control');
    if (lonely !== undefined) {
      problems.add(
        error('playbook/no-loop', '`loop_control` without `loop`', lonely.keySpan, {
          hint: 'add `loop`, or take it out',
        }),
      );
    }
    return undefined;
  }
  if (node.kind !== 'list' && !isTemplated(node)) {
    const hint =
      node.kind === 'map'
        ? 'write a list of maps: `[{key: ..., value: ...}]`'
        : 'write a list, or `"{{ name_of_a_list }}"`';
    problems.add(wrongKind('loop', node, 'a list', hint));
    return undefined;
  }
  const items = problems.take(compileValue(node));
  return items === undefined ? undefined : { items, ...control };
}

function controlOf(fields: Fields<'loop_control'>, problems: Problems): Omit<Loop, 'items'> {
  const map = fields.mapOf('loop_control');
  if (map === undefined) return { itemName: 'item', pauseMs: 0 };
  refuseUnknownKeys(map, loopControlKeywords, '`loop_control`', problems);
  const control = new Fields<keyof typeof loopControlKeywords>(map, problems);
  const indexName = variableOf(control, 'index_var', problems);
  const label = control.template('label');
  return {
    itemName: variableOf(control, 'loop_var', problems) ?? 'item',
    pauseMs: control.milliseconds('pause') ?? 0,
    ...(indexName === undefined ? {} : { indexName }),
    ...(label === undefined ? {} : { label }),
  };
}

/** The name of a variable that a keyword says. */
export function variableOf<K extends string>(fields: Fields<K>, key: K, problems: Problems): string | undefined {
  const name = fields.text(key);
  const entry = fields.entry(key);
  if (name === undefined || entry === undefined) return undefined;
  const problem = nameProblem({ key: name, keySpan: entry.value.span });
  if (problem === undefined) return name;
  problems.add(problem);
  return undefined;
}
