// `-e` on the command line: `name=value` (always text), several of them as Ansible takes them, a JSON or YAML map, or `@file.yml`.
import { resolve } from 'node:path';
import { error } from '../core/diagnostic.js';
import { all, andThen, fail, ok } from '../core/result.js';
import type { Result } from '../core/result.js';
import type { Definition } from '../core/scope.js';
import type { Source } from '../core/source.js';
import { constant } from '../core/template.js';
import { WordSplitter } from './command-words.js';
import { definitionsOf, nameProblem } from './definitions.js';
import { asGiven, readSource } from './files.js';
import type { Node } from './node.js';
import { parseYaml } from './yaml.js';

/** How files of `-e @file` are found and read. */
export interface CliVariableOptions {
  readonly cwd?: string;
  readonly parse?: (path: string) => Result<Node>;
}

/** The variables of all `-e`, in order; what is said later wins. */
export function parseCliVariables(
  args: readonly string[],
  options: CliVariableOptions = {},
): Result<readonly Definition[]> {
  return andThen(all(args.map((arg) => parseOne(arg, options))), (each) => ok(each.flat()));
}

function parseOne(
  arg: string,
  { cwd = process.cwd(), parse = readYaml }: CliVariableOptions,
): Result<readonly Definition[]> {
  if (arg.startsWith('@')) {
    const path = asGiven(resolve(cwd, arg.slice(1)));
    return andThen(parse(path), (node) => mapDefinitions(node, `-e @${path}`));
  }
  const source: Source = { path: '-e', text: arg };
  if (arg.trimStart().startsWith('{')) return andThen(parseYaml(source), (node) => mapDefinitions(node, '-e'));
  return pairs(source);
}

function readYaml(path: string): Result<Node> {
  return andThen(readSource(path), parseYaml);
}

function mapDefinitions(node: Node, saidBy: string): Result<readonly Definition[]> {
  if (node.kind === 'map') return definitionsOf(node, saidBy);
  const hint = 'write `name: value`, one a line';
  return fail(error('variable/not-a-map', 'variables are a map of names and values', node.span, { hint }));
}

/** `a=1 b='two words'`: words as a shell splits them. A value of one pair keeps its spaces, for the shell has split already. */
function pairs(source: Source): Result<readonly Definition[]> {
  const single = /^\s*([^\s='"]+)=(.*)$/s.exec(source.text);
  const [, name = '', value = ''] = single ?? [];
  if (single !== null && !/\s[\w.-]+=/.test(value) && !/['"\\]/.test(value)) return all([pair(source, name, value)]);
  const splitter = new WordSplitter();
  splitter.add(source.text);
  if (splitter.place !== 'none') {
    return fail(
      error('variable/open-quote', 'a quote or backslash in this `-e` is never closed', whole(source), {
        hint: 'close it, or write it twice where it is meant: `\\\\`',
      }),
    );
  }
  splitter.end();
  return all(splitter.words.map((word) => pairOfWord(source, word)));
}

function whole(source: Source): NonNullable<Definition['span']> {
  return { source, start: 0, end: source.text.length };
}

function pairOfWord(source: Source, word: string): Result<Definition> {
  const equals = word.indexOf('=');
  if (equals > 0) return pair(source, word.slice(0, equals), word.slice(equals + 1));
  const start = Math.max(0, source.text.indexOf(word));
  const span = { source, start, end: start + word.length };
  const hint = 'write `-e name=value`, or `-e @FILE` for a file; quote a value with spaces';
  return fail(error('variable/no-value', `\`${word}\` gives no variable a value`, span, { hint }));
}

function pair(source: Source, name: string, value: string): Result<Definition> {
  const start = Math.max(0, source.text.indexOf(`${name}=`));
  const span = { source, start, end: start + name.length };
  const problem = nameProblem({ key: name, keySpan: span });
  if (problem !== undefined) return fail(problem);
  // Text of the command line is what it is, braces included; templates come from files.
  return ok({ name, saidBy: '-e', span, value: { kind: 'template', template: constant(value, span, value) } });
}
