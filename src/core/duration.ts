// Times as people write them, everywhere the same: a number is seconds, as in Ansible; a text may say its unit, and
// minutes are `m` or, as PostgreSQL writes them, `min`.

const unitsMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** A pattern for texts that say a time; also used in the JSON Schemas. */
export const durationPattern = '^\\d+(\\.\\d+)?\\s*(ms|s|m|min|h|d)?$';

/** What a timer can wait for; JavaScript's fires at once when it is asked for more. */
const longestMs = 2 ** 31 - 1;

/**
 * Milliseconds of a number of seconds, or of a text such as `30s`, `5m`, `5min`, `500ms`; nothing when it is no time,
 * or more than 24 days, for which no timer waits.
 */
export function millisecondsOf(value: unknown): number | undefined {
  if (typeof value === 'number') return bounded(value * 1000);
  if (typeof value !== 'string' || !new RegExp(durationPattern).test(value)) return undefined;
  const unit = /[a-z]+$/.exec(value)?.[0] ?? 's';
  return bounded(Number.parseFloat(value) * (unitsMs[unit] ?? 1000));
}

function bounded(timeMs: number): number | undefined {
  return timeMs >= 0 && timeMs <= longestMs ? Math.round(timeMs) : undefined;
}
