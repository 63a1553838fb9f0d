// Our own small tree of a template: a dozen constructs, each of which knows its place in the file.
import type { Span } from '../core/source.js';
import type { Value } from '../core/value.js';
import type { BlockHelper } from './helpers.js';

/** Where a template stands: maps offsets of its text to the file. */
export interface Placed {
  readonly text: string;
  at(start: number, end: number): Span;
}

/** A path: a name (item keys first, then variables), `this`, `../x`, or `@index` and its like. */
export interface PathExpression {
  readonly kind: 'path';
  readonly from: 'name' | 'item' | 'data';
  /** How many `../` it starts with. */
  readonly depth: number;
  readonly parts: readonly string[];
  readonly original: string;
  readonly span: Span;
}

/** A helper and its arguments. */
export interface CallExpression {
  readonly kind: 'call';
  readonly helper: string;
  readonly args: readonly Expression[];
  readonly span: Span;
}

export type Expression =
  | PathExpression
  | CallExpression
  | { readonly kind: 'literal'; readonly value: Value; readonly span: Span };

/** `{{ expression }}`; `ident` and `raw` are marks, because they change how the value is written and not the value. */
export interface ValuePart {
  readonly kind: 'value';
  readonly expression: Expression;
  readonly mark: 'ident' | 'raw' | undefined;
  readonly span: Span;
}

/** Text as it stands, after Handlebars' rules for white space around blocks. */
export interface TextPart {
  readonly kind: 'text';
  readonly text: string;
  /** Offset of the text in the template. */
  readonly start: number;
  readonly span: Span;
}

/** `{{#if x}} ... {{else}} ... {{/if}}`; `names` are the block parameters of `as |item index|`. */
export interface BlockPart {
  readonly kind: 'block';
  readonly helper: BlockHelper;
  readonly argument: Expression;
  readonly names: readonly string[];
  readonly body: readonly Part[];
  readonly otherwise: readonly Part[];
  readonly span: Span;
}

export type Part = TextPart | ValuePart | BlockPart;
