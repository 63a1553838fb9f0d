// The typed inputs of a playbook: what the file declares, and whether what was given with `-e` fits.
// A wrong or missing input is found before a connection is opened.
import { error } from '../core/diagnostic.js';
import type { Param } from '../core/playbook.js';
import { all, andThen, fail, ok } from '../core/result.js';
import type { Result } from '../core/result.js';
import { data, Scope } from '../core/scope.js';
import type { Definition } from '../core/scope.js';
import { sameValue } from '../core/value.js';
import type { Value } from '../core/value.js';
import { didYouMean } from '../core/words.js';
import { nameProblem } from './definitions.js';
import { Fields } from './fields.js';
import { paramKeywords, paramTypes } from './keywords.js';
import { show, showNode, wrongKind } from './mistakes.js';
import type { Entry } from './node.js';
import { plainData } from './node-data.js';
import { convert, fits, typeWords } from './param-types.js';
import type { Problems } from './problems.js';
import { optional } from './task.js';
import { compileValue } from './template.js';
import { refuseUnknownKeys } from './unknown-keys.js';

type ParamFields = Fields<keyof typeof paramKeywords>;

/** One entry of `params`; nothing when it is wrong, which is then said. */
export function readParam(entry: Entry, problems: Problems): Param | undefined {
  const badName = nameProblem(entry);
  if (badName !== undefined) problems.add(badName);
  if (entry.value.kind !== 'map') {
    const hint = 'write `{ type: string, description: what it is }`';
    problems.add(
      error('param/wrong-value', `a param must be a map, not ${showNode(entry.value)}`, entry.value.span, { hint }),
    );
    return undefined;
  }
  refuseUnknownKeys(entry.value, paramKeywords, 'a param', problems);
  const fields: ParamFields = new Fields(entry.value, problems);
  const type = typeOf(fields, problems);
  const allowed = enumOf(fields, type, problems);
  const fallback = defaultOf(entry.key, fields, { type, allowed }, problems);
  const inventorySays = checkRequired(fields, type, problems);
  const group = groupOf(fields, type, problems);
  return {
    name: entry.key,
    type,
    secret: fields.flag('secret') ?? false,
    span: entry.keySpan,
    ...optional({ description: fields.text('description'), enum: allowed, default: fallback, group }),
    ...(inventorySays ? { inventorySays } : {}),
  };
}

function typeOf(fields: ParamFields, problems: Problems): Param['type'] {
  const said = fields.text('type');
  const type = paramTypes.find((each) => each === (said ?? 'string'));
  if (type !== undefined) return type;
  const span = fields.entry('type')?.value.span;
  problems.add(
    error('param/unknown-type', `unknown type \`${said ?? ''}\``, span, { hint: didYouMean(said ?? '', paramTypes) }),
  );
  return 'string';
}

function enumOf(fields: ParamFields, type: Param['type'], problems: Problems): readonly Value[] | undefined {
  const nodes = fields.list('enum');
  return nodes?.flatMap((node) => {
    const value = problems.take(andThen(compileValue(node), (template) => template.render(Scope.empty)));
    if (value === undefined) return [];
    if (fits(value, type)) return [value];
    problems.add(wrongKind('enum', node, `a list of values that are each ${typeWords[type]}`));
    return [];
  });
}

interface Allowed {
  readonly type: Param['type'];
  readonly allowed: readonly Value[] | undefined;
}

function defaultOf(
  name: string,
  fields: ParamFields,
  { type, allowed }: Allowed,
  problems: Problems,
): Definition | undefined {
  const entry = fields.entry('default');
  const template = entry === undefined ? undefined : problems.take(compileValue(entry.value));
  if (entry === undefined || template === undefined) return undefined;
  const value = template.needs.length === 0 ? template.render(Scope.empty) : undefined;
  if (value?.ok === true) {
    if (!fits(value.value, type)) {
      problems.add(
        error(
          'param/wrong-default',
          `the default of \`${name}\` must be ${typeWords[type]}, not ${show(value.value)}`,
          entry.value.span,
          { hint: 'change the default or the `type`' },
        ),
      );
    } else if (allowed?.some((each) => sameValue(each, value.value)) === false) {
      problems.add(
        error('param/wrong-default', `the default of \`${name}\` is not in its \`enum\``, entry.value.span, {
          hint: 'change the default or the `enum`',
        }),
      );
    }
  }
  return {
    name,
    saidBy: 'param default',
    span: entry.value.span,
    value: { kind: 'template', template },
    written: () => plainData(entry.value),
  };
}

