// Evaluates our small template tree. It is an interpreter of a dozen constructs and not compiled code, so nothing
// a host or a file says can ever become a program; every path goes through the same checked look-up.
import { error } from '../core/diagnostic.js';
import type { Diagnostic } from '../core/diagnostic.js';
import { fail, ok } from '../core/result.js';
import type { Result } from '../core/result.js';
import type { Lookup } from '../core/template.js';
import { kindOf } from '../core/value.js';
import type { Value } from '../core/value.js';
import type { BlockPart, CallExpression, Expression, Part, PathExpression, ValuePart } from './handlebars-tree.js';
import { learnDerived } from './derived-secrets.js';
import { helpers, keysOf, truth } from './helpers.js';
import { findVariable, hasKey, problemsOf, walk } from './paths.js';
import type { Found } from './paths.js';

/** Where rendered parts go; a sink knows the place (shell, SQL, plain text) and quotes for it. */
export interface Sink {
  text(text: string): void;
  /** A value to be written; a problem when it cannot stand here. */
  value(value: Value, part: ValuePart): Diagnostic | undefined;
}

/** The item of a `#each` or `#with` that names are looked up in first. */
interface Frame {
  readonly item: Value;
  readonly names: ReadonlyMap<string, Value>;
  readonly data: ReadonlyMap<string, Value>;
  readonly outer: Frame | undefined;
}

/** Loops within loops multiply; more parts than this were not meant. */
const mostParts = 1_000_000;

/** Renders parts into a sink; every problem, each place once. */
export function renderParts(parts: readonly Part[], scope: Lookup, sink: Sink): readonly Diagnostic[] {
  const evaluation = new Evaluation(scope, sink);
  const [first] = parts;
  try {
    evaluation.parts(parts, undefined);
  } catch (thrown) {
    // The engine's own limits: of a string's length, or of the stack.
    if (!(thrown instanceof RangeError) || first === undefined) throw thrown;
    return [error('template/too-large', 'what this template gives is too large', first.span)];
  }
  if (!evaluation.tooMuch || first === undefined) return unique(evaluation.problems);
  return [error('template/too-large', `this template gives more than ${mostParts} parts`, first.span)];
}

/** The value of one expression. */
export function evaluate(expression: Expression, scope: Lookup): Result<Value> {
  return settle(find(expression, scope, undefined));
}

class Evaluation {
  readonly problems: Diagnostic[] = [];
  readonly #scope: Lookup;
  readonly #sink: Sink;
  #count = 0;

  constructor(scope: Lookup, sink: Sink) {
    this.#scope = scope;
    this.#sink = sink;
  }

  /** True when the rendering was given up. */
  get tooMuch(): boolean {
    return this.#count > mostParts;
  }

  parts(parts: readonly Part[], frame: Frame | undefined): void {
    for (const part of parts) {
      this.#count += 1;
      if (this.tooMuch) return;
      if (part.kind === 'text') this.#sink.text(part.text);
      else if (part.kind === 'value') this.#value(part, frame);
      else this.#block(part, frame);
    }
  }

  #value(part: ValuePart, frame: Frame | undefined): void {
    const value = this.#evaluate(part.expression, frame);
    const problem = value === undefined ? undefined : this.#sink.value(value, part);
    if (problem !== undefined) this.problems.push(problem);
  }

  #evaluate(expression: Expression, frame: Frame | undefined): Value | undefined {
    const result = settle(find(expression, this.#scope, frame));
    if (result.ok) return result.value;
    this.problems.push(...result.problems);
    return undefined;
  }

  #block(part: BlockPart, frame: Frame | undefined): void {
    const value = this.#evaluate(part.argument, frame);
    if (value === undefined) return;
    if (part.helper === 'each') {
      this.#each(part, value, frame);
      return;
    }
    const holds = truth(value);
    if (!holds.ok) {
      this.problems.push(error('template/not-boolean', holds.message, part.argument.span, { hint: holds.hint }));
      return;
    }
    const taken = (holds.value === true) !== (part.helper === 'unless');
    if (!taken) this.parts(part.otherwise, frame);
    else this.parts(part.body, part.helper === 'with' ? frameOf(value, part.names, [value], [], frame) : frame);
  }

  #each(part: BlockPart, value: Value, frame: Frame | undefined): void {
    if (value === null || typeof value !== 'object') {
      const message = `\`#each\` goes over a list or a map, not ${kindOf(value)}`;
      this.problems.push(error('template/not-a-list', message, part.argument.span));
      return;
    }
    const keys = Array.isArray(value) ? [...value.keys()] : Object.keys(value);
    if (keys.length === 0) this.parts(part.otherwise, frame);
    for (const [index, key] of keys.entries()) {
      if (this.tooMuch) return;
      const item = settle(walk(value, [String(key)], textOfExpression(part.argument), part.argument.span));
      if (!item.ok) this.problems.push(...item.problems);
      else this.parts(part.body, loopFrame(part, item.value, key, index, keys.length, frame));
    }
  }
}

function loopFrame(
  part: BlockPart,
  item: Value,
  key: string | number,
  index: number,
  count: number,
  outer: Frame | undefined,
): Frame {
  const data: readonly (readonly [string, Value])[] = [
    ['index', index],
    ['key', key],
    ['first', index === 0],
    ['last', index === count - 1],
  ];
  return frameOf(item, part.names, [item, key], data, outer);
}

