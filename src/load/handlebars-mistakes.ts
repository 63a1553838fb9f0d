// Handlebars says what its grammar expected; a person wants to know what to write instead.
// Most mistakes come from fingers that know Jinja, so those are recognised by name.
import { error } from '../core/diagnostic.js';
import type { Diagnostic } from '../core/diagnostic.js';
import type { Placed } from './handlebars-tree.js';

/** The problem for what Handlebars' parser threw. */
export function parseProblem(placed: Placed, thrown: unknown): Diagnostic {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const mismatch = /^(\S+) doesn't match (\S+) - (\d+):(\d+)/.exec(message);
  if (mismatch !== null) {
    const at = lineOffset(placed.text, Number(mismatch[3])) + Number(mismatch[4]);
    const span = placed.at(at, at + (mismatch[1] ?? '').length);
    return error('template/syntax', `block \`${mismatch[1]}\` is closed as \`${mismatch[2]}\``, span, {
      hint: `close it with \`{{/${mismatch[1]}}}\``,
    });
  }
  const invalidPath = /^Invalid path: (.+) - (\d+):(\d+)$/.exec(message);
  if (invalidPath !== null) {
    const at = lineOffset(placed.text, Number(invalidPath[2])) + Number(invalidPath[3]);
    return error(
      'template/syntax',
      `\`${invalidPath[1]}\` is no path`,
      placed.at(at, at + (invalidPath[1] ?? '').length),
      { hint: 'a path is names with points between them: `x.y`' },
    );
  }
  return unexpected(placed, message);
}

function unexpected(placed: Placed, message: string): Diagnostic {
  const { text } = placed;
  const at = pointedAt(text, message);
  const brace = text.lastIndexOf('{{', at);
  const unclosed = brace !== -1 && !text.includes('}}', brace);
  if (message.endsWith("got 'EOF'") || unclosed) {
    const open = unclosed ? -1 : text.lastIndexOf('{{#');
    const start = open === -1 ? brace : open;
    const name = /^\{\{#\s*(\w+)/.exec(text.slice(start))?.[1];
    return error('template/syntax', 'this template does not end', placed.at(Math.max(0, start), text.length), {
      hint: name === undefined ? 'close it with `}}`' : `close it with \`{{/${name}}}\``,
    });
  }
  if (message.endsWith("got 'OPEN_ENDBLOCK'")) {
    const hint = 'take it out, or open it before: `{{#if x}}`';
    return error('template/syntax', 'nothing is open that could be closed here', tag(placed, at), { hint });
  }
  return error(
    'template/syntax',
    `unexpected ${wordAt(text, at)} in a template`,
    placed.at(at, Math.min(at + 1, text.length)),
    {
      hint: hintFor(tagText(text, at)),
    },
  );
}

/** Jinja's statements would go out as plain text, unseen, so they are a problem of their own. */
export function jinjaProblem(placed: Placed): Diagnostic | undefined {
  const found = /\{%[-+]?\s*(?:if|for|else|elif|endif|endfor|set|include|macro|raw|block)\b[^\n]*?(?:%\}|$)/m.exec(
    placed.text,
  );
  if (found === null) return undefined;
  return error(
    'template/jinja',
    'this is Jinja, and templates here are Handlebars',
    placed.at(found.index, found.index + found[0].length),
    {
      hint: 'write `{{#if x}} ... {{else}} ... {{/if}}` or `{{#each list}} ... {{/each}}`',
    },
  );
}

const mistakes: readonly (readonly [RegExp, string])[] = [
  [/\|\s*(\w+)\s*\(/, 'filters are written as helpers: `{{default x "y"}}`'],
  [/\|\s*default/, 'filters are written as helpers: `{{default x "y"}}`'],
  [/\|/, 'filters are written as helpers: `{{upper x}}`'],
  [/[=!]=/, 'compare with a helper: `{{#if (eq x "y")}}`'],
  [/\[\s*['"]/, 'write `{{x.key}}`, or `{{lookup x "key"}}`'],
  [/\[\s*\d+/, 'write `{{x.[0]}}` for the first of a list'],
  [/\[/, 'write `{{lookup x key}}`'],
  [/\.\d+/, 'write `{{x.[0]}}` for the first of a list'],
  [/\(\s*\)/, 'there are no method calls; see the list of helpers'],
  [/[+*/-]/, 'templates do not calculate; put text side by side, or calculate in a condition'],
];

function hintFor(tagOf: string): string {
  return (
    mistakes.find(([pattern]) => pattern.test(tagOf))?.[1] ??
    'a template looks like `{{x}}`, `{{x.y}}` or `{{upper x}}`'
  );
}

function wordAt(text: string, at: number): string {
  const word = /^(?:\}\}|[=!]=|\w+|[^\s])/.exec(text.slice(at))?.[0];
  return word === undefined ? 'end' : `\`${word}\``;
}

/** The text between the braces around an offset. */
function tagText(text: string, at: number): string {
  const start = text.lastIndexOf('{{', at);
  const end = text.indexOf('}}', at);
  return text.slice(start === -1 ? 0 : start + 2, end === -1 ? undefined : end);
}

function tag(placed: Placed, at: number): ReturnType<Placed['at']> {
  const end = placed.text.indexOf('}}', at);
  return placed.at(at, end === -1 ? placed.text.length : end + 2);
}

/**
 * Where the parser's arrow points. It shows up to 20 characters before and after, with line ends taken out,
 * and tells the line only roughly, so the place is found by its surroundings.
 */
function pointedAt(text: string, message: string): number {
  const [, shown = '', arrow = ''] = message.split('\n');
  const caret = Math.max(0, arrow.indexOf('^'));
  const cut = shown.startsWith('...') && caret >= 3 ? 3 : 0;
  const before = shown.slice(cut, caret);
  const after = shown.slice(caret).replace(/\.\.\.$/, '');
  const offsets: number[] = [];
  let flat = '';
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === '\n') continue;
    flat += text[at];
    offsets.push(at);
  }
  const found = flat.indexOf(before + after);
  return found === -1 ? 0 : (offsets[found + before.length] ?? text.length);
}

function lineOffset(text: string, line: number): number {
  let at = 0;
  for (const end of [...text.matchAll(/\r\n?|\n/g)].slice(0, line - 1)) at = end.index + end[0].length;
  return at;
}

/** Blocks or values within one another that the parser is asked to bear; its time grows with a power of them. */
const deepest = 64;

/** The problem of blocks, or of calls in brackets, that nest deeper than anyone reads. */
export function nestingProblem(placed: Placed): Diagnostic | undefined {
  const { text } = placed;
  let blocks = 0;
  let end = 0;
  for (let start = text.indexOf('{{'); start !== -1; start = text.indexOf('{{', end)) {
    end = text.indexOf('}}', start) + 2;
    if (end < 2) return undefined;
    const inside = text.slice(start + 2, end - 2);
    if (/^~?[#^]\s*\S/.test(inside)) blocks += 1;
    else if (/^~?\//.test(inside)) blocks -= 1;
    if (blocks <= deepest && bracketsIn(inside) <= deepest) continue;
    return error('template/too-deep', `this template nests deeper than ${deepest} levels`, placed.at(start, end), {
      hint: 'make variables of its parts',
    });
  }
  return undefined;
}

function bracketsIn(inside: string): number {
  let open = 0;
  let most = 0;
  for (const bracket of inside.replaceAll(/[^()]/g, '')) {
    open += bracket === '(' ? 1 : -1;
    most = Math.max(most, open);
  }
  return most;
}
