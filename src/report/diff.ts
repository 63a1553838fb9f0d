// A change is shown as what it is: files as a unified diff, rows of a table as rows, anything else as before -> after.
import { structuredPatch } from 'diff';
import type { Change, State } from '../core/module.js';
import { isMap, ownValue, sameValue } from '../core/value.js';
import type { Value, ValueMap } from '../core/value.js';
import { columnsOf, cutTo, padTo, safeLine, safeLines } from './text.js';
import type { Theme } from './theme.js';

// Two large files that share nothing would take minutes, and connections must be kept alive meanwhile.
const patchTimeoutMs = 300;
const linesAtMost = 400;
const cellColumnsAtMost = 48;

/** The lines of a change, coloured, without indentation. */
export function changeLines(change: Change<State>, theme: Theme): readonly string[] {
  const keys = [...new Set([...Object.keys(change.before), ...Object.keys(change.after)])];
  const lines = keys.flatMap((key) => keyLines(key, ownValue(change.before, key), ownValue(change.after, key), theme));
  if (lines.length <= linesAtMost) return lines;
  return [...lines.slice(0, linesAtMost), theme.dim(`… ${lines.length - linesAtMost} more lines`)];
}

function keyLines(key: string, before: Value | undefined, after: Value | undefined, theme: Theme): readonly string[] {
  if (sameValue(before ?? null, after ?? null)) return [];
  if (isText(before) && isText(after) && isLong(key, before, after)) return textLines(key, before, after, theme);
  const oldRows = rowsOf(before);
  const newRows = rowsOf(after);
  if (oldRows !== undefined && newRows !== undefined && oldRows.length + newRows.length > 0) {
    return [safeLine(`${key}:`), ...rowLines(oldRows, newRows, theme)];
  }
  if (isMap(before) && isMap(after)) {
    return [safeLine(`${key}:`), ...changeLines({ before, after }, theme).map((line) => `  ${line}`)];
  }
  return [`${safeLine(`${key}: `)}${theme.red(show(before))} -> ${theme.green(show(after))}`];
}

function isText(value: Value | undefined): value is string | null | undefined {
  return value === undefined || value === null || typeof value === 'string';
}

/** `content` is a file, whatever its length; another text is one when it has lines. */
function isLong(key: string, before: string | null | undefined, after: string | null | undefined): boolean {
  return key === 'content' || (before ?? '').includes('\n') || (after ?? '').includes('\n');
}

function textLines(key: string, before: string | null | undefined, after: string | null | undefined, theme: Theme) {
  const options = { context: 3, timeout: patchTimeoutMs };
  const patch = structuredPatch('before', 'after', before ?? '', after ?? '', '', '', options);
  if (patch === undefined) return [`${safeLine(key)}: ${theme.yellow('too different to show')}`];
  return [
    theme.bold(`--- before: ${safeLine(key)}${before === null || before === undefined ? ' (absent)' : ''}`),
    theme.bold(`+++ after: ${safeLine(key)}${after === null || after === undefined ? ' (absent)' : ''}`),
    ...patch.hunks.flatMap((hunk) => [
      theme.cyan(`@@ -${range(hunk.oldStart, hunk.oldLines)} +${range(hunk.newStart, hunk.newLines)} @@`),
      ...hunk.lines.map((line) => paintLine(line, theme)),
    ]),
  ];
}

/** An empty range stands after the line before it. */
function range(start: number, length: number): string {
  return `${length === 0 ? start - 1 : start},${length}`;
}

function paintLine(line: string, theme: Theme): string {
  const safe = safeLine(line.replace(/\r$/, '␍'));
  if (line.startsWith('+')) return theme.green(safe);
  if (line.startsWith('-')) return theme.red(safe);
  return line.startsWith('\\') ? theme.dim(safe) : safe;
}

/** A list of maps is a table; nothing at all is an empty one. */
function rowsOf(value: Value | undefined): readonly ValueMap[] | undefined {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value) || !value.every(isMap)) return undefined;
  return value;
}

/** Old rows with `-`, new ones with `+`, those in both left out, in aligned columns under their names. */
function rowLines(before: readonly ValueMap[], after: readonly ValueMap[], theme: Theme): readonly string[] {
  const gone = before.filter((row) => !after.some((other) => sameValue(row, other)));
  const come = after.filter((row) => !before.some((other) => sameValue(row, other)));
  const names = [...new Set([...gone, ...come].flatMap((row) => Object.keys(row)))];
  const table = [...gone, ...come].map((row) => names.map((name) => cell(ownValue(row, name))));
  const widths = names.map((name, at) =>
    Math.max(columnsOf(safeLine(name)), ...table.map((row) => columnsOf(row[at] ?? ''))),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((each, at) => padTo(each, widths[at] ?? 0))
      .join(' | ')
      .trimEnd();
  const kept = before.length - gone.length;
  return [
    `  ${theme.dim(line(names.map(safeLine)))}`,
    ...table.slice(0, gone.length).map((row) => theme.red(`- ${line(row)}`)),
    ...table.slice(gone.length).map((row) => theme.green(`+ ${line(row)}`)),
    ...(kept > 0 ? [theme.dim(`  (${kept} more, unchanged)`)] : []),
  ];
}

function cell(value: Value | undefined): string {
  if (value === undefined) return '';
  return cutTo(safeLine(typeof value === 'string' ? value : JSON.stringify(value)), cellColumnsAtMost);
}

/** A value in one line: nothing is `absent`, a text stands for itself where that is clear, all else is JSON. */
export function show(value: Value | undefined): string {
  if (value === undefined || value === null) return 'absent';
  if (typeof value !== 'string') return safeLine(JSON.stringify(value));
  const [first = '', ...rest] = safeLines(value);
  if (rest.length > 0) return `${first} … (${rest.length + 1} lines)`;
  return value === '' || value !== value.trim() ? `"${first}"` : first;
}
