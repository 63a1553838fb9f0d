// What ajv found, in the words of a playbook: which argument of which module, where it stands, and what to write instead.
import type { ErrorObject } from 'ajv';
import { error } from '../core/diagnostic.js';
import type { Diagnostic, Fix } from '../core/diagnostic.js';
import type { Span } from '../core/source.js';
import type { Value } from '../core/value.js';
import { didYouMean, nearest } from '../core/words.js';
import { asSchema, schemasIn } from './json-schema.js';
import { taskKeywords } from './keywords.js';
import { booleanFix } from './fixes.js';
import { hintForBoolean, isTemplated, show, meantBoolean } from './mistakes.js';
import type { Entry, Node } from './node.js';

/** Where the arguments of a module stand. */
export interface Said {
  readonly module: string;
  /** The module's key and what stands below it. */
  readonly entry: Entry;
  /** The argument that a plain value stands for. */
  readonly shorthand: string | undefined;
}

const typeWords: Readonly<Record<string, string>> = {
  string: 'a string',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'a boolean',
  array: 'a list',
  object: 'a map',
  null: 'null',
};

/** An argument that can only be a boolean, and was written as a word that means one. */
function fixFor({ keyword, params, data }: ErrorObject, path: readonly string[], said: Said): Fix | undefined {
  if (keyword !== 'type' || String(params['type']) !== 'boolean') return undefined;
  const owner = nodeAt(path.slice(0, -1), said);
  const entry = owner.kind === 'map' ? owner.get(path.at(-1) ?? '') : undefined;
  return entry === undefined ? undefined : booleanFix(entry, meantBoolean(data as Value));
}

/** The diagnostic of one schema error. */
export function tellSchemaError(problem: ErrorObject, said: Said): Diagnostic {
  const path = pathOf(problem.instancePath);
  switch (problem.keyword) {
    case 'additionalProperties':
      return unknownArgument(problem, path, said);
    case 'required':
      return missing(`\`${String(problem.params['missingProperty'])}\``, path, said);
    case 'requiredAny':
      return missing(`one of ${quoted(listIn(problem.params['names']))}`, path, said);
    default:
      return error('playbook/wrong-argument', `${nameOf(path, said)} ${mustBe(problem)}`, spanOf(path, said), {
        hint: hintFor(problem, nodeAt(path, said)) ?? lists(said),
        fix: fixFor(problem, path, said),
      });
  }
}

function unknownArgument(problem: ErrorObject, path: readonly string[], said: Said): Diagnostic {
  const key = String(problem.params['additionalProperty']);
  const known = Object.keys(asSchema(problem.parentSchema?.['properties']) ?? {});
  const keyword = path.length === 0 && Object.hasOwn(taskKeywords, key) && nearest(key, known) !== key;
  const hint = keyword
    ? `\`${key}\` is a word of the task; indent it like \`${said.module}\``
    : (didYouMean(key, known) ?? lists(said));
  const owner = path.length === 0 ? `\`${said.module}\`` : nameOf(path, said);
  const node = nodeAt(path, said);
  const span = node.kind === 'map' ? (node.get(key)?.keySpan ?? node.span) : node.span;
  return error('playbook/unknown-argument', `${owner} has no argument \`${key}\``, span, { hint });
}

function missing(what: string, path: readonly string[], said: Said): Diagnostic {
  const owner = path.length === 0 ? `\`${said.module}\`` : nameOf(path, said);
  const span = path.length === 0 ? said.entry.keySpan : spanOf(path, said);
  return error('playbook/missing-argument', `${owner} needs ${what}`, span, {
    hint: lists(said),
  });
}

function lists({ module }: Said): string {
  return `\`playbook modules ${module}\` lists its arguments`;
}

function mustBe(problem: ErrorObject): string {
  const { params } = problem;
  const not = `, not ${show(problem.data as Value)}`;
  switch (problem.keyword) {
    case 'type':
      return `must be ${orList(listIn(params['type']).map(typeWord))}${not}`;
    case 'enum':
      return `must be ${orList(listIn(params['allowedValues']).map(literal))}${not}`;
    case 'const':
      return `must be ${literal(params['allowedValue'])}${not}`;
    case 'minimum':
    case 'maximum':
    case 'exclusiveMinimum':
    case 'exclusiveMaximum':
      return `must be ${comparison(String(params['comparison']))} ${String(params['limit'])}${not}`;
    case 'minLength':
      return params['limit'] === 1 ? 'must not be empty' : `must have ${String(params['limit'])} characters or more`;
    case 'maxLength':
      return `must have ${String(params['limit'])} characters or fewer`;
    case 'minItems':
    case 'minProperties':
      return params['limit'] === 1 ? 'must not be empty' : `must have ${String(params['limit'])} or more of them`;
    case 'maxItems':
    case 'maxProperties':
      return `must have ${String(params['limit'])} or fewer of them`;
    case 'uniqueItems':
      return 'must not say a value twice';
    case 'pattern':
      return `must match \`${String(params['pattern'])}\`${not}`;
    case 'not':
      return notTogether(problem);
    case 'oneOf':
      return onlyOne(problem);
    case 'dependencies':
      return `needs ${quoted(String(params['deps']).split(', '))} with \`${String(params['property'])}\``;
    default:
      return problem.message ?? 'is not as its schema wants it';
  }
}