function groupOf(fields: ParamFields, type: Param['type'], problems: Problems): Param['group'] {
  const entry = fields.entry('group');
  if (entry !== undefined && type !== 'host') {
    const hint = 'say `type: host`, or take `group` out';
    problems.add(error('param/group', 'only a param of `type: host` has a `group`', entry.keySpan, { hint }));
  }
  return fields.template('group');
}

/** True when nobody needs to give it, because the inventory says it. */
function checkRequired(fields: ParamFields, type: Param['type'], problems: Problems): boolean {
  const required = fields.flag('required');
  const entry = fields.entry('required');
  if (required === undefined || entry === undefined) return false;
  const hasDefault = fields.entry('default') !== undefined;
  if (required !== hasDefault) return false;
  if (!required && type === 'host') return true;
  const message = required
    ? 'a param that is required needs no default'
    : 'a param that is not required needs a default';
  const hint = required ? 'keep one of `required` and `default`' : 'add `default: ...`';
  problems.add(error('param/required', message, entry.keySpan, { hint }));
  return false;
}

/**
 * What was given with `-e`, typed as `params` declare it. A param that is missing or does not fit is a problem,
 * and so is a name that is neither a param nor known elsewhere (`known`: variables of the inventory and the plays).
 */
export function checkParams(
  params: readonly Param[],
  given: readonly Definition[],
  known: Iterable<string>,
): Result<readonly Definition[]> {
  const byName = new Map(params.map((param) => [param.name, param]));
  const others = new Set(known);
  const missing = params.filter(
    (param) =>
      param.default === undefined && param.inventorySays !== true && !given.some((each) => each.name === param.name),
  );
  const checked = given.map((definition) => {
    const param = byName.get(definition.name);
    if (param !== undefined) return checkOne(param, definition);
    return others.has(definition.name) ? ok(definition) : fail(unknown(definition, [...byName.keys(), ...others]));
  });
  return all([...checked, ...missing.map((param) => fail(notGiven(param)))]);
}

function checkOne(param: Param, definition: Definition): Result<Definition> {
  const value = plainValue(definition);
  if (value === undefined) return ok(definition);
  const typed = convert(value, param.type);
  const shown = param.secret ? 'what was given' : show(value);
  // A frame would show the line with the secret in it.
  const span = param.secret ? undefined : definition.span;
  if (typed === undefined) {
    const message = `\`${param.name}\` must be ${typeWords[param.type]}, not ${shown}`;
    return fail(error('param/wrong-type', message, span, { hint: hintForType(param), labels: declared(param) }));
  }
  if (param.enum !== undefined && !param.enum.some((each) => sameValue(each, typed))) {
    const words = param.enum.map(wordOf);
    const message = `\`${param.name}\` cannot be ${param.secret ? shown : show(typed)}`;
    return fail(
      error('param/not-allowed', message, span, {
        hint: didYouMean(wordOf(typed), words) ?? `allowed: ${words.map((each) => `\`${each}\``).join(', ')}`,
        labels: declared(param),
      }),
    );
  }
  return ok({ ...data(param.name, typed, definition.saidBy), ...optional({ span: definition.span }) });
}

function wordOf(value: Value): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** The value, unless it needs variables that are not known yet (a template in a file given with `-e @FILE`). */
function plainValue({ value }: Definition): Value | undefined {
  if (value.kind === 'data') return value.data;
  if (value.template.needs.length > 0) return undefined;
  const rendered = value.template.render(Scope.empty);
  return rendered.ok ? rendered.value : undefined;
}

/** Where a param was declared, as a label of a problem. */
export function declared(param: Param): readonly { span: Param['span']; message: string }[] {
  return [{ span: param.span, message: 'declared here' }];
}

function hintForType({ name, type }: Param): string | undefined {
  if (type === 'boolean') return `give \`-e ${name}=true\` or \`-e ${name}=false\``;
  if (type === 'list') return `give \`-e '${name}=[one, two]'\``;
  return type === 'map'
    ? `give \`-e '${name}={key: value}'\``
    : `give \`-e ${name}=VALUE\`, and ${typeWords[type]} for VALUE`;
}

function notGiven(param: Param): ReturnType<typeof error> {
  const what = param.description === undefined ? '' : ` (${param.description})`;
  return error('param/missing', `\`${param.name}\` was not given${what}`, param.span, {
    hint: `add \`-e ${param.name}=VALUE\``,
  });
}

function unknown({ name, span }: Definition, known: readonly string[]): ReturnType<typeof error> {
  return error('param/unknown', `nothing uses a variable \`${name}\``, span, {
    hint: didYouMean(name, known) ?? 'take it out, or use it in the playbook',
  });
}
