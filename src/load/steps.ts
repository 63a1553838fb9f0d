// Lists of steps: tasks, blocks, and imports, whose tasks take the place of the import.
import { error } from '../core/diagnostic.js';
import type { Block, Step } from '../core/playbook.js';
import { Fields } from './fields.js';
import { inherit } from './inherit.js';
import type { Inherited } from './inherit.js';
import { blockKeywords, importTasksKeywords } from './keywords.js';
import { idOf, openImport } from './loading.js';
import type { Here, Loading } from './loading.js';
import { loopOf } from './loop.js';
import { showNode } from './mistakes.js';
import type { MapNode, Node } from './node.js';
import { plainData } from './node-data.js';
import { optional, readTask } from './task.js';
import { refuseUnknownKeys } from './unknown-keys.js';

/** The steps of a list, in order; what cannot be made is said and left out. */
export function readSteps(nodes: readonly Node[], outer: Inherited, here: Here, loading: Loading): readonly Step[] {
  return nodes.flatMap((node) => readStep(node, outer, here, loading));
}

function readStep(node: Node, outer: Inherited, here: Here, loading: Loading): readonly Step[] {
  if (node.kind !== 'map') {
    loading.problems.add(
      error('playbook/wrong-value', `a task must be a map, not ${showNode(node)}`, node.span, {
        hint: 'write `- name: ...` and the module below it',
      }),
    );
    return [];
  }
  if (['block', 'rescue', 'always'].some((key) => node.get(key) !== undefined)) {
    return [readBlock(node, outer, here, loading)];
  }
  if (node.get('import_tasks') !== undefined) return readImport(node, outer, here, loading);
  const task = readTask(node, outer, here, loading);
  return task === undefined ? [] : [task];
}

function readBlock(map: MapNode, outer: Inherited, here: Here, loading: Loading): Block {
  const { problems } = loading;
  const fields = new Fields<keyof typeof blockKeywords>(map, problems);
  refuseUnknownKeys(map, blockKeywords, 'a block', problems);
  if (map.get('block') === undefined) {
    const entry = map.get('rescue') ?? map.get('always');
    problems.add(
      error('playbook/no-block', `\`${entry?.key ?? 'rescue'}\` without \`block\``, entry?.keySpan ?? map.span, {
        hint: 'put the tasks that it belongs to below `block`',
      }),
    );
  }
  const inner = inherit(outer, fields, 'block vars', problems);
  const stepsOf = (key: 'block' | 'rescue' | 'always'): readonly Step[] =>
    readSteps(fields.list(key) ?? [], inner, here, loading);
  return {
    kind: 'block',
    id: idOf(map.span, here, loading),
    span: map.get('block')?.keySpan ?? map.span,
    ...optional({ name: fields.text('name'), loop: loopOf(fields, problems) }),
    steps: stepsOf('block'),
    rescue: stepsOf('rescue'),
    always: stepsOf('always'),
    written: () => ['loop', 'loop_control'].flatMap((key) => map.get(key) ?? []).map((entry) => plainData(entry.value)),
  };
}

function readImport(map: MapNode, outer: Inherited, here: Here, loading: Loading): readonly Step[] {
  const { problems } = loading;
  const fields = new Fields<keyof typeof importTasksKeywords>(map, problems);
  refuseUnknownKeys(map, importTasksKeywords, 'an import', problems);
  const inner = inherit(outer, fields, 'import vars', problems);
  fields.text('name');
  const name = fields.text('import_tasks');
  const entry = fields.entry('import_tasks');
  if (name === undefined || entry === undefined) return [];
  const opened = openImport(name, entry.value.span, { here, loading, asPlaybook: false });
  if (opened === undefined) return [];
  const { node } = opened;
  if (node.kind === 'list') return readSteps(node.items, inner, opened.here, loading);
  if (node.kind === 'scalar' && node.value === null) return [];
  problems.add(
    error('playbook/wrong-value', `a file of tasks must be a list, not ${showNode(node)}`, node.span, {
      hint: 'start each task with `- name: ...`',
      labels: [{ span: entry.value.span, message: 'imported here' }],
    }),
  );
  return [];
}
