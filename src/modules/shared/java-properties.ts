// An editor for Java .properties files that changes what it is told to and no other byte: comments, order, line ends,
// continuation lines and the spelling of escapes stay. The rules are those of java.util.Properties.load.
import { diffArrays } from 'diff';

/** One character of a key or value, and how the file spells it (with the continuation that may stand before it). */
interface Unit {
  readonly char: string;
  readonly raw: string;
}

/** One key and its value; `raw` parts joined give the text back. */
interface Pair {
  readonly kind: 'pair';
  /** First line of the pair in the file, from 1. */
  readonly line: number;
  readonly key: readonly Unit[];
  readonly separator: string;
  readonly value: readonly Unit[];
  /** A continuation at the end of the file that continues with nothing, and the line end. */
  readonly tail: string;
}

/** Blank lines and comments, as they stand. */
interface Other {
  readonly kind: 'other';
  readonly raw: string;
}

/** A parsed .properties file. */
export interface Properties {
  readonly lines: readonly (Pair | Other)[];
}

const spelled = (units: readonly Unit[]): string => units.map((each) => each.raw).join('');
const meant = (units: readonly Unit[]): string => units.map((each) => each.char).join('');
const isBlank = (char: string | undefined): boolean => char === ' ' || char === '\t' || char === '\f';
const isLineEnd = (char: string | undefined): boolean => char === '\n' || char === '\r';

/** Reads a .properties file. */
export function parseProperties(text: string): Properties {
  const lines: (Pair | Other)[] = [];
  let line = 1;
  for (let at = 0; at < text.length;) {
    const next = logicalLine(text, at, line);
    lines.push(next.line);
    line += (text.slice(at, next.end).match(/\r\n|\r|\n/g) ?? []).length;
    at = next.end;
  }
  return { lines };
}

/** The file as text. */
export function printProperties({ lines }: Properties): string {
  return lines
    .map((each) =>
      each.kind === 'other' ? each.raw : spelled(each.key) + each.separator + spelled(each.value) + each.tail,
    )
    .join('');
}

/** Every key with its value and its line, in the order of the file; a key that is said twice is there twice. */
export function pairsOf({
  lines,
}: Properties): readonly { readonly key: string; readonly value: string; readonly line: number }[] {
  return lines.flatMap((each) =>
    each.kind === 'other' ? [] : [{ key: meant(each.key), value: meant(each.value), line: each.line }],
  );
}

function lineEndAt(text: string, at: number): string {
  if (text[at] === '\r' && text[at + 1] === '\n') return '\r\n';
  return isLineEnd(text[at]) ? (text[at] ?? '') : '';
}

function logicalLine(text: string, start: number, line: number): { readonly line: Pair | Other; readonly end: number } {
  let at = start;
  while (isBlank(text[at])) at += 1;
  if (at >= text.length || isLineEnd(text[at]) || text[at] === '#' || text[at] === '!') {
    while (at < text.length && !isLineEnd(text[at])) at += 1;
    at += lineEndAt(text, at).length;
    return { line: { kind: 'other', raw: text.slice(start, at) }, end: at };
  }
  const { units, tail, end } = unitsFrom(text, start, at);
  if (units.length === 0) return { line: { kind: 'other', raw: text.slice(start, end) }, end };
  return { line: { ...split(units), kind: 'pair', line, tail }, end };
}

/** The units of a logical line whose first natural line has its leading blanks from `start` to `at`. */
function unitsFrom(text: string, start: number, first: number): { units: Unit[]; tail: string; end: number } {
  const units: Unit[] = [];
  let pending = text.slice(start, first);
  let at = first;
  while (at < text.length && !isLineEnd(text[at])) {
    const joint = continuationAt(text, at);
    if (joint === undefined) {
      const unit = unitAt(text, at);
      units.push({ char: unit.char, raw: pending + unit.raw });
      pending = '';
      at += unit.raw.length;
    } else {
      pending += joint;
      at += joint.length;
    }
  }
  const end = at + lineEndAt(text, at).length;
  return { units, tail: pending + text.slice(at, end), end };
}

/** A backslash at the end of a line, the line end, and the blanks that start the next line. */
function continuationAt(text: string, at: number): string | undefined {
  if (text[at] !== '\\' || (at + 1 < text.length && !isLineEnd(text[at + 1]))) return undefined;
  let end = at + 1 + lineEndAt(text, at + 1).length;
  while (isBlank(text[end])) end += 1;
  return text.slice(at, end);
}

const escapes: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f' };

function unitAt(text: string, at: number): Unit {
  const char = text[at] ?? '';
  if (char !== '\\') return { char, raw: char };
  const hex = /^\\u([0-9a-fA-F]{4})/.exec(text.slice(at, at + 6));
  if (hex !== null) return { char: String.fromCharCode(Number.parseInt(hex[1] ?? '', 16)), raw: hex[0] };
  const escaped = text[at + 1] ?? '';
  return { char: escapes[escaped] ?? escaped, raw: char + escaped };
}

/** A unit whose character is meant as a separator: not escaped. */
function isBare(unit: Unit | undefined, chars: string): boolean {
  if (unit === undefined) return false;
  return chars.includes(unit.char) && unit.raw.at(-2) !== '\\' && unit.raw.endsWith(unit.char);
}

