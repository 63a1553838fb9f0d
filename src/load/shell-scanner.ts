// Follows the quotes of a POSIX shell script (POSIX.1-2024, shell command language, section 2.2 and 2.3), so that each value
// is quoted for the spot where it stands. Where the state cannot be known for sure, it says so, and values are refused.
import type { TextPart, ValuePart } from './handlebars-tree.js';
import type { Scanner } from './quote-scan.js';

/** How a value must be quoted at a spot, or why none may stand there. */
export type ShellSpot =
  | { readonly kind: 'none' | 'single' | 'double' }
  | { readonly kind: 'refused'; readonly why: string; readonly hint: string };

type Mode =
  | { readonly kind: 'script' | 'single' | 'double' | 'backtick' | 'comment' | 'braces' | 'lost' }
  | { readonly kind: 'substitution' | 'arithmetic'; readonly parens: number }
  | { readonly kind: 'heredoc'; readonly delimiter: string; readonly stripTabs: boolean; readonly line: string };

interface Heredoc {
  readonly delimiter: string;
  readonly stripTabs: boolean;
}

const byVariable = 'put it into a shell variable first: `x={{x}}`, then use `$x`';

const refusals: Readonly<Record<string, { why: string; hint: string }>> = {
  backtick: { why: 'inside backticks', hint: `write \`$(...)\`, or ${byVariable}` },
  comment: { why: 'inside a comment', hint: 'leave it out of the comment' },
  braces: { why: 'inside `${...}`', hint: byVariable },
  arithmetic: { why: 'inside `$((...))`', hint: byVariable },
  heredoc: { why: 'inside a here-document', hint: 'give the text as `stdin`, or write the file with `template`' },
  lost: { why: 'where the quotes around it cannot be known', hint: byVariable },
  dollar: { why: 'right after `$`', hint: 'escape the dollar sign, or name the variable in the text' },
  backslash: { why: 'right after a backslash', hint: 'leave the backslash out; values are quoted already' },
};

/** A scanner of shell text; `spots` collects where each value stands. */
export class ShellScanner implements Scanner {
  readonly spots: Map<ValuePart, ShellSpot>;
  #modes: readonly Mode[] = [{ kind: 'script' }];
  #heredocs: readonly Heredoc[] = [];
  #wordStart: boolean | 'unknown' = true;
  /** What the last character leaves open: it changes the meaning of what comes next. */
  #open: 'dollar' | 'backslash' | undefined;

  constructor(spots = new Map<ValuePart, ShellSpot>()) {
    this.spots = spots;
  }

  copy(): this {
    const copy = new ShellScanner(this.spots);
    copy.#modes = this.#modes;
    copy.#heredocs = this.#heredocs;
    copy.#wordStart = this.#wordStart;
    copy.#open = this.#open;
    // The class has no subclasses, so its own kind is `this`.
    return copy as this;
  }

  state(): string {
    return JSON.stringify([this.#modes, this.#heredocs, this.#open]);
  }

  join(other: this): void {
    if (other.#wordStart !== this.#wordStart) this.#wordStart = 'unknown';
  }

  /** The quote that is still open, for the end of a script. */
  get openQuote(): 'single' | 'double' | undefined {
    const { kind } = this.#mode;
    return kind === 'single' || kind === 'double' ? kind : undefined;
  }

  value(part: ValuePart): void {
    this.spots.set(part, this.#spot());
    this.#open = undefined;
    this.#wordStart = false;
    const mode = this.#mode;
    if (mode.kind === 'heredoc') this.#replace({ ...mode, line: `${mode.line}\0` });
  }

  text(part: TextPart): void {
    this.scan(part.text);
  }

  /** Follows a stretch of text. */
  scan(text: string): void {
    let at = 0;
    while (at < text.length) at += this.#step(text, at);
  }

  get #mode(): Mode {
    return this.#modes.at(-1) ?? { kind: 'lost' };
  }

  #spot(): ShellSpot {
    const { kind } = this.#mode;
    const refusal = refusals[kind] ?? (this.#open === undefined ? undefined : refusals[this.#open]);
    if (refusal !== undefined) return { kind: 'refused', ...refusal };
    return { kind: kind === 'single' || kind === 'double' ? kind : 'none' };
  }

  #push(mode: Mode): void {
    this.#modes = [...this.#modes, mode];
  }

  #pop(): void {
    this.#modes = this.#modes.slice(0, -1);
    this.#wordStart = false;
  }

  #replace(mode: Mode): void {
    this.#modes = [...this.#modes.slice(0, -1), mode];
  }

