// The algorithms of a link: what is sound today, and older ones where the inventory allows them for one host.
import type { Algorithms, NegotiatedAlgorithms } from 'ssh2';
import { olderOfKind } from '../core/ssh-algorithms.js';
import type { AlgorithmKind } from '../core/ssh-algorithms.js';
import type { HostKeyCheck } from './host-key.js';

/** Only what is sound today. Without CBC and ChaCha20 an attacker who cuts out packets (Terrapin) gets nowhere, strict key exchange or not. */
const sound = {
  kex: [
    'curve25519-sha256',
    'curve25519-sha256@libssh.org',
    'ecdh-sha2-nistp256',
    'ecdh-sha2-nistp384',
    'ecdh-sha2-nistp521',
    'diffie-hellman-group-exchange-sha256',
    'diffie-hellman-group16-sha512',
    'diffie-hellman-group18-sha512',
    'diffie-hellman-group14-sha256',
  ],
  cipher: ['aes128-gcm@openssh.com', 'aes256-gcm@openssh.com', 'aes128-ctr', 'aes192-ctr', 'aes256-ctr'],
  hmac: ['hmac-sha2-256-etm@openssh.com', 'hmac-sha2-512-etm@openssh.com', 'hmac-sha2-256', 'hmac-sha2-512'],
  compress: ['none'],
};

/** What to offer to a host: the older ones that are allowed for it come last. */
export function algorithmsFor(hostKey: HostKeyCheck, older: readonly string[]): Algorithms {
  const more = (kind: AlgorithmKind): readonly string[] => olderOfKind(older, kind);
  const { kex, cipher, hmac, compress } = sound;
  // ssh2 knows every name that can be allowed, each for its kind.
  return {
    kex: [...kex, ...more('kex')],
    cipher: [...cipher, ...more('cipher')],
    hmac: [...hmac, ...more('hmac')],
    compress,
    serverHostKey: hostKey.algorithms(more('serverHostKey')),
  } as Algorithms;
}

/** Those of the older ones that a handshake has come to use. */
export function olderInUse(
  { kex, serverHostKey, cs, sc }: NegotiatedAlgorithms,
  older: readonly string[],
): readonly string[] {
  const used: readonly string[] = [kex, serverHostKey, cs.cipher, cs.mac, sc.cipher, sc.mac];
  return older.filter((name) => used.includes(name));
}
