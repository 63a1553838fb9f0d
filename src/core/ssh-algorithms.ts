// Algorithms of ssh that are left out because they are too old, and that an inventory may allow for one host: appliances whose
// sshd knows nothing better must be reached in the night of their failover, too.

/** What an algorithm is for, in the words of RFC 4253. */
export type AlgorithmKind = 'kex' | 'serverHostKey' | 'cipher' | 'hmac';

/**
 * The names that can be allowed: one key exchange that every old server has, and what goes with it. What can be broken
 * by anybody stays out: MD5, RC4, DSA, Diffie-Hellman group 1 (RFC 8758, RFC 9142).
 */
export const olderAlgorithms: ReadonlyMap<string, AlgorithmKind> = new Map<string, AlgorithmKind>([
  ['diffie-hellman-group14-sha1', 'kex'],
  ['ssh-rsa', 'serverHostKey'],
  ['aes128-cbc', 'cipher'],
  ['aes192-cbc', 'cipher'],
  ['aes256-cbc', 'cipher'],
  ['3des-cbc', 'cipher'],
  ['hmac-sha1', 'hmac'],
  ['hmac-sha1-etm@openssh.com', 'hmac'],
]);

/** Of these names the ones of a kind, in the order in which they were said. */
export function olderOfKind(names: readonly string[], kind: AlgorithmKind): readonly string[] {
  return names.filter((name) => olderAlgorithms.get(name) === kind);
}
