// The small pieces that the format of age is made of: derived keys, sealed bytes, strict base64, and a way to say no.
import { createDecipheriv, hkdfSync } from 'node:crypto';

/** Why an encrypted text cannot be opened with these identities. */
export interface AgeFlaw {
  readonly kind: 'unknown-format' | 'damaged' | 'no-match' | 'passphrase';
  readonly message: string;
}

/** One way to the key of a file. */
export interface Stanza {
  readonly type: string;
  readonly args: readonly string[];
  readonly body: Buffer;
}

/** Ends the reading of a text that is not as it should be. */
export class Refused extends Error {
  readonly kind: AgeFlaw['kind'];

  constructor(kind: AgeFlaw['kind'], message: string) {
    super(message);
    this.kind = kind;
  }
}

/** A key of 32 bytes from another secret. */
export function derived(secret: Uint8Array, salt: Uint8Array, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, salt, purpose, 32));
}

/** Bytes from base64 that is written in the one way it can be: without padding, spaces or loose bits. */
export function strictBase64(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.toString('base64').replace(/=+$/, '') === text) return bytes;
  throw new Refused('damaged', 'there is base64 in it that is not well-formed');
}

/** The bytes that a seal adds. */
export const tagBytes = 16;

/** What was sealed with ChaCha20-Poly1305; nothing when it was not sealed with this key. */
export function unsealed(sealed: Buffer, key: Uint8Array, nonce: Uint8Array): Buffer | undefined {
  if (sealed.length < tagBytes) return undefined;
  const decipher = createDecipheriv('chacha20-poly1305', key, nonce, { authTagLength: tagBytes });
  decipher.setAuthTag(sealed.subarray(-tagBytes));
  const plain = decipher.update(sealed.subarray(0, -tagBytes));
  try {
    decipher.final();
    return plain;
  } catch {
    return undefined;
  }
}
