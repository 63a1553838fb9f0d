// Each record of a journal carries a checksum of itself and a hash of all before it, so that a record that was cut, flipped,
// taken out or put in is found; and it stays a line of JSON, so that `jq` reads a journal.
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { Stamped } from '../core/event.js';
import { dataOf, isMap } from '../core/value.js';

/** What the first record follows. */
export const beginning = '0'.repeat(32);

/** A record as it is written, without its line end, and the hash that the next one carries. */
export interface Sealed {
  readonly line: string;
  readonly hash: string;
}

/** The record of an event that follows a hash. */
export function seal(event: Stamped, prev: string): Sealed {
  const body = JSON.stringify({ ...event, prev }).slice(0, -1);
  const line = `${body},"crc":"${checksum(body)}"}`;
  return { line, hash: hashOf(line) };
}

/** What a line holds; nothing when it is no whole record that follows the hash. */
export function opened(
  line: string,
  prev: string,
  seq: number,
): { readonly event: Stamped; readonly hash: string } | undefined {
  const [, body = '', crc = ''] = /^(.*),"crc":"([0-9a-f]{8})"\}$/s.exec(line) ?? [];
  if (crc === '' || checksum(body) !== crc) return undefined;
  const event = parsed(`${body}}`);
  if (event === undefined || event['prev'] !== prev || event['seq'] !== seq) return undefined;
  const { prev: _, ...rest } = event;
  // The border to the disk: checksum, hash and sequence prove that we wrote it.
  return { event: rest as unknown as Stamped, hash: hashOf(line) };
}

/** True for a record of the time before records were sealed. */
export function isUnsealed(line: string): boolean {
  const event = parsed(line);
  return event?.['v'] === 1 && event['prev'] === undefined && event['crc'] === undefined;
}

/** The text as a JSON object of an event; nothing when it is none. */
export function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const value = dataOf(JSON.parse(text));
    return isMap(value) && typeof value['type'] === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}

function checksum(text: string): string {
  return crc32(text).toString(16).padStart(8, '0');
}

function hashOf(line: string): string {
  return createHash('sha256').update(line).digest('hex').slice(0, 32);
}
