// The helpers that templates may call: pure functions over plain data, and no others.
import { posix } from 'node:path';
import { isMap, kindOf, sameValue } from '../core/value.js';
import type { Value } from '../core/value.js';

/** Blocks that templates may open. */
export const blockHelpers = ['if', 'unless', 'each', 'with'] as const;
export type BlockHelper = (typeof blockHelpers)[number];

/** True for the name of a block that templates may open. */
export function isBlockHelper(name: string): name is BlockHelper {
  return (blockHelpers as readonly string[]).includes(name);
}

/** What a helper gives: a value, or what is wrong with its arguments. */
export type HelperResult =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly message: string; readonly hint?: string };

/** One helper: how many arguments it takes and what it does. `default` and `lookup` are evaluated by the renderer. */
export interface Helper {
  readonly least: number;
  readonly most: number;
  readonly usage: string;
  run(args: readonly Value[]): HelperResult;
}

/** True as Handlebars' `#if` sees it; a text that says false is a trap, so it is refused. */
export function truth(value: Value): HelperResult {
  if (typeof value === 'string' && /^(?:false|no|off|0)$/i.test(value)) {
    return refused(`the text \`${value}\` would count as true`, 'make it a boolean, or compare it: `(eq x "y")`');
  }
  if (Array.isArray(value)) return given(value.length > 0);
  return given(value !== null && value !== false && value !== '' && value !== 0);
}

/** The text of a value where text is wanted. */
export function textOf(value: Value): { ok: true; text: string } | { ok: false; message: string; hint: string } {
  if (value === null) return { ok: false, message: 'null has no text', hint: 'say what is meant: `{{default x "y"}}`' };
  if (typeof value === 'object') {
    const hint = Array.isArray(value)
      ? 'write `{{join x ","}}` or `{{json x}}`'
      : 'write `{{json x}}`, or one of its keys';
    return { ok: false, message: `${kindOf(value)} has no text of its own`, hint };
  }
  return { ok: true, text: String(value) };
}

function given(value: Value): HelperResult {
  return { ok: true, value };
}

function refused(message: string, hint?: string): HelperResult {
  return { ok: false, message, ...(hint === undefined ? {} : { hint }) };
}

function onText(usage: string, change: (text: string) => HelperResult): Helper {
  return {
    least: 1,
    most: 1,
    usage,
    run: ([value = null]) => {
      const text = textOf(value);
      return text.ok ? change(text.text) : refused(text.message, text.hint);
    },
  };
}

function compare(usage: string, wanted: boolean): Helper {
  return { least: 2, most: 2, usage, run: ([left, right]) => given(sameValue(left, right) === wanted) };
}

function logic(usage: string, least: number, most: number, decide: (truths: readonly boolean[]) => boolean): Helper {
  return {
    least,
    most,
    usage,
    run: (args) => {
      const truths: boolean[] = [];
      for (const each of args) {
        const result = truth(each);
        if (!result.ok) return result;
        truths.push(result.value === true);
      }
      return given(decide(truths));
    },
  };
}

function join([list = null, separator = '']: readonly Value[]): HelperResult {
  if (!Array.isArray(list)) return refused(`\`join\` takes a list, not ${kindOf(list)}`);
  if (typeof separator !== 'string')
    return refused(`\`join\` takes a text between the items, not ${kindOf(separator)}`);
  const texts: string[] = [];
  for (const each of list as readonly Value[]) {
    const text = textOf(each);
    if (!text.ok) return refused(`\`join\`: ${text.message}`);
    texts.push(text.text);
  }
  return given(texts.join(separator));
}

function json([value = null, indent = 0]: readonly Value[]): HelperResult {
  if (typeof indent !== 'number') return refused(`\`json\` takes a number of spaces, not ${kindOf(indent)}`);
  return given(JSON.stringify(value, undefined, indent));
}

function decode(text: string): HelperResult {
  if (!/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(text)) return refused('this is not base64');
  const bytes = Buffer.from(text, 'base64');
  const decoded = bytes.toString('utf8');
  return Buffer.from(decoded).equals(bytes) ? given(decoded) : refused('this base64 holds no UTF-8 text');
}

function pad([value = null, width = 0]: readonly Value[]): HelperResult {
  const text = textOf(value);
  if (!text.ok) return refused(text.message, text.hint);
  if (typeof width !== 'number' || width < 0 || width > 200) return refused('`pad` takes a width from 0 to 200');
  return given(text.text.padEnd(width));
}

const byRenderer = (): HelperResult => refused('this helper is evaluated by the renderer');

/** Every helper by its name. `ident` and `raw` are not here: they are marks of a place, not functions. */
export const helpers: ReadonlyMap<string, Helper> = new Map<string, Helper>([
  ['default', { least: 2, most: 2, usage: '{{default x "y"}}', run: byRenderer }],
  ['lookup', { least: 2, most: 8, usage: '{{lookup x "key"}}', run: byRenderer }],
  ['json', { least: 1, most: 2, usage: '{{json x}}', run: json }],
  ['join', { least: 1, most: 2, usage: '{{join list ","}}', run: join }],
  ['upper', onText('{{upper x}}', (text) => given(text.toUpperCase()))],
  ['lower', onText('{{lower x}}', (text) => given(text.toLowerCase()))],
  ['trim', onText('{{trim x}}', (text) => given(text.trim()))],
  ['basename', onText('{{basename x}}', (text) => given(posix.basename(text)))],
  ['pad', { least: 2, most: 2, usage: '{{pad x 12}}', run: pad }],
  ['b64encode', onText('{{b64encode x}}', (text) => given(Buffer.from(text).toString('base64')))],
  ['b64decode', onText('{{b64decode x}}', decode)],
  ['eq', compare('(eq x "y")', true)],
  ['ne', compare('(ne x "y")', false)],
  ['and', logic('(and x y)', 2, 16, (truths) => truths.every(Boolean))],
  ['or', logic('(or x y)', 2, 16, (truths) => truths.some(Boolean))],
  ['not', logic('(not x)', 1, 1, ([first]) => first !== true)],
]);

/** The keys of a map, for hints; nothing for anything else. */
export function keysOf(value: Value): readonly string[] {
  return isMap(value) ? Object.keys(value) : [];
}
