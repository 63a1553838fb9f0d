// What stands on a command line that is not finished yet, read with the commands and flags that the program declares:
// completion knows a new flag as soon as there is one.
import type { Command, Option } from 'commander';

/** The words so far, as far as they can be understood. */
export interface TypedWords {
  readonly command: Command;
  /** What stands there beside flags: playbooks, files, names. */
  readonly names: readonly string[];
  /** The values of flags, by their long names. */
  readonly values: ReadonlyMap<string, readonly string[]>;
  /** The flag whose value is being typed. */
  readonly flag: Option | undefined;
  /** What is being typed, and what stands before it in the same word, such as `--tags=`. */
  readonly current: string;
  readonly before: string;
  /** False after `--`. */
  readonly flagsMayFollow: boolean;
}

/** Reads the words after the program's name; the last one is being typed, and may be empty. */
export function readTypedWords(program: Command, words: readonly string[]): TypedWords {
  const reader = new Reader(program);
  for (const word of words.slice(0, -1)) reader.word(word);
  return reader.typing(words.at(-1) ?? '');
}

class Reader {
  #command: Command;
  readonly #names: string[] = [];
  readonly #values = new Map<string, string[]>();
  #flag: Option | undefined;
  #flagsMayFollow = true;

  constructor(program: Command) {
    this.#command = program;
  }

  word(word: string): void {
    if (this.#flag !== undefined) this.#value(this.#flag, word);
    else if (this.#flagsMayFollow && word === '--') this.#flagsMayFollow = false;
    else if (this.#flagsMayFollow && word.startsWith('-')) this.#flagWord(word);
    else this.#name(word);
  }

  typing(current: string): TypedWords {
    const [before = ''] = this.#flag === undefined && this.#flagsMayFollow ? (/^--[^=]+=/.exec(current) ?? []) : [];
    const flag = before === '' ? this.#flag : this.#find(before.slice(0, -1));
    return {
      command: this.#command,
      names: this.#names,
      values: this.#values,
      flag,
      current: current.slice(before.length),
      before,
      flagsMayFollow: this.#flagsMayFollow,
    };
  }

  #name(word: string): void {
    const next = this.#names.length === 0 ? subcommand(this.#command, word) : undefined;
    if (next === undefined) this.#names.push(word);
    else this.#command = next;
  }

  #flagWord(word: string): void {
    const [name, value] = word.startsWith('--') ? split(word) : [word.slice(0, 2), word.slice(2) || undefined];
    const option = this.#find(name);
    if (option === undefined || !takesValue(option)) return;
    if (value === undefined) this.#flag = option;
    else this.#value(option, value);
  }

  #value(option: Option, value: string): void {
    const name = option.long ?? '';
    this.#values.set(name, [...(this.#values.get(name) ?? []), value]);
    this.#flag = undefined;
  }

  #find(name: string): Option | undefined {
    return this.#command.options.find((each) => each.long === name || each.short === name);
  }
}

/** True for a flag that a value follows. */
function takesValue({ required, optional }: Option): boolean {
  return required || optional;
}

/** A command below a command. */
function subcommand(command: Command, name: string): Command | undefined {
  return command.commands.find((each) => each.name() === name);
}

function split(word: string): readonly [string, string | undefined] {
  const at = word.indexOf('=');
  return at === -1 ? [word, undefined] : [word.slice(0, at), word.slice(at + 1)];
}
