// Identities of age: the X25519 keys that `age-keygen` makes, and how one of them opens what was encrypted for it.
import { createPrivateKey, createPublicKey, diffieHellman } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { fromBech32 } from './bech32.js';
import { derived, Refused, strictBase64, unsealed } from './pieces.js';
import type { Stanza } from './pieces.js';

/** A key that opens what was encrypted for its recipient. */
export interface Identity {
  readonly key: KeyObject;
  /** The raw public key. */
  readonly recipient: Buffer;
}

// Node takes raw keys of this curve only in their wrappings, which are the same bytes for every key.
const privateWrapping = Buffer.from('302e020100300506032b656e04220420', 'hex');
const publicWrapping = Buffer.from('302a300506032b656e032100', 'hex');
const keyBytes = 32;

/** The identity in a word such as `AGE-SECRET-KEY-1...`; nothing when it is none. */
export function readIdentity(word: string): Identity | undefined {
  const secret = word === word.toUpperCase() ? fromBech32(word) : undefined;
  if (secret?.prefix !== 'age-secret-key-' || secret.bytes.length !== keyBytes) return undefined;
  const wrapped = Buffer.concat([privateWrapping, secret.bytes]);
  const key = createPrivateKey({ key: wrapped, format: 'der', type: 'pkcs8' });
  const recipient = createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-keyBytes);
  return { key, recipient };
}

/** The key of a file from its stanza; nothing when it was hidden for somebody else. */
export function openStanza({ args, body }: Stanza, { key, recipient }: Identity): Buffer | undefined {
  const share = strictBase64(args[0] ?? '');
  if (args.length !== 1 || share.length !== keyBytes) {
    throw new Refused('damaged', 'a recipient in the header is not well-formed');
  }
  // A key of another length would let somebody choose what several recipients read.
  if (body.length !== keyBytes) throw new Refused('damaged', 'the key in the header has a wrong length');
  const shared = sharedSecret(key, share);
  const wrap = derived(shared, Buffer.concat([share, recipient]), 'age-encryption.org/v1/X25519');
  return unsealed(body, wrap, Buffer.alloc(12));
}

function sharedSecret(privateKey: KeyObject, share: Buffer): Buffer {
  const wrapped = Buffer.concat([publicWrapping, share]);
  try {
    return diffieHellman({
      privateKey,
      publicKey: createPublicKey({ key: wrapped, format: 'der', type: 'spki' }),
    });
  } catch {
    // A point of low order gives a secret that everybody knows; OpenSSL refuses it.
    throw new Refused('damaged', 'a recipient in the header is no key');
  }
}
