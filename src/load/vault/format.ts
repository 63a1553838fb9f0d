// The format of Ansible Vault, so that files which were encrypted there open here, and the other way round: PBKDF2 makes
// two keys and a counter out of a password and a salt, AES-256-CTR hides the text, HMAC-SHA256 tells whether it is whole.
import { createCipheriv, createDecipheriv, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from 'node:crypto';

/** What stands in an encrypted text, before a password is known. */
export interface Envelope {
  /** The vault id that it was encrypted with; version 1.1 knows none. */
  readonly label?: string;
  readonly salt: Buffer;
  readonly digest: Buffer;
  readonly hidden: Buffer;
}

/** Why a text that says it is a vault is none that can be opened. */
export interface Flaw {
  readonly kind: 'unknown-format' | 'damaged';
  readonly message: string;
}

const magic = '$ANSIBLE_VAULT';
const [keyBytes, ivBytes, blockBytes, saltBytes] = [32, 16, 16, 32];
const iterations = 10_000;
const columns = 80;

/** True for what begins as every vault does. */
export function isVault(content: Uint8Array | string): boolean {
  if (typeof content === 'string') return content.startsWith(`${magic};`);
  return Buffer.from(content.subarray(0, magic.length + 1)).toString('latin1') === `${magic};`;
}

/** Takes an encrypted text apart; nothing is decrypted yet. */
export function readEnvelope(text: string): Envelope | Flaw {
  const [header = '', ...lines] = text.split(/\r?\n/);
  const [name, version = '', cipher = '', label] = header.trim().split(';');
  const known = name === magic && ['1.1', '1.2'].includes(version) && cipher === 'AES256';
  if (!known) {
    const message = `vault version \`${version}\` with cipher \`${cipher}\` is not known here`;
    return { kind: 'unknown-format', message };
  }
  while (lines.at(-1)?.trim() === '') lines.pop();
  const parts = bytesOf(lines.join(''))?.toString('latin1').split('\n') ?? [];
  const [salt, digest, hidden] = parts.map(bytesOf);
  const whole = salt !== undefined && digest?.length === keyBytes && hidden !== undefined && parts.length === 3;
  if (!whole || hidden.length === 0 || hidden.length % blockBytes !== 0) {
    return { kind: 'damaged', message: 'the encrypted text is cut off or has been changed' };
  }
  return { salt, digest, hidden, ...(label === undefined || label === '' ? {} : { label }) };
}

/** The bytes that small hexadecimal digits stand for; nothing for any other text. */
function bytesOf(text: string): Buffer | undefined {
  return /^(?:[0-9a-f]{2})*$/.test(text) ? Buffer.from(text, 'hex') : undefined;
}

/** The plain bytes; nothing when the password is another one, or a byte of it has changed. */
export function openEnvelope({ salt, digest, hidden }: Envelope, password: Uint8Array): Buffer | undefined {
  const keys = keysOf(password, salt);
  // Nothing is decrypted that was not sealed with this password.
  if (!timingSafeEqual(keys.digest(hidden), digest)) return undefined;
  const decipher = createDecipheriv('aes-256-ctr', keys.cipher, keys.iv);
  return withoutPadding(Buffer.concat([decipher.update(hidden), decipher.final()]));
}

/** Encrypts bytes as `ansible-vault` does; with a label that is not `default`, as version 1.2. */
export function seal(
  plain: Uint8Array,
  password: Uint8Array,
  label?: string,
  salt: Uint8Array = randomBytes(saltBytes),
): string {
  const keys = keysOf(password, salt);
  const cipher = createCipheriv('aes-256-ctr', keys.cipher, keys.iv);
  const padding = blockBytes - (plain.length % blockBytes);
  const hidden = Buffer.concat([cipher.update(plain), cipher.update(Buffer.alloc(padding, padding)), cipher.final()]);
  const parts = [salt, keys.digest(hidden), hidden].map((part) => part.toString('hex'));
  const body = Buffer.from(parts.join('\n')).toString('hex');
  const labelled = label !== undefined && label !== 'default';
  const header = labelled ? `${magic};1.2;AES256;${label}` : `${magic};1.1;AES256`;
  return [header, ...(body.match(new RegExp(`.{1,${columns}}`, 'g')) ?? []), ''].join('\n');
}

function keysOf(password: Uint8Array, salt: Uint8Array) {
  const bytes = pbkdf2Sync(password, salt, iterations, 2 * keyBytes + ivBytes, 'sha256');
  const authentic = bytes.subarray(keyBytes, 2 * keyBytes);
  return {
    cipher: bytes.subarray(0, keyBytes),
    iv: bytes.subarray(2 * keyBytes),
    digest: (hidden: Uint8Array): Buffer => createHmac('sha256', authentic).update(hidden).digest(),
  };
}

function withoutPadding(padded: Buffer): Buffer | undefined {
  const length = padded.at(-1) ?? 0;
  const padding = padded.subarray(padded.length - length);
  const right = length >= 1 && length <= blockBytes && padding.every((byte) => byte === length);
  return right ? padded.subarray(0, padded.length - length) : undefined;
}
