// What a play, a block and an import say holds for every task inside. It is gathered on the way down,
// so that a task, once loaded, carries all that concerns it.
import type { BecomeSetting, Condition, Tolerance } from '../core/playbook.js';
import type { Definition } from '../core/scope.js';
import type { Template } from '../core/template.js';
import type { Value } from '../core/value.js';
import { definitionsOf } from './definitions.js';
import { error } from '../core/diagnostic.js';
import type { Entry } from './node.js';
import type { Fields } from './fields.js';
import { textOf } from './mistakes.js';
import type { Problems } from './problems.js';
import { compileValue } from './template.js';

/** Everything that a task may have from outside. */
export interface Inherited {
  readonly when: readonly Condition[];
  readonly tags: readonly string[];
  readonly definitions: readonly Definition[];
  readonly environment: readonly Template<Value>[];
  readonly become: BecomeSetting;
  readonly ignoreErrors: Tolerance | undefined;
  readonly ignoreUnreachable: Tolerance | undefined;
  readonly delegateTo: Template<string> | undefined;
  readonly timeoutMs: number | undefined;
  readonly throttle: number | undefined;
  readonly runOnce: boolean;
  readonly noLog: boolean;
  readonly alwaysCheck: boolean;
  /** The keywords of all this, as they are written, outermost first. */
  readonly written: readonly Entry[];
}

/** What holds outside of everything. */
export const nothingInherited: Inherited = {
  when: [],
  tags: [],
  definitions: [],
  environment: [],
  become: {},
  ignoreErrors: undefined,
  ignoreUnreachable: undefined,
  delegateTo: undefined,
  timeoutMs: undefined,
  throttle: undefined,
  runOnce: false,
  noLog: false,
  alwaysCheck: false,
  written: [],
};

const playKeys = [
  'become',
  'become_user',
  'become_method',
  'environment',
  'tags',
  'timeout',
  'ignore_errors',
  'ignore_unreachable',
] as const;
const stepKeys = ['when', 'vars', 'delegate_to', 'run_once', 'throttle', 'no_log', 'check_mode'] as const;

type PlayFields = Fields<(typeof playKeys)[number]>;
type StepFields = Fields<(typeof playKeys)[number] | (typeof stepKeys)[number]>;

/** What holds inside a play. Its variables are the play's own, and not handed down. */
export function inheritPlay(outer: Inherited, fields: PlayFields, problems: Problems): Inherited {
  checkBecomeMethod(fields, problems);
  return {
    ...outer,
    tags: union(outer.tags, tagsOf(fields, problems)),
    environment: [...outer.environment, ...environmentOf(fields, problems)],
    become: becomeOf(outer.become, fields),
    ignoreErrors: tolerance(outer.ignoreErrors, fields.tolerance('ignore_errors')),
    ignoreUnreachable: tolerance(outer.ignoreUnreachable, fields.tolerance('ignore_unreachable')),
    timeoutMs: fields.deadline('timeout') ?? outer.timeoutMs,
    written: [...outer.written, ...playKeys.flatMap((key) => fields.entry(key) ?? [])],
  };
}

/** What holds inside a block or an import, or for a task itself. */
export function inherit(outer: Inherited, fields: StepFields, saidBy: string, problems: Problems): Inherited {
  const asPlay = inheritPlay(outer, fields, problems);
  return {
    ...asPlay,
    written: [...asPlay.written, ...stepKeys.flatMap((key) => fields.entry(key) ?? [])],
    when: [...outer.when, ...fields.conditions('when')],
    definitions: [...outer.definitions, ...variablesOf(fields, saidBy, problems)],
    delegateTo: fields.template('delegate_to') ?? outer.delegateTo,
    throttle: fields.count('throttle', 1) ?? outer.throttle,
    runOnce: fields.flag('run_once') ?? outer.runOnce,
    noLog: fields.flag('no_log') ?? outer.noLog,
    alwaysCheck: checkMode(fields, problems) || outer.alwaysCheck,
  };
}

/** The variables of a `vars` keyword. */
export function variablesOf(fields: Fields<'vars'>, saidBy: string, problems: Problems): readonly Definition[] {
  const map = fields.mapOf('vars');
  return map === undefined ? [] : (problems.take(definitionsOf(map, saidBy)) ?? []);
}

/** The tags of a `tags` keyword: a list, or one text with commas. */
export function tagsOf(fields: Fields<'tags'>, problems: Problems): readonly string[] {
  return fields.words('tags').flatMap((node) => {
    const text = textOf(node);
    if (text.includes('{{')) {
      problems.add(
        error('playbook/template-here', '`tags` cannot hold a template', node.span, {
          hint: 'tags choose tasks before any variable is known; write the tag itself',
        }),
      );
      return [];
    }
    return text
      .split(',')
      .map((tag) => tag.trim())
      .filter((tag) => tag !== '');
  });
}

function union(outer: readonly string[], inner: readonly string[]): readonly string[] {
  return [...new Set([...outer, ...inner])];
}

function environmentOf(fields: Fields<'environment'>, problems: Problems): readonly Template<Value>[] {
  const node = fields.entry('environment')?.value;
  if (node === undefined) return [];
  if (node.kind === 'scalar' && textOf(node).includes('{{')) return problems.takeAll([compileValue(node)]);
  const map = fields.mapOf('environment');
  return map === undefined ? [] : problems.takeAll([compileValue(map)]);
}

function becomeOf(outer: BecomeSetting, fields: Fields<'become' | 'become_user'>): BecomeSetting {
  const enabled = fields.flagTemplate('become') ?? outer.enabled;
  const user = fields.template('become_user') ?? outer.user;
  return { ...(enabled === undefined ? {} : { enabled }), ...(user === undefined ? {} : { user }) };
}

function checkBecomeMethod(fields: Fields<'become_method'>, problems: Problems): void {
  const method = fields.text('become_method');
  const entry = fields.entry('become_method');
  if (method === undefined || method === 'sudo' || entry === undefined) return;
  problems.add(
    error('playbook/wrong-value', `\`become_method\` must be \`sudo\`, not \`${method}\``, entry.value.span, {
      hint: 'sudo is the only way here; take the line out',
    }),
  );
}

function tolerance(outer: Tolerance | undefined, inner: Tolerance | false | undefined): Tolerance | undefined {
  return inner === false ? undefined : (inner ?? outer);
}

function checkMode(fields: Fields<'check_mode'>, problems: Problems): boolean {
  const said = fields.flag('check_mode');
  const entry = fields.entry('check_mode');
  if (said === false && entry !== undefined) {
    problems.add(
      error('playbook/wrong-value', '`check_mode` can only be `true`', entry.value.span, {
        hint: 'nothing may touch a host in check mode; modules that only look run there anyway',
      }),
    );
  }
  return said === true;
}
