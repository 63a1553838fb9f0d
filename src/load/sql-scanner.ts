// Follows the quotes of SQL text as PostgreSQL's lexer does (its manual, section 4.1), so that a value only ever stands
// where a bound parameter can: never inside quotes, comments or dollar quotes, and never glued to a word.
import { error } from '../core/diagnostic.js';
import type { Diagnostic } from '../core/diagnostic.js';
import type { Placed, TextPart, ValuePart } from './handlebars-tree.js';
import type { Scanner } from './quote-scan.js';

type Mode =
  | { readonly kind: 'none' | 'single' | 'escape' | 'double' | 'line-comment' }
  | { readonly kind: 'comment'; readonly depth: number }
  | { readonly kind: 'dollar'; readonly tag: string };

const refusals: Readonly<Record<Exclude<Mode['kind'], 'none'>, readonly [why: string, hint: string]>> = {
  single: [
    'inside a quoted string',
    "it is sent as a bound parameter: remove the quotes; for a part of a text write `'a' || {{x}}`",
  ],
  escape: [
    'inside a quoted string',
    "it is sent as a bound parameter: remove the quotes; for a part of a text write `'a' || {{x}}`",
  ],
  double: ['inside a quoted identifier', 'write `{{ident x}}`, without the quotes'],
  'line-comment': ['inside a comment', 'leave it out of the comment'],
  comment: ['inside a comment', 'leave it out of the comment'],
  dollar: [
    'inside a dollar-quoted text',
    'the body is one text for PostgreSQL; hand the value over with `set_config` and `current_setting`',
  ],
};

/** The problem of a value that would become part of the word or parameter before it. */
export function gluedProblem(part: ValuePart): Diagnostic {
  const hint =
    part.mark === 'ident'
      ? 'put the whole name into one variable'
      : 'put a space between them; for a part of a text write `a || b`';
  return error('sql/glued-value', 'a value cannot stand right after a word or another value', part.span, { hint });
}

const wordStart = /[\p{L}_\u{80}-\u{10ffff}]/u;
const word = /^[\p{L}\w$\u{80}-\u{10ffff}]+/u;

/** A scanner of SQL text; `problems` collects what may not stand where it does. */
export class SqlScanner implements Scanner {
  readonly problems: Map<string, Diagnostic>;
  readonly #placed: Placed;
  #mode: Mode = { kind: 'none' };
  /** True right after a letter, digit or `$`: a parameter there would become part of the word. */
  #glued = false;
  /** True right after a value. */
  #afterValue = false;

  constructor(placed: Placed, problems = new Map<string, Diagnostic>()) {
    this.#placed = placed;
    this.problems = problems;
  }

  copy(): this {
    const copy = new SqlScanner(this.#placed, this.problems);
    copy.#mode = this.#mode;
    copy.#glued = this.#glued;
    copy.#afterValue = this.#afterValue;
    // The class has no subclasses, so its own kind is `this`.
    return copy as this;
  }

  state(): string {
    return JSON.stringify(this.#mode);
  }

  join(other: this): void {
    // Which branch is taken is not known yet, as in `{{#unless @first}}, {{/unless}}`; the sink looks again when it is.
    this.#glued &&= other.#glued;
    this.#afterValue &&= other.#afterValue;
  }

  /** What is still open at the end of the text, if anything. */
  get open(): string | undefined {
    const { kind } = this.#mode;
    if (kind === 'none' || kind === 'line-comment') return undefined;
    return kind === 'comment' ? 'comment' : 'quote';
  }

  value(part: ValuePart): void {
    if (part.mark !== 'raw') this.#check(part);
    this.#afterValue = part.mark !== 'raw';
    this.#glued = false;
  }

  text(part: TextPart): void {
    let at = 0;
    while (at < part.text.length) at += this.#step(part, at);
  }

  #check(part: ValuePart): void {
    const { kind } = this.#mode;
    if (kind !== 'none') {
      const [why, hint] = refusals[kind];
      this.#say(error('sql/no-value-here', `a value cannot stand ${why}`, part.span, { hint }));
    } else if (this.#glued || this.#afterValue) {
      const hint =
        part.mark === 'ident'
          ? 'put the whole name into one variable'
          : 'put a space between them; for a part of a text write `a || b`';
      this.#say(
        error('sql/glued-value', 'a value cannot stand right after a word or another value', part.span, { hint }),
      );
    }
  }

