// What the YAML parser says, in the words of the house: a stable code, and a hint for the mistakes that people really make.
import { CST, Lexer } from 'yaml';
import type { YAMLError } from 'yaml';
import { error } from '../core/diagnostic.js';
import type { Diagnostic } from '../core/diagnostic.js';
import { lineText, positionOf } from '../core/source.js';
import type { Source, Span } from '../core/source.js';

type Code = Diagnostic['code'];

const codes: Readonly<Record<string, Code>> = {
  TAB_AS_INDENT: 'yaml/tab',
  BAD_ALIAS: 'yaml/unknown-alias',
};

const hints: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: 'indent with spaces',
  MULTIPLE_DOCS: 'a file holds one document; move the rest to a file of its own',
  BAD_ALIAS: 'put quotes around a text that starts with `*`',
  BAD_SCALAR_START: 'put quotes around the text',
  BLOCK_AS_IMPLICIT_KEY: 'put quotes around a text that holds `: `, or check the indentation',
  MULTILINE_IMPLICIT_KEY: 'put quotes around the text, or check the indentation',
  BAD_INDENT: 'check the indentation: keys of one map start in the same column',
  BAD_DQ_ESCAPE: "write the backslash twice, or use single quotes: '...'",
};

/** The hint about `{{ x }}` without quotes, which YAML reads as a map in a map. */
export const quoteTemplate = 'put quotes around it: `"{{ ... }}"`';

/** The diagnostic of something the parser complained about. */
export function tellYamlProblem(source: Source, problem: YAMLError): Diagnostic {
  const span = onTheLine(source, problem.pos[0], problem.pos[1]);
  const line = lineText(source, positionOf(source, span.start).line);
  const template = /(?:^|[:-])\s+\{\{/.exec(line);
  if (template !== null) {
    const start = span.start - positionOf(source, span.start).column + 1 + line.indexOf('{{', template.index);
    return error(
      'yaml/unquoted-template',
      'a text that starts with `{{` must be quoted',
      { source, start, end: start + 2 },
      { hint: quoteTemplate },
    );
  }
  const tab = tabInIndent(source, span, line);
  if (tab !== undefined) return tab;
  if (problem.code === 'TAG_RESOLVE_FAILED') return unknownTag(source, span);
  if (problem.code === 'MULTIPLE_DOCS') {
    return error('yaml/several-documents', 'a second document starts here', span, { hint: hints[problem.code] });
  }
  return (
    neverClosed(source, problem) ??
    error(codes[problem.code] ?? 'yaml/syntax', inWords(problem), span, { hint: hintOf(problem, line) })
  );
}

const words: readonly (readonly [RegExp, string])[] = [
  [/^Unexpected flow-map-end /, 'a `}` closes nothing'],
  [/^Unexpected flow-seq-end /, 'a `]` closes nothing'],
  [/^Unexpected .* at node end/, 'something stands behind the end of a value'],
  [/^Unexpected .* in YAML stream/, 'something stands behind the end of the document'],
  [/^Nested mappings are not allowed/, 'a `: ` stands inside of a value'],
  [/^A block sequence may not be used as an implicit map key/, 'a list in place of a key'],
  [/^Implicit keys need to be on a single line/, 'a text goes on where a key was expected'],
];

function inWords({ message }: YAMLError): string {
  return words.find(([pattern]) => pattern.test(message))?.[1] ?? lowerFirst(message);
}

/** What a person can do, best for what shows in the line itself. */
function hintOf({ code }: YAMLError, line: string): string {
  const space = /^[ \t]*([^\S \t\r\n]|[\u200B\uFEFF])/.exec(line)?.[1] ?? /[\u0085\u2028\u2029]/.exec(line)?.[0];
  if (space !== undefined) return `an invisible character stands in this line, ${codePoint(space)}; write plain spaces`;
  if (/^\s*[\u2010-\u2015\u2212]\s/.test(line)) return 'the dash of a list is `-`';
  if (/[“”„‘’«»]/.test(line)) return 'write straight quotes: `"` or `\'`';
  return hints[code] ?? 'put quotes around the text, or check brackets and indentation';
}

/** A bracket or quote that is never closed: the parser notices at the end of the file, a person looks for where it opens. */
function neverClosed(source: Source, { message, pos }: YAMLError): Diagnostic | undefined {
  const quote = /Missing closing (["'])quote/.exec(message)?.[1];
  const bracket = /^Flow (?:map|sequence) (?:in block collection )?must .*end with a ([\]}])/.exec(message)?.[1];
  if (quote === undefined && bracket === undefined) return undefined;
  const start = quote === undefined ? openBracket(source, pos[0]) : openQuote(source, quote);
  const closing = quote ?? bracket ?? '';
  const said = quote === undefined ? `this \`${source.text.charAt(start)}\`` : 'a quote';
  const deeper = quote === undefined ? ', and indent what is inside further than the line that it stands in' : '';
  return error(
    'yaml/syntax',
    `${said} is never closed`,
    { source, start, end: start + 1 },
    {
      hint: `close it with \`${closing}\`${deeper}`,
    },
  );
}

/** Where the innermost bracket opens that is still open at an offset. */
function openBracket(source: Source, until: number): number {
  const open: number[] = [];
  for (const [token, offset] of tokensOf(source)) {
    if (offset >= until) break;
    if (token === '[' || token === '{') open.push(offset);
    else if (token === ']' || token === '}') open.pop();
  }
  return open.at(-1) ?? Math.min(until, source.text.length);
}

/** Where the quoted text begins that the file ends in. */
function openQuote(source: Source, quote: string): number {
  const found = [...tokensOf(source)].findLast(([token]) => token.startsWith(quote));
  return found?.[1] ?? 0;
}

/** The tokens of a text that stand in it, with their offsets. */
function* tokensOf({ text }: Source): Generator<readonly [string, number]> {
  let offset = 0;
  for (const token of new Lexer().lex(text)) {
    if (token === CST.DOCUMENT || token === CST.FLOW_END || token === CST.SCALAR) continue;
    yield [token, offset];
    offset += token.length;
  }
}

/** The problem of a file in which git left both sides of a conflict. */
export function mergeConflict(source: Source): Diagnostic | undefined {
  const found = /^<{7} .*$/m.exec(source.text);
  if (found === null || !/^>{7} /m.test(source.text)) return undefined;
  const span = { source, start: found.index, end: found.index + found[0].length };
  return error('yaml/merge-conflict', 'two sides of a merge stand here', span, {
    hint: 'keep one of them, and take the lines of `<<<<<<<`, `=======` and `>>>>>>>` out',
  });
}

function codePoint(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}

/** The problem of a key that a map says twice; the place of the first is added when it is known. */
export function duplicateKey(span: Span, first?: Span): Diagnostic {
  const key = span.source.text.slice(span.start, span.end);
  return error('yaml/duplicate-key', `key ${key === '' ? '' : `\`${key}\` `}is said twice in one map`, span, {
    hint: 'keep one of them',
    ...(first === undefined ? {} : { labels: [{ span: first, message: 'said here first' }] }),
  });
}

/** Whatever the parser makes of a line that is indented with a tab, the tab is the mistake. */
function tabInIndent(source: Source, { start }: Span, line: string): Diagnostic | undefined {
  const tab = /^ *\t/.exec(line)?.[0].length;
  if (tab === undefined) return undefined;
  const at = start - positionOf(source, start).column + tab;
  return error(
    'yaml/tab',
    'tabs are not allowed as indentation',
    { source, start: at, end: at + 1 },
    { hint: hints['TAB_AS_INDENT'] },
  );
}

/** The problem of a character that no person types and no editor shows, where the text holds one. */
export function controlCharacter(source: Source): Diagnostic | undefined {
  const found = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]|\r(?!\n)/.exec(source.text);
  if (found === null) return undefined;
  if (found[0] === '\r' || /^.?\0/.test(source.text)) return foreign(source, found);
  const code = (found[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(2, '0');
  return error(
    'yaml/control-character',
    `an invisible control character stands here, U+00${code}`,
    { source, start: found.index, end: found.index + 1 },
    { hint: `take it out; where it is meant, write it in double quotes as \`\\x${code}\`` },
  );
}

