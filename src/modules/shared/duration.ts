// Arguments that are times longer than zero, in the words that every time is said in.
import { Type } from '@sinclair/typebox';
import type { TUnsafe } from '@sinclair/typebox';
import { durationPattern, millisecondsOf } from '../../core/duration.js';

/** Seconds as a number, or a number with its unit as in `500ms`, `5s`, `1m`, `1min`. */
export type Duration = number | string;

/** The schema of an argument that is a time longer than zero. */
export function duration(description: string, defaultValue?: string): TUnsafe<Duration> {
  return Type.Unsafe<Duration>({
    anyOf: [
      { type: 'number', exclusiveMinimum: 0 },
      { type: 'string', pattern: `^(?=.*[1-9])${durationPattern.slice(1)}` },
    ],
    ...(defaultValue === undefined ? {} : { default: defaultValue }),
    description: `${description} Seconds, or a number with its unit, such as \`500ms\`, \`30s\`, \`5m\` (or \`5min\`), \`1h\`.`,
  });
}

/** A duration in whole milliseconds, at least one: zero would mean "no limit" to PostgreSQL. */
export function durationMs(value: Duration): number {
  const timeMs = millisecondsOf(value);
  if (timeMs === undefined) throw new Error(`\`${value}\` is no time, and passed the schema`);
  return Math.max(1, timeMs);
}