  #say(problem: Diagnostic): void {
    this.problems.set(`${problem.code}:${problem.span?.start}`, problem);
  }

  #sayAt(code: Diagnostic['code'], message: string, part: TextPart, at: number, length: number, hint: string): void {
    const from = part.start + at;
    this.#say(error(code, message, this.#placed.at(from, from + length), { hint }));
  }

  /** Takes in what starts at an offset; gives the number of characters it took. */
  #step(part: TextPart, at: number): number {
    const rest = part.text.slice(at);
    switch (this.#mode.kind) {
      case 'none':
        return this.#plainStep(part, at, rest);
      case 'single':
        return this.#until(rest, /^(?:''|')/, (end) => end === "'");
      case 'escape':
        return this.#until(rest, /^(?:\\[^]|''|')/, (end) => end === "'");
      case 'double':
        return this.#until(rest, /^(?:""|")/, (end) => end === '"');
      case 'line-comment':
        return this.#until(rest, /^\n/, () => true);
      case 'comment':
        return this.#commentStep(this.#mode.depth, rest);
      case 'dollar':
        return this.#dollarStep(this.#mode.tag, rest);
    }
  }

  #until(rest: string, pattern: RegExp, ends: (found: string) => boolean): number {
    const found = pattern.exec(rest)?.[0];
    if (found === undefined) return 1;
    if (ends(found)) this.#leave();
    return found.length;
  }

  #leave(): void {
    this.#mode = { kind: 'none' };
    this.#glued = false;
    this.#afterValue = false;
  }

  #commentStep(depth: number, rest: string): number {
    if (rest.startsWith('/*')) this.#mode = { kind: 'comment', depth: depth + 1 };
    else if (!rest.startsWith('*/')) return 1;
    else if (depth === 1) this.#leave();
    else this.#mode = { kind: 'comment', depth: depth - 1 };
    return 2;
  }

  #dollarStep(tag: string, rest: string): number {
    if (!rest.startsWith(tag)) return 1;
    this.#leave();
    return tag.length;
  }

  #plainStep(part: TextPart, at: number, rest: string): number {
    const taken = this.#opening(rest);
    if (taken > 0) {
      this.#glued = false;
      this.#afterValue = false;
      return taken;
    }
    const letters = word.exec(rest)?.[0];
    if (letters === undefined) {
      this.#glued = false;
      this.#afterValue = false;
      return 1;
    }
    return this.#word(part, at, letters, rest);
  }

  /** Enters a quote or comment that starts here; the length of what opens it, or 0. */
  #opening(rest: string): number {
    const dollar = this.#glued || this.#afterValue ? undefined : /^\$(?:[\p{L}_][\p{L}\w]*)?\$/u.exec(rest)?.[0];
    if (dollar !== undefined) this.#mode = { kind: 'dollar', tag: dollar };
    else if (rest.startsWith('--')) this.#mode = { kind: 'line-comment' };
    else if (rest.startsWith('/*')) this.#mode = { kind: 'comment', depth: 1 };
    else if (/^[eE]'/.test(rest) && !this.#glued) this.#mode = { kind: 'escape' };
    else if (rest.startsWith("'")) this.#mode = { kind: 'single' };
    else if (rest.startsWith('"')) this.#mode = { kind: 'double' };
    else return 0;
    return dollar?.length ?? (/^['"]/.test(rest) ? 1 : 2);
  }

  #word(part: TextPart, at: number, letters: string, rest: string): number {
    if (this.#afterValue) {
      this.#sayAt(
        'sql/glued-value',
        `\`${letters}\` cannot stand right after a value`,
        part,
        at,
        letters.length,
        'put a space between them',
      );
    }
    const parameter = /^\$\d+/.exec(rest)?.[0];
    if (parameter !== undefined && !this.#glued) {
      const hint = 'write the value itself, as in `{{x}}`; it is bound for you';
      this.#sayAt('sql/own-parameter', `\`${parameter}\` is not yours to number`, part, at, parameter.length, hint);
    }
    this.#glued = true;
    this.#afterValue = false;
    // `E` before a quote starts an escape string, so a word ends before it only when the word is that letter alone.
    return wordStart.test(letters[0] ?? '') || letters.startsWith('$')
      ? letters.length
      : (/^[\d.]+/.exec(rest)?.[0].length ?? 1);
  }
}
