// A message shows the head or the tail of what is long, and the cut may go through the middle of a secret. So before and
// after a mark of a cut the parts of secrets are hidden too; anywhere else a part of a secret is a word like any other.

/** A stretch of a text, its end excluded. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** Fewer characters tell too little, and are everywhere. */
const shortest = 4;

/** What is written where something was left out; a space may stand between. */
const marks = / ?(?:\u2026|\.{3}) ?/g;

/** The beginnings and ends of spellings, to be looked for at cuts. */
export class CutSpellings {
  readonly #byHead = new Map<string, string[]>();
  readonly #byTail = new Map<string, string[]>();
  #longest = 0;

  constructor(spellings: Iterable<string>) {
    for (const spelling of spellings) {
      if (spelling.length <= shortest) continue;
      this.#longest = Math.max(this.#longest, spelling.length);
      put(this.#byHead, spelling.slice(0, shortest), spelling);
      put(this.#byTail, spelling.slice(-shortest), spelling);
    }
  }

  /** Where the parts of secrets stand at the cuts of a text. */
  ranges(text: string): readonly Range[] {
    if (this.#longest === 0 || !(text.includes('\u2026') || text.includes('...'))) return [];
    return [...text.matchAll(marks)].flatMap((mark) => [
      ...this.#before(text, mark.index),
      ...this.#after(text, mark.index + mark[0].length),
    ]);
  }

  /** A beginning that ends here, the longest first. */
  #before(text: string, end: number): readonly Range[] {
    for (let start = Math.max(0, end - this.#longest); start <= end - shortest; start += 1) {
      const known = this.#byHead.get(text.slice(start, start + shortest)) ?? [];
      if (known.some((spelling) => spelling.startsWith(text.slice(start, end)))) return [{ start, end }];
    }
    return [];
  }

  /** An end that starts here. */
  #after(text: string, start: number): readonly Range[] {
    for (let end = Math.min(text.length, start + this.#longest); end >= start + shortest; end -= 1) {
      const known = this.#byTail.get(text.slice(end - shortest, end)) ?? [];
      if (known.some((spelling) => spelling.endsWith(text.slice(start, end)))) return [{ start, end }];
    }
    return [];
  }
}

function put(map: Map<string, string[]>, key: string, spelling: string): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, [spelling]);
  else known.push(spelling);
}
