// Writes values into text that no program reads as a language: names, messages, files. Nothing is quoted or escaped.
import { error } from '../core/diagnostic.js';
import type { Diagnostic } from '../core/diagnostic.js';
import type { Span } from '../core/source.js';
import { isMap } from '../core/value.js';
import type { Value } from '../core/value.js';
import type { Sink } from './handlebars-evaluate.js';
import type { Part, ValuePart } from './handlebars-tree.js';
import { textOf } from './helpers.js';

/** What cannot be in plain text: `ident` belongs to SQL. */
export function textProblems(parts: readonly Part[]): readonly Diagnostic[] {
  return parts.flatMap((part) => {
    if (part.kind === 'block') return [...textProblems(part.body), ...textProblems(part.otherwise)];
    if (part.kind !== 'value' || part.mark !== 'ident') return [];
    return [error('template/ident-outside-sql', '`ident` writes an SQL identifier, and this is not SQL', part.span)];
  });
}

/** Variables that say one another several times grow with a power; a text longer than this was not meant. */
const longest = 16 * 1024 * 1024;

const mostValues = 100_000;

/** True when values hold more values in them than anybody wrote. */
export function isTooLarge(values: readonly Value[]): boolean {
  let count = 0;
  const holds = (value: Value): boolean => {
    count += 1;
    if (count > mostValues) return true;
    return Array.isArray(value) ? value.some(holds) : isMap(value) && Object.values(value).some(holds);
  };
  return values.some(holds);
}

/** The problem of values that are too large. */
export function tooLarge(span: Span): Diagnostic {
  const hint = 'variables that repeat one another multiply; write less with them';
  return error('template/too-large', `what this gives has more than ${mostValues} values`, span, { hint });
}

/** Text as it grows. */
export class TextSink implements Sink {
  /** All that was written. */
  written = '';

  text(text: string): void {
    this.written += text;
  }

  value(value: Value, part: ValuePart): Diagnostic | undefined {
    const text = textOf(value);
    if (!text.ok) return error('template/no-text', text.message, part.span, { hint: text.hint });
    if (this.written.length + text.text.length > longest) {
      return error('template/too-large', 'what this template gives is longer than 16 MiB', part.span, {
        hint: 'variables that repeat one another multiply; write less with them',
      });
    }
    this.written += text.text;
    return undefined;
  }
}
