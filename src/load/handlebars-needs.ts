// Lists every variable a template uses before anything runs: what `validate` and the preflight of words rest on.
import { anyKey } from '../core/template.js';
import type { Need } from '../core/template.js';
import type { CallExpression, Expression, Part, PathExpression } from './handlebars-tree.js';

/** The names that a block binds at a place, and whether an unknown item could say a name too. */
interface Inside {
  readonly names: ReadonlySet<string>;
  /** True inside `#each` and `#with`: a name may be a key of the item. */
  readonly item: boolean;
}

const outside: Inside = { names: new Set(), item: false };

/** Every use of a variable in these parts. */
export function needsOf(parts: readonly Part[]): readonly Need[] {
  return parts.flatMap((part) => partNeeds(part, outside));
}

function partNeeds(part: Part, inside: Inside): readonly Need[] {
  if (part.kind === 'text') return [];
  if (part.kind === 'value') return expressionNeeds(part.expression, inside, false);
  const changes = part.helper === 'each' || part.helper === 'with';
  const within = changes ? { names: new Set([...inside.names, ...part.names]), item: true } : inside;
  return [
    ...expressionNeeds(part.argument, inside, false),
    ...part.body.flatMap((each) => partNeeds(each, within)),
    ...part.otherwise.flatMap((each) => partNeeds(each, inside)),
  ];
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
  if (path.from === 'item' || path.parts.length === 0) return [];
  if (path.from === 'data') {
    return path.parts[0] === 'root' ? [{ path: path.parts.slice(1), span: path.span, optional }] : [];
  }
  if (inside.names.has(path.parts[0] ?? '')) return [];
  const need = { path: path.parts, span: path.span };
  return [inside.item ? { ...need, optional: true, ofItem: true } : { ...need, optional }];
}
