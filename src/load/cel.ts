// The Common Expression Language as conditions use it: strict about names, friendly about numbers
// (values are plain JSON, so 2 and 2.0 are the same number), and with the two macros that make a name optional.
import { Environment, EvaluationError } from '@marcbachmann/cel-js';
import type { ASTNode, ParseResult } from '@marcbachmann/cel-js';
import { testRegex } from './bounded-regex.js';

/** A parsed expression: what cel-js made of it, with `matches` led to our bounded one. */
export function parseCel(text: string): ParseResult {
  const parsed = environment.parse(text);
  const comparesTypes = /\btype\s*\(/.test(text);
  visit(parsed.ast, (node) => {
    if (node.op === 'rcall' && node.args[0] === 'matches') node.args[0] = 'matchesBounded';
    // cel-js declares its tree as read-only; a name is all that is changed in it.
    if (node.op === 'id' && typeNames.has(node.args) && !comparesTypes)
      (node as { args: string }).args = `$${node.args}`;
  });
  return parsed;
}

/** Names of CEL's types. They are values only next to `type(x)`; elsewhere a variable of that name is meant. */
export const typeNames: ReadonlySet<string> = new Set([
  'bool',
  'bytes',
  'double',
  'dyn',
  'int',
  'list',
  'map',
  'string',
  'type',
  'uint',
]);

/** The name of a variable as it was written. */
export function writtenName(name: string): string {
  return name.startsWith('$') ? name.slice(1) : name;
}

/** Calls back for a node and all below it. */
export function visit(node: ASTNode, see: (node: ASTNode) => void): void {
  see(node);
  for (const child of childrenOf(node)) visit(child, see);
}

/** The nodes directly below a node, in the order of the text. */
export function childrenOf(node: ASTNode): readonly ASTNode[] {
  switch (node.op) {
    case 'value':
    case 'id':
      return [];
    case '.':
    case '.?':
      return [node.args[0]];
    case 'call':
      return node.args[1];
    case 'rcall':
      return [node.args[1], ...node.args[2]];
    case 'list':
      return node.args;
    case 'map':
      return node.args.flat();
    case '!_':
    case '-_':
      return [node.args];
    default:
      return node.args;
  }
}

const missingCodes = ['unknown_variable', 'no_such_key'];

/** What cel-js hands to a macro: its arguments as trees, and later a way to run them. */
interface MacroCall {
  readonly args: readonly ASTNode[];
}
interface Checker {
  check(node: ASTNode | undefined, context: unknown): unknown;
  getType(name: string): unknown;
}
interface Runner {
  run(node: ASTNode | undefined, context: unknown): unknown;
}

/** Runs an argument; `otherwise` when a name or key in it does not exist. */
function runOptional(runner: Runner, node: ASTNode | undefined, context: unknown, otherwise: () => unknown): unknown {
  try {
    return runner.run(node, context);
  } catch (thrown) {
    if (thrown instanceof EvaluationError && missingCodes.includes(thrown.code)) return otherwise();
    throw thrown;
  }
}

const missing = Symbol('missing');

function definedMacro({ args }: MacroCall): object {
  return {
    typeCheck: (checker: Checker, _macro: unknown, context: unknown) => {
      checker.check(args[0], context);
      return checker.getType('bool');
    },
    evaluate: (runner: Runner, _macro: unknown, context: unknown) =>
      runOptional(runner, args[0], context, () => missing) !== missing,
  };
}

function defaultMacro({ args }: MacroCall): object {
  return {
    typeCheck: (checker: Checker, _macro: unknown, context: unknown) => {
      for (const each of args) checker.check(each, context);
      return checker.getType('dyn');
    },
    evaluate: (runner: Runner, _macro: unknown, context: unknown) => {
      const fallback = (): unknown => runner.run(args[1], context);
      return runOptional(runner, args[0], context, fallback) ?? fallback();
    },
  };
}

function matchesBounded(text: string, pattern: string): boolean {
  const result = testRegex(pattern, text);
  if (result.kind === 'tested') return result.matches;
  const why = result.kind === 'invalid' ? `is invalid: ${result.message}` : 'takes too long on this text';
  throw new EvaluationError(`the regular expression \`${pattern}\` ${why}`);
}

const arithmetic: Readonly<Record<string, (left: number, right: number) => number>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => left / right,
  '%': (left, right) => left % right,
};

function makeEnvironment(): Environment {
  const made = new Environment({
    unlistedVariablesAreDyn: true,
    enableOptionalTypes: true,
    homogeneousAggregateLiterals: false,
    limits: { maxAstNodes: 2000, maxDepth: 60, maxListElements: 500, maxMapEntries: 200, maxCallArguments: 16 },
  });
  for (const [operator, compute] of Object.entries(arithmetic)) {
    const mixed = (left: unknown, right: unknown): number => compute(Number(left), Number(right));
    made.registerOperator(`double ${operator} int: double`, mixed);
    made.registerOperator(`int ${operator} double: double`, mixed);
  }
  made.registerOperator('double % double: double', (left: number, right: number) => left % right);
  made.registerFunction('defined(ast): bool', definedMacro);
  made.registerFunction('default(ast, ast): dyn', defaultMacro);
  made.registerFunction('string.matchesBounded(string): bool', matchesBounded);
  registerText(made);
  registerBits(made);
  return made;
}

function registerText(made: Environment): void {
  const functions: readonly (readonly [string, (text: string) => string])[] = [
    ['lower', (text) => text.toLowerCase()],
    ['upper', (text) => text.toUpperCase()],
    ['trim', (text) => text.trim()],
  ];
  for (const [name, change] of functions) {
    made.registerFunction(`${name}(string): string`, change);
    // `trim` is a method of cel-js already.
    if (name !== 'trim') made.registerFunction(`string.${name}(): string`, change);
  }
}

function whole(value: unknown): bigint {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value);
  throw new EvaluationError(`bits belong to whole numbers, not to \`${String(value)}\``);
}

function registerBits(made: Environment): void {
  made.registerFunction('bitAnd(dyn, dyn): int', (left: unknown, right: unknown) => whole(left) & whole(right));
  made.registerFunction('bitOr(dyn, dyn): int', (left: unknown, right: unknown) => whole(left) | whole(right));
}

const environment = makeEnvironment();
