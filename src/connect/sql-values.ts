// Values as PostgreSQL writes them, read into plain data: numbers only where they lose nothing, times in ISO 8601,
// and rows without a prototype, so that a column called `__proto__` is a column.
import { dataOf } from '../core/value.js';
import type { Value } from '../core/value.js';

/** The most text that one answer may hold. */
export const answerLimitBytes = 64 * 1024 * 1024;

type Parser = (text: string) => Value;

function exactNumber(text: string): Value {
  // Up to 15 significant digits a double gives every decimal back as it was.
  const digits = text.replace(/e.*$/i, '').replaceAll(/[-+.]/g, '').replace(/^0+/, '');
  const number = Number(text);
  if (!/^[-+]?\d/.test(text) || !Number.isFinite(number)) return text;
  return digits.length <= 15 || (Number.isSafeInteger(number) && String(number) === text) ? number : text;
}

function float(text: string): Value {
  const number = Number(text);
  return Number.isFinite(number) ? number : text;
}

function timestamp(text: string): Value {
  return text.replace(
    /^(\d+-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?)(?:([+-]\d\d)(:?\d\d)?)?/,
    (_all, day: string, time: string, hours?: string, minutes?: string) => {
      if (hours === undefined) return `${day}T${time}`;
      return hours === '+00' && minutes === undefined ? `${day}T${time}Z` : `${day}T${time}${hours}${minutes ?? ':00'}`;
    },
  );
}

function json(text: string): Value {
  return dataOf(JSON.parse(text));
}

const scalars: ReadonlyMap<number, Parser> = new Map<number, Parser>([
  [16, (text) => text === 't'],
  [17, (text) => text.replace(/^\\x/, '')],
  [20, exactNumber],
  [21, exactNumber],
  [23, exactNumber],
  [26, exactNumber],
  [700, float],
  [701, float],
  [1700, exactNumber],
  [114, json],
  [3802, json],
  [1114, timestamp],
  [1184, timestamp],
]);

const itself: Parser = (text) => text;

/** Array types and the type of their elements. */
const arrays: ReadonlyMap<number, number> = new Map([
  [1000, 16],
  [1001, 17],
  [1002, 18],
  [1003, 19],
  [1005, 21],
  [1007, 23],
  [1009, 25],
  [1014, 1042],
  [1015, 1043],
  [1016, 20],
  [1021, 700],
  [1022, 701],
  [1028, 26],
  [1041, 869],
  [1115, 1114],
  [1182, 1082],
  [1185, 1184],
  [1231, 1700],
  [199, 114],
  [2951, 2950],
  [3807, 3802],
]);

/** Reads an array literal such as `{1,"a b",NULL,{2,3}}`; one with own bounds (`[2:3]={...}`) too. */
function arrayOf(element: Parser): Parser {
  return (text) => {
    let at = text.indexOf('{');
    const list = (): Value[] => {
      const items: Value[] = [];
      at += 1;
      while (at < text.length && text[at] !== '}') {
        if (text[at] === ',') at += 1;
        else if (text[at] === '{') items.push(list());
        else items.push(item());
      }
      at += 1;
      return items;
    };
    const item = (): Value => {
      const quoted = text[at] === '"';
      const pattern = quoted ? /"((?:[^"\\]|\\.)*)"/sy : /[^,}]*/y;
      pattern.lastIndex = at;
      const match = pattern.exec(text);
      at += Math.max(1, match?.[0].length ?? 1);
      if (quoted) return element((match?.[1] ?? '').replaceAll(/\\(.)/gs, '$1'));
      return match?.[0] === 'NULL' ? null : element(match?.[0] ?? '');
    };
    return list();
  };
}

/** The parser of a type. */
function parserOf(oid: number): Parser {
  const element = arrays.get(oid);
  if (element !== undefined) return arrayOf(scalars.get(element) ?? itself);
  return scalars.get(oid) ?? itself;
}

/** Parsers for one answer; over its limit they throw, and pg then drops the rest of it. */
export function boundedTypes(onOverflow: () => Error): { getTypeParser(oid: number): Parser } {
  let bytes = 0;
  return {
    getTypeParser: (oid) => {
      const parse = parserOf(oid);
      return (text) => {
        bytes += text.length;
        if (bytes > answerLimitBytes) throw onOverflow();
        return parse(text);
      };
    },
  };
}

/** Column names, each once: a name that comes again gets `_2`, `_3`. */
export function uniqueNames(names: readonly string[]): readonly string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    let unique = name;
    for (let count = 2; taken.has(unique) || (unique !== name && names.includes(unique)); count += 1)
      unique = `${name}_${count}`;
    taken.add(unique);
    return unique;
  });
}
