// A secret seldom stays as it was typed: it goes into URLs, headers, scripts and queries, and comes back in error messages
// as it stood there. These are the spellings by which it would be known.

/** Shorter ones would hide too much. */
const shortest = 4;

/** The texts to be hidden for a secret, itself the first; none when it is blank or shorter than 4 characters. */
export function spellingsOf(secret: string): readonly string[] {
  // Commands tell their output line by line, and a line end after a secret is seldom a part of it.
  const parts = [secret, secret.trim(), ...secret.split(/[\r\n]+/).map((line) => line.trim())];
  return [...new Set(parts)].filter((part) => part.length >= shortest && part.trim() !== '').flatMap(ofOne);
}

function ofOne(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  const base64 = bytes.toString('base64');
  const hex = bytes.toString('hex');
  const written = [
    secret,
    secret.toUpperCase(),
    secret.toLowerCase(),
    // As a message quotes it, on one line.
    secret.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim(),
    ...inJson(secret),
    hex,
    hex.toUpperCase(),
    ...inShells(secret),
    ...inMessages(bytes),
    ...inSql(secret),
    inXml(secret),
    ...inProperties(secret),
    ...inUrls(bytes),
    ...[base64, base64.replace(/=+$/, ''), ...insideBase64(bytes)].flatMap((each) => [
      each,
      each.replaceAll('+', '-').replaceAll('/', '_'),
    ]),
  ].filter((each) => each.length >= shortest);
  // Whatever was written may be told in JSON, as the register of a command is.
  return [...new Set([...written, ...written.map(quoted)])];
}

/** In JSON, with the escapes that only some write, and in JSON that is a text in JSON. */
function inJson(secret: string): readonly string[] {
  const json = quoted(secret);
  const inAscii = byNumber(json);
  return [json, inAscii, json.replaceAll('/', String.raw`\/`), quoted(json)];
}

function quoted(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/** In a .properties file, as it is kept by people, by us and by Java. */
function inProperties(secret: string): readonly string[] {
  return [/\\/g, /[\\:=]/g, /[\\:=#! ]/g].flatMap((special) => {
    const escaped = secret.replaceAll(special, String.raw`\$&`);
    return [escaped, byNumber(escaped, (digits) => digits.toUpperCase())];
  });
}

/** With every character beyond ASCII as its number. */
function byNumber(text: string, write: (digits: string) => string = (digits) => digits): string {
  return text.replaceAll(/[^\0-\x7f]/g, (unit) => `\\u${write(unit.charCodeAt(0).toString(16).padStart(4, '0'))}`);
}

/** Between single quotes, between double quotes, and outside of any. */
function inShells(secret: string): readonly string[] {
  return [
    secret.replaceAll("'", String.raw`'\''`),
    secret.replaceAll(/["$`\\]/g, String.raw`\$&`),
    secret.replaceAll(/[^\w@%+=:,./-]/g, String.raw`\$&`),
  ];
}

/** As the programs of GNU quote a name in their messages, where letters of other alphabets are known and where not. */
function inMessages(bytes: Buffer): readonly string[] {
  const quotedName = bytes.toString('utf8').replaceAll(/['\\]/g, String.raw`\$&`);
  const octal = Buffer.from(quotedName).toString('latin1');
  return [quotedName, octal.replaceAll(/[^ -~]/g, (byte) => `\\${byte.charCodeAt(0).toString(8).padStart(3, '0')}`)];
}

/** As a text, as a text with escapes, and as an identifier. */
function inSql(secret: string): readonly string[] {
  const text = secret.replaceAll("'", "''");
  return [text, text.replaceAll('\\', String.raw`\\`), secret.replaceAll('"', '""')];
}

function inXml(secret: string): string {
  const names: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return secret.replaceAll(/[&<>"']/g, (character) => names[character] ?? character);
}

/** What encodeURIComponent, RFC 3986 and forms leave as it is. */
const urlSafe = [/[\w.!~*'()-]/, /[\w.~-]/, /[\w.*-]/];

function inUrls(bytes: Buffer): readonly string[] {
  return urlSafe.flatMap((safe) => {
    const escaped = [...bytes].map((byte) => {
      const character = String.fromCharCode(byte);
      return safe.test(character) ? character : `%${byte.toString(16).padStart(2, '0')}`;
    });
    const small = escaped.join('');
    const capital = escaped.map((each) => (each.length === 1 ? each : each.toUpperCase())).join('');
    return [small, capital, capital.replaceAll('%20', '+')];
  });
}

/**
 * The letters that are the same wherever the bytes start in something longer, such as `user:password` of HTTP. Each
 * letter is 6 bits: those at either end hold bits of the neighbours.
 */
function insideBase64(bytes: Buffer): readonly string[] {
  return [0, 1, 2]
    .map((before) => {
      const letters = Buffer.concat([Buffer.alloc(before), bytes])
        .toString('base64')
        .replace(/=+$/, '');
      const end = (before + bytes.length) % 3 === 0 ? letters.length : letters.length - 1;
      return letters.slice(before === 0 ? 0 : before + 1, end);
    })
    .filter((letters) => letters.length >= shortest);
}
