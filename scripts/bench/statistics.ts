// What several measurements of one thing come to.

/** The middle one, and how far the others are from it. */
export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
  readonly count: number;
}

/** The spread of some numbers; undefined of none. */
export function spreadOf(numbers: readonly number[]): Spread | undefined {
  const sorted = numbers.toSorted((left, right) => left - right);
  const [least, most] = [sorted[0], sorted.at(-1)];
  if (least === undefined || most === undefined) return undefined;
  const upper = sorted[Math.floor(sorted.length / 2)] ?? most;
  const lower = sorted[Math.floor((sorted.length - 1) / 2)] ?? least;
  return { median: (lower + upper) / 2, least, most, count: sorted.length };
}

/** The median of some numbers; NaN of none. */
export function median(numbers: readonly number[]): number {
  return spreadOf(numbers)?.median ?? Number.NaN;
}

/** A number for people: two significant digits below 10, whole numbers from 100 on. */
export function rounded(value: number): string {
  if (!Number.isFinite(value)) return '-';
  if (value >= 100) return String(Math.round(value));
  if (value >= 10) return value.toFixed(1);
  return value.toFixed(2);
}

/** `median (least..most)`, or the median alone where there was only one measurement. */
export function told(numbers: readonly number[]): string {
  const spread = spreadOf(numbers);
  if (spread === undefined) return '-';
  if (spread.count === 1) return rounded(spread.median);
  return `${rounded(spread.median)} (${rounded(spread.least)}..${rounded(spread.most)})`;
}

/** How many times one thing is another, by their medians. */
export function ratio(of: readonly number[] | undefined, to: readonly number[] | undefined): number {
  return median(of ?? []) / median(to ?? []);
}
