// One play: over which hosts, in which batches, with which variables, and what it does.
import { error, warning } from '../core/diagnostic.js';
import type { Play, Task } from '../core/playbook.js';
import type { Definition } from '../core/scope.js';
import type { Template } from '../core/template.js';
import { didYouMean } from '../core/words.js';
import { tasksOf } from '../core/steps.js';
import { definitionsOf } from './definitions.js';
import { Fields } from './fields.js';
import { readSource } from './files.js';
import { inheritPlay, variablesOf } from './inherit.js';
import type { Inherited } from './inherit.js';
import { playKeywords } from './keywords.js';
import { objectionToPath } from './find.js';
import { beside, idOf } from './loading.js';
import type { Here, Loading } from './loading.js';
import { isTemplated, showNode, textOf, wrongKind } from './mistakes.js';
import type { MapNode, Node } from './node.js';
import type { Problems } from './problems.js';
import { readSteps } from './steps.js';
import { optional, plainNameOf } from './task.js';
import { compileText } from './template.js';
import { refuseUnknownKeys } from './unknown-keys.js';
import { parseYaml } from './yaml.js';

type PlayFields = Fields<keyof typeof playKeywords>;

/** What a play has from its file and from imports: conditions and tags for its tasks, and variables around its own. */
export interface AroundPlay {
  readonly inherited: Inherited;
  /** Weaker than the play's own: defaults of params, and `vars` of the file. */
  readonly weaker: readonly Definition[];
  /** Stronger than the play's own: `vars` of imports. */
  readonly stronger: readonly Definition[];
}

/** A play of a playbook file; nothing when it cannot be made, which is then said. */
export function readPlay(map: MapNode, around: AroundPlay, here: Here, loading: Loading): Play | undefined {
  const { problems } = loading;
  const fields: PlayFields = new Fields(map, problems);
  refuseUnknownKeys(map, playKeywords, 'a play', problems);
  checkFacts(fields, problems);
  const inherited = inheritPlay(around.inherited, fields, problems);
  const steps = readSteps(fields.list('tasks') ?? [], inherited, here, loading);
  const handlers = handlersOf(fields, inherited, here, loading);
  checkNotified(
    [...tasksOf(steps), ...handlers],
    [...handlers.map((each) => each.name.text), ...saidNames(fields)],
    problems,
  );
  if (map.get('tasks') === undefined) {
    problems.add(
      error('playbook/missing-key', 'this play has no `tasks`', map.entries[0]?.keySpan ?? map.span, {
        hint: 'add `tasks:` and a list of tasks',
      }),
    );
  }
  const hosts = hostsOf(map, fields, problems);
  const percentage = fields.count('max_fail_percentage', 0, 100);
  const common = {
    name: fields.text('name'),
    definitions: [
      ...around.weaker,
      ...variablesOf(fields, 'play vars', problems),
      ...variableFilesOf(fields, here, loading),
      ...around.stronger,
    ],
    serial: serialOf(fields, problems),
    // Whoever says how many hosts may fail has said that one may.
    anyErrorsFatal: fields.flag('any_errors_fatal') ?? percentage === undefined,
    tags: inherited.tags,
  };
  if (hosts === undefined) return undefined;
  return {
    ...common,
    id: idOf(map.span, here, loading),
    name: common.name ?? hosts.pattern,
    hosts: hosts.pattern,
    span: map.entries[0]?.keySpan ?? map.span,
    hostsSpan: hosts.node.span,
    ...optional({ maxFailPercentage: percentage, hostsTemplate: hosts.template }),
    steps,
    handlers,
  };
}

interface Hosts {
  readonly pattern: string;
  readonly node: Node;
  readonly template?: Template<string>;
}

function hostsOf(map: MapNode, fields: PlayFields, problems: Problems): Hosts | undefined {
  const node = fields.entry('hosts')?.value;
  if (node === undefined) {
    problems.add(
      error('playbook/missing-key', 'this play has no `hosts`', map.entries[0]?.keySpan ?? map.span, {
        hint: 'add `hosts:` with a group, a host or a pattern',
      }),
    );
    return undefined;
  }
  const words = fields.words('hosts');
  const templated = words.find(isTemplated);
  if (templated !== undefined && words.length > 1) {
    const hint = 'write the pattern as one string, such as `a:b`';
    problems.add(error('playbook/template-here', 'a list of `hosts` cannot hold a template', templated.span, { hint }));
    return undefined;
  }
  if (words.length === 0) return undefined;
  const template = templated?.kind === 'scalar' ? problems.take(compileText(templated)) : undefined;
  return { pattern: words.map(textOf).join(':'), node, ...optional({ template }) };
}

