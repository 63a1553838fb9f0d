// Rows are compared as data, never as text: how a client draws a table is nobody's business.
import type { Rows } from '../../core/connection.js';
import { mapOf, sameValue } from '../../core/value.js';
import type { Value, ValueMap } from '../../core/value.js';
import { didYouMean } from '../../core/words.js';

/** A row: column names and values. */
export type Row = ValueMap;

/** How many rows may come back. */
export type RowCount = number | { readonly min?: number; readonly max?: number };

/** What two lists of rows do not share. */
interface RowDifference {
  readonly missing: readonly Row[];
  readonly unexpected: readonly Row[];
}

const shownRows = 10;

/** True when a row has these columns with these values; columns that are not named do not matter. */
function hasColumns(row: Row, expected: Row): boolean {
  return Object.entries(expected).every(
    ([column, value]) => Object.hasOwn(row, column) && sameValue(row[column], value),
  );
}

/** What is missing and what is too much, order aside; the rows that say most are matched first. */
function differenceOf(expected: readonly Row[], found: readonly Row[]): RowDifference {
  const unexpected = [...found];
  const missing: Row[] = [];
  for (const row of expected.toSorted((left, right) => Object.keys(right).length - Object.keys(left).length)) {
    const index = unexpected.findIndex((each) => hasColumns(each, row));
    if (index === -1) missing.push(row);
    else unexpected.splice(index, 1);
  }
  return { missing, unexpected };
}

/** True when both hold the same rows, order aside. */
export function sameRows(left: readonly Row[], right: readonly Row[]): boolean {
  if (left.length !== right.length) return false;
  const rest = [...right];
  return left.every((row) => {
    const index = rest.findIndex((each) => sameValue(each, row));
    if (index !== -1) rest.splice(index, 1);
    return index !== -1;
  });
}

/** Why the rows are not as expected, as a diff from what was found (`-`) to what is expected (`+`); nothing when they are. */
export function objectionToRows(
  expected: readonly Row[],
  found: readonly Row[],
  columns: readonly string[],
): string | undefined {
  const unknown = expected.flatMap((row) => Object.keys(row)).find((column) => !columns.includes(column));
  if (unknown !== undefined) {
    const near = didYouMean(unknown, columns);
    return `the rows have no column \`${unknown}\`${near === undefined ? '' : `; ${near}`}`;
  }
  const { missing, unexpected } = differenceOf(expected, found);
  if (missing.length === 0 && unexpected.length === 0) return undefined;
  const names = new Set(expected.flatMap((row) => Object.keys(row)));
  return [
    `the rows are not as expected (${counted(expected.length, 'row')} expected, ${found.length} found)`,
    ...lines(
      '- ',
      unexpected.map((row) => (names.size === 0 ? row : only(row, names))),
    ),
    ...lines('+ ', missing),
  ].join('\n');
}

function only(row: Row, names: ReadonlySet<string>): Row {
  return mapOf(Object.entries(row).filter(([column]) => names.has(column)));
}

function lines(mark: string, rows: readonly Row[]): readonly string[] {
  const shown = rows.slice(0, shownRows).map((row) => `${mark}${JSON.stringify(row)}`);
  const left = rows.length - shown.length;
  return left === 0 ? shown : [...shown, `${mark}and ${left} more`];
}

/** Why this number of rows is not as expected; nothing when it is. */
export function objectionToCount(expected: RowCount, found: number): string | undefined {
  const { min, max } = typeof expected === 'number' ? { min: expected, max: expected } : expected;
  if (found >= (min ?? 0) && found <= (max ?? Infinity)) return undefined;
  return `expected ${rangeOf(min ?? 0, max)}, found ${found}`;
}

function rangeOf(min: number, max: number | undefined): string {
  if (max === undefined) return `at least ${counted(min, 'row')}`;
  return min === max ? counted(min, 'row') : `${min} to ${counted(max, 'row')}`;
}

/** A number and its noun: `1 row`, `2 rows`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** The only value of the only row; nothing when there is not exactly one. */
export function onlyValue(rows: Rows): Value | undefined {
  const [row] = rows.rows;
  const [column] = rows.columns;
  if (rows.rows.length !== 1 || rows.columns.length !== 1 || row === undefined || column === undefined)
    return undefined;
  return row[column];
}
