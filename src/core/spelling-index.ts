// Finds any of very many texts in a text, in a time that does not grow with how many there are: each is known by its first
// four characters, and most places are passed by because no text begins with the two that stand there.

/** A stretch of a text, its end excluded. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** No text is shorter; fewer characters tell too little, and are everywhere. */
const shortest = 4;

/** What is written where something was left out; a space may stand between. */
const cutMarks = / ?(?:\u2026|\.{3}) ?/g;

/** The texts to be found. */
export class SpellingIndex {
  readonly #known = new Set<string>();
  /** Longest first. */
  readonly #byHead = new Map<string, string[]>();
  readonly #byTail = new Map<string, string[]>();
  readonly #begins = new Uint8Array(1 << 16);
  #longest = 0;

  /** Adds a text of at least 4 characters. */
  add(text: string): void {
    if (this.#known.has(text)) return;
    this.#known.add(text);
    this.#longest = Math.max(this.#longest, text.length);
    this.#begins[pairAt(text, 0)] = 1;
    put(this.#byHead, text.slice(0, shortest), text);
    if (text.length > shortest) put(this.#byTail, text.slice(-shortest), text);
  }

  get isEmpty(): boolean {
    return this.#known.size === 0;
  }

  /** True for a text that is one of them as a whole. */
  has(text: string): boolean {
    return this.#known.has(text);
  }

  /** Where they stand in a text, and parts of them where it was cut; those that touch no other apart, in order. */
  ranges(text: string): readonly Range[] {
    if (this.isEmpty) return [];
    const whole = this.#whole(text);
    const cut = this.#atCuts(text);
    return cut.length === 0 ? whole : joined([...whole, ...cut]);
  }

  /** The longest at each place, also those that begin inside of another: of two that overlap no part is left. */
  #whole(text: string): readonly Range[] {
    const ranges: Range[] = [];
    for (let start = 0; start <= text.length - shortest; start += 1) {
      if (this.#begins[pairAt(text, start)] === 0) continue;
      const texts = this.#byHead.get(text.slice(start, start + shortest));
      const found = texts?.find((each) => text.startsWith(each, start));
      if (found === undefined) continue;
      const end = start + found.length;
      const last = ranges.at(-1);
      if (last === undefined || start >= last.end) ranges.push({ start, end });
      else ranges[ranges.length - 1] = { start: last.start, end: Math.max(last.end, end) };
    }
    return ranges;
  }

  /**
   * A message shows the head or the tail of what is long, and the cut may go through the middle of one. Anywhere else a
   * part is a word like any other.
   */
  #atCuts(text: string): readonly Range[] {
    if (!text.includes('\u2026') && !text.includes('...')) return [];
    return [...text.matchAll(cutMarks)].flatMap((mark) => [
      ...this.#endingAt(text, mark.index),
      ...this.#beginningAt(text, mark.index + mark[0].length),
    ]);
  }

  /** The longest beginning of one that ends here. */
  #endingAt(text: string, end: number): readonly Range[] {
    for (let start = Math.max(0, end - this.#longest); start <= end - shortest; start += 1) {
      const texts = this.#byHead.get(text.slice(start, start + shortest));
      if (texts?.some((each) => each.startsWith(text.slice(start, end))) === true) return [{ start, end }];
    }
    return [];
  }

  /** The longest end of one that begins here. */
  #beginningAt(text: string, start: number): readonly Range[] {
    for (let end = Math.min(text.length, start + this.#longest); end >= start + shortest; end -= 1) {
      const texts = this.#byTail.get(text.slice(end - shortest, end));
      if (texts?.some((each) => each.endsWith(text.slice(start, end))) === true) return [{ start, end }];
    }
    return [];
  }
}

function pairAt(text: string, at: number): number {
  return (text.charCodeAt(at) * 257 + text.charCodeAt(at + 1)) & 0xffff;
}

function put(map: Map<string, string[]>, key: string, text: string): void {
  const texts = map.get(key) ?? [];
  const at = texts.findIndex((each) => each.length < text.length);
  texts.splice(at === -1 ? texts.length : at, 0, text);
  map.set(key, texts);
}

function joined(ranges: readonly Range[]): readonly Range[] {
  const all: Range[] = [];
  for (const { start, end } of ranges.toSorted((left, right) => left.start - right.start)) {
    const last = all.at(-1);
    if (last === undefined || start > last.end) all.push({ start, end });
    else all[all.length - 1] = { start: last.start, end: Math.max(last.end, end) };
  }
  return all;
}
