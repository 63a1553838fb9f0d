// SQL is never searched with patterns: a `;` or a `commit` inside a string, a comment or a function body is not one.
// These few tokens are enough to split a script and to know what kind of statement a text is.
import type { SqlText } from '../../core/connection.js';

/** A piece of SQL; quotes and comments are kept whole. */
export interface Token {
  readonly kind: 'word' | 'name' | 'string' | 'parameter' | 'blank' | 'other';
  readonly text: string;
}

/** What a token can be, first match wins. A text that ends inside quotes makes its rest one token. */
const patterns: readonly (readonly [Token['kind'], RegExp])[] = [
  ['blank', /\s+|--[^\n\r]*/y],
  ['string', /[eE]'[^'\\]*(?:(?:\\[\s\S]|'')[^'\\]*)*(?:'|\\?$)/y],
  ['string', /'[^']*(?:''[^']*)*(?:'|$)/y],
  ['name', /"[^"]*(?:""[^"]*)*(?:"|$)/y],
  ['parameter', /\$\d+/y],
  ['word', /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/y],
  ['other', /\d[\w.]*/y],
];

/** SQL text as tokens; their texts joined are the text again. */
export function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < text.length;) {
    const token = tokenAt(text, at);
    tokens.push(token);
    at += token.text.length;
  }
  return tokens;
}

function tokenAt(text: string, at: number): Token {
  if (text.startsWith('/*', at)) return { kind: 'blank', text: text.slice(at, endOfComment(text, at)) };
  const tag = matchAt(/\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/y, text, at);
  if (tag !== undefined) return { kind: 'string', text: text.slice(at, endOf(text, tag, at + tag.length)) };
  for (const [kind, pattern] of patterns) {
    const match = matchAt(pattern, text, at);
    if (match !== undefined) return { kind, text: match };
  }
  return { kind: 'other', text: text.charAt(at) };
}

function matchAt(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}

function endOf(text: string, closing: string, from: number): number {
  const at = text.indexOf(closing, from);
  return at === -1 ? text.length : at + closing.length;
}

/** PostgreSQL's block comments nest. */
function endOfComment(text: string, start: number): number {
  const edge = /\/\*|\*\//g;
  edge.lastIndex = start;
  let depth = 0;
  for (let match = edge.exec(text); match !== null; match = edge.exec(text)) {
    depth += match[0] === '/*' ? 1 : -1;
    if (depth === 0) return edge.lastIndex;
  }
  return text.length;
}

/** The statements of a text, without their `;`, each with only the values that it uses, numbered from `$1`. */
export function splitStatements(sql: SqlText): readonly SqlText[] {
  const statements: Token[][] = [[]];
  const nesting = new Nesting();
  for (const token of tokensOf(sql.text)) {
    const current = statements.at(-1) ?? [];
    if (token.text === ';' && nesting.depth === 0) {
      statements.push([]);
      nesting.reset();
      continue;
    }
    nesting.step(token);
    current.push(token);
  }
  return statements
    .filter((tokens) => tokens.some((each) => each.kind !== 'blank'))
    .map((tokens) => numbered(tokens, sql.values));
}

/** How deep in parentheses (`create rule ... do (a; b)`) or in the body of an SQL-standard function a token stands. */
class Nesting {
  depth = 0;
  #words: string[] = [];
  #inBody = false;

  reset(): void {
    this.depth = 0;
    this.#words = [];
    this.#inBody = false;
  }

  step(token: Token): void {
    if (token.text === '(') this.depth += 1;
    if (token.text === ')') this.depth = Math.max(0, this.depth - 1);
    if (token.kind === 'word') this.#word(token.text.toLowerCase());
  }

  #word(word: string): void {
    const previous = this.#words.at(-1);
    this.#words.push(word);
    if (this.#inBody) {
      if (word === 'case' || word === 'begin') this.depth += 1;
      if (word === 'end') this.depth -= 1;
    } else if (word === 'atomic' && previous === 'begin' && this.#words[0] === 'create') {
      this.#inBody = true;
      this.depth += 1;
    }
  }
}

function numbered(tokens: readonly Token[], values: SqlText['values']): SqlText {
  const used: number[] = [];
  const text = tokens.map((token) => {
    if (token.kind !== 'parameter') return token.text;
    const original = Number(token.text.slice(1));
    if (!used.includes(original)) used.push(original);
    return `$${used.indexOf(original) + 1}`;
  });
  return { text: text.join('').trim(), values: used.map((each) => values[each - 1] ?? null) };
}

/** The first words of a statement in lower case, opening parentheses and comments aside. */
export function firstWords(text: string, count: number): readonly string[] {
  const telling = tokensOf(text).filter((each) => each.kind !== 'blank' && each.text !== '(');
  const end = telling.findIndex((each) => each.kind !== 'word');
  return telling.slice(0, end === -1 ? count : Math.min(end, count)).map((each) => each.text.toLowerCase());
}

/** Every name that stands before an opening parenthesis, in lower case: the functions called, and a few words more. */
export function calledNames(text: string): readonly string[] {
  const telling = tokensOf(text).filter((each) => each.kind !== 'blank');
  return telling.flatMap((token, index) => {
    if (telling[index + 1]?.text !== '(') return [];
    if (token.kind === 'word') return [token.text.toLowerCase()];
    return token.kind === 'name' ? [token.text.slice(1, -1)] : [];
  });
}

/** A statement on one line and not too long, as messages show it. */
export function briefly(text: string, length = 80): string {
  const line = tokensOf(text)
    .map((each) => (each.kind === 'blank' ? ' ' : each.text))
    .join('')
    .replaceAll(/\s+/g, ' ')
    .trim();
  return line.length <= length ? line : `${line.slice(0, length - 3)}...`;
}
