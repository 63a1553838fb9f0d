// Lists every variable that a condition uses, with its path, before anything runs.
import type { ASTNode } from '@marcbachmann/cel-js';
import { anyItem, anyKey } from '../core/template.js';
import type { Path } from '../core/template.js';
import { childrenOf, typeNames, visit, writtenName } from './cel.js';

/** A value that is compared with, and where it stands. */
export interface CelCompared {
  readonly value: string | number | boolean;
  readonly start: number;
  readonly end: number;
}

/** One use of a variable in an expression. */
export interface CelNeed {
  readonly path: Path;
  readonly start: number;
  readonly end: number;
  readonly optional: boolean;
  readonly against?: readonly CelCompared[];
}

/** Every use of a variable in an expression. What `defined(x)` guards is optional everywhere in it. */
export function celNeeds(ast: ASTNode): readonly CelNeed[] {
  const found: Found = { needs: [], guards: [] };
  collect(ast, { names: new Map(), optional: false }, found);
  return found.needs.map((each) =>
    found.guards.some((guard) => startsWith(each.path, guard)) ? { ...each, optional: true } : each,
  );
}

interface Found {
  readonly needs: CelNeed[];
  readonly guards: Path[];
}

interface Around {
  /** Names bound by `exists(x, ...)` and its like, with the path of what they stand for where it can be told. */
  readonly names: ReadonlyMap<string, Path | undefined>;
  readonly optional: boolean;
}

function startsWith(path: Path, start: Path): boolean {
  return start.every((each, index) => path[index] === each);
}

/** The path that a chain of keys spells, or nothing when it starts with anything but a name. */
export function pathOf(node: ASTNode): readonly string[] | undefined {
  if (node.op === 'id') return typeNames.has(node.args) ? undefined : [writtenName(node.args)];
  if (node.op === '.') {
    const path = pathOf(node.args[0]);
    return path === undefined ? undefined : [...path, node.args[1]];
  }
  if (node.op !== '[]') return undefined;
  const [from, key] = node.args;
  const path = pathOf(from);
  const plainKey = key.op === 'value' && (typeof key.args === 'string' || typeof key.args === 'bigint');
  return path === undefined || !plainKey ? undefined : [...path, String(key.args)];
}

/** `hostvars[NAME].variable`: of which host is not known before the run, but the variable is written out. */
function hostPathOf(node: ASTNode): { readonly path: readonly string[]; readonly host: ASTNode } | undefined {
  if (node.op !== '.') return undefined;
  const [from, key] = node.args;
  if (from.op === '[]' && from.args[0].op === 'id' && from.args[0].args === 'hostvars') {
    return { path: ['hostvars', anyKey, key], host: from.args[1] };
  }
  const inner = hostPathOf(from);
  return inner === undefined ? undefined : { ...inner, path: [...inner.path, key] };
}

const binders = ['all', 'exists', 'exists_one', 'map', 'filter'];

/** How many of its parts go through a list. */
export function iterations(ast: ASTNode): number {
  let count = 0;
  visit(ast, (node) => {
    if (node.op === 'rcall' && binders.includes(node.args[0])) count += 1;
  });
  return count;
}

/** A path from a variable on, through names that are bound; nothing when it is none or cannot be told. */
function absolute(node: ASTNode, { names }: Around): Path | undefined {
  const path = pathOf(node) ?? hostPathOf(node)?.path;
  const [name = '', ...keys] = path ?? [];
  if (path === undefined || !names.has(name)) return path;
  const bound = names.get(name);
  return bound === undefined ? undefined : [...bound, ...keys];
}

/** The path of the items that a macro goes over. */
function itemsOf(receiver: ASTNode, around: Around): Path | undefined {
  if (receiver.op === 'rcall' && receiver.args[0] === 'filter') return itemsOf(receiver.args[1], around);
  const path = absolute(receiver, around);
  return path === undefined ? undefined : [...path, anyItem];
}

function collect(node: ASTNode, around: Around, found: Found, against: readonly CelCompared[] = []): void {
  const path = pathOf(node);
  const ofHost = path === undefined ? hostPathOf(node) : undefined;
  if (path !== undefined || ofHost !== undefined) {
    const { start, end } = node.range;
    const whole = absolute(node, around);
    const compared = against.length === 0 ? {} : { against };
    if (whole !== undefined) found.needs.push({ path: whole, start, end, optional: around.optional, ...compared });
    if (ofHost !== undefined) collect(ofHost.host, around, found);
    return;
  }
  if (node.op === 'call') collectCall(node.args[0], node.args[1], around, found);
  else if (node.op === 'rcall') collectMethod(node.args, around, found);
  else if (node.op === '==' || node.op === '!=' || node.op === 'in')
    collectComparison(node.op, node.args, around, found);
  else for (const child of childrenOf(node)) collect(child, around, found);
}

function collectComparison(
  op: '==' | '!=' | 'in',
  [left, right]: readonly [ASTNode, ASTNode],
  around: Around,
  found: Found,
): void {
  const inList = op === 'in' && right.op === 'list' ? right.args : [];
  collect(left, around, found, (op === 'in' ? inList : [right]).flatMap(literalsOf));
  collect(right, around, found, op === 'in' ? [] : literalsOf(left));
}

function literalsOf(node: ASTNode): readonly CelCompared[] {
  if (node.op !== 'value') return [];
  const value: unknown = typeof node.args === 'bigint' ? Number(node.args) : node.args;
  const isPlain = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
  return isPlain ? [{ value, start: node.range.start, end: node.range.end }] : [];
}

function collectCall(name: string, args: readonly ASTNode[], around: Around, found: Found): void {
  const optional = name === 'defined' || name === 'default' || name === 'has';
  const [guarded] = args;
  const guard = guarded === undefined || name === 'default' ? undefined : absolute(guarded, around);
  if (optional && guard !== undefined) found.guards.push(guard);
  for (const [index, each] of args.entries()) {
    collect(each, optional && index === 0 ? { ...around, optional: true } : around, found);
  }
}

function collectMethod(
  [name, receiver, args]: readonly [string, ASTNode, readonly ASTNode[]],
  around: Around,
  found: Found,
): void {
  const [first, second, third] = args;
  const within = (bound: ASTNode, path: Path | undefined): Around => ({
    ...around,
    names: new Map([...around.names, [bound.op === 'id' ? writtenName(bound.args) : '', path] as const]),
  });
  if (name === 'bind' && receiver.op === 'id' && receiver.args === 'cel' && first && second && third) {
    collect(second, around, found);
    collect(third, within(first, absolute(second, around)), found);
    return;
  }
  collect(receiver, around, found);
  if (!binders.includes(name) || first?.op !== 'id' || args.length < 2) {
    for (const each of args) collect(each, around, found);
    return;
  }
  const items = itemsOf(receiver, around);
  for (const each of args.slice(1)) collect(each, within(first, items), found);
}
