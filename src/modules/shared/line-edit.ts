// One line in a text file, after Ansible's rules, but always content with its own answer: a replacement that its
// own pattern would not find again is refused, because each run would add one more.
import type { Matches } from './safe-match.js';
import { matchLines } from './safe-match.js';

/** What is wanted of a line. */
export interface LineWish {
  readonly state: 'present' | 'absent';
  readonly line?: string | undefined;
  readonly regexp?: string | undefined;
  /** A pattern, or `EOF`. */
  readonly insertAfter?: string | undefined;
  /** A pattern, or `BOF`. */
  readonly insertBefore?: string | undefined;
}

/** The new text, or why there is none. */
export type LineEdit =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'problem'; readonly message: string; readonly hint?: string };

interface Line {
  readonly text: string;
  readonly end: string;
}

/** The text with the line there, or not there. */
export function editLine(text: string, wish: LineWish): LineEdit {
  const lines = linesOf(text);
  const { line = '', regexp } = wish;
  // The wanted line is matched with the others: the pattern must find it again.
  const found = matchedBy(regexp, [...lines, { text: line, end: '' }]);
  if (found.kind === 'problem') return found;
  if (wish.state === 'absent') return { kind: 'text', text: joined(without(lines, wish, found.lines)) };
  if (regexp !== undefined && found.lines.at(-1) !== true) {
    return {
      kind: 'problem',
      message: '`regexp` does not match `line`, so each run would change the file again',
      hint: 'write a `regexp` that finds the line before and after',
    };
  }
  const last = found.lines.slice(0, -1).lastIndexOf(true);
  if (last !== -1) return { kind: 'text', text: joined(lines.with(last, replaced(lines[last], line))) };
  return lines.some((each) => each.text === line) ? { kind: 'text', text } : withNew(lines, wish, text);
}

function linesOf(text: string): readonly Line[] {
  return [...text.matchAll(/([^\n]*?)(\r?\n|$)/g)]
    .map(([, line = '', end = '']) => ({ text: line, end }))
    .filter((each) => each.text !== '' || each.end !== '');
}

function joined(lines: readonly Line[]): string {
  return lines.map((each) => each.text + each.end).join('');
}

/** An empty line at the end of a file is only there when it has an end. */
function replaced(old: Line | undefined, text: string): Line {
  const end = old?.end ?? '';
  return { text, end: end === '' && text === '' ? '\n' : end };
}

/** Which lines a pattern matches; without one, none. */
function matchedBy(pattern: string | undefined, lines: readonly Line[]): Matches {
  if (pattern === undefined) return { kind: 'matches', lines: [] };
  return matchLines(
    pattern,
    lines.map((each) => each.text),
  );
}

function without(lines: readonly Line[], { line, regexp }: LineWish, matched: readonly boolean[]): readonly Line[] {
  return lines.filter((each, index) => (regexp === undefined ? each.text !== line : matched[index] !== true));
}

function withNew(lines: readonly Line[], { line = '', insertBefore, insertAfter }: LineWish, text: string): LineEdit {
  const end = /\r?\n/.exec(text)?.[0] ?? '\n';
  if (insertBefore === 'BOF') return { kind: 'text', text: joined(inserted(lines, 0, line, end)) };
  const pattern = insertBefore ?? insertAfter;
  const anchors = matchedBy(pattern === 'EOF' ? undefined : pattern, lines);
  if (anchors.kind === 'problem') return anchors;
  const last = anchors.lines.lastIndexOf(true);
  const beside = insertBefore === undefined ? last + 1 : last;
  return { kind: 'text', text: joined(inserted(lines, last === -1 ? lines.length : beside, line, end)) };
}

function inserted(lines: readonly Line[], at: number, text: string, end: string): readonly Line[] {
  const before = lines.slice(0, at).map((each) => (each.end === '' ? { ...each, end } : each));
  const openEnd = at === lines.length && lines.length > 0 && lines.at(-1)?.end === '' && text !== '';
  return [...before, { text, end: openEnd ? '' : end }, ...lines.slice(at)];
}
