import { execFileSync } from 'node:child_process';
import { gunzipSync, gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { shellWord } from '../../src/core/quote.js';
import { hiddenByName, Redactor } from '../../src/core/redact.js';
import type { Value } from '../../src/core/value.js';

const hidden = '********';

function knowing(...secrets: readonly string[]): Redactor {
  const redactor = new Redactor();
  for (const secret of secrets) redactor.add(secret);
  return redactor;
}

const secrets = [
  'hunter22',
  'p@ss/w+rd?=&;',
  `it's "quoted" \\ twice''`,
  'with spaces and\ttab',
  'two\nlines of it\n',
  '\u00e4\u20ac\u{1f600}-pass',
  '$1.*+?^${}()|[]\\',
  '%41%zz',
  'aaaa',
  '>>>???~~~',
];

const spellings: readonly (readonly [string, (secret: string) => string])[] = [
  ['itself', (secret) => secret],
  ['JSON', (secret) => JSON.stringify(secret).slice(1, -1)],
  ['base64', (secret) => Buffer.from(secret).toString('base64')],
  ['base64 without its padding', (secret) => Buffer.from(secret).toString('base64').replace(/=+$/, '')],
  ['base64url', (secret) => Buffer.from(secret).toString('base64url')],
  ['hex', (secret) => Buffer.from(secret).toString('hex')],
  ['hex in capitals', (secret) => Buffer.from(secret).toString('hex').toUpperCase()],
  ['a part of a URL', (secret) => encodeURIComponent(secret)],
  ['a part of a URL with all but letters escaped', (secret) => percent(secret)],
  [
    'a part of a URL, escaped in small letters',
    (secret) => percent(secret).replaceAll(/%../g, (each) => each.toLowerCase()),
  ],
  ['a form', (secret) => new URLSearchParams({ k: secret }).toString().slice(2)],
  ['a shell word', shellWord],
  ['a name in a message', (secret) => secret.replaceAll(/['\\]/g, (each) => `\\${each}`)],
  ['a name in a message in ASCII', (secret) => octal(secret.replaceAll(/['\\]/g, (each) => `\\${each}`))],
  ['a shell word in JSON', (secret) => JSON.stringify(shellWord(secret)).slice(1, -1)],
  ['capitals', (secret) => secret.toUpperCase()],
  ['small letters', (secret) => secret.toLowerCase()],
  ['one line of a message', (secret) => secret.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim()],
  ['JSON in JSON', (secret) => JSON.stringify(JSON.stringify(secret)).slice(3, -3)],
  ['JSON in ASCII', (secret) => asciiJson(secret)],
  ['a word in double quotes of a shell', (secret) => secret.replaceAll(/["$`\\]/g, (each) => `\\${each}`)],
  ['text with escapes in SQL', (secret) => secret.replaceAll('\\', '\\\\').replaceAll("'", "''")],
  ['an identifier in SQL', (secret) => secret.replaceAll('"', '""')],
  [
    'text in XML',
    (secret) =>
      secret
        .replaceAll('&', '&amp;')
        .replaceAll('<', '&lt;')
        .replaceAll('>', '&gt;')
        .replaceAll('"', '&quot;')
        .replaceAll("'", '&#39;'),
  ],
  ['a value of .properties', (secret) => secret.replaceAll(/[\\:=]/g, (each) => `\\${each}`)],
  ['a value of .properties in ASCII', (secret) => asciiProperties(secret.replaceAll('\\', '\\\\'))],
  ['a value that Java stored', (secret) => asciiProperties(secret.replaceAll(/[\\:=#! ]/g, (each) => `\\${each}`))],
  ['text in SQL', (secret) => `'${secret.replaceAll("'", "''")}'`],
];

function asciiJson(secret: string): string {
  const escaped = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(secret)
    .slice(1, -1)
    .replaceAll(/[^\0-\x7f]/g, escaped);
}

function asciiProperties(text: string): string {
  return text.replaceAll(
    /[^\0-\x7f]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`,
  );
}

function octal(secret: string): string {
  const escaped = (byte: number): string => `\\${byte.toString(8).padStart(3, '0')}`;
  return [...Buffer.from(secret)]
    .map((byte) => (byte < 32 || byte > 126 ? escaped(byte) : String.fromCharCode(byte)))
    .join('');
}

function percent(secret: string): string {
  return [...Buffer.from(secret)]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      return /[\w.~-]/.test(character) ? character : `%${byte.toString(16).padStart(2, '0').toUpperCase()}`;
    })
    .join('');
}

describe.each(spellings)('a secret as %s', (_name, spell) => {
  test.each(secrets)('%j', (secret) => {
    const spelled = spell(secret);
    const said = knowing(secret).text(`before ${spelled} after ${spelled}`);
    expect(said).toMatch(/^before '?\*{8}'? after '?\*{8}'?$/);
  });
});

test('a secret in the middle of something that is base64 is hidden, wherever it starts', () => {
  for (const user of ['', 'u', 'us', 'use', 'admin:', '\u20ac:']) {
    for (const after of ['', '!', '!!', '!!!']) {
      const bytes = Buffer.from(`${user}hunter22${after}`);
      for (const encoding of ['base64', 'base64url'] as const) {
        const said = knowing('hunter22').text(`Authorization: Basic ${bytes.toString(encoding)}`);
        // What is left of it are the neighbours, and bits of the first and last letter.
        const left = Buffer.from(said.replace('Authorization: Basic ', '').replace(hidden, ''), encoding).toString();
        expect([said.includes(hidden), /[unter2]{3}/.test(left.replace(user, ''))]).toEqual([true, false]);
      }
    }
  }
});

describe('secrets that overlap', () => {
  test.each([
    ['one that contains another', ['word', 'password1'], 'my password1 and word', `my ${hidden} and ${hidden}`],
    ['one that contains another, added the other way round', ['password1', 'word'], 'my password1', `my ${hidden}`],
    ['one that starts with another', ['pass', 'password1'], 'password1 passwor', `${hidden} ${hidden}wor`],
    ['one that ends like another starts', ['abcdef', 'defghi'], '-abcdefghi-', `-${hidden}-`],
    ['a short one that starts before a long one', ['abcd', 'bcdefghijk'], '-abcdefghijk-', `-${hidden}-`],
    ['one after another', ['abcd', 'efgh'], '-abcdefgh-', `-${hidden}${hidden}-`],
    ['one twice', ['abcd'], 'abcdabcd', `${hidden}${hidden}`],
    ['one that repeats itself', ['aaaa'], '-aaaaaa-', `-${hidden}-`],
  ])('%s', (_title, known, text, expected) => {
    expect(knowing(...known).text(text)).toBe(expected);
  });
});

describe('a secret of several lines', () => {
  const key = '-----BEGIN KEY-----\nb3BlbnNzaC1rZXk\r\n  c2Vjb25kIGxpbmU\n\n}\n-----END KEY-----\n';

  test('is hidden line by line, as commands tell it', () => {
    const redactor = knowing(key);
    for (const line of ['b3BlbnNzaC1rZXk', '  c2Vjb25kIGxpbmU', 'key: b3BlbnNzaC1rZXk']) {
      expect(redactor.text(line)).toContain(hidden);
      expect(redactor.text(line)).not.toMatch(/b3Bl|c2Vj/);
    }
    expect(redactor.text('}')).toBe('}');
  });

  test('is hidden without the line end that a file or a YAML block put after it', () => {
    const redactor = knowing('hunter22\n');
    expect([redactor.text('hunter22'), redactor.text('hunter22\n'), redactor.text(`'hunter22'`)]).toEqual([
      hidden,
      hidden,
      `'${hidden}'`,
    ]);
    expect(redactor.text(Buffer.from('hunter22').toString('base64'))).toBe(hidden);
  });
});

describe('a secret that was cut', () => {
  const redactor = knowing('correct-horse-battery', "it's a secret");

  test.each([
    ['behind its beginning', 'the answer was correct-horse-ba…', `the answer was ${hidden}…`],
    ['behind its beginning, with dots', 'refused `select correct-ho...`: no', `refused \`select ${hidden}...\`: no`],
    ['with a space', '`echo correct-horse …`', `\`echo ${hidden} …\``],
    ['before its end', '…e-battery and more', `…${hidden} and more`],
    ['in one of its spellings', String.raw`echo 'it'\''s a s…`, `echo '${hidden}…`],
    ['so that it overlaps a whole one', 'correct-horse-batterycorrect-h…', `${hidden}…`],
    ['after so little that it tells nothing', 'corr and cor… rect', 'corr and cor… rect'],
  ])('%s', (_title, text, shown) => {
    expect(redactor.text(text)).toBe(shown);
  });

  test('at every place', () => {
    const secret = 'correct-horse-battery';
    for (let at = 4; at <= secret.length - 4; at += 1) {
      const [head, tail] = [secret.slice(0, at), secret.slice(at)];
      expect(redactor.text(`x ${head}…`)).toBe(`x ${hidden}…`);
      expect(redactor.text(`…${tail} x`)).toBe(`…${hidden} x`);
    }
  });

  test('is a word like any other where nothing was cut', () => {
    expect(redactor.text('correct horse-battery; correct-horse')).toBe('correct horse-battery; correct-horse');
  });
});

describe('what is no secret', () => {
  test.each(['', 'a', 'no', 'abc', '\u{1f600}a', '     ', '\n\n\n\n'])('%j is too short to be hidden', (secret) => {
    const text = `a no abc ${secret} \u{1f600}a {\n\n\n\n}`;
    expect(knowing(secret).text(text)).toBe(text);
  });

  test('does not keep others from being hidden', () => {
    expect(knowing('', 'a', 'hunter22').text('a hunter22')).toBe(`a ${hidden}`);
  });

  test('is left as it was', () => {
    const text = 'Hunter22 hunter2 2hunter hunter\n22 \u0000';
    expect(knowing('hunter22').text(text)).toBe(text);
    expect(new Redactor().text('hunter22')).toBe('hunter22');
  });

  test('is not a sign of regular expressions', () => {
    expect(knowing('a.c*').text('abccc a.c*')).toBe(`abccc ${hidden}`);
    expect(knowing('(((((').text('((((')).toBe('((((');
    expect(knowing('[a-z]{4}').text('abcd $& $1')).toBe('abcd $& $1');
  });
});

describe('data', () => {
  test('is hidden wherever it stands: values, lists, maps, keys', () => {
    const data = {
      plain: 'hunter22',
      list: ['a', ['my hunter22'], { deep: [{ deeper: 'hunter22!' }] }],
      'key hunter22': null,
      same: [1, true, null, 'other'],
    };
    const before = structuredClone(data);
    expect(knowing('hunter22').data(data)).toEqual({
      plain: hidden,
      list: ['a', [`my ${hidden}`], { deep: [{ deeper: `${hidden}!` }] }],
      [`key ${hidden}`]: null,
      same: [1, true, null, 'other'],
    });
    expect(data).toEqual(before);
  });

  test('that is a secret number is hidden as a number too', () => {
    expect(knowing('31415926').data({ pin: 31_415_926, more: [31_415_926, 314_159_265, 3] })).toEqual({
      pin: hidden,
      more: [hidden, 314_159_265, 3],
    });
  });

  test('keeps its type and its keys', () => {
    const data: unknown = JSON.parse('{"__proto__": "hunter22", "constructor": [], "toString": {}}');
    expect(JSON.stringify(knowing('hunter22').data(data))).toBe(
      `{"__proto__":"${hidden}","constructor":[],"toString":{}}`,
    );
  });

  test('is given back as it is when no secret is known', () => {
    const data = { a: 'hunter22' };
    expect(new Redactor().data(data)).toBe(data);
  });
});

test('secrets may be added while it runs', () => {
  const redactor = knowing('hunter22');
  expect(redactor.text('hunter22 correcthorse')).toBe(`${hidden} correcthorse`);
  redactor.add('correcthorse');
  expect(redactor.text('hunter22 correcthorse')).toBe(`${hidden} ${hidden}`);
});

test('a text that is no proper Unicode is no reason to fail', () => {
  expect(knowing('\ud800abcd').text('x \ud800abcd y')).toBe(`x ${hidden} y`);
});

/** Secrets of any text, as somebody might choose them. */
const anySecret = fc.oneof(
  fc.string({ minLength: 4, maxLength: 20 }),
  fc.string({ unit: 'binary', minLength: 4, maxLength: 20 }),
  fc.constantFrom(...secrets),
);

// A failure of fast-check prints its seed and the smallest example.
test('no secret is left in any text or data, and data stays what JSON can tell', () => {
  fc.assert(
    fc.property(
      fc.array(anySecret, { minLength: 1, maxLength: 4 }),
      fc.string(),
      fc.string(),
      (known, before, after) => {
        const redactor = knowing(...known);
        for (const secret of known.filter((each) => each.trim().length >= 4)) {
          for (const [, spell] of spellings)
            expect(redactor.text(before + spell(secret) + after)).not.toContain(secret);
          const told = redactor.data({ a: [before + secret], [secret]: { b: secret } });
          const json = JSON.stringify(told);
          expect(JSON.parse(json)).toEqual(told);
          expect(JSON.stringify(Object.values(told))).not.toContain(JSON.stringify(secret).slice(1, -1));
        }
      },
    ),
  );
});

test('a shell word stays a word when its secret is hidden', () => {
  const line = `printf %s ${shellWord("it's hunter22")}`;
  const said = execFileSync('/bin/sh', ['-c', knowing('hunter22').text(line)]).toString();
  expect(said).toBe(`it's ${hidden}`);
});

test('a long output with many secrets is told in time', { timeout: 60_000 }, () => {
  const key = Array.from({ length: 40 }, (_, index) => gzipSync(`line ${index}`).toString('base64')).join('\n');
  expect(gunzipSync(Buffer.from(key.split('\n')[0] ?? '', 'base64')).toString()).toBe('line 0');
  const redactor = knowing(key, ...secrets);
  const said = redactor.text('nothing to see here, '.repeat(20_000) + secrets[0]);
  expect(said.endsWith(hidden)).toBe(true);
});

test.each<readonly [name: string, value: Value, shown: Value]>([
  ['pg_password', 'abc', hidden],
  ['pg_password', '', hidden],
  ['token', 1, hidden],
  ['token', null, null],
  ['passwd', ['a', { b: 'c' }], [hidden, { b: hidden }]],
  ['login', { user: 'slony', password: 'x' }, { user: 'slony', password: hidden }],
  ['port', 5432, 5432],
])('what `%s` says is shown by its name: %j as %j', (name, value, shown) => {
  expect(hiddenByName(name, value)).toEqual(shown);
});
