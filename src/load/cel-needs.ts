// Lists every variable that a condition uses, with its path, before anything runs.
import type { ASTNode } from '@marcbachmann/cel-js';
import { anyKey } from '../core/template.js';
import { childrenOf, typeNames, visit, writtenName } from './cel.js';

/** One use of a variable in an expression. */
export interface CelNeed {
  readonly path: readonly string[];
  readonly start: number;
  readonly end: number;
  readonly optional: boolean;
}

/** Every use of a variable in an expression. What `defined(x)` guards is optional everywhere in it. */
export function celNeeds(ast: ASTNode): readonly CelNeed[] {
  const needs: CelNeed[] = [];
  collect(ast, { names: new Set(), optional: false }, needs);
  const guards = guardsOf(ast);
  return needs.map((each) =>
    guards.some((guard) => startsWith(each.path, guard)) ? { ...each, optional: true } : each,
  );
}

interface Around {
  /** Names bound by `exists(x, ...)` and its like. */
  readonly names: ReadonlySet<string>;
  readonly optional: boolean;
}

function guardsOf(ast: ASTNode): readonly (readonly string[])[] {
  const guards: (readonly string[])[] = [];
  visit(ast, (node) => {
    if (node.op !== 'call' || (node.args[0] !== 'defined' && node.args[0] !== 'has')) return;
    const [guarded] = node.args[1];
    const path = guarded === undefined ? undefined : pathOf(guarded);
    if (path !== undefined) guards.push(path);
  });
  return guards;
}

function startsWith(path: readonly string[], start: readonly string[]): boolean {
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

function collect(node: ASTNode, around: Around, needs: CelNeed[]): void {
  const path = pathOf(node);
  if (path !== undefined) {
    const { start, end } = node.range;
    if (!around.names.has(path[0] ?? '')) needs.push({ path, start, end, optional: around.optional });
    return;
  }
  const ofHost = hostPathOf(node);
  if (ofHost !== undefined) {
    const { start, end } = node.range;
    needs.push({ path: ofHost.path, start, end, optional: around.optional });
    collect(ofHost.host, around, needs);
    return;
  }
  if (node.op === 'call') collectCall(node.args[0], node.args[1], around, needs);
  else if (node.op === 'rcall') collectMethod(node.args, around, needs);
  else for (const child of childrenOf(node)) collect(child, around, needs);
}

function collectCall(name: string, args: readonly ASTNode[], around: Around, needs: CelNeed[]): void {
  const optional = name === 'defined' || name === 'default' || name === 'has';
  for (const [index, each] of args.entries()) {
    collect(each, optional && index === 0 ? { ...around, optional: true } : around, needs);
  }
}

function collectMethod(
  [name, receiver, args]: readonly [string, ASTNode, readonly ASTNode[]],
  around: Around,
  needs: CelNeed[],
): void {
  const [first, second, third] = args;
  const within = (bound: ASTNode): Around => ({
    ...around,
    names: new Set([...around.names, bound.op === 'id' ? writtenName(bound.args) : '']),
  });
  if (name === 'bind' && receiver.op === 'id' && receiver.args === 'cel' && first && second && third) {
    collect(second, around, needs);
    collect(third, within(first), needs);
    return;
  }
  collect(receiver, around, needs);
  if (!binders.includes(name) || first?.op !== 'id' || args.length < 2) {
    for (const each of args) collect(each, around, needs);
    return;
  }
  for (const each of args.slice(1)) collect(each, within(first), needs);
}
