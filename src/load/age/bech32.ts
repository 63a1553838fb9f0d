// Bech32, the spelling of age's keys: a prefix, 32 letters that are hard to mistake for one another, and a checksum.

const letters = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
const generator = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];
const checksumLetters = 6;

/** Prefix (in small letters) and bytes of a word; nothing when its checksum or form is wrong. */
export function fromBech32(word: string): { readonly prefix: string; readonly bytes: Buffer } | undefined {
  const small = word.toLowerCase();
  if (word !== small && word !== word.toUpperCase()) return undefined;
  const at = small.lastIndexOf('1');
  const prefix = small.slice(0, at);
  const digits = Array.from(small.slice(at + 1), (letter) => letters.indexOf(letter));
  if (at < 1 || digits.length < checksumLetters || digits.includes(-1)) return undefined;
  if (checksum([...expanded(prefix), ...digits]) !== 1) return undefined;
  const bytes = bytesOf(digits.slice(0, -checksumLetters));
  return bytes === undefined ? undefined : { prefix, bytes };
}

function expanded(prefix: string): readonly number[] {
  const codes = Array.from(prefix, (character) => character.charCodeAt(0));
  return [...codes.map((code) => code >> 5), 0, ...codes.map((code) => code & 31)];
}

function checksum(digits: readonly number[]): number {
  let sum = 1;
  for (const digit of digits) {
    const top = sum >> 25;
    sum = ((sum & 0x1ffffff) << 5) ^ digit;
    for (const [bit, value] of generator.entries()) if (((top >> bit) & 1) === 1) sum ^= value;
  }
  return sum;
}

/** Digits of 5 bits as bytes; what is left over must be nothing. */
function bytesOf(digits: readonly number[]): Buffer | undefined {
  const bytes: number[] = [];
  let [held, bits] = [0, 0];
  for (const digit of digits) {
    held = ((held << 5) | digit) & 0xfff;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push((held >> bits) & 0xff);
  }
  return bits >= 5 || (held & ((1 << bits) - 1)) !== 0 ? undefined : Buffer.from(bytes);
}
