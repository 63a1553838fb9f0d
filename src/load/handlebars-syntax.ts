// Handlebars parses; this file turns its tree into our own small one, in which every part knows its place
// in the file and nothing is left that we do not evaluate ourselves: no partials, no decorators, no code.
import parser from 'handlebars/dist/cjs/handlebars/compiler/base.js';
import { error } from '../core/diagnostic.js';
import type { Diagnostic } from '../core/diagnostic.js';
import { fail, ok } from '../core/result.js';
import type { Result } from '../core/result.js';
import type { Span } from '../core/source.js';
import { didYouMean } from '../core/words.js';
import { jinjaProblem, nestingProblem, parseProblem } from './handlebars-mistakes.js';
import type { Expression, Part, Placed, TextPart } from './handlebars-tree.js';
import { blockHelpers, helpers, isBlockHelper } from './helpers.js';

/** The parts of a template, or every construct in it that is wrong or not allowed. */
export function parseTemplate(placed: Placed): Result<readonly Part[]> {
  if (!placed.text.includes('{{') && !placed.text.includes('{%')) {
    const text: TextPart = { kind: 'text', text: placed.text, start: 0, span: placed.at(0, placed.text.length) };
    return ok(placed.text === '' ? [] : [text]);
  }
  const refused = jinjaProblem(placed) ?? nestingProblem(placed);
  if (refused !== undefined) return fail(refused);
  try {
    const converter = new Converter(placed);
    const parts = converter.program(parser.parse(placed.text), { contexts: 0, loops: 0 });
    return converter.problems.length > 0 ? fail(...converter.problems) : ok(parts);
  } catch (thrown) {
    return fail(parseProblem(placed, thrown));
  }
}

/** How many blocks around a place change `this`, and how many of them are loops. */
interface Nesting {
  readonly contexts: number;
  readonly loops: number;
}

const dataNames = ['index', 'key', 'first', 'last', 'root'];

class Converter {
  readonly problems: Diagnostic[] = [];
  readonly #placed: Placed;
  readonly #lineStarts: readonly number[];

  constructor(placed: Placed) {
    this.#placed = placed;
    // Handlebars counts lines by these three line ends, and columns from 0.
    this.#lineStarts = [0, ...[...placed.text.matchAll(/\r\n?|\n/g)].map((each) => each.index + each[0].length)];
  }

