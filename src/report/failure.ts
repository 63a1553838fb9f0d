// A failure is shown at once and whole: where it was said, what was run, what the host answered, and what to do.
import type { Failure } from '../core/event.js';
import { isMap } from '../core/value.js';
import type { Value } from '../core/value.js';
import { columnsOf, cutTo, padTo, safeLine, safeLines } from './text.js';
import type { Theme } from './theme.js';

const tailLines = 20;
const lineColumnsAtMost = 400;
// These are long: their ends matter, and they come last.
const outputs = new Set(['stdout', 'stderr']);

/** The block below a failure's first line, without indentation. */
export function failureLines(failure: Failure, theme: Theme): readonly string[] {
  const { location, hint } = failure;
  const entries = Object.entries(failure.details ?? {}).filter(([, value]) => hasContent(value));
  const ordered = [...entries.filter(([key]) => !outputs.has(key)), ...entries.filter(([key]) => outputs.has(key))];
  const width = Math.max(0, ...ordered.map(([key]) => columnsOf(safeLine(key))));
  return [
    ...(location === undefined
      ? []
      : [`${theme.cyan('-->')} ${safeLine(location.file)}:${location.line}:${location.column}`]),
    ...ordered.flatMap(([key, value]) => detailLines(safeLine(key), value, width, theme)),
    ...(hint === undefined ? [] : hintLines(hint, theme)),
  ];
}

function hasContent(value: Value): boolean {
  return value !== '' && value !== null && !(Array.isArray(value) && value.length === 0);
}

function detailLines(key: string, value: Value, width: number, theme: Theme): readonly string[] {
  const lines = valueLines(value);
  const shown = outputs.has(key) ? tail(lines) : lines;
  return shown.map((line, at) => {
    const name = padTo(at === 0 ? key : '', width);
    return `  ${theme.cyan('|')} ${theme.dim(name)}  ${cutTo(line, lineColumnsAtMost)}`.trimEnd();
  });
}

function valueLines(value: Value): readonly string[] {
  if (typeof value === 'string') return safeLines(value);
  if (Array.isArray(value)) return value.flatMap((each: Value) => valueLines(each));
  if (isMap(value)) return Object.entries(value).map(([key, each]) => safeLine(`${key}: ${JSON.stringify(each)}`));
  return [safeLine(JSON.stringify(value))];
}

function tail(lines: readonly string[]): readonly string[] {
  if (lines.length <= tailLines) return lines;
  return [`… ${lines.length - tailLines} earlier lines`, ...lines.slice(-tailLines)];
}

function hintLines(hint: string, theme: Theme): readonly string[] {
  const [first = '', ...rest] = safeLines(hint);
  return [`  ${theme.cyan('= hint:')} ${first}`, ...rest.map((line) => `          ${line}`)];
}
