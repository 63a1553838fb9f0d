// Writes what `age` and `sops` write, from their specifications and apart from the code that reads it: so that a test has
// an encrypted file of its own without either program.
import {
  createCipheriv,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  randomBytes,
} from 'node:crypto';
import type { KeyObject } from 'node:crypto';

/** Keys as `age-keygen` tells them. */
export interface AgeKeys {
  readonly identity: string;
  readonly recipient: string;
  readonly publicKey: KeyObject;
}

const raw = (key: KeyObject, part: 'd' | 'x'): Buffer =>
  Buffer.from(key.export({ format: 'jwk' })[part] ?? '', 'base64url');

/** A new pair, or the one of 32 bytes. */
export function ageKeys(seed?: Buffer): AgeKeys {
  const wrapping = Buffer.from('302e020100300506032b656e04220420', 'hex');
  const privateKey =
    seed === undefined
      ? generateKeyPairSync('x25519').privateKey
      : createPrivateKey({ key: Buffer.concat([wrapping, seed]), format: 'der', type: 'pkcs8' });
  const publicKey = createPublicKey(privateKey);
  return {
    identity: bech32('age-secret-key-', raw(privateKey, 'd')).toUpperCase(),
    recipient: bech32('age', raw(publicKey, 'x')),
    publicKey,
  };
}

function bech32(prefix: string, bytes: Buffer): string {
  const letters = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  const digits = (bits.match(/.{1,5}/g) ?? []).map((five) => Number.parseInt(five.padEnd(5, '0'), 2));
  const high = Array.from(prefix, (each) => each.charCodeAt(0) >> 5);
  const low = Array.from(prefix, (each) => each.charCodeAt(0) & 31);
  let sum = 1n;
  for (const digit of [...high, 0, ...low, ...digits, 0, 0, 0, 0, 0, 0]) {
    const top = sum >> 25n;
    sum = ((sum & 0x1ffffffn) << 5n) ^ BigInt(digit);
    for (const [bit, value] of [0x3b6a57b2n, 0x26508e6dn, 0x1ea119fan, 0x3d4233ddn, 0x2a1462b3n].entries()) {
      if (((top >> BigInt(bit)) & 1n) === 1n) sum ^= value;
    }
  }
  sum ^= 1n;
  const check = [5n, 4n, 3n, 2n, 1n, 0n].map((place) => Number((sum >> (5n * place)) & 31n));
  return `${prefix}1${[...digits, ...check].map((digit) => letters[digit] ?? '').join('')}`;
}

const derived = (key: Uint8Array, salt: Uint8Array, info: string): Buffer =>
  Buffer.from(hkdfSync('sha256', key, salt, info, 32));
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64').replace(/=+$/, '');

function poly(key: Uint8Array, nonce: Uint8Array, plain: Uint8Array): Buffer {
  const cipher = createCipheriv('chacha20-poly1305', key, nonce, { authTagLength: 16 });
  return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/** What `age -r RECIPIENT...` writes. */
export function sealAge(plain: Uint8Array, ...recipients: readonly AgeKeys[]): Buffer {
  const fileKey = randomBytes(16);
  const stanzas = recipients.map(({ publicKey }) => {
    const once = generateKeyPairSync('x25519');
    const share = raw(once.publicKey, 'x');
    const shared = diffieHellman({ privateKey: once.privateKey, publicKey });
    const salt = Buffer.concat([share, raw(publicKey, 'x')]);
    const body = poly(derived(shared, salt, 'age-encryption.org/v1/X25519'), Buffer.alloc(12), fileKey);
    return `-> X25519 ${base64(share)}\n${base64(body)}\n`;
  });
  const header = `age-encryption.org/v1\n${stanzas.join('')}---`;
  const mac = createHmac('sha256', derived(fileKey, Buffer.alloc(0), 'header'))
    .update(header)
    .digest();
  const nonce = randomBytes(16);
  const key = derived(fileKey, nonce, 'payload');
  const chunks: Buffer[] = [];
  for (let at = 0; at === 0 || at < plain.length; at += 65_536) {
    const counter = Buffer.alloc(12);
    counter.writeUInt32BE(chunks.length, 7);
    counter[11] = at + 65_536 >= plain.length ? 1 : 0;
    chunks.push(poly(key, counter, plain.subarray(at, at + 65_536)));
  }
  return Buffer.concat([Buffer.from(`${header} ${base64(mac)}\n`), nonce, ...chunks]);
}

/** The same as text, as `age -a` writes it. */
export function armoredAge(plain: Uint8Array, ...recipients: readonly AgeKeys[]): string {
  const lines =
    sealAge(plain, ...recipients)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN AGE ENCRYPTED FILE-----\n${lines.join('\n')}\n-----END AGE ENCRYPTED FILE-----\n`;
}

type Tree = string | number | boolean | null | readonly Tree[] | { readonly [key: string]: Tree };

/** What `sops encrypt --age RECIPIENT...` makes of data, as an object that JSON and YAML can hold. */
export function sealSops(
  data: { readonly [key: string]: Tree },
  recipients: readonly AgeKeys[],
  { plainSuffix = '_unencrypted', macOnlyEncrypted = false } = {},
): Readonly<Record<string, unknown>> {
  const key = randomBytes(32);
  const hash = createHash('sha512');
  if (macOnlyEncrypted) hash.update(createHash('sha256').update('sops').digest());
  const walk = (value: Tree, path: readonly string[]): unknown => {
    if (value === null) return null;
    if (Array.isArray(value)) return value.map((each: Tree) => walk(each, path));
    if (typeof value === 'object') {
      return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, walk(each, [...path, name])]));
    }
    const isPlain = path.some((name) => name.endsWith(plainSuffix));
    const word = typeof value === 'boolean' ? (value ? 'True' : 'False') : withoutExponent(value);
    if (!isPlain || !macOnlyEncrypted) hash.update(word);
    const type = { string: 'str', boolean: 'bool', number: Number.isInteger(value) ? 'int' : 'float' }[
      typeof value as 'string'
    ];
    return isPlain || value === '' ? value : gcm(key, word, `${path.join(':')}:`, type);
  };
  const sealed = walk(data, []) as Record<string, unknown>;
  const lastmodified = '2026-01-02T03:04:05Z';
  const mac = gcm(key, hash.digest('hex').toUpperCase(), lastmodified, 'str');
  const age = recipients.map((each) => ({ recipient: each.recipient, enc: armoredAge(key, each) }));
  const about = { age, lastmodified, mac, unencrypted_suffix: plainSuffix, version: '3.9.0' };
  return { ...sealed, sops: macOnlyEncrypted ? { ...about, mac_only_encrypted: true } : about };
}

function withoutExponent(value: string | number): string {
  return typeof value === 'number' && String(value).includes('e')
    ? value.toFixed(20).replace(/0+$/, '')
    : String(value);
}

function gcm(key: Buffer, plain: string, bound: string, type: string): string {
  const iv = randomBytes(32);
  const cipher = createCipheriv('aes-256-gcm', key, iv);
  cipher.setAAD(Buffer.from(bound));
  const data = Buffer.concat([cipher.update(plain), cipher.final()]);
  const [shown, nonce, tag] = [data, iv, cipher.getAuthTag()].map((each) => each.toString('base64'));
  return `ENC[AES256_GCM,data:${shown},iv:${nonce},tag:${tag},type:${type}]`;
}
