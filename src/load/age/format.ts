// The format of age (C2SP, version 1), read with the ciphers of Node: a header of stanzas, each of which hides the key of the
// file for one recipient, a MAC over them, and the text in sealed pieces of 64 KiB. Nothing is given out that is not whole.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { derived, Refused, strictBase64, tagBytes, unsealed } from './pieces.js';
import type { AgeFlaw, Stanza } from './pieces.js';
import { openStanza } from './x25519.js';
import type { Identity } from './x25519.js';

const version = 'age-encryption.org/v1';
const armorBegin = '-----BEGIN AGE ENCRYPTED FILE-----';
const armorEnd = '-----END AGE ENCRYPTED FILE-----';
const columns = 64;
const chunkBytes = 64 * 1024;
const keyBytes = 16;
const nonceBytes = 16;

/** True for what begins as every file of age does, in letters or in bytes. */
export function isAge(content: Uint8Array): boolean {
  const start = Buffer.from(content.buffer, content.byteOffset, Math.min(content.length, 256)).toString('latin1');
  return start.startsWith('age-encryption.org/') || start.trimStart().startsWith(armorBegin);
}

/** The plain bytes, opened with the first identity that fits. */
export function openAge(content: Uint8Array, identities: readonly Identity[]): Buffer | AgeFlaw {
  try {
    const bytes = content.at(0) === 0x61 ? Buffer.from(content) : dearmored(Buffer.from(content).toString('latin1'));
    const { stanzas, covered, mac, rest } = readHeader(bytes);
    const fileKey = fileKeyOf(stanzas, identities);
    const expected = createHmac('sha256', derived(fileKey, Buffer.alloc(0), 'header'))
      .update(covered)
      .digest();
    if (!timingSafeEqual(expected, mac)) throw new Refused('damaged', 'the header has been changed');
    return openPayload(rest, fileKey);
  } catch (thrown) {
    if (thrown instanceof Refused) return { kind: thrown.kind, message: thrown.message };
    throw thrown;
  }
}

/** The bytes in an armor, which is strict: lines of 64 letters, one way to write each byte. */
function dearmored(text: string): Buffer {
  const lines = text.trim().split(/\r?\n/);
  const cut = new Refused('damaged', 'the encrypted text is cut off or has been changed');
  const body = lines.slice(1, -1);
  if (lines[0] !== armorBegin || lines.at(-1) !== armorEnd || body.length === 0) throw cut;
  const last = body.at(-1) ?? '';
  const isEven = body.slice(0, -1).every((line) => line.length === columns);
  if (!isEven || last.length === 0 || last.length > columns) throw cut;
  const joined = body.join('');
  const bytes = Buffer.from(joined, 'base64');
  if (bytes.toString('base64') !== joined) throw cut;
  return bytes;
}

interface Header {
  readonly stanzas: readonly Stanza[];
  /** What the MAC is over. */
  readonly covered: Buffer;
  readonly mac: Buffer;
  readonly rest: Buffer;
}

function readHeader(bytes: Buffer): Header {
  const lines = new Lines(bytes);
  const first = lines.next();
  if (first !== version) {
    const said = first?.startsWith('age-encryption.org/') === true ? `version \`${first.slice(19, 40)}\`` : 'format';
    throw new Refused('unknown-format', `this ${said} of age is not known here`);
  }
  const stanzas: Stanza[] = [];
  for (;;) {
    const start = lines.at;
    const line = lines.next();
    const end = line === undefined ? undefined : /^--- ([A-Za-z0-9+/]{43})$/.exec(line);
    if (end !== null && end !== undefined) {
      if (stanzas.length === 0) throw new Refused('damaged', 'it is encrypted for nobody');
      const covered = bytes.subarray(0, start + 3);
      return { stanzas, covered, mac: strictBase64(end[1] ?? ''), rest: bytes.subarray(lines.at) };
    }
    stanzas.push(readStanza(line, lines));
  }
}

function readStanza(line: string | undefined, lines: Lines): Stanza {
  if (line === undefined || !/^->(?: [!-~]+)+$/.test(line)) {
    throw new Refused('damaged', 'the header is cut off or has been changed');
  }
  const [, type = '', ...args] = line.split(' ');
  let body = '';
  for (;;) {
    const next = lines.next();
    if (next === undefined || next.length > columns) throw new Refused('damaged', 'the header is cut off');
    strictBase64(next);
    body += next;
    if (next.length < columns) return { type, args, body: strictBase64(body) };
  }
}

/** The lines of a header, which is text at the head of bytes. */
class Lines {
  readonly #bytes: Buffer;
  at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  next(): string | undefined {
    const end = this.#bytes.indexOf(0x0a, this.at);
    if (end === -1) return undefined;
    const line = this.#bytes.toString('latin1', this.at, end);
    this.at = end + 1;
    return line;
  }
}

function fileKeyOf(stanzas: readonly Stanza[], identities: readonly Identity[]): Buffer {
  if (stanzas.some((each) => each.type === 'scrypt')) {
    if (stanzas.length > 1) throw new Refused('damaged', 'a passphrase stands beside other recipients');
    throw new Refused('passphrase', 'this is encrypted with a passphrase, not for a recipient');
  }
  for (const stanza of stanzas.filter((each) => each.type === 'X25519')) {
    for (const identity of identities) {
      const key = openStanza(stanza, identity);
      if (key === undefined) continue;
      if (key.length !== keyBytes) throw new Refused('damaged', 'the key in the header has a wrong length');
      return key;
    }
  }
  throw new Refused('no-match', 'none of the identities opens this');
}

/** Opens piece after piece; the last one says that it is the last, so that none can be left out. */
function openPayload(bytes: Buffer, fileKey: Buffer): Buffer {
  const cut = new Refused('damaged', 'the encrypted text is cut off or has been changed');
  if (bytes.length < nonceBytes + tagBytes) throw cut;
  const key = derived(fileKey, bytes.subarray(0, nonceBytes), 'payload');
  const plain: Buffer[] = [];
  let counter = 0;
  for (let at = nonceBytes; at < bytes.length; at += chunkBytes + tagBytes, counter += 1) {
    const sealed = bytes.subarray(at, at + chunkBytes + tagBytes);
    const isLast = at + sealed.length === bytes.length;
    const nonce = Buffer.alloc(12);
    nonce.writeUIntBE(counter, 5, 6);
    nonce[11] = isLast ? 1 : 0;
    const piece = unsealed(sealed, key, nonce);
    if (piece === undefined || (piece.length === 0 && counter > 0)) throw cut;
    plain.push(piece);
  }
  return Buffer.concat(plain);
}
