// Splits a command line into words as a POSIX shell does (quotes and backslashes, nothing else has a meaning).
// Values are put in after the text around them is understood, so they can never become more words than meant.
import { error } from '../core/diagnostic.js';
import type { Diagnostic } from '../core/diagnostic.js';
import type { Value } from '../core/value.js';
import type { Sink } from './handlebars-evaluate.js';
import type { TextPart, ValuePart } from './handlebars-tree.js';
import { textOf } from './helpers.js';
import type { Scanner } from './quote-scan.js';
import { nulProblem } from './shell-quoting.js';

/** A word as it grows. A list may stand for several words, but only when it is the whole word. */
interface OpenWord {
  readonly text: string;
  readonly list?: { readonly words: readonly string[]; readonly span: ValuePart['span'] };
}

/** Splits text into words, follows its quotes, and takes values in as they are. */
export class WordSplitter {
  readonly words: string[] = [];
  #quote: 'none' | 'single' | 'double' = 'none';
  #escaped = false;
  #word: OpenWord | undefined;

  /** The quote that a value stands in; `escaped` right after a backslash. */
  get place(): 'none' | 'single' | 'double' | 'escaped' {
    return this.#escaped ? 'escaped' : this.#quote;
  }

  /** Takes in text of the command line. */
  add(text: string): void {
    for (const char of text) this.#char(char);
  }

  /** Takes in a value as part of the word that is open. */
  addValue(text: string): void {
    this.#word = { ...this.#word, text: (this.#word?.text ?? '') + text };
    this.#escaped = false;
  }

  /** Takes in a list, which must be a word of its own; false when it is not. */
  addList(words: readonly string[], span: ValuePart['span']): boolean {
    if (this.#word !== undefined || this.place !== 'none') return false;
    this.#word = { text: '', list: { words, span } };
    return true;
  }

  /** Ends the last word. */
  end(): void {
    this.#endWord();
  }

  /** An empty splitter in the same state of quotes. */
  fork(): WordSplitter {
    const fork = new WordSplitter();
    fork.#quote = this.#quote;
    fork.#escaped = this.#escaped;
    fork.#word = this.#word === undefined ? undefined : { text: this.#word.text };
    return fork;
  }

  /** Lists that text was glued to. */
  readonly glued: ValuePart['span'][] = [];

  #endWord(): void {
    const word = this.#word;
    this.#word = undefined;
    if (word === undefined) return;
    if (word.list === undefined) this.words.push(word.text);
    else if (word.text !== '') this.glued.push(word.list.span);
    else this.words.push(...word.list.words);
  }

  #append(char: string): void {
    this.#word = { ...this.#word, text: (this.#word?.text ?? '') + char };
  }

  #char(char: string): void {
    if (this.#escaped) this.#afterBackslash(char);
    else if (this.#quote === 'single') this.#inSingle(char);
    else if (char === '\\') this.#escaped = true;
    else if (this.#quote === 'double') this.#inDouble(char);
    else if (char === "'" || char === '"') this.#open(char === "'" ? 'single' : 'double');
    else if (/\s/.test(char)) this.#endWord();
    else this.#append(char);
  }

  #open(quote: 'single' | 'double'): void {
    this.#quote = quote;
    this.#append('');
  }

  #afterBackslash(char: string): void {
    this.#escaped = false;
    if (char === '\n') return;
    const literal = this.#quote === 'double' && !/[$`"\\]/.test(char);
    this.#append(literal ? `\\${char}` : char);
  }

  #inSingle(char: string): void {
    if (char === "'") this.#quote = 'none';
    else this.#append(char);
  }

  #inDouble(char: string): void {
    if (char === '"') this.#quote = 'none';
    else this.#append(char);
  }
}

/** Checks a command line before any value is known. */
export class CommandScanner implements Scanner {
  readonly problems: Diagnostic[];
  #splitter: WordSplitter;

  constructor(problems: Diagnostic[] = [], splitter = new WordSplitter()) {
    this.problems = problems;
    this.#splitter = splitter;
  }

  text(part: TextPart): void {
    this.#splitter.add(part.text);
  }

  value(part: ValuePart): void {
    if (this.#splitter.place === 'escaped') {
      const hint = 'leave the backslash out; each value is one argument already';
      this.problems.push(
        error('command/no-value-here', 'a value cannot stand right after a backslash', part.span, { hint }),
      );
    }
    if (part.mark === 'ident') {
      this.problems.push(
        error('template/ident-outside-sql', '`ident` writes an SQL identifier, and this is a command', part.span),
      );
    }
    this.#splitter.addValue('x');
  }

  copy(): this {
    // The class has no subclasses, so its own kind is `this`.
    return new CommandScanner(this.problems, this.#splitter.fork()) as this;
  }

  state(): string {
    return this.#splitter.place;
  }

  join(): void {
    // Whether a word is open at a spot does not change how values are written.
  }
}

/** The words of a command as they grow. */
export class CommandSink implements Sink {
  readonly #splitter = new WordSplitter();

  /** The words, or the places of lists that are not alone in their word. */
  finish(): { words: readonly string[]; problems: readonly Diagnostic[] } {
    this.#splitter.end();
    return { words: this.#splitter.words, problems: this.#splitter.glued.map(gluedProblem) };
  }

  text(text: string): void {
    this.#splitter.add(text);
  }

  value(value: Value, part: ValuePart): Diagnostic | undefined {
    if (Array.isArray(value) && part.mark === undefined) return this.#list(value as readonly Value[], part);
    const text = textOf(value);
    if (!text.ok) return error('template/no-text', text.message, part.span, { hint: text.hint });
    if (text.text.includes('\0')) return nulProblem(part.span);
    // `raw` opts out: its text is read as part of the command line, quotes and all.
    if (part.mark === 'raw') this.#splitter.add(text.text);
    else this.#splitter.addValue(text.text);
    return undefined;
  }

  #list(list: readonly Value[], part: ValuePart): Diagnostic | undefined {
    const words: string[] = [];
    for (const each of list) {
      const text = textOf(each);
      if (!text.ok) return error('template/no-text', `in this list, ${text.message}`, part.span, { hint: text.hint });
      if (text.text.includes('\0')) return nulProblem(part.span);
      words.push(text.text);
    }
    return this.#splitter.addList(words, part.span) ? undefined : gluedProblem(part.span);
  }
}

function gluedProblem(span: ValuePart['span']): Diagnostic {
  return error('command/list-in-word', 'a list becomes several arguments, so it must be a word of its own', span, {
    hint: 'put spaces around it and no quotes, or write `{{join x ","}}`',
  });
}
