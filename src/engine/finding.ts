// What a preflight finds: problems of the world, each where the task that would meet it was said.
import type { Diagnostic } from '../core/diagnostic.js';
import { error, warning } from '../core/diagnostic.js';
import type { Event, Excerpt } from '../core/event.js';
import { lineText, positionOf } from '../core/source.js';
import type { Span } from '../core/source.js';

/**
 * What a finding means: a `refusal` keeps everything from starting; what is `unreachable` may be dead on purpose, which
 * a run must be able to cope with; a `doubt` may be settled by earlier tasks; a `notice` is worth knowing before any run.
 */
export type Weight = 'refusal' | 'unreachable' | 'doubt' | 'notice';

/** One finding. */
export interface Finding {
  readonly code: `preflight/${string}`;
  readonly weight: Weight;
  readonly message: string;
  /** Where it was found; said behind the message, together with other hosts of which the same is true. */
  readonly host?: string;
  readonly span: Span;
  readonly hint?: string | undefined;
  readonly also?: Diagnostic['labels'];
}

/** Findings as problems: the same said of several hosts is one, worst first, else in the order of the files. */
export function diagnosticsOf(findings: readonly Finding[]): readonly Diagnostic[] {
  const together = new Map<string, Finding[]>();
  for (const each of findings) {
    const { code, weight, message, span, hint } = each;
    const key = JSON.stringify([code, isError(weight), message, span.source.path, span.start, hint]);
    together.set(key, [...(together.get(key) ?? []), each]);
  }
  const problems = [...together.values()].flatMap((same) =>
    same[0] === undefined ? [] : [diagnosticOf(same[0], same)],
  );
  return [
    ...problems.filter((each) => each.severity === 'error'),
    ...problems.filter((each) => each.severity === 'warning'),
  ];
}

function isError(weight: Weight): boolean {
  return weight === 'refusal' || weight === 'unreachable';
}

function diagnosticOf({ code, weight, message, span, hint, also }: Finding, same: readonly Finding[]): Diagnostic {
  const hosts = [...new Set(same.flatMap((each) => (each.host === undefined ? [] : [`\`${each.host}\``])))];
  const where = hosts.length === 0 ? '' : ` on ${hosts.join(', ')}`;
  const make = isError(weight) ? error : warning;
  return make(code, `${message}${where}`, span, { hint, ...(also === undefined ? {} : { labels: also }) });
}

/** A problem as an event, with the lines that it is about, so that a journal shows them when the files are gone. */
export function foundEvent({ code, severity, message, hint, span, labels = [] }: Diagnostic): Event {
  return {
    type: 'preflight.found',
    code,
    severity,
    message,
    ...(hint === undefined ? {} : { hint }),
    ...(span === undefined ? {} : { place: excerptOf(span) }),
    ...(labels.length === 0
      ? {}
      : { labels: labels.map((label) => ({ message: label.message, place: excerptOf(label.span) })) }),
  };
}

function excerptOf({ source, start, end }: Span): Excerpt {
  const position = positionOf(source, start);
  return { file: source.path, ...position, text: lineText(source, position.line), length: end - start };
}
