// Deeply nested YAML can abort the whole process inside the parser, which no `try` catches.
// The lexer does not recurse, so depth is measured on its tokens before anything is parsed.
import { CST, Lexer } from 'yaml';
import { error } from '../core/diagnostic.js';
import type { Diagnostic } from '../core/diagnostic.js';
import type { Source } from '../core/source.js';

/** Levels that a file may nest. */
export const maxNesting = 64;

// A level of the tree takes at most one column here and sometimes none, and a leaf takes one too:
// this is only the guard for the parser, the tree itself is held to `maxNesting`.
const maxColumns = 2 * maxNesting;

/** Words, signs and spaces that a text may hold: what the parser makes of each takes a hundred times its place. */
const maxTokens = 400_000;

/** Anchors and tags that a text may hold. */
const maxMarks = 5000;

function tooMany(source: Source, start: number): Diagnostic {
  return error(
    'yaml/too-large',
    'more words and signs than a person writes',
    { source, start, end: start + 1 },
    {
      hint: 'is it the right file? split one that is really so long',
    },
  );
}

/** The problem of text that nests too deep. */
export function nestsTooDeep(source: Source, start: number): Diagnostic {
  return error(
    'yaml/too-deep',
    `nested deeper than ${maxNesting} levels`,
    { source, start, end: start + 1 },
    {
      hint: 'nobody writes so deep by hand: take levels out, or check the brackets',
    },
  );
}

/** A problem when the text nests so deep, or is of so many parts, that parsing it is not safe. */
export function checkNesting(source: Source): Diagnostic | undefined {
  const state = new Nesting();
  let offset = 0;
  let tokens = 0;
  let marks = 0;
  for (const token of new Lexer().lex(source.text)) {
    tokens += 1;
    if (token.startsWith('&') || token.startsWith('!')) marks += 1;
    if (tokens > maxTokens || marks > maxMarks) return tooMany(source, offset);
    if (token === CST.DOCUMENT || token === CST.FLOW_END) continue;
    if (token === CST.SCALAR) {
      state.content();
      state.textFollows = true;
      continue;
    }
    state.read(token);
    if (state.depth > maxColumns) return nestsTooDeep(source, offset);
    offset += token.length;
  }
  return undefined;
}

/** How deep the lexer is: brackets that are open, and columns at which block collections have begun. */
class Nesting {
  /** True when the next token is text, whatever it looks like. */
  textFollows = false;
  #brackets = 0;
  #column = 0;
  #lineBegan = false;
  readonly #columns: number[] = [];

  get depth(): number {
    return this.#brackets + this.#columns.length;
  }

  /** Something with meaning stands at the current column. */
  content(): void {
    if (this.#brackets > 0) return;
    while (this.#columns.length > 0 && (this.#columns.at(-1) ?? 0) >= this.#column) this.#columns.pop();
    this.#columns.push(this.#column);
    this.#lineBegan = true;
  }

  /** Takes one token and moves on by its length. */
  read(token: string): void {
    if (this.textFollows) this.textFollows = false;
    else this.#structure(token);
    const newline = token.lastIndexOf('\n');
    if (newline === -1) this.#column += token.length;
    else {
      this.#column = token.length - newline - 1;
      this.#lineBegan = false;
    }
  }

  #structure(token: string): void {
    switch (CST.tokenType(token)) {
      case 'flow-map-start':
      case 'flow-seq-start':
        this.#brackets += 1;
        return;
      case 'flow-map-end':
      case 'flow-seq-end':
        this.#brackets = Math.max(0, this.#brackets - 1);
        return;
      case 'seq-item-ind':
      case 'explicit-key-ind':
        this.content();
        return;
      case 'map-value-ind':
      case 'anchor':
      case 'tag':
      case 'alias':
      case 'single-quoted-scalar':
      case 'double-quoted-scalar':
        if (!this.#lineBegan) this.content();
        return;
      case null:
      default:
    }
  }
}