/** The problem of a text from a system that writes other lines or other characters. */
function foreign(source: Source, found: RegExpExecArray): Diagnostic {
  const lines = found[0] === '\r';
  const message = lines ? 'a line ends here as it did on old Macs' : 'this is UTF-16, not UTF-8 text';
  const hint = lines
    ? 'save it with line ends of Unix'
    : 'save it as UTF-8, for example with `iconv -f UTF-16 -t UTF-8`';
  const span = { source, start: found.index, end: found.index + 1 };
  return error(lines ? 'yaml/control-character' : 'file/not-utf8', message, span, { hint });
}

function unknownTag(source: Source, span: Span): Diagnostic {
  const tag = source.text.slice(span.start, span.end).trim();
  const hint =
    tag === '!vault'
      ? 'what is encrypted is a text: write `!vault |` and its lines below'
      : 'put quotes around a text that starts with `!`';
  return error('yaml/unknown-tag', `unknown tag \`${tag}\``, span, { hint });
}

/** A span that stays on its first line, and holds at least one character when there is one. */
function onTheLine(source: Source, start: number, end: number): Span {
  const from = Math.min(start, source.text.length);
  const newline = source.text.indexOf('\n', from);
  const lineEnd = newline === -1 ? source.text.length : newline;
  return { source, start: from, end: Math.max(from, Math.min(end, lineEnd)) };
}

function lowerFirst(text: string): string {
  const line = text.split('\n')[0] ?? text;
  return (line.charAt(0).toLowerCase() + line.slice(1)).replace(/\.$/, '');
}
