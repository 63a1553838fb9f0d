// Problems for programs: one JSON object a line, and SARIF 2.1.0, which editors and code reviews read.
import type { CodeEntry } from '../core/codes/entry.js';
import type { Diagnostic, Fix } from '../core/diagnostic.js';
import { positionOf } from '../core/source.js';
import type { Span } from '../core/source.js';
import { safeJson } from './text.js';

/** One problem a line; positions count from 1, columns in UTF-16 code units, and the end is excluded. */
export function problemsAsLines(problems: readonly Diagnostic[]): string {
  return problems.map((each) => `${safeJson(lineOf(each))}\n`).join('');
}

function lineOf({ code, severity, message, hint, span, labels = [], fix }: Diagnostic): object {
  return {
    v: 1,
    code,
    severity,
    message,
    ...(hint === undefined ? {} : { hint }),
    ...(span === undefined ? {} : placeOf(span)),
    ...(labels.length === 0
      ? {}
      : { related: labels.map((each) => ({ message: each.message, ...placeOf(each.span) })) }),
    ...(fix === undefined ? {} : { fix: { ...placeOf(fix.span), text: fix.text } }),
  };
}

function placeOf(span: Span): object {
  const { source, start, end } = span;
  const from = positionOf(source, start);
  const to = positionOf(source, Math.max(start, end));
  return { file: source.path, line: from.line, column: from.column, endLine: to.line, endColumn: to.column };
}

/** What a SARIF file says besides the problems. */
export interface SarifTool {
  readonly version: string;
  readonly codes: ReadonlyMap<string, CodeEntry>;
}

/** A SARIF 2.1.0 log of one run, with a rule for each code that was raised. */
export function problemsAsSarif(problems: readonly Diagnostic[], { version, codes }: SarifTool): string {
  const raised = [...new Set(problems.map(({ code }) => code))].toSorted();
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'playbook', version, rules: raised.map((code) => ruleOf(code, codes.get(code))) } },
        columnKind: 'utf16CodeUnits',
        results: problems.map((each) => resultOf(each, raised.indexOf(each.code))),
      },
    ],
  };
  return `${safeJson(log, 2)}\n`;
}

function ruleOf(id: string, entry: CodeEntry | undefined): object {
  if (entry === undefined) return { id };
  const { means, help, example } = entry;
  return {
    id,
    shortDescription: { text: means },
    help: { text: `${help} For example:\n${example}`, markdown: `${help}\n\n\`\`\`\n${example}\n\`\`\`` },
  };
}

function resultOf({ code, severity, message, hint, span, labels = [], fix }: Diagnostic, ruleIndex: number): object {
  return {
    ruleId: code,
    ruleIndex,
    level: severity,
    message: { text: hint === undefined ? message : `${message}: ${hint}` },
    ...(span === undefined ? {} : { locations: [{ physicalLocation: locationOf(span) }] }),
    ...(labels.length === 0
      ? {}
      : {
          relatedLocations: labels.map((each, id) => ({
            id,
            message: { text: each.message },
            physicalLocation: locationOf(each.span),
          })),
        }),
    ...(fix === undefined ? {} : { fixes: [fixOf(fix)] }),
  };
}

function locationOf(span: Span): object {
  return { artifactLocation: { uri: uriOf(span.source.path) }, region: regionOf(span) };
}

function regionOf({ source, start, end }: Span): object {
  const from = positionOf(source, start);
  const to = positionOf(source, Math.max(start, end));
  return { startLine: from.line, startColumn: from.column, endLine: to.line, endColumn: to.column };
}

function fixOf({ span, text }: Fix): object {
  const replacement = { deletedRegion: regionOf(span), insertedContent: { text } };
  return {
    description: { text: `write ${text}` },
    artifactChanges: [{ artifactLocation: { uri: uriOf(span.source.path) }, replacements: [replacement] }],
  };
}

/** A path as a URI reference: relative ones stay relative, to the directory that the command ran in. */
function uriOf(path: string): string {
  // Half a character, which no file name and no URI can have, becomes the mark for one that is unknown.
  const escaped = path
    .replaceAll(/\p{Surrogate}/gu, '\ufffd')
    .split('/')
    .map(encodeURIComponent)
    .join('/');
  return path.startsWith('/') ? `file://${escaped}` : escaped;
}
