// Secrets that are nowhere else, the spellings in which they might come out, and a search for them. The spellings are made
// here anew, so that a mistake of the redactor is not made twice.
import { random } from './random.js';

/** A secret by where it comes from. */
export interface Canary {
  readonly source: string;
  readonly secret: string;
}

/** A text that must be nowhere, and what it is. */
export interface Needle {
  readonly source: string;
  readonly encoding: string;
  readonly text: string;
}

/** A needle that was found. */
export interface Hit {
  readonly source: string;
  readonly encoding: string;
  readonly where: string;
}

const letters = 'abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789';
/** What is written otherwise in a URL, in JSON, in a shell, in SQL, in XML and in a pattern. */
const awkward = [`'`, '"', '\\', '$', '&', '<', ' ', '%', '/', '+', 'é', '€', '=', '*', '['];

/** A secret for each source, of plain letters for those that a program of its own has to take. */
export function canariesOf(sources: readonly string[], plain: readonly string[]): readonly Canary[] {
  const dice = random();
  console.log(`canaries: seed ${dice.seed}`);
  const pick = (from: string | readonly string[]): string => from[Math.floor(dice.next() * from.length)] ?? '';
  const word = (length: number): string => Array.from({ length }, () => pick(letters)).join('');
  return sources.map((source) => {
    const middle = plain.includes(source) ? word(4) : [0, 1, 2, 3].map(() => `${pick(awkward)}${word(2)}`).join('');
    return { source, secret: `${word(10)}${middle}${word(10)}` };
  });
}

const percent = (bytes: Buffer): string =>
  [...bytes]
    .map((byte) =>
      /[\w.~-]/.test(String.fromCharCode(byte))
        ? String.fromCharCode(byte)
        : `%${byte.toString(16).padStart(2, '0').toUpperCase()}`,
    )
    .join('');

/** How a program would write a secret, by the name of the writing. */
export const encodings: Readonly<Record<string, (secret: string) => string>> = {
  plain: (secret) => secret,
  base64: (secret) => Buffer.from(secret).toString('base64'),
  'base64, one byte on': (secret) => Buffer.from(`u${secret}`).toString('base64'),
  'base64, two bytes on': (secret) => Buffer.from(`u:${secret}!`).toString('base64'),
  base64url: (secret) => Buffer.from(secret).toString('base64url'),
  hex: (secret) => Buffer.from(secret).toString('hex'),
  'hex in capitals': (secret) => Buffer.from(secret).toString('hex').toUpperCase(),
  URL: (secret) => percent(Buffer.from(secret)),
  JSON: (secret) => JSON.stringify(secret),
  'a shell word': (secret) => `'${secret.replaceAll("'", `'\\''`)}'`,
  SQL: (secret) => `'${secret.replaceAll("'", "''")}'`,
  'a name in a message': (secret) => `'${secret.replaceAll(/['\\]/g, (each) => `\\${each}`)}'`,
  capitals: (secret) => secret.toUpperCase(),
};

/** What to look for: each writing, without what its neighbours share, and both halves of the plain secret. */
export function needlesOf(canaries: readonly Canary[]): readonly Needle[] {
  return canaries.flatMap(({ source, secret }) => {
    const inner: Readonly<Record<string, (text: string) => string>> = {
      'base64, one byte on': (text) => text.slice(2, -4),
      'base64, two bytes on': (text) => text.slice(4, -4),
      JSON: (text) => text.slice(1, -1),
      'a shell word': (text) => text.slice(1, -1),
      SQL: (text) => text.slice(1, -1),
      'a name in a message': (text) => text.slice(1, -1),
    };
    const written = Object.entries(encodings).map(([encoding, write]) => ({
      source,
      encoding,
      text: (inner[encoding] ?? ((text: string) => text))(write(secret)),
    }));
    const halves = [secret.slice(0, 10), secret.slice(-10)].map((text) => ({ source, encoding: 'a half', text }));
    return [...written, ...halves];
  });
}

/** The needles in a text. */
export function hitsIn(text: string, where: string, needles: readonly Needle[]): readonly Hit[] {
  return needles
    .filter((needle) => text.includes(needle.text))
    .map(({ source, encoding }) => ({ source, encoding, where }));
}
