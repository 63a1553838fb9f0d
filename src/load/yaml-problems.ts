// What the YAML parser says, in the words of the house: a stable code, and a hint for the mistakes that people really make.
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
  if (problem.code === 'DUPLICATE_KEY') return duplicateKey(wholeKey(span, line));
  if (problem.code === 'MULTIPLE_DOCS') {
    return error('yaml/several-documents', 'a second document starts here', span, { hint: hints[problem.code] });
  }
  if (/closing ["']quote/.test(problem.message)) return error('yaml/syntax', 'a quote is never closed', span);
  return error(codes[problem.code] ?? 'yaml/syntax', lowerFirst(problem.message), span, { hint: hints[problem.code] });
}

/** The problem of a key that a map says twice; the place of the first is added when it is known. */
export function duplicateKey(span: Span, first?: Span): Diagnostic {
  const key = span.source.text.slice(span.start, span.end);
  return error('yaml/duplicate-key', `key ${key === '' ? '' : `\`${key}\` `}is said twice in one map`, span, {
    hint: 'keep one of them',
    ...(first === undefined ? {} : { labels: [{ span: first, message: 'said here first' }] }),
  });
}

/** The parser points at the first character of a key. */
function wholeKey({ source, start, end }: Span, line: string): Span {
  const { column } = positionOf(source, start);
  const key = /^(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|.+?)(?=\s*(?::|$))/.exec(line.slice(column - 1));
  return { source, start, end: Math.max(end, start + (key?.[0].length ?? 0)) };
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
  const found = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/.exec(source.text);
  if (found === null) return undefined;
  const code = (found[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(2, '0');
  return error(
    'yaml/control-character',
    `an invisible control character stands here, U+00${code}`,
    { source, start: found.index, end: found.index + 1 },
    { hint: `take it out; where it is meant, write it in double quotes as \`\\x${code}\`` },
  );
}

function unknownTag(source: Source, span: Span): Diagnostic {
  const tag = source.text.slice(span.start, span.end).trim();
  const hint =
    tag === '!vault'
      ? 'keep the secret in a file of its own that is given with `-e @FILE`'
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
