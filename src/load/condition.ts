// Compiles conditions (`when`, `until`, `changed_when`, `failed_when`, `assert.that`): CEL expressions that must be booleans.
import type { ASTNode, ParseResult } from '@marcbachmann/cel-js';
import { EvaluationError, ParseError, TypeError as CelTypeError } from '@marcbachmann/cel-js';
import { error } from '../core/diagnostic.js';
import type { Diagnostic } from '../core/diagnostic.js';
import { andThen, fail, ok } from '../core/result.js';
import type { Result } from '../core/result.js';
import type { Span } from '../core/source.js';
import { constant } from '../core/template.js';
import type { Lookup, Need, Template } from '../core/template.js';
import { kindOf } from '../core/value.js';
import type { Value } from '../core/value.js';
import { parseCel } from './cel.js';
import { overTime, withinTime } from './bounded-time.js';
import { celNeeds, iterations, pathOf } from './cel-needs.js';
import { celValue } from './cel-values.js';
import { bracesProblem, hintFor, inOurWords, literalHint } from './condition-mistakes.js';
import type { ScalarNode } from './node.js';
import { findVariable, problemsOf, walk } from './paths.js';

/** A condition from a YAML boolean or from the text of a CEL expression. */
export function compileCondition(node: ScalarNode): Result<Template<boolean>> {
  if (typeof node.value === 'boolean') return ok(constant(node.value, node.span, String(node.value)));
  if (typeof node.value !== 'string') {
    const hint = 'write `true`, `false` or an expression';
    return fail(error('condition/not-boolean', `a condition cannot be ${kindOf(node.value)}`, node.span, { hint }));
  }
  const text = node.value;
  const braces = bracesProblem(node, text);
  if (braces !== undefined) return fail(braces);
  return andThen(parse(node, text), (parsed) => {
    const needs = celNeeds(parsed.ast).map((each): Need => ({
      path: each.path,
      span: node.at(each.start, each.end),
      optional: each.optional,
      ...(each.against === undefined
        ? {}
        : { against: each.against.map(({ value, start, end }) => ({ value, span: node.at(start, end) })) }),
    }));
    const parts = (): readonly Template<boolean>[] => partsOf(node, text, parsed.ast);
    return ok({ span: node.span, text, needs, render: (scope) => evaluate(node, text, parsed, needs, scope), parts });
  });
}

/** The conditions between `&&`, each as a condition of its own. */
function partsOf(node: ScalarNode, text: string, ast: ASTNode): readonly Template<boolean>[] {
  if (ast.op !== '&&') return [];
  return ast.args.flatMap((each) => {
    const deeper = partsOf(node, text, each);
    if (deeper.length > 0) return deeper;
    const { start, end } = each.range;
    const at: ScalarNode['at'] = (from, to) => node.at(start + from, start + to);
    const compiled = compileCondition({ ...node, value: text.slice(start, end), span: node.at(start, end), at });
    return compiled.ok ? [compiled.value] : [];
  });
}

function parse(node: ScalarNode, text: string): Result<ParseResult> {
  try {
    const parsed = parseCel(text);
    const checked = parsed.check();
    if (checked.error !== undefined) return fail(celProblem(node, text, checked.error));
    if (checked.type === undefined || checked.type === 'bool' || checked.type.startsWith('dyn')) return ok(parsed);
    return fail(notBoolean(node, `of type ${checked.type}`, 'compare it with something'));
  } catch (thrown) {
    return fail(celProblem(node, text, thrown));
  }
}

function evaluate(
  node: ScalarNode,
  text: string,
  parsed: ParseResult,
  needs: readonly Need[],
  scope: Lookup,
): Result<boolean> {
  return andThen(variables(needs, scope), (context) => {
    try {
      // cel-js is untyped here: whatever comes out is looked at before it is believed.
      const given = celContext(context);
      const value =
        iterations(parsed.ast) < 2 ? (parsed(given) as unknown) : withinTime(() => parsed(given), evaluationLimitMs);
      if (value === overTime) return fail(tooSlow(node));
      return typeof value === 'boolean' ? ok(value) : fail(wrongValue(node, value));
    } catch (thrown) {
      return fail(...evaluationProblems(node, text, thrown, context));
    }
  });
}

