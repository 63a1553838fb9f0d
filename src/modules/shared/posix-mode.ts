// File modes are strings such as "0640": a bare number in YAML would be read as decimal, and means another mode.
import { Type } from '@sinclair/typebox';

/** The schema of an octal mode. */
export const modeSchema = Type.String({
  pattern: '^0?[0-7]{3,4}$',
  description: 'Octal mode in quotes, as in `"0640"`.',
});

/** A mode as a host's look gives it: octal digits after a zero. */
export function normalMode(mode: string): string {
  return `0${Number.parseInt(mode, 8).toString(8)}`;
}