  program(program: hbs.AST.Program | undefined, nesting: Nesting): readonly Part[] {
    return (program?.body ?? []).flatMap((each) => this.#statement(each, nesting));
  }

  // The type of a Handlebars node is its `type` string, which its typings do not tie to the interfaces: hence `as` below.
  #statement(node: hbs.AST.Statement, nesting: Nesting): readonly Part[] {
    switch (node.type) {
      case 'ContentStatement': {
        return this.#text(node as hbs.AST.ContentStatement);
      }
      case 'CommentStatement':
        return [];
      case 'MustacheStatement':
        return this.#value(node as hbs.AST.MustacheStatement, nesting);
      case 'BlockStatement':
        return this.#block(node as hbs.AST.BlockStatement, nesting);
      default:
        this.#refuse(
          'template/not-allowed',
          `${nodeWords[node.type] ?? node.type} are not allowed here`,
          node,
          'write it out, or use `import_tasks` or a `template` file',
        );
        return [];
    }
  }

  #text(node: hbs.AST.ContentStatement): readonly Part[] {
    const text = node.value;
    if (text === '') return [];
    const from = this.#offset(node.loc.start);
    const cut = this.#placed.text.slice(from, this.#offset(node.loc.end)).indexOf(text);
    return [{ kind: 'text', text, start: from + Math.max(0, cut), span: this.#span(node) }];
  }

  #value(node: hbs.AST.MustacheStatement, nesting: Nesting): readonly Part[] {
    const span = this.#span(node);
    const mark = node.params.length > 0 ? markOf(node.path) : undefined;
    const [first] = node.params;
    if (mark === undefined || first === undefined) {
      const expression =
        node.params.length > 0 || hasHash(node) ? this.#call(node, nesting) : this.#expression(node.path, nesting);
      return expression === undefined ? [] : [{ kind: 'value', expression, mark: undefined, span }];
    }
    if (node.params.length > 1 || hasHash(node)) {
      this.#refuse('template/helper-arguments', `helper \`${mark}\` takes one value`, node);
    }
    const expression = this.#expression(first, nesting);
    return expression === undefined ? [] : [{ kind: 'value', expression, mark, span }];
  }

  #block(node: hbs.AST.BlockStatement, nesting: Nesting): readonly Part[] {
    const helper = node.path.original;
    if (!isBlockHelper(helper)) {
      this.#refuse(
        'template/unknown-helper',
        `unknown block helper \`${helper}\``,
        node.path,
        didYouMean(helper, blockHelpers) ?? `known: ${blockHelpers.join(', ')}`,
      );
      return [];
    }
    const [first] = node.params;
    if (first === undefined || node.params.length > 1 || hasHash(node)) {
      this.#refuse(
        'template/helper-arguments',
        `block helper \`${helper}\` takes one value`,
        node.path,
        `as in \`{{#${helper} x}}\``,
      );
      return [];
    }
    const argument = this.#expression(first, nesting);
    const inner = {
      contexts: nesting.contexts + (helper === 'each' || helper === 'with' ? 1 : 0),
      loops: nesting.loops + (helper === 'each' ? 1 : 0),
    };
    const names = (node.program as hbs.AST.Program | undefined)?.blockParams ?? [];
    const body = this.program(node.program, inner);
    const otherwise = this.program(node.inverse, nesting);
    if (argument === undefined) return [];
    return [{ kind: 'block', helper, argument, names, body, otherwise, span: this.#span(node) }];
  }

  #expression(node: hbs.AST.Expression, nesting: Nesting): Expression | undefined {
    const span = this.#span(node);
    switch (node.type) {
      case 'StringLiteral':
      case 'NumberLiteral':
      case 'BooleanLiteral':
        return { kind: 'literal', value: (node as hbs.AST.StringLiteral).value, span };
      case 'NullLiteral':
        return { kind: 'literal', value: null, span };
      case 'PathExpression':
        return this.#path(node as hbs.AST.PathExpression, nesting);
      case 'SubExpression':
        return this.#call(node as hbs.AST.SubExpression, nesting);
      default:
        this.#refuse(
          'template/not-allowed',
          `\`${node.type === 'UndefinedLiteral' ? 'undefined' : node.type}\` is not allowed here`,
          node,
        );
        return undefined;
    }
  }

  #call(node: hbs.AST.SubExpression | hbs.AST.MustacheStatement, nesting: Nesting): Expression | undefined {
    const name = originalOf(node.path);
    const helper = helpers.get(name);
    if (markOf(node.path) !== undefined) {
      this.#refuse('template/mark-inside', `\`${name}\` must stand first, as in \`{{${name} x}}\``, node.path);
      return undefined;
    }
    if (helper === undefined) {
      this.#refuse(
        'template/unknown-helper',
        `unknown helper \`${name}\``,
        node.path,
        didYouMean(name, [...helpers.keys(), 'raw', 'ident']) ??
          `there are ${[...helpers.keys(), 'raw', 'ident'].map((each) => `\`${each}\``).join(', ')}`,
      );
      return undefined;
    }
    if (hasHash(node)) this.#refuse('template/helper-arguments', `helper \`${name}\` takes no named arguments`, node);
    if (node.params.length < helper.least || node.params.length > helper.most) {
      this.#refuse(
        'template/helper-arguments',
        `helper \`${name}\` does not take ${node.params.length} values`,
        node,
        `as in \`${helper.usage}\``,
      );
      return undefined;
    }
    const args = node.params.flatMap((each) => this.#expression(each, nesting) ?? []);
    return args.length < node.params.length ? undefined : { kind: 'call', helper: name, args, span: this.#span(node) };
  }

  #path(node: hbs.AST.PathExpression, nesting: Nesting): Expression | undefined {
    const { original, depth } = node;
    const item = /^(?:\.\/|this[./])|^(?:\.|this)$/.test(original);
    const wrong = this.#wrongPath(node, item, nesting);
    if (wrong !== undefined) {
      this.#refuse('template/no-such-place', wrong, node);
      return undefined;
    }
    const from = node.data ? 'data' : item || (depth > 0 && node.parts.length === 0) ? 'item' : 'name';
    // Outside of blocks `this.x` and `@root.x` are the variable `x`.
    if (from === 'item' && nesting.contexts === 0)
      return { kind: 'path', from: 'name', depth: 0, parts: node.parts, original, span: this.#span(node) };
    return { kind: 'path', from, depth, parts: node.parts, original, span: this.#span(node) };
  }

  #wrongPath(node: hbs.AST.PathExpression, item: boolean, nesting: Nesting): string | undefined {
    const { original, depth, parts } = node;
    if (depth > nesting.contexts) return `\`${original}\` goes up further than there are blocks`;
    if (depth === nesting.contexts && parts.length === 0 && !node.data)
      return `\`${original}\` means nothing outside of \`{{#each}}\` and \`{{#with}}\``;
    if (!node.data) return undefined;
    const name = parts[0] ?? '';
    if (!dataNames.includes(name)) return `unknown name \`${original}\``;
    if (name === 'root') return parts.length === 1 ? `\`@root\` needs a variable after it` : undefined;
    return nesting.loops === 0 ? `\`${original}\` is only known inside \`{{#each}}\`` : undefined;
  }

  #refuse(code: Diagnostic['code'], message: string, node: hbs.AST.Node, hint?: string): void {
    this.problems.push(error(code, message, this.#span(node), { hint }));
  }

  #span(node: hbs.AST.Node): Span {
    return this.#placed.at(this.#offset(node.loc.start), this.#offset(node.loc.end));
  }

  #offset(position: hbs.AST.Position): number {
    return (this.#lineStarts[position.line - 1] ?? 0) + position.column;
  }
}

const nodeWords: Readonly<Record<string, string>> = {
  PartialStatement: 'partials',
  PartialBlockStatement: 'partials',
  Decorator: 'decorators',
  DecoratorBlock: 'decorators',
};

function originalOf(path: hbs.AST.Expression): string {
  // A literal in the place of a name has an `original` too, which need not be a text.
  return String((path as { readonly original?: string | number | boolean }).original);
}

function markOf(path: hbs.AST.Expression): 'ident' | 'raw' | undefined {
  const name = path.type === 'PathExpression' ? originalOf(path) : '';
  return name === 'ident' || name === 'raw' ? name : undefined;
}

function hasHash(node: hbs.AST.SubExpression | hbs.AST.MustacheStatement | hbs.AST.BlockStatement): boolean {
  return ((node.hash as hbs.AST.Hash | undefined)?.pairs.length ?? 0) > 0;
}
