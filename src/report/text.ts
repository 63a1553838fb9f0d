// What hosts, files and people said is shown on a terminal that obeys control characters. Here they become
// visible marks instead, so that a host can neither hide a failure nor write to the operator's clipboard.

// C0 and C1 controls, DEL, marks that turn the reading direction, zero-width marks, line separators, lone surrogates.
const unsafe =
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|\p{Cs}|[\u{e0000}-\u{e007f}]/gu;
const unsafeInBlock = new RegExp(`(?!\\n)(?:${unsafe.source})`, 'gu');
// Wide in East Asian terminals, after Unicode's EastAsianWidth: Hangul, Kana, CJK, full-width forms, emoji.
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f680}-\u{1f6ff}\u{1f900}-\u{1f9ff}\u{1fa70}-\u{1faff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}|\ufe0f/u;
const takesNoColumn = /^[\p{Mn}\p{Me}\u200d]+$/u;
const ascii = /^[\x20-\x7e]*$/;
// Made when a text is first taken apart: it reads tables that take longer than many a command.
let segmenter: Intl.Segmenter | undefined;
// The colours of theme.ts: they take no column.
const colour = /\x1b\[[0-9;]*m/g;

function graphemesOf(text: string): Intl.Segments {
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  return segmenter.segment(text);
}

function mark(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x20) return String.fromCodePoint(0x2400 + code);
  if (code === 0x7f) return '\u2421';
  return `<U+${code.toString(16).toUpperCase().padStart(4, '0')}>`;
}

/** One line of foreign text with everything that a terminal could obey made visible; a tab becomes two spaces. */
export function safeLine(text: string): string {
  return ascii.test(text) ? text : text.replaceAll('\t', '  ').replace(unsafe, mark);
}

/** Foreign text as safe lines; a carriage return before a line end is dropped, a last line end makes no empty line. */
export function safeLines(text: string): readonly string[] {
  const lines = text.replaceAll('\t', '  ').replaceAll('\r\n', '\n').replace(unsafeInBlock, mark).split('\n');
  return lines.length > 1 && lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}

/** Data as JSON in which a terminal finds nothing to obey: JSON's own escapes leave out DEL, C1 and direction marks. */
export function safeJson(data: unknown, indent?: number): string {
  return JSON.stringify(data, undefined, indent).replace(unsafeInBlock, escapes);
}

function escapes(character: string): string {
  return [...Array(character.length).keys()]
    .map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`)
    .join('');
}

// Taking a text apart takes the square of its length, and a host may say a line of any length: it is done in pieces.
const longText = 1000;

/** How many columns of a terminal a line takes, colours aside. */
export function columnsOf(text: string): number {
  if (ascii.test(text)) return text.length;
  const plain = text.replace(colour, '');
  let columns = 0;
  for (let at = 0; at < plain.length; at += longText) {
    for (const { segment } of graphemesOf(plain.slice(at, at + longText))) {
      if (!takesNoColumn.test(segment)) columns += wide.test(segment) ? 2 : 1;
    }
  }
  return columns;
}

/** The line filled up with spaces to this many columns. */
export function padTo(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - columnsOf(text)));
}

/** The line cut to this many columns, an ellipsis for what is left out. For text without colours. */
export function cutTo(text: string, columns: number): string {
  const start = text.slice(0, Math.max(longText, 4 * columns));
  if (start.length === text.length && columnsOf(text) <= columns) return text;
  let kept = '';
  let used = 0;
  for (const { segment } of graphemesOf(start)) {
    const next = used + columnsOf(segment);
    if (next > columns - 1) break;
    kept += segment;
    used = next;
  }
  return `${kept}…`;
}

/** A number and its noun: `1 change`, `3 changes`. */
export function count(amount: number, one: string, many: string = `${one}s`): string {
  return `${amount} ${amount === 1 ? one : many}`;
}

/** Paragraphs in lines of at most this width, broken between words; empty text has none. */
export function wrap(text: string, width: number): readonly string[] {
  return text.split('\n').flatMap((paragraph) => {
    const lines: string[] = [];
    let line = '';
    for (const word of paragraph.split(' ').filter((each) => each !== '')) {
      if (line !== '' && columnsOf(line) + 1 + columnsOf(word) > width) {
        lines.push(line);
        line = word;
      } else line = line === '' ? word : `${line} ${word}`;
    }
    return line === '' ? lines : [...lines, line];
  });
}

/** A number of bytes as a person reads it. */
export function sizeOf(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];
  const step = bytes < 1 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), units.length - 1);
  return `${(bytes / 1024 ** step).toFixed(step === 0 ? 0 : 1)} ${units[step] ?? ''}`;
}
