// What is said about the codes of problems, on a terminal and as a page of the documentation.
import type { CodeEntry } from '../core/codes/entry.js';
import { padTo } from './text.js';
import type { Theme } from './theme.js';

type Codes = ReadonlyMap<string, CodeEntry>;

/** One code, for a terminal. */
export function codeLines(code: string, { means, help, example }: CodeEntry, theme: Theme): readonly string[] {
  return [
    theme.bold(code),
    `  ${means}`,
    '',
    theme.dim('what to do'),
    `  ${help}`,
    '',
    theme.dim('for example'),
    ...shown(example).map((line) => `  ${line}`),
  ];
}

/** Every code with its sentence, for a terminal. */
export function codeList(codes: Codes, theme: Theme): readonly string[] {
  const width = Math.max(...[...codes.keys()].map((code) => code.length));
  return [...codes].map(([code, { means }]) => `${theme.bold(padTo(code, width))}  ${means}`);
}

/** docs/errors.md. */
export function codesPage(codes: Codes): string {
  const areas = new Set([...codes.keys()].map(areaOf));
  const head = [
    '# Every code',
    '',
    'What a problem means and what to do about it; `playbook explain CODE` says the same. This page is written by',
    '`npm run errors` from `src/core/codes/`.',
    '',
  ];
  const sections = [...areas].flatMap((area) => [
    `## ${area}`,
    '',
    ...[...codes].filter(([code]) => areaOf(code) === area).flatMap(([code, entry]) => section(code, entry)),
  ]);
  return `${[...head, ...sections].join('\n').trimEnd()}\n`;
}

function section(code: string, { means, help, example }: CodeEntry): readonly string[] {
  return [`### ${code}`, '', `${means} ${help}`, '', '```', ...shown(example), '```', ''];
}

function areaOf(code: string): string {
  return code.split('/')[0] ?? code;
}

/** The lines of an example, as far to the left as they go. A tab is the point of one, and cannot be seen. */
function shown(example: string): readonly string[] {
  const lines = example.split('\n');
  const indent = Math.min(...lines.map((line) => line.length - line.replace(/^ +/, '').length));
  return lines.map((line) => line.slice(indent).replaceAll('\t', '<TAB>'));
}
