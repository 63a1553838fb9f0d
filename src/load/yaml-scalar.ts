// A template error says "character 7 of this text", but a person wants the line and column of the file.
// Escapes, folded lines and indentation stand between the two; this is the way back.
import type { Span } from '../core/source.js';

/** For each character of a value, and for its end, the offset in the file. */
type Offsets = readonly number[];

const simpleEscapes: Readonly<Record<string, string>> = {
  '0': '\0',
  a: '\u0007',
  b: '\b',
  e: '\u001B',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  N: '\u0085',
  _: '\u00A0',
  L: '\u2028',
  P: '\u2029',
  ' ': ' ',
  '"': '"',
  '/': '/',
  '\\': '\\',
  '\t': '\t',
};

const lineFold = /[ \t]*\r?\n(?:[ \t]*\r?\n)*[ \t]*/y;

/** The function that maps offsets within a string value to its place in the file. */
export function locator(span: Span, value: string, type: string): (start: number, end: number) => Span {
  let offsets: Offsets | undefined;
  return (start, end) => {
    offsets ??= offsetsOf(span, value, type);
    const from = offsets[Math.min(start, value.length)] ?? span.start;
    const to = offsets[Math.min(end, value.length)] ?? span.end;
    return { source: span.source, start: from, end: Math.max(from, to) };
  };
}

function offsetsOf(span: Span, value: string, type: string): Offsets {
  const raw = span.source.text.slice(span.start, span.end);
  if (type.startsWith('BLOCK')) return alignBlock(raw, value).map((each) => each + span.start);
  const quote = type === 'QUOTE_DOUBLE' ? '"' : type === 'QUOTE_SINGLE' ? "'" : '';
  const decoded = decodeFlow(raw.slice(quote.length, raw.length - quote.length), quote);
  // Should the two ever disagree, the whole scalar is a fair place to point at.
  if (decoded.text !== value) return [];
  return decoded.offsets.map((each) => each + span.start + quote.length);
}

/** Plain and quoted scalars: escapes are undone and lines are folded as YAML does, each character with its origin. */
function decodeFlow(raw: string, quote: string): { text: string; offsets: Offsets } {
  let text = '';
  const offsets: number[] = [];
  let at = 0;
  const put = (characters: string, origin: number): void => {
    for (let index = 0; index < characters.length; index++) offsets.push(origin);
    text += characters;
  };
  while (at < raw.length) {
    lineFold.lastIndex = at;
    const fold = lineFold.exec(raw);
    if (fold !== null) {
      const lines = fold[0].split('\n').length - 1;
      put(lines === 1 ? ' ' : '\n'.repeat(lines - 1), at);
      at += fold[0].length;
      continue;
    }
    const [length, characters] = quote === '' ? [1, raw.charAt(at)] : unescape(raw, at, quote);
    put(characters, at);
    at += length;
  }
  return { text, offsets: [...offsets, raw.length] };
}

/** One character of a quoted scalar: how long it is as written, and what it stands for. */
function unescape(raw: string, at: number, quote: string): readonly [number, string] {
  const character = raw.charAt(at);
  if (quote === "'") return character === "'" ? [2, "'"] : [1, character];
  if (character !== '\\') return [1, character];
  const joined = /^\\\r?\n[ \t]*/.exec(raw.slice(at));
  if (joined !== null) return [joined[0].length, ''];
  const coded = /^\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8}))/.exec(raw.slice(at, at + 10));
  if (coded === null) return [2, simpleEscapes[raw.charAt(at + 1)] ?? ''];
  return [coded[0].length, String.fromCodePoint(Number.parseInt(coded[1] ?? coded[2] ?? coded[3] ?? '', 16))];
}

/** Block scalars: the content of each line stands in the value as it is; only what joins the lines differs. */
function alignBlock(raw: string, value: string): Offsets {
  const offsets: number[] = [];
  let lineStart = raw.indexOf('\n') + 1;
  let lastEnd = lineStart;
  const indent = blockIndent(raw.slice(lineStart), value);
  while (lineStart > 0 && lineStart < raw.length) {
    const newline = raw.indexOf('\n', lineStart);
    const lineEnd = newline === -1 ? raw.length : newline;
    const content = raw.slice(lineStart + indent, lineEnd).replace(/\r$/, '');
    if (content.trim() !== '') {
      while (offsets.length < value.length && !value.startsWith(content, offsets.length)) offsets.push(lastEnd);
      for (let column = 0; column < content.length; column++) offsets.push(lineStart + indent + column);
      lastEnd = lineStart + indent + content.length;
    }
    lineStart = newline === -1 ? 0 : newline + 1;
  }
  while (offsets.length <= value.length) offsets.push(lastEnd);
  return offsets;
}

/** The indentation that YAML took away: what the first line with content has more than it has in the value. */
function blockIndent(body: string, value: string): number {
  return firstIndent(body) - firstIndent(value);
}

function firstIndent(text: string): number {
  const line = text.split(/\r?\n/).find((each) => each.trim() !== '') ?? '';
  return line.length - line.trimStart().length;
}
