// Writes values into SQL text as bound parameters, and identifiers as quoted identifiers.
import type { SqlText } from '../core/connection.js';
import { error } from '../core/diagnostic.js';
import type { Diagnostic } from '../core/diagnostic.js';
import { sqlIdentifier } from '../core/quote.js';
import { fail, ok } from '../core/result.js';
import type { Result } from '../core/result.js';
import type { Value } from '../core/value.js';
import { kindOf } from '../core/value.js';
import type { Sink } from './handlebars-evaluate.js';
import type { Part, Placed, ValuePart } from './handlebars-tree.js';
import { textOf } from './helpers.js';
import { plain } from './paths.js';
import { scanParts } from './quote-scan.js';
import { gluedProblem, SqlScanner } from './sql-scanner.js';

/** What is wrong with SQL text and the spots of its values, before any value is known. */
export function sqlProblems(parts: readonly Part[], placed: Placed): readonly Diagnostic[] {
  const scanner = new SqlScanner(placed);
  const problems = [...scanParts(parts, scanner)];
  problems.push(...scanner.problems.values());
  if (problems.length === 0 && scanner.open !== undefined) {
    const whole = placed.at(0, placed.text.length);
    problems.push(
      error('sql/open-quote', `a ${scanner.open} of this SQL is never closed`, whole, {
        hint: "close it; a quote that is meant as text is written twice: `''`",
      }),
    );
  }
  return problems;
}

/** NAMEDATALEN - 1 of every PostgreSQL that was not compiled with another (section 4.1.1 of its manual). */
const longestIdentifierBytes = 63;

/** A letter, digit or `$` at the end: a parameter there would become part of the word. */
const endsGlued = /[\p{L}\p{N}\w$]$/u;

/** SQL text and its bound values as they grow. */
export class SqlSink implements Sink {
  #text = '';
  #last: ValuePart | undefined;
  readonly #values: Value[] = [];
  readonly #glued: Diagnostic[] = [];

  /** All that was written, unless text and values ran into each other where branches of blocks met. */
  get sql(): Result<SqlText> {
    return this.#glued.length > 0 ? fail(...this.#glued) : ok({ text: this.#text, values: this.#values });
  }

  text(text: string): void {
    if (this.#last !== undefined && endsGlued.test(text[0] ?? '')) {
      const hint = 'put a space between them';
      this.#glued.push(error('sql/glued-value', 'text cannot stand right after a value', this.#last.span, { hint }));
    }
    this.#last = undefined;
    this.#text += text;
  }

  value(value: Value, part: ValuePart): Diagnostic | undefined {
    const before = this.#last;
    this.#last = part.mark === 'raw' ? undefined : part;
    if (part.mark !== 'raw' && (before !== undefined || endsGlued.test(this.#text))) return gluedProblem(part);
    if (part.mark === 'ident') return this.#identifier(value, part);
    if (part.mark === 'raw') return this.#raw(value, part);
    if (holdsNul(value))
      return error('sql/nul', 'this value holds a NUL byte, which no text of PostgreSQL can', part.span);
    this.#values.push(plain(value));
    this.#text += `$${this.#values.length}`;
    return undefined;
  }

  #identifier(value: Value, part: ValuePart): Diagnostic | undefined {
    if (typeof value !== 'string' || value === '' || value.includes('\0')) {
      const what = typeof value === 'string' ? 'an empty text or one with a NUL byte' : kindOf(value);
      return error('sql/not-an-identifier', `an identifier is a text, not ${what}`, part.span);
    }
    const bytes = Buffer.byteLength(value);
    if (bytes > longestIdentifierBytes) {
      const message = `an identifier has at most ${longestIdentifierBytes} bytes, and this one has ${bytes}`;
      const hint = 'PostgreSQL would cut it without a word, and name something else';
      return error('sql/not-an-identifier', message, part.span, { hint });
    }
    this.#text += sqlIdentifier(value);
    return undefined;
  }

  #raw(value: Value, part: ValuePart): Diagnostic | undefined {
    const text = textOf(value);
    if (!text.ok) return error('template/no-text', text.message, part.span, { hint: text.hint });
    if (/\$\d/.test(text.text)) {
      return error('sql/own-parameter', 'a raw text with `$1` would take the place of another value', part.span);
    }
    this.#text += text.text;
    return undefined;
  }
}

/** True for a text with a NUL byte, or a list of texts that has one; within maps it is written as JSON, with an escape. */
function holdsNul(value: Value): boolean {
  if (Array.isArray(value)) return (value as readonly Value[]).some(holdsNul);
  return typeof value === 'string' && value.includes('\0');
}
