// A problem is a value: it is collected with all the others, shown with its line,
// and carries a stable code that tests, scripts and `playbook explain` can rely on.
import type { Span } from './source.js';

/** How bad a problem is; only an error keeps a run from starting. */
export type Severity = 'error' | 'warning';

/** A second place that explains the first, such as where a name was defined before. */
export interface Label {
  readonly span: Span;
  readonly message: string;
}

/** What would mend a problem without any doubt: this text in the place of that span. */
export interface Fix {
  readonly span: Span;
  readonly text: string;
}

/**
 * One problem, in the project's tone: lower case, no full stop, values in backticks.
 * `code` is `area/what-is-wrong`; `hint` says what to do next.
 */
export interface Diagnostic {
  readonly code: `${string}/${string}`;
  readonly severity: Severity;
  readonly message: string;
  readonly span?: Span;
  readonly labels?: readonly Label[];
  readonly hint?: string;
  readonly fix?: Fix;
}

/** What may be left out when an error is made. */
export interface DiagnosticDetails {
  readonly hint?: string | undefined;
  readonly labels?: readonly Label[];
  readonly fix?: Fix | undefined;
}

/** An error at a place (or at none, for the command line). */
export function error(
  code: Diagnostic['code'],
  message: string,
  span?: Span,
  details: DiagnosticDetails = {},
): Diagnostic {
  const { labels, fix } = details;
  const hint = fix === undefined ? details.hint : `${details.hint ?? ''}; \`playbook validate --fix\` does it`;
  return {
    code,
    severity: 'error',
    message,
    ...(span === undefined ? {} : { span }),
    ...(labels === undefined ? {} : { labels }),
    ...(hint === undefined ? {} : { hint }),
    ...(fix === undefined ? {} : { fix }),
  };
}

/** A warning at a place: said aloud, but it keeps nothing from running. */
export function warning(
  code: Diagnostic['code'],
  message: string,
  span?: Span,
  details: DiagnosticDetails = {},
): Diagnostic {
  return { ...error(code, message, span, details), severity: 'warning' };
}

/** True when at least one of them is an error. */
export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((each) => each.severity === 'error');
}