function serialOf(fields: PlayFields, problems: Problems): readonly (number | string)[] {
  return fields.words('serial').flatMap((node): readonly (number | string)[] => {
    const text = textOf(node);
    if (/^[1-9]\d*$/.test(text)) return [Number(text)];
    const percent = /^(\d+(?:\.\d+)?)%$/.exec(text)?.[1];
    if (percent !== undefined && Number(percent) > 0 && Number(percent) <= 100) return [text];
    problems.add(wrongKind('serial', node, 'a number of hosts, or a percentage such as `30%`'));
    return [];
  });
}

function variableFilesOf(fields: PlayFields, here: Here, { root, problems }: Loading): readonly Definition[] {
  return fields.words('vars_files').flatMap((node) => {
    const name = textOf(node);
    if (isTemplated(node)) {
      problems.add(
        error('playbook/template-here', '`vars_files` cannot hold a template', node.span, {
          hint: 'variables are read before any is known; write the name of the file itself',
        }),
      );
      return [];
    }
    const path = beside(here, name);
    const objection = objectionToPath(path, root, name, node.span);
    if (objection !== undefined) problems.add(objection);
    const source = objection === undefined ? problems.take(readSource(path, node.span)) : undefined;
    const tree = source === undefined ? undefined : problems.take(parseYaml(source));
    if (tree?.kind === 'map') return problems.take(definitionsOf(tree, `vars_files ${name}`)) ?? [];
    if (tree !== undefined && !(tree.kind === 'scalar' && tree.value === null)) {
      problems.add(
        error('playbook/wrong-value', `a file of variables must be a map, not ${showNode(tree)}`, tree.span, {
          hint: 'write `name: value`, one a line',
          labels: [{ span: node.span, message: 'read here' }],
        }),
      );
    }
    return [];
  });
}

function checkFacts(fields: PlayFields, problems: Problems): void {
  const gather = fields.flag('gather_facts');
  const entry = fields.entry('gather_facts');
  if (gather === undefined || entry === undefined) return;
  const hint = 'look at a host with a module such as `stat` or `command`, and `register` what it says';
  problems.add(
    gather
      ? error('playbook/gather-facts', 'no facts are ever gathered here', entry.keySpan, { hint })
      : warning('playbook/gather-facts', '`gather_facts: false` says nothing new', entry.keySpan, {
          hint: 'no facts are ever gathered here; take the line out',
        }),
  );
}

function handlersOf(fields: PlayFields, inherited: Inherited, here: Here, loading: Loading): readonly Task[] {
  const { problems } = loading;
  const first = new Map<string, Task>();
  return readSteps(fields.list('handlers') ?? [], inherited, here, loading).flatMap((step) => {
    if (step.kind === 'block') {
      problems.add(error('playbook/handler-block', 'a handler cannot be a block', step.span, { hint: 'write a task' }));
      return [];
    }
    const name = plainNameOf(step.name);
    const before = name === undefined ? undefined : first.get(name);
    if (name === undefined || step.name.span === step.span) {
      problems.add(
        error('playbook/handler-name', 'a handler needs a name without templates', step.span, {
          hint: 'it is notified by its name; add `name: ...`',
        }),
      );
    } else if (before !== undefined) {
      problems.add(
        error('playbook/duplicate-handler', `two handlers are called \`${name}\``, step.name.span, {
          hint: 'give one of them another name',
          labels: [{ span: before.name.span, message: 'the first is here' }],
        }),
      );
    } else first.set(name, step);
    return [step];
  });
}

/** Names of handlers as they are written, so that a handler with a mistake is not called unknown too. */
function saidNames(fields: PlayFields): readonly string[] {
  const node = fields.entry('handlers')?.value;
  const items = node?.kind === 'list' ? node.items : [];
  return items.flatMap((item) => {
    const name = item.kind === 'map' ? item.get('name')?.value : undefined;
    return name?.kind === 'scalar' ? [textOf(name)] : [];
  });
}

function checkNotified(tasks: readonly Task[], names: readonly string[], problems: Problems): void {
  for (const notified of tasks.flatMap((task) => task.notify)) {
    const name = plainNameOf(notified);
    if (name === undefined || names.includes(name)) continue;
    const hint = names.length === 0 ? 'this play has no `handlers`' : didYouMean(name, names);
    problems.add(error('playbook/unknown-handler', `no handler \`${name}\` in this play`, notified.span, { hint }));
  }
}