function split(units: readonly Unit[]): Pick<Pair, 'key' | 'separator' | 'value'> {
  let keyEnd = 0;
  while (keyEnd < units.length && !isBare(units[keyEnd], '=: \t\f')) keyEnd += 1;
  let valueStart = keyEnd;
  const skipBlanks = (): void => {
    while (isBare(units[valueStart], ' \t\f')) valueStart += 1;
  };
  skipBlanks();
  if (isBare(units[valueStart], '=:')) valueStart += 1;
  skipBlanks();
  return {
    key: units.slice(0, keyEnd),
    separator: spelled(units.slice(keyEnd, valueStart)),
    value: units.slice(valueStart),
  };
}

/** The file with other values; `null` takes the key away, a new key goes to the end. Nothing else changes. */
export function editProperties(file: Properties, changes: ReadonlyMap<string, string | null>): Properties {
  const known = new Set(pairsOf(file).map(({ key }) => key));
  const lines = file.lines.flatMap((each): readonly (Pair | Other)[] => {
    const change = each.kind === 'other' ? undefined : changes.get(meant(each.key));
    if (each.kind === 'other' || change === undefined) return [each];
    return change === null ? [] : [withValue(each, change, file)];
  });
  let edited: Properties = { lines };
  for (const [key, value] of changes) {
    if (value !== null && !known.has(key)) edited = appended(edited, key, value, file);
  }
  return edited;
}

/** Words are kept or replaced as a whole, so that a line is never broken inside an address. */
function wordsOf(value: string): string[] {
  return value.match(/[\w.-]+|[^\w.-]/g) ?? [];
}

function withValue(pair: Pair, value: string, file: Properties): Pair {
  const escapeSeparators = escapesSeparators(pair.value) ?? fileEscapesSeparators(file);
  const units: Unit[] = [];
  let from = 0;
  for (const part of diffArrays(wordsOf(meant(pair.value)), wordsOf(value))) {
    const text = part.value.join('');
    if (part.added) units.push(...unitsOf(text, escapeSeparators));
    else {
      if (!part.removed) units.push(...pair.value.slice(from, from + text.length));
      from += text.length;
    }
  }
  const separator = pair.separator === '' ? '=' : pair.separator;
  return { ...pair, separator, value: protectedStart(units, separator) };
}

/** The first character of a value must not be taken for a blank or a second separator. */
function protectedStart(units: readonly Unit[], separator: string): readonly Unit[] {
  const [first, ...rest] = units;
  const risky = /[=:]/.test(separator) ? ' \t\f' : ' \t\f=:';
  if (first === undefined || !isBare(first, risky)) return units;
  return [{ char: first.char, raw: `${first.raw.slice(0, -1)}\\${first.char}` }, ...rest];
}

function unitsOf(text: string, escapeSeparators: boolean): readonly Unit[] {
  return [...Array(text.length).keys()].map((index) => {
    const char = text[index] ?? '';
    return { char, raw: spelling(char, escapeSeparators) };
  });
}

// Characters beyond ASCII are spelled by number: that is right in Latin-1 and in UTF-8.
function spelling(char: string, escapeSeparators: boolean): string {
  const letter = Object.entries(escapes).find(([, each]) => each === char)?.[0];
  if (letter !== undefined) return `\\${letter}`;
  if (char === '\\' || (escapeSeparators && ':='.includes(char))) return `\\${char}`;
  const code = char.charCodeAt(0);
  return code < 0x20 || code > 0x7e ? `\\u${code.toString(16).toUpperCase().padStart(4, '0')}` : char;
}

/** Whether `:` and `=` are escaped in a value; nothing when there are none. */
function escapesSeparators(value: readonly Unit[]): boolean | undefined {
  const separator = value.find((each) => ':='.includes(each.char));
  return separator === undefined ? undefined : !isBare(separator, ':=');
}

function fileEscapesSeparators({ lines }: Properties): boolean {
  return lines.some((each) => each.kind === 'pair' && escapesSeparators(each.value) === true);
}

function appended(file: Properties, key: string, value: string, style: Properties): Properties {
  const text = printProperties(file);
  const lineEnd = /\r\n|\r|\n/.exec(text)?.[0] ?? '\n';
  const separator = usualSeparator(style);
  const pair: Pair = {
    kind: 'pair',
    line: 0,
    key: unitsOf(key, true).map((each) => ({ ...each, raw: protectedKey(each) })),
    separator,
    value: protectedStart(unitsOf(value, fileEscapesSeparators(style)), separator),
    tail: text === '' || /[\r\n]$/.test(text) ? lineEnd : '',
  };
  return { lines: [...file.lines, { kind: 'other', raw: gap(file, text, lineEnd) }, pair] };
}

/** What must stand before an added line: a line end where none is, and one more after a continuation of nothing. */
function gap({ lines }: Properties, text: string, usualLineEnd: string): string {
  // A line feed would become one line end with the carriage return before it.
  const lineEnd = text.endsWith('\r') ? '\r' : usualLineEnd;
  const last = lines.findLast((each) => each.kind === 'pair' || each.raw !== '');
  const end = last?.kind === 'pair' ? last.tail : (last?.raw ?? '');
  if (/^[ \t\f]*\\/.test(end) && /\\(\r\n|[\r\n])?[ \t\f]*$/.test(end)) {
    return end.endsWith('\\') ? lineEnd + lineEnd : lineEnd;
  }
  return text === '' || /[\r\n]$/.test(text) ? '' : lineEnd;
}

function protectedKey({ char, raw }: Unit): string {
  return raw === char && ' #!'.includes(char) ? `\\${char}` : raw;
}

function usualSeparator({ lines }: Properties): string {
  const first = lines.find((each) => each.kind === 'pair' && each.separator.trim() !== '');
  return first?.kind === 'pair' && !/[\r\n]/.test(first.separator) ? first.separator : '=';
}
