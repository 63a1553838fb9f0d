// Silences: comments that allow in one place, with a reason, what the linter warns of. A silence is judged itself,
// because one that is wrong or forgotten hides the next mistake.
import { warning } from '../../core/diagnostic.js';
import type { Diagnostic } from '../../core/diagnostic.js';
import { positionOf } from '../../core/source.js';
import type { Source, Span } from '../../core/source.js';
import { didYouMean } from '../../core/words.js';
import type { Node } from '../node.js';
import type { Finding } from './finding.js';
import type { LintFile } from './holders.js';

/** A rule that a comment allows on a line. */
interface Silence {
  readonly rule: string;
  readonly source: Source;
  /** The line that it is for, counted from 1. */
  readonly line: number;
  readonly span: Span;
}

interface Comments {
  readonly silences: readonly Silence[];
  readonly problems: readonly Diagnostic[];
}

const form = '`# playbook-lint: allow RULE because REASON`';
const allow = /^allow\s+([\w/-]+(?:\s*,\s*[\w/-]+)*)(?:\s+because\b\s*(.*))?$/;

/** The findings that no comment allows, and what is wrong with the comments. `asked` are the rules that were looked for. */
export function withoutSilenced(
  files: readonly LintFile[],
  findings: readonly Finding[],
  rules: { readonly known: ReadonlySet<string>; readonly asked: ReadonlySet<string> },
): readonly Diagnostic[] {
  const read = files.map((file) => commentsOf(file, rules.known));
  const silences = read.flatMap((each) => each.silences);
  const needed = new Set<Silence>();
  const told = findings.filter((each) => {
    const allowing = silences.filter((silence) => allows(silence, each));
    for (const silence of allowing) needed.add(silence);
    return allowing.length === 0;
  });
  const unused = silences.filter((each) => !needed.has(each) && rules.asked.has(each.rule));
  return [
    ...told.map(({ problem }) => problem),
    ...read.flatMap((each) => each.problems),
    ...unused.map(unusedSilence),
  ];
}

function allows({ rule, source, line }: Silence, { problem, task }: Finding): boolean {
  if (problem.code !== `lint/${rule}`) return false;
  return [problem.span, task].some(
    (span) => span !== undefined && span.source.path === source.path && positionOf(source, span.start).line === line,
  );
}

function unusedSilence({ rule, span }: Silence): Diagnostic {
  const hint = 'take it out, or put it on the line that it is for, or on the line above';
  return warning('lint/unused-silence', `there is nothing to allow here for \`${rule}\``, span, { hint });
}

function commentsOf({ source, node }: LintFile, known: ReadonlySet<string>): Comments {
  const silences: Silence[] = [];
  const problems: Diagnostic[] = [];
  for (const match of source.text.matchAll(/(?<=^|[ \t])#[ \t]*playbook-lint:[ \t]*(.*?)[ \t]*\r?$/gm)) {
    const span = { source, start: match.index, end: match.index + match[0].trimEnd().length };
    // In a text such as a script it is a comment of somebody else.
    if (isInText(node, span.start)) continue;
    const [, names, reason = ''] = allow.exec(match[1] ?? '') ?? [];
    const rules = (names ?? '').split(/\s*,\s*/).map((name) => name.replace(/^lint\//, ''));
    const unknown = names === undefined ? [] : rules.filter((rule) => !known.has(rule));
    problems.push(...unknown.map((rule) => unknownRule(rule, span, known)));
    if (names === undefined || reason === '') problems.push(withoutReason(names, span));
    else {
      const line = lineOf(source, span.start);
      silences.push(...rules.filter((rule) => known.has(rule)).map((rule) => ({ rule, source, line, span })));
    }
  }
  return { silences, problems };
}

function withoutReason(names: string | undefined, span: Span): Diagnostic {
  const message = names === undefined ? 'this comment allows nothing' : 'this comment does not say why it is allowed';
  return warning('lint/silence-without-reason', message, span, { hint: `write ${form}` });
}

function unknownRule(rule: string, span: Span, known: ReadonlySet<string>): Diagnostic {
  return warning('lint/unknown-rule', `the linter has no rule \`${rule}\``, span, { hint: didYouMean(rule, known) });
}

/** A comment on a line of its own is for the next line that is none. */
function lineOf(source: Source, start: number): number {
  const { line } = positionOf(source, start);
  const lines = source.text.split('\n');
  if (!/^\s*#/.test(lines[line - 1] ?? '')) return line;
  const next = lines.findIndex((text, index) => index >= line && !/^\s*(?:#|$)/.test(text));
  return next === -1 ? line : next + 1;
}

function isInText(node: Node, offset: number): boolean {
  if (node.kind === 'list') return node.items.some((each) => isInText(each, offset));
  if (node.kind === 'map') return node.entries.some(({ value }) => isInText(value, offset));
  return node.span.start <= offset && offset < node.span.end;
}
