// Every value that came from a file knows where it was said, so that a problem found
// ten steps later can still point at the line a person has to mend.

/** A text that was read, under the name a person knows it by (usually a path as it was given). */
export interface Source {
  readonly path: string;
  readonly text: string;
  /** True when the text was encrypted where it stood: none of its lines may be shown. */
  readonly sealed?: true;
}

/** A stretch of a source: offsets in UTF-16 code units, the end excluded. */
export interface Span {
  readonly source: Source;
  readonly start: number;
  readonly end: number;
}

/** A place as editors count: line and column both start at 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

const lineStartsBySource = new WeakMap<Source, readonly number[]>();

/** The offset at which each line of the source starts. */
function lineStarts(source: Source): readonly number[] {
  const known = lineStartsBySource.get(source);
  if (known !== undefined) return known;
  const starts = [0];
  for (let at = source.text.indexOf('\n'); at !== -1; at = source.text.indexOf('\n', at + 1)) starts.push(at + 1);
  lineStartsBySource.set(source, starts);
  return starts;
}

/** Line and column of an offset. */
export function positionOf(source: Source, offset: number): Position {
  const starts = lineStarts(source);
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
}

/** The text of one line, counted from 1, without its line end; nothing of what was encrypted. */
export function lineText(source: Source, line: number): string {
  const start = lineStarts(source)[line - 1];
  if (start === undefined || source.sealed === true) return '';
  const end = source.text.indexOf('\n', start);
  return source.text.slice(start, end === -1 ? undefined : end).replace(/\r$/, '');
}

/** `file:line:column` of a span's start, as terminals and editors make it a link. */
export function whereIs(span: Span): string {
  const { line, column } = positionOf(span.source, span.start);
  return `${span.source.path}:${line}:${column}`;
}
