// Writes values into shell text, quoted for the spot where each stands.
import { error } from '../core/diagnostic.js';
import type { Diagnostic } from '../core/diagnostic.js';
import { shellWord } from '../core/quote.js';
import type { Value } from '../core/value.js';
import type { Sink } from './handlebars-evaluate.js';
import type { Part, ValuePart } from './handlebars-tree.js';
import { textOf } from './helpers.js';
import { scanParts } from './quote-scan.js';
import { ShellScanner } from './shell-scanner.js';
import type { ShellSpot } from './shell-scanner.js';
import type { Span } from '../core/source.js';

/** Where each value of a script stands. */
export type ShellSpots = ReadonlyMap<ValuePart, ShellSpot>;

/** The spots of the values of a script, and the problems of those that may not stand where they do. */
export function shellSpots(parts: readonly Part[], span: Span): { spots: ShellSpots; problems: readonly Diagnostic[] } {
  const scanner = new ShellScanner();
  const problems = [...scanParts(parts, scanner)];
  for (const [part, spot] of scanner.spots) {
    const problem = spotProblem(part, spot);
    if (problem !== undefined) problems.push(problem);
  }
  if (problems.length === 0 && scanner.spots.size > 0 && scanner.openQuote !== undefined) {
    problems.push(
      error('shell/open-quote', `a ${scanner.openQuote} quote of this script is never closed`, span, {
        hint: 'close it; a quote that is meant as text has a backslash in front',
      }),
    );
  }
  return { spots: scanner.spots, problems };
}

function spotProblem(part: ValuePart, spot: ShellSpot): Diagnostic | undefined {
  if (part.mark === 'ident') {
    return error(
      'template/ident-outside-sql',
      '`ident` writes an SQL identifier, and this is a shell script',
      part.span,
    );
  }
  if (spot.kind !== 'refused' || part.mark === 'raw') return undefined;
  return error('shell/no-value-here', `a value cannot be quoted ${spot.why}`, part.span, { hint: spot.hint });
}

/** Shell text as it grows. */
export class ShellSink implements Sink {
  readonly #spots: ShellSpots;
  #written = '';
  /** Digits that were just written bare: before `<` or `>` they would be read as a file descriptor. */
  #digits = '';

  constructor(spots: ShellSpots) {
    this.#spots = spots;
  }

  /** All that was written. */
  get script(): string {
    return this.#written + this.#digits;
  }

  text(text: string): void {
    this.#settle(/^\d*[<>]/.test(text));
    this.#written += text;
  }

  value(value: Value, part: ValuePart): Diagnostic | undefined {
    this.#settle(false);
    const spot = this.#spots.get(part)?.kind ?? 'none';
    const words =
      Array.isArray(value) && spot === 'none' && part.mark === undefined ? (value as readonly Value[]) : [value];
    const quoted: string[] = [];
    for (const each of words) {
      const text = textOf(each);
      if (!text.ok) return error('template/no-text', text.message, part.span, { hint: text.hint });
      if (text.text.includes('\0')) return nulProblem(part.span);
      quoted.push(part.mark === 'raw' ? text.text : quotedFor(spot, text.text));
    }
    this.#write(quoted.join(' '), part, spot);
    return undefined;
  }

  #write(quoted: string, part: ValuePart, spot: ShellSpot['kind']): void {
    if (spot === 'none' && part.mark === undefined && /^\d+$/.test(quoted)) this.#digits = quoted;
    else this.#written += quoted;
  }

  #settle(quote: boolean): void {
    if (this.#digits !== '') this.#written += quote ? `'${this.#digits}'` : this.#digits;
    this.#digits = '';
  }
}

function quotedFor(spot: ShellSpot['kind'], text: string): string {
  if (spot === 'single') return text.replaceAll("'", `'\\''`);
  if (spot === 'double') return text.replaceAll(/[\\"$`]/g, '\\$&');
  return shellWord(text);
}

/** The problem of a value with a NUL byte, which no argument and no script can hold. */
export function nulProblem(span: Span): Diagnostic {
  return error('shell/nul', 'this value holds a NUL byte, which no argument of a command can', span);
}
