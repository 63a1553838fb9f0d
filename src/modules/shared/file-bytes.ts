// Files are bytes, and editors want text. What is valid UTF-8 is read as that, all else as Latin-1, in which
// every byte is a character: so what is not edited goes back as the very bytes that came.
import { createHash } from 'node:crypto';

/** How the bytes of a file were read. */
export type Encoding = 'utf8' | 'latin1';

/** SHA-256 in hex. */
export function sha256(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** The text of bytes and how they were read; a byte order mark stays in the text. */
export function decode(content: Uint8Array): { readonly text: string; readonly encoding: Encoding } {
  const utf8 = utf8Text(content);
  if (utf8 !== undefined) return { text: utf8, encoding: 'utf8' };
  return { text: Buffer.from(content).toString('latin1'), encoding: 'latin1' };
}

/** The text of bytes that are UTF-8 without NUL; nothing for others. */
export function utf8Text(content: Uint8Array): string | undefined {
  if (content.includes(0)) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content);
  } catch {
    return undefined;
  }
}

/** The bytes of a text in the encoding it was read in. */
export function encode(text: string, encoding: Encoding): Uint8Array {
  return Buffer.from(text, encoding);
}