function frameOf(
  item: Value,
  names: readonly string[],
  values: readonly Value[],
  data: readonly (readonly [string, Value])[],
  outer: Frame | undefined,
): Frame {
  const named = names.map((name, index) => [name, values[index] ?? null] as const);
  return { item, names: new Map(named), data: new Map(data), outer };
}

function settle(found: Found): Result<Value> {
  if (found.kind === 'found') return ok(found.value);
  return found.kind === 'missing' ? fail(found.problem) : fail(...found.problems);
}

function find(expression: Expression, scope: Lookup, frame: Frame | undefined): Found {
  switch (expression.kind) {
    case 'literal':
      return { kind: 'found', value: expression.value };
    case 'path':
      return findPath(expression, scope, frame);
    case 'call':
      return findCall(expression, scope, frame);
  }
}

function findPath(path: PathExpression, scope: Lookup, frame: Frame | undefined): Found {
  let from = frame;
  for (let up = 0; up < path.depth; up += 1) from = from?.outer;
  const [root = '', ...rest] = path.parts;
  if (path.from === 'data') return findData(path, root, rest, scope, from);
  if (path.from === 'item') return walk(from?.item ?? null, path.parts, path.original, path.span);
  for (let each = from; each !== undefined; each = each.outer) {
    const named = each.names.get(root);
    if (named !== undefined) return walk(named, rest, root, path.span);
    if (hasKey(each.item, root)) return walk(each.item, path.parts, 'this', path.span);
  }
  return findRoot(root, rest, path, scope, from);
}

function findRoot(
  root: string,
  rest: readonly string[],
  path: PathExpression,
  scope: Lookup,
  frame: Frame | undefined,
): Found {
  const near = frame === undefined ? [] : [...frame.names.keys(), ...keysOf(frame.item)];
  const found = findVariable(scope, root, path.span, near);
  return found.kind === 'found' ? walk(found.value, rest, root, path.span) : found;
}

function findData(
  path: PathExpression,
  name: string,
  rest: readonly string[],
  scope: Lookup,
  frame: Frame | undefined,
): Found {
  if (name === 'root') return findRoot(rest[0] ?? '', rest.slice(1), path, scope, undefined);
  for (let each = frame; each !== undefined; each = each.outer) {
    const value = each.data.get(name);
    if (value !== undefined) return walk(value, rest, `@${name}`, path.span);
  }
  return { kind: 'missing', problem: error('variable/undefined', `undefined \`${path.original}\``, path.span) };
}

function findCall(call: CallExpression, scope: Lookup, frame: Frame | undefined): Found {
  if (call.helper === 'default') return findDefault(call, scope, frame);
  if (call.helper === 'lookup') return findLookup(call, scope, frame);
  const args: Value[] = [];
  const problems: Diagnostic[] = [];
  for (const each of call.args) {
    const arg = settle(find(each, scope, frame));
    if (arg.ok) args.push(arg.value);
    else problems.push(...arg.problems);
  }
  if (problems.length > 0) return { kind: 'failed', problems };
  return run(call, args, scope);
}

function run(call: CallExpression, args: readonly Value[], { secrets }: Lookup): Found {
  const helper = helpers.get(call.helper);
  if (helper === undefined) return refusedCall(call, `unknown helper \`${call.helper}\``);
  try {
    const result = helper.run(args);
    if (!result.ok) return refusedCall(call, result.message, result.hint);
    if (secrets !== undefined) learnDerived(call.helper, helper, args, result.value, secrets);
    return { kind: 'found', value: result.value };
  } catch (thrown) {
    return { kind: 'failed', problems: problemsOf(thrown, textOfExpression(call), call.span) };
  }
}

function refusedCall({ span }: CallExpression, message: string, hint = helperHint): Found {
  return { kind: 'failed', problems: [error('template/helper-value', message, span, { hint })] };
}

function findDefault(call: CallExpression, scope: Lookup, frame: Frame | undefined): Found {
  const [wanted, fallback] = call.args;
  if (wanted === undefined || fallback === undefined) return { kind: 'found', value: null };
  const found = find(wanted, scope, frame);
  const present = found.kind === 'failed' || (found.kind === 'found' && found.value !== null);
  return present ? found : find(fallback, scope, frame);
}

function findLookup(call: CallExpression, scope: Lookup, frame: Frame | undefined): Found {
  const [from, ...keys] = call.args;
  if (from === undefined) return { kind: 'found', value: null };
  let found = find(from, scope, frame);
  let walked = textOfExpression(from);
  for (const each of keys) {
    if (found.kind !== 'found') return found;
    const key = find(each, scope, frame);
    if (key.kind !== 'found') return key;
    if (typeof key.value !== 'string' && typeof key.value !== 'number') {
      const message = `\`lookup\` takes a text or a number as key, not ${kindOf(key.value)}`;
      return { kind: 'failed', problems: [error('template/helper-value', message, each.span, { hint: helperHint })] };
    }
    found = walk(found.value, [String(key.value)], walked, call.span);
    walked = `${walked}.${String(key.value)}`;
  }
  return found;
}

function textOfExpression(expression: Expression): string {
  if (expression.kind === 'path') return expression.original;
  const { span } = expression;
  return span.source.text.slice(span.start, span.end);
}

function unique(problems: readonly Diagnostic[]): readonly Diagnostic[] {
  const seen = new Set<string>();
  return problems.filter((each) => {
    const key = `${each.code} ${each.message} ${each.span?.start}`;
    return !seen.has(key) && seen.add(key);
  });
}

const helperHint = 'give it another value, or another helper: docs/language.md lists them';