/** `not: {required: [a, b]}` is how a schema says that two arguments exclude each other. */
function notTogether(problem: ErrorObject): string {
  const schema = asSchema(problem.schema) ?? {};
  const data = asSchema(problem.data) ?? {};
  const together = [schema, ...schemasIn(schema['anyOf'])]
    .map((each) => listIn(each['required']).map(String))
    .find((names) => names.length > 0 && names.every((name) => Object.hasOwn(data, name)));
  return together === undefined ? 'is a combination that is not allowed' : `cannot have ${andList(together)} together`;
}

function onlyOne(problem: ErrorObject): string {
  const data = asSchema(problem.data) ?? {};
  const names = schemasIn(problem.schema).flatMap((each) => listIn(each['required']).map(String));
  const present = [...new Set(names)].filter((name) => Object.hasOwn(data, name));
  return present.length > 1 ? `takes only one of ${quoted(present)}` : 'fits more than one of its forms';
}

function hintFor(problem: ErrorObject, node: Node): string | undefined {
  if (isTemplated(node) && node.kind === 'scalar') return `it came from \`${String(node.value).trim()}\``;
  const data = problem.data as Value;
  if (problem.keyword === 'enum' && typeof data === 'string') {
    return hintForMeant(data, listIn(problem.params['allowedValues']).map(String));
  }
  if (problem.keyword !== 'type') return undefined;
  const types = listIn(problem.params['type']);
  if (types.includes('boolean')) return hintForBoolean(data);
  if (types.includes('string') && typeof data !== 'object')
    return `put quotes around it: \`"${asWritten(node, data)}"\``;
  if (typeof data === 'string' && data.trim() !== '' && Number.isFinite(Number(data))) return 'write it without quotes';
  return types.includes('array') && typeof data === 'string' ? `write a list: \`[${data}]\`` : undefined;
}

/** A number as its file says it, for `0o644` is not meant as 420. */
function asWritten({ span }: Node, data: string | number | boolean): string {
  const written = span.source.text.slice(span.start, span.end);
  return /^[\w.+-]+$/.test(written) ? written : String(data);
}

function hintForMeant(wrong: string, known: readonly string[]): string | undefined {
  const near = nearest(wrong, known);
  return near === undefined ? undefined : `did you mean \`${near}\`?`;
}

function nameOf(path: readonly string[], said: Said): string {
  if (path.length === 0) return `\`${said.module}\``;
  const name = path.map((each, index) => (/^\d+$/.test(each) ? `[${each}]` : index === 0 ? each : `.${each}`)).join('');
  return `\`${name}\` of \`${said.module}\``;
}

function pathOf(pointer: string): readonly string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((each) => each.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** The nearest node to a path: below a template there are none, and the template itself is the place. */
function nodeAt(path: readonly string[], { entry, shorthand }: Said): Node {
  let node = entry.value;
  const [first, ...others] = path;
  const rest = node.kind === 'scalar' && first === shorthand ? others : path;
  for (const step of rest) {
    const next: Node | undefined =
      node.kind === 'map' ? node.get(step)?.value : node.kind === 'list' ? node.items[Number(step)] : undefined;
    if (next === undefined) return node;
    node = next;
  }
  return node;
}

function spanOf(path: readonly string[], said: Said): Span {
  return path.length === 0 ? said.entry.keySpan : nodeAt(path, said).span;
}

function typeWord(type: unknown): string {
  const schema = asSchema(type);
  return schema === undefined ? (typeWords[String(type)] ?? String(type)) : literal(schema['literal']);
}

function literal(value: unknown): string {
  return typeof value === 'string' ? `\`${value}\`` : `\`${JSON.stringify(value)}\``;
}

function comparison(sign: string): string {
  return { '>=': 'at least', '<=': 'at most', '>': 'more than', '<': 'less than' }[sign] ?? sign;
}

function listIn(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : value === undefined ? [] : [value];
}

function quoted(names: readonly unknown[]): string {
  return names.map((name) => `\`${String(name)}\``).join(', ');
}

function orList(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1) ?? ''}`;
}

function andList(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(' and ');
}
