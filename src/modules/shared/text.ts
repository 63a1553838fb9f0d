// Data as a person reads it.
import type { Value } from '../../core/value.js';

/** A value as text: a string as it is, anything else as indented JSON. */
export function asText(value: Value): string {
  return typeof value === 'string' ? value : JSON.stringify(value, null, 2);
}
