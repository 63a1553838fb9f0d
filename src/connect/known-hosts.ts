// Reads known_hosts as OpenSSH does (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT): plain and hashed names, ports, patterns,
// negation, revoked keys. Certificate authorities are seen and told, not trusted: we cannot check host certificates.
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** A line of a known_hosts file. */
export interface KnownHost {
  readonly file: string;
  readonly line: number;
  readonly marker: 'none' | 'revoked' | 'cert-authority';
  /** Names as they stand there: patterns with commas between, or one hash. */
  readonly names: string;
  readonly keyType: string;
  /** The key, base64 of its wire form. */
  readonly key: string;
}

/** What the files say of a key that a host showed. */
export type KeyStanding =
  | { readonly kind: 'known' }
  | { readonly kind: 'revoked'; readonly by: KnownHost }
  | { readonly kind: 'changed'; readonly known: readonly KnownHost[] }
  | { readonly kind: 'unknown'; readonly authorities: readonly KnownHost[] };

/** The lines of one file; lines that are not understood are skipped, as OpenSSH does. */
export function parseKnownHosts(text: string, file: string): readonly KnownHost[] {
  return text.split('\n').flatMap((raw, index) => {
    const fields = raw.trim().split(/\s+/);
    const mark = fields[0]?.startsWith('@') === true ? fields.shift() : undefined;
    const [names, keyType, key] = fields;
    if (names === undefined || names.startsWith('#') || keyType === undefined || key === undefined) return [];
    const marker =
      mark === undefined
        ? 'none'
        : mark === '@revoked'
          ? 'revoked'
          : mark === '@cert-authority'
            ? 'cert-authority'
            : undefined;
    return marker === undefined ? [] : [{ file, line: index + 1, marker, names, keyType, key }];
  });
}

/** A host as known_hosts names it. */
export function knownHostName(host: string, port: number): string {
  const name = host.toLowerCase();
  return port === 22 ? name : `[${name}]:${port}`;
}

/** The lines that are about a host. */
export function linesAbout(lines: readonly KnownHost[], host: string, port: number): readonly KnownHost[] {
  const name = knownHostName(host, port);
  return lines.filter((line) => matches(line.names, name));
}

function matches(names: string, name: string): boolean {
  if (names.startsWith('|1|')) return matchesHash(names, name);
  let matched = false;
  for (const pattern of names.split(',')) {
    const negated = pattern.startsWith('!');
    if (!matchesPattern(negated ? pattern.slice(1) : pattern, name)) continue;
    if (negated) return false;
    matched = true;
  }
  return matched;
}

function matchesHash(names: string, name: string): boolean {
  const [, , salt = '', hash = ''] = names.split('|');
  const expected = Buffer.from(hash, 'base64');
  const actual = createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest();
  return expected.length === actual.length && timingSafeEqual(expected, actual);
}

/** Matches `*` and `?` without a regular expression, whose time a long line could blow up. */
function matchesPattern(pattern: string, name: string): boolean {
  const wanted = pattern.toLowerCase();
  let at = 0;
  let star = -1;
  let starAt = 0;
  for (let index = 0; index < name.length;) {
    if (wanted[at] === '*') {
      star = at;
      starAt = index;
      at += 1;
    } else if (wanted[at] === '?' || wanted[at] === name[index]) {
      at += 1;
      index += 1;
    } else if (star >= 0) {
      at = star + 1;
      starAt += 1;
      index = starAt;
    } else {
      return false;
    }
  }
  return /^\**$/.test(wanted.slice(at));
}

/** What the lines say of a key (in wire form) that a host showed. */
export function standingOf(lines: readonly KnownHost[], host: string, port: number, key: Uint8Array): KeyStanding {
  const shown = Buffer.from(key).toString('base64');
  const about = linesAbout(lines, host, port);
  const revoked = about.find((line) => line.marker === 'revoked' && line.key === shown);
  if (revoked !== undefined) return { kind: 'revoked', by: revoked };
  const known = about.filter((line) => line.marker === 'none');
  if (known.some((line) => line.key === shown)) return { kind: 'known' };
  if (known.length > 0) return { kind: 'changed', known };
  // As OpenSSH does: a key that is known for the host without a port serves for its other ports too.
  if (port !== 22 && standingOf(lines, host, 22, key).kind === 'known') return { kind: 'known' };
  return { kind: 'unknown', authorities: about.filter((line) => line.marker === 'cert-authority') };
}

/** The type of a key in wire form, such as `ssh-ed25519`. */
export function keyTypeOf(key: Uint8Array): string {
  const bytes = Buffer.from(key);
  if (bytes.length < 4) return 'unknown';
  return bytes.subarray(4, 4 + bytes.readUInt32BE(0)).toString('latin1');
}

/** The fingerprint as `ssh-keygen -l` shows it. */
export function fingerprintOf(key: Uint8Array): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}
