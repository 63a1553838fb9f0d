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

/** Milliseconds of a number of seconds, or of a text such as `30s`, `5m`, `5min`, `500ms`; nothing when it is no time. */
export function millisecondsOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value >= 0 && Number.isFinite(value) ? Math.round(value * 1000) : undefined;
  if (typeof value !== 'string' || !new RegExp(durationPattern).test(value)) return undefined;
  const unit = /[a-z]+$/.exec(value)?.[0] ?? 's';
  return Math.round(Number.parseFloat(value) * (unitsMs[unit] ?? 1000));
}