function tooSlow(node: ScalarNode): Diagnostic {
  const hint = 'take loops out of one another, or ask for less in each';
  return error('condition/too-slow', 'this condition takes too long', node.span, { hint });
}

/** Loops within loops multiply; a condition that holds up the run for longer than this is a mistake. */
const evaluationLimitMs = 500;

type Context = Record<string, Value>;

function celContext(context: Context): Record<string, unknown> {
  const given = Object.create(null) as Record<string, unknown>;
  for (const [name, value] of Object.entries(context)) given[name] = celValue(value);
  return given;
}

/** The values of the names that an expression uses, and no others. */
function variables(needs: readonly Need[], scope: Lookup): Result<Context> {
  const context = Object.create(null) as Context;
  const problems: Diagnostic[] = [];
  const failed = new Set<string>();
  for (const need of needs) {
    const [name = ''] = need.path;
    if (Object.hasOwn(context, name) || failed.has(name)) continue;
    const found = findVariable(scope, name, need.span);
    if (found.kind === 'found') context[name] = context[`$${name}`] = found.value;
    else if (found.kind === 'failed') problems.push(...found.problems);
    else if (!need.optional) problems.push(withLiteralHint(found.problem, name));
    if (found.kind !== 'found' && !(found.kind === 'missing' && need.optional)) failed.add(name);
  }
  return problems.length > 0 ? fail(...problems) : ok(context);
}

function withLiteralHint(problem: Diagnostic, name: string): Diagnostic {
  const hint = literalHint(name);
  return hint === undefined ? problem : { ...problem, hint };
}

function wrongValue(node: ScalarNode, value: unknown): Diagnostic {
  if (value === 'true' || value === 'false') {
    return notBoolean(node, `the text \`${value}\``, 'compare it with a text, or declare it in `params` as a boolean');
  }
  // Whole numbers of CEL are bigints, which plain data does not know.
  const kind = typeof value === 'bigint' ? 'a number' : kindOf(value as Value);
  return notBoolean(node, kind, 'compare it with something');
}

function notBoolean(node: ScalarNode, what: string, hint: string): Diagnostic {
  return error('condition/not-boolean', `this condition is ${what}, and not true or false`, node.span, { hint });
}

function evaluationProblems(node: ScalarNode, text: string, thrown: unknown, context: Context): readonly Diagnostic[] {
  if (!isCelError(thrown)) return problemsOf(thrown, text, node.span);
  const better = thrown instanceof EvaluationError ? missingKey(node, thrown, context) : undefined;
  return [better ?? celProblem(node, text, thrown)];
}

/** A missing key, said with the nearest one that is there. */
function missingKey(node: ScalarNode, thrown: EvaluationError, context: Context): Diagnostic | undefined {
  // The typings promise a location; at run time it is the node of the tree.
  const place: ASTNode | undefined = thrown.node;
  const path = place?.op === undefined ? undefined : pathOf(place);
  const [root, ...keys] = path ?? [];
  if (place === undefined || root === undefined || !Object.hasOwn(context, root)) return undefined;
  const { start, end } = place.range;
  const found = walk(context[root] ?? null, keys, root, node.at(start, end));
  return found.kind === 'missing' ? found.problem : undefined;
}

function isCelError(thrown: unknown): thrown is ParseError | EvaluationError | CelTypeError {
  return thrown instanceof ParseError || thrown instanceof EvaluationError || thrown instanceof CelTypeError;
}

function celProblem(node: ScalarNode, text: string, thrown: unknown): Diagnostic {
  // A row of `!` has no depth that the parser counts, and no end that its stack bears.
  if (thrown instanceof RangeError) {
    return error('condition/syntax', 'this condition nests too deep', node.span, { hint: hintFor('', 'deep') });
  }
  if (!isCelError(thrown)) throw thrown;
  const start = Math.min(thrown.range?.start ?? 0, text.length);
  const end = Math.max(thrown.range?.end ?? text.length, start);
  const span: Span = thrown.range === undefined ? node.span : node.at(start, end);
  const code = thrown instanceof ParseError ? 'condition/syntax' : 'condition/type';
  return error(code, inOurWords(thrown.summary), span, { hint: hintFor(text, thrown.summary) });
}
