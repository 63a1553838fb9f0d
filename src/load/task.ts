// One task: its module with arguments, when and how often it runs, and what becomes of its outcome.
import { error } from '../core/diagnostic.js';
import type { AnyModule } from '../core/module.js';
import type { Task } from '../core/playbook.js';
import { constant } from '../core/template.js';
import { fail } from '../core/result.js';
import type { Result } from '../core/result.js';
import type { Template } from '../core/template.js';
import { compileCall } from './bind.js';
import type { ModuleCall } from './bind.js';
import { Fields } from './fields.js';
import { inherit } from './inherit.js';
import type { Inherited } from './inherit.js';
import { taskKeywords } from './keywords.js';
import { idOf } from './loading.js';
import type { Here, Loading } from './loading.js';
import { loopOf, variableOf } from './loop.js';
import type { Entry, MapNode } from './node.js';
import { plainData } from './node-data.js';
import type { Problems } from './problems.js';
import { registerShape } from './register-shapes.js';
import { compileText, compileValue } from './template.js';
import { moduleOf } from './unknown-keys.js';

type TaskFields = Fields<keyof typeof taskKeywords>;

/** A task as it runs, with all that it inherits; nothing when it cannot be made, which is then said. */
export function readTask(map: MapNode, outer: Inherited, here: Here, loading: Loading): Task | undefined {
  const { problems, modules } = loading;
  const fields: TaskFields = new Fields(map, problems);
  const called = moduleOf(map, taskKeywords, modules, problems);
  const own = inherit(outer, fields, 'task vars', problems);
  const common = {
    ...optional({
      loop: loopOf(fields, problems),
      register: variableOf(fields, 'register', problems),
      ignoreErrors: own.ignoreErrors,
      ignoreUnreachable: own.ignoreUnreachable,
      delegateTo: own.delegateTo,
      timeoutMs: own.timeoutMs,
      throttle: own.throttle,
    }),
    ...retriesOf(fields, problems),
    changedWhen: fields.conditions('changed_when'),
    failedWhen: fields.conditions('failed_when'),
    notify: problems.takeAll(fields.words('notify').map(compileText)),
  };
  const name = fields.template('name');
  const pointOfNoReturn = fields.flag('point_of_no_return') ?? false;
  if (called === undefined) return undefined;
  const call = callOf(compileCall(called.module, called.entry, here.places), problems);
  if (call === undefined) return undefined;
  const span = called.entry.keySpan;
  return {
    kind: 'task',
    id: idOf(map.span, here, loading),
    name: name ?? constant(called.module.name, span, called.module.name),
    module: called.module.name,
    span,
    ...common,
    ...optional({ registers: registerShape(called.module.state) }),
    when: own.when,
    runOnce: own.runOnce,
    become: own.become,
    environment: own.environment,
    definitions: own.definitions,
    tags: own.tags,
    noLog: own.noLog,
    alwaysCheck: own.alwaysCheck,
    pointOfNoReturn,
    touches: called.module.touches && !own.alwaysCheck,
    keepsHere: called.module.keepsHere,
    needs: call.needs,
    ...factsOf(called.module, called.entry),
    brings: called.module.brings,
    written: () => [...own.written.map(({ key, value }) => [key, plainData(value)]), plainData(map)],
    check: (scope, isKnown) => call.check(scope, isKnown),
    bind: (scope) => call.bind(scope),
  };
}

function retriesOf(fields: TaskFields, problems: Problems): Pick<Task, 'until' | 'retries' | 'delayMs'> {
  const until = fields.conditions('until');
  const retries = fields.count('retries', 0);
  const delayMs = fields.milliseconds('delay') ?? 5000;
  const lonely = fields.entry('retries') ?? fields.entry('delay');
  if (lonely !== undefined && fields.entry('until') === undefined) {
    problems.add(
      error('playbook/retries-without-until', `\`${lonely.key}\` does nothing without \`until\``, lonely.keySpan, {
        hint: 'say with `until` what must hold, such as `until: result.rc == 0`',
      }),
    );
  }
  return { until, retries: until.length === 0 ? 0 : (retries ?? 3), delayMs };
}

/** The call; one that only lacks a local file is kept, so that what else is wrong is told together with it. */
function callOf(compiled: Result<ModuleCall>, problems: Problems): ModuleCall | undefined {
  if (compiled.ok || compiled.problems.some((each) => each.code !== 'file/missing')) return problems.take(compiled);
  problems.bear(...compiled.problems);
  // What is wrong has been said, and need not be said for every host.
  return { needs: [], check: () => [], bind: () => fail() };
}

const noFacts: Pick<Task, 'facts' | 'factValues'> = { facts: [], factValues: new Map() };

/** The variables that a `set_fact` will add are written in the playbook, as its arguments. */
function factsOf({ name }: AnyModule, { value }: Entry): Pick<Task, 'facts' | 'factValues'> {
  if (name !== 'set_fact' || value.kind !== 'map') return noFacts;
  const { entries } = value;
  const values = entries.flatMap((each) => {
    const compiled = compileValue(each.value);
    return compiled.ok ? [[each.key, compiled.value] as const] : [];
  });
  return { facts: entries.map((each) => each.key), factValues: new Map(values) };
}

type Defined<T> = { readonly [K in keyof T]?: Exclude<T[K], undefined> };

/** The properties that have a value; the others are left out altogether. */
export function optional<T extends object>(properties: T): Defined<T> {
  // Object.entries forgets the types that the filter keeps.
  return Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== undefined)) as Defined<T>;
}

/** A handler's name must be known before the run; this is the text of a name without templates. */
export function plainNameOf(name: Template<string>): string | undefined {
  return name.needs.length === 0 ? name.text : undefined;
}
