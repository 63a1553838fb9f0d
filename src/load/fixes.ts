// Repairs that leave no doubt about what was meant. Each says one text in the place of another, and nothing else
// of the file is touched.
import { readFileSync, writeFileSync } from 'node:fs';
import type { Diagnostic, Fix } from '../core/diagnostic.js';
import type { Source, Span } from '../core/source.js';
import type { Entry } from './node.js';

/** The mode of a file, such as `0644`, in quotes: as a number it would be another mode, or none. */
export function modeFix(span: Span): Fix | undefined {
  const { source, start, end } = span;
  const spelled = source.text.slice(start, end);
  const before = source.text.slice(Math.max(0, start - 40), start);
  return /^0[0-7]{3,4}$/.test(spelled) && /(?:^|[\s{,])["']?mode["']?\s*:[ \t]+$/.test(before)
    ? { span, text: `"${spelled}"` }
    : undefined;
}

/** `yes` and its like, or a boolean in quotes, as the boolean of a keyword; not where an alias brings it from elsewhere. */
export function booleanFix({ keySpan, value }: Entry, meant: boolean | undefined): Fix | undefined {
  const { source, start, end } = value.span;
  const between = source.text.slice(keySpan.end, start);
  const isWord = /^(["']?)\w+\1$/.test(source.text.slice(start, end));
  return meant !== undefined && isWord && source.path === keySpan.source.path && /^\s*:[ \t]+$/.test(between)
    ? { span: value.span, text: String(meant) }
    : undefined;
}

/** Writes the repairs of these problems into their files, and gives the problems that are mended by it. */
export function applyFixes(problems: readonly Diagnostic[]): readonly Diagnostic[] {
  const fixable = problems.filter((each) => each.fix !== undefined);
  const sources = new Map(
    fixable.flatMap(({ fix }) => (fix ? [[fix.span.source.path, fix.span.source] as const] : [])),
  );
  const written = [...sources.values()].filter((source) => write(source, fixable));
  return fixable.filter(({ fix }) => written.some(({ path }) => path === fix?.span.source.path));
}

const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);

/** False, and nothing written, when the file is no longer what was read. */
function write(source: Source, problems: readonly Diagnostic[]): boolean {
  const bytes = readFileSync(source.path);
  const mark = bytes.subarray(0, 3).equals(byteOrderMark) ? byteOrderMark : Buffer.alloc(0);
  if (!bytes.equals(Buffer.concat([mark, Buffer.from(source.text)]))) return false;
  const fixes = new Map<number, Fix>();
  for (const { fix } of problems) if (fix?.span.source.path === source.path) fixes.set(fix.span.start, fix);
  let text = '';
  let at = 0;
  for (const fix of [...fixes.values()].toSorted((a, b) => a.span.start - b.span.start)) {
    text += source.text.slice(at, fix.span.start) + fix.text;
    at = fix.span.end;
  }
  writeFileSync(source.path, Buffer.concat([mark, Buffer.from(text + source.text.slice(at))]));
  return true;
}
