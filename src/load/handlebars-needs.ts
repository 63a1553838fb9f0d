// Lists every variable a template uses before anything runs: what `validate` and the preflight of words rest on.
import { anyKey } from '../core/template.js';
import type { Need, PathOfItems } from '../core/template.js';
import type { BlockPart, CallExpression, Expression, Part, PathExpression } from './handlebars-tree.js';

/** What the blocks around a place bind there. */
interface Inside {
  /** Names of `as |item index|`, with the path of what they stand for where it can be told. */
  readonly names: ReadonlyMap<string, PathOfItems | undefined>;
  /** The items of `#each` and `#with`, innermost first: a name may be a key of one. Nothing for one that nobody can tell. */
  readonly items: readonly (PathOfItems | undefined)[];
}

const outside: Inside = { names: new Map(), items: [] };

/** Every use of a variable in these parts. */
export function needsOf(parts: readonly Part[]): readonly Need[] {
  return parts.flatMap((part) => partNeeds(part, outside));
}

function partNeeds(part: Part, inside: Inside): readonly Need[] {
  if (part.kind === 'text') return [];
  if (part.kind === 'value') return expressionNeeds(part.expression, inside, false);
  const within = part.helper === 'each' || part.helper === 'with' ? insideOf(part, inside) : inside;
  return [
    ...expressionNeeds(part.argument, inside, false),
    ...part.body.flatMap((each) => partNeeds(each, within)),
    ...part.otherwise.flatMap((each) => partNeeds(each, inside)),
  ];
}

function insideOf({ helper, argument, names }: BlockPart, inside: Inside): Inside {
  const over = pathOfExpression(argument, inside);
  const item = helper === 'each' ? below(over, [anyKey]) : over;
  const named = names.map((name, index) => [name, index === 0 ? item : undefined] as const);
  return { names: new Map([...inside.names, ...named]), items: [item, ...inside.items] };
}

function below(from: PathOfItems | undefined, keys: readonly string[]): PathOfItems | undefined {
  return from === undefined ? undefined : { ...from, path: [...from.path, ...keys] };
}

/** The path of what an expression gives, where it is one thing and can be told. */
function pathOfExpression(expression: Expression, inside: Inside): PathOfItems | undefined {
  if (expression.kind === 'path') return wholePath(expression, inside);
  if (expression.kind === 'literal') return undefined;
  const [from, key, ...more] = expression.args;
  if (expression.helper !== 'lookup' || from === undefined || key === undefined || more.length > 0) return undefined;
  const written = key.kind === 'literal' && typeof key.value !== 'object' ? String(key.value) : anyKey;
  return below(pathOfExpression(from, inside), [written]);
}

/** A path with the items that it may begin at. */
function wholePath({ from, depth, parts }: PathExpression, { names, items }: Inside): PathOfItems | undefined {
  if (from === 'data') return parts[0] === 'root' ? { path: parts.slice(1), items: [] } : undefined;
  if (from === 'item') return below(items[depth], parts);
  const [name = '', ...rest] = parts;
  if (depth === 0 && names.has(name)) return below(names.get(name), rest);
  // All hosts are no key of an item but of a host, where they are the same.
  return { path: parts, items: name === 'hostvars' ? [] : items.slice(depth) };
}

function expressionNeeds(expression: Expression, inside: Inside, optional: boolean): readonly Need[] {
  if (expression.kind === 'literal') return [];
  if (expression.kind === 'path') return pathNeeds(expression, inside, optional);
  const lenient = expression.helper === 'default' || (expression.helper === 'lookup' && optional);
  const [first, ...rest] = expression.args;
  if (first === undefined) return [];
  return [
    ...hostNeeds(expression, optional),
    ...expressionNeeds(first, inside, lenient),
    ...rest.flatMap((each) => expressionNeeds(each, inside, expression.helper === 'default' && optional)),
  ];
}

/** `lookup (lookup hostvars NAME) "variable"`: of which host is not known before the run, but the variable is written out. */
function hostNeeds({ helper, args, span }: CallExpression, optional: boolean): readonly Need[] {
  const [from, key] = args;
  if (helper !== 'lookup' || from?.kind !== 'call' || from.helper !== 'lookup') return [];
  const [map] = from.args;
  if (map?.kind !== 'path' || map.parts.join('.') !== 'hostvars') return [];
  if (key?.kind !== 'literal' || typeof key.value !== 'string') return [];
  return [{ path: ['hostvars', anyKey, key.value], span, optional }];
}

function pathNeeds(expression: PathExpression, inside: Inside, optional: boolean): readonly Need[] {
  const { parts, span } = expression;
  const whole = parts.length === 0 ? undefined : wholePath(expression, inside);
  if (whole === undefined || whole.path.length === 0) return [];
  const { path, items } = whole;
  if (items.length === 0) return [{ path, span, optional }];
  return [{ path, span, optional: true, ofItem: true, items, lenient: optional }];
}