  #lose(): void {
    this.#modes = [...this.#modes, { kind: 'lost' }];
  }

  /** Takes in what starts at an offset; gives the number of characters it took. */
  #step(text: string, at: number): number {
    const mode = this.#mode;
    const char = text[at] ?? '';
    switch (mode.kind) {
      case 'lost':
        return text.length - at;
      case 'single':
        if (char === "'") this.#pop();
        return 1;
      case 'comment':
        if (char !== '\n') return 1;
        this.#pop();
        return this.#newline();
      case 'heredoc':
        return this.#heredocStep(mode, char);
      case 'braces':
        if (char === '}') this.#pop();
        else if (/['"`\\$]/.test(char)) this.#lose();
        return 1;
      case 'arithmetic':
        if (/['"`\\]/.test(char)) this.#lose();
        else this.#parens(mode, char);
        return 1;
      case 'backtick':
        if (char === '`' && this.#open !== 'backslash') this.#pop();
        this.#open = char === '\\' && this.#open !== 'backslash' ? 'backslash' : undefined;
        return 1;
      case 'double':
      case 'script':
      case 'substitution':
        return this.#codeStep(mode, text, at);
    }
  }

  #heredocStep(mode: Mode & { kind: 'heredoc' }, char: string): number {
    if (char !== '\n') {
      this.#replace({ ...mode, line: mode.line + char });
      return 1;
    }
    const line = mode.stripTabs ? mode.line.replace(/^\t+/, '') : mode.line;
    if (line !== mode.delimiter) {
      this.#replace({ ...mode, line: '' });
      return 1;
    }
    this.#pop();
    return this.#newline();
  }

  #newline(): number {
    this.#wordStart = true;
    const [next, ...rest] = this.#heredocs;
    if (next !== undefined) {
      this.#heredocs = rest;
      this.#push({ kind: 'heredoc', ...next, line: '' });
    }
    return 1;
  }

  #parens(mode: Extract<Mode, { parens: number }>, char: string): void {
    const parens = mode.parens + (char === '(' ? 1 : char === ')' ? -1 : 0);
    if (parens === 0) this.#pop();
    else this.#replace({ ...mode, parens });
  }

  /** One step of script text or of a double-quoted text, where `$`, backticks and backslashes mean something. */
  #codeStep(mode: Mode, text: string, at: number): number {
    const char = text[at] ?? '';
    if (this.#open === 'backslash') {
      this.#open = undefined;
      // A backslash and a line end are nothing at all; anything else is part of a word.
      if (char !== '\n') this.#wordStart = false;
      return 1;
    }
    const afterDollar = this.#open === 'dollar';
    this.#open = char === '\\' ? 'backslash' : char === '$' && !afterDollar ? 'dollar' : undefined;
    if (char === '\\' || char === '$') {
      if (char === '$') this.#wordStart = false;
      return 1;
    }
    if (char === '`') this.#push({ kind: 'backtick' });
    else if (afterDollar && (char === '(' || char === '{')) return this.#expansion(text, at);
    else if (mode.kind === 'double') {
      if (char === '"') this.#pop();
    } else return this.#scriptStep(mode, text, at, afterDollar);
    return 1;
  }

  #expansion(text: string, at: number): number {
    if (text[at] === '{') this.#push({ kind: 'braces' });
    else if (text[at + 1] === '(') {
      this.#push({ kind: 'arithmetic', parens: 2 });
      return 2;
    } else {
      this.#push({ kind: 'substitution', parens: 1 });
      this.#wordStart = true;
    }
    return 1;
  }

  #scriptStep(mode: Mode, text: string, at: number, afterDollar: boolean): number {
    const char = text[at] ?? '';
    if (char === "'" && afterDollar) this.#lose();
    else if (char === "'") this.#push({ kind: 'single' });
    else if (char === '"') this.#push({ kind: 'double' });
    else if (char === '\n') return this.#newline();
    else if (char === '#' && this.#wordStart !== false)
      this.#push({ kind: this.#wordStart === true ? 'comment' : 'lost' });
    else if (char === '<' && text[at + 1] === '<') return this.#heredocStart(text.slice(at));
    else this.#plain(mode, text, at);
    return 1;
  }

  #plain(mode: Mode, text: string, at: number): void {
    const char = text[at] ?? '';
    // The patterns of `case` have unpaired parentheses, so the end of the substitution cannot be told.
    if (mode.kind === 'substitution' && this.#wordStart !== false && /^case(?:\s|$)/.test(text.slice(at, at + 5))) {
      this.#lose();
      return;
    }
    this.#wordStart = /[\s;&|()<>]/.test(char);
    if (mode.kind === 'substitution') this.#parens(mode, char);
  }

  #heredocStart(text: string): number {
    if (text.startsWith('<<<')) {
      this.#wordStart = true;
      return 3;
    }
    const start = /^<<(-?)[ \t]*(?:'([^'\n]+)'|"([^"\\$`\n]+)"|\\?([\w.+-]+))(?=[\s;&|()<>])/.exec(text);
    if (start === null) {
      this.#lose();
      return 2;
    }
    const delimiter = start[2] ?? start[3] ?? start[4] ?? '';
    this.#heredocs = [...this.#heredocs, { delimiter, stripTabs: start[1] === '-' }];
    this.#wordStart = false;
    return start[0].length;
  }
}
