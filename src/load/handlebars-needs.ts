// Lists every variable a template uses before anything runs: what `validate` and the preflight of words rest on.
import { anyKey } from '../core/template.js';
import type { Need, Path } from '../core/template.js';
import type { BlockPart, CallExpression, Expression, Part, PathExpression } from './handlebars-tree.js';

/** What the blocks around a place bind there. */
interface Inside {
  /** Names of `as |item index|`, with the path of what they stand for where it can be told. */
  readonly names: ReadonlyMap<string, Path | undefined>;
  /** The items of `#each` and `#with`, innermost first: a name may be a key of one. Nothing for one that nobody can tell. */
  readonly items: readonly (Path | undefined)[];
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
  const item = helper === 'each' && over !== undefined ? [...over, anyKey] : over;
  const named = names.map((name, index) => [name, index === 0 ? item : undefined] as const);
  return { names: new Map([...inside.names, ...named]), items: [item, ...inside.items] };
}

/** The path of what an expression gives, where it is one thing and can be told. */
function pathOfExpression(expression: Expression, inside: Inside): Path | undefined {
  if (expression.kind === 'path') return absolute(expression, inside);
  if (expression.kind === 'literal') return undefined;
  const [from, key, ...more] = expression.args;
  if (expression.helper !== 'lookup' || from === undefined || key === undefined || more.length > 0) return undefined;
  const path = pathOfExpression(from, inside);
  const written = key.kind === 'literal' && typeof key.value !== 'object' ? String(key.value) : anyKey;
  return path === undefined ? undefined : [...path, written];
}

/** A path from a variable on; nothing for a name that may be a variable or a key of some item. */
function absolute({ from, depth, parts }: PathExpression, { names, items }: Inside): Path | undefined {
  if (from === 'data') return parts[0] === 'root' ? parts.slice(1) : undefined;
  if (from === 'item') {
    const item = items[depth];
    return item === undefined ? undefined : [...item, ...parts];
  }
  const [name = '', ...rest] = parts;
  if (depth === 0 && names.has(name)) {
    const bound = names.get(name);
    return bound === undefined ? undefined : [...bound, ...rest];
  }
  return items.length <= depth ? parts : undefined;
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

function pathNeeds(path: PathExpression, inside: Inside, optional: boolean): readonly Need[] {
  const { parts, span } = path;
  const [name = ''] = parts;
  if (parts.length === 0) return [];
  const isBound = path.from === 'name' && path.depth === 0 && inside.names.has(name);
  if (path.from !== 'name' || isBound) {
    const whole = absolute(path, inside);
    return whole === undefined || whole.length === 0 ? [] : [{ path: whole, span, optional }];
  }
  const items = inside.items.slice(path.depth);
  if (items.length === 0) return [{ path: parts, span, optional }];
  return [{ path: parts, span, optional: true, ofItem: true, items, lenient: optional }];
}
