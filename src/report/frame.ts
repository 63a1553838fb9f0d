// Problems of files, shown where they are: the line, a caret under the words, and what to do next.
// The form is that of `rustc`, which people read without being taught.
import type { Diagnostic, Label } from '../core/diagnostic.js';
import { lineText, positionOf, whereIs } from '../core/source.js';
import type { Span } from '../core/source.js';
import { columnsOf, count, cutTo, padTo, safeLine } from './text.js';
import type { Theme } from './theme.js';

/** How frames are drawn. */
export interface FrameStyle {
  readonly theme: Theme;
  /** Columns of the terminal. */
  readonly columns: number;
}

const codeColumn = 66;

/** Nobody reads further, and a file of garbage has a problem in every line. */
const mostFrames = 100;
const longestLine = 500;

/** Every problem in a frame, a blank line between two, and a line that counts them. */
export function frameAll(diagnostics: readonly Diagnostic[], style: FrameStyle): string {
  if (diagnostics.length === 0) return '';
  const errors = diagnostics.filter((each) => each.severity === 'error');
  const shown = diagnostics.length <= mostFrames ? diagnostics : [...errors, ...diagnostics].slice(0, mostFrames);
  const frames = shown.map((each) => frame(each, style));
  return `${[...frames, countLine(diagnostics)].join('\n\n')}\n`;
}

/** `2 errors, 1 warning`. */
function countLine(diagnostics: readonly Diagnostic[]): string {
  const errors = diagnostics.filter((each) => each.severity === 'error').length;
  const warnings = diagnostics.length - errors;
  const words = [
    ...(errors > 0 ? [count(errors, 'error')] : []),
    ...(warnings > 0 ? [count(warnings, 'warning')] : []),
  ];
  const rest = diagnostics.length > mostFrames ? `; the first ${mostFrames} are shown` : '';
  return words.join(', ') + rest;
}

/** One problem in its frame, without a line end. */
export function frame(diagnostic: Diagnostic, style: FrameStyle): string {
  const { span, hint, labels = [] } = diagnostic;
  const spans = [...(span === undefined ? [] : [span]), ...labels.map((each) => each.span)];
  const gutter = Math.max(1, ...spans.map((each) => String(positionOf(each.source, each.start).line).length));
  const lines = [headLine(diagnostic, style)];
  if (span !== undefined) {
    lines.push(...place('-->', span, gutter, style));
    lines.push(...excerpt({ span, message: oneLine(hint) }, '^', gutter, style));
  }
  let shownSource = span?.source;
  for (const label of labels) {
    lines.push(...(label.span.source === shownSource ? [] : place(':::', label.span, gutter, style)));
    lines.push(...excerpt(label, '-', gutter, style));
    shownSource = label.span.source;
  }
  if (hint !== undefined && (span === undefined || hint.includes('\n'))) lines.push(...hintLines(hint, style));
  return lines.join('\n');
}

function headLine({ severity, message, ...diagnostic }: Diagnostic, { theme, columns }: FrameStyle): string {
  const code = safeLine(diagnostic.code);
  const paint = severity === 'error' ? theme.red : theme.yellow;
  const [first = '', ...rest] = message.split('\n').map(briefly);
  const plainHead = `${severity}: ${first}`;
  const column = Math.max(columnsOf(plainHead) + 2, Math.min(codeColumn, columns - columnsOf(code)));
  const filler = ' '.repeat(column - columnsOf(plainHead));
  const head = `${paint(theme.bold(severity))}${theme.bold(`: ${first}`)}${filler}${theme.dim(code)}`;
  return [head, ...rest.map((line) => `  ${line}`)].join('\n');
}

function place(arrow: string, span: Span, gutter: number, { theme }: FrameStyle): readonly string[] {
  return [
    `${' '.repeat(gutter)}${theme.cyan(arrow)} ${safeLine(whereIs(span))}`,
    theme.cyan(`${' '.repeat(gutter)} |`),
  ];
}

/** A line that quotes a text of many thousand characters is read by nobody. */
function briefly(line: string): string {
  return safeLine(line.length > longestLine ? `${line.slice(0, longestLine)}…` : line);
}

/** A hint of one line stands beside the caret; a longer one goes below the frame. */
function oneLine(hint: string | undefined): string {
  return hint === undefined || hint.includes('\n') ? '' : briefly(hint);
}

function hintLines(hint: string, { theme }: FrameStyle): readonly string[] {
  const [first = '', ...rest] = hint.split('\n').map(briefly);
  return [`  ${theme.cyan('hint:')} ${first}`, ...rest.map((line) => `        ${line}`)];
}

function excerpt({ span, message }: Label, caret: string, gutter: number, style: FrameStyle): readonly string[] {
  const { theme } = style;
  const { line, column } = positionOf(span.source, span.start);
  const room = Math.max(40, style.columns - gutter - 3);
  const { text, start } = windowOf(lineText(span.source, line), column - 1, room);
  const before = safeLine(text.slice(0, start));
  const marked = safeLine(text.slice(start, start + Math.max(1, span.end - span.start)));
  const paint = caret === '^' ? theme.red : theme.cyan;
  const carets = caret.repeat(Math.max(1, Math.min(columnsOf(marked), room - columnsOf(before))));
  const words = message === '' ? '' : ` ${safeLine(message)}`;
  return [
    `${theme.cyan(`${padTo(String(line), gutter)} |`)} ${cutLongLine(safeLine(text), columnsOf(before), carets.length, room)}`.trimEnd(),
    `${theme.cyan(`${' '.repeat(gutter)} |`)} ${' '.repeat(columnsOf(before))}${paint(`${carets}${words}`)}`,
  ];
}

/** The part of a line around the marked words, when they stand so far to the right that nobody would find them. */
function windowOf(line: string, start: number, room: number): { readonly text: string; readonly start: number } {
  if (start <= 2 * room) return { text: line, start };
  const kept = Math.floor(room / 2);
  return { text: `…${line.slice(start - kept)}`, start: kept + 1 };
}

/** A line of many thousand columns is cut after its marked words. */
function cutLongLine(text: string, start: number, length: number, room: number): string {
  return cutTo(text, Math.max(room, start + length + 20));
}
