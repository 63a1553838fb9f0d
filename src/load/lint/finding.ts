// What a rule of the linter says, and where a silence for it may stand.
import { error, warning } from '../../core/diagnostic.js';
import type { Diagnostic } from '../../core/diagnostic.js';
import type { Span } from '../../core/source.js';

/** A problem that may be silenced on its own line, or on that of the task it belongs to. */
export interface Finding {
  readonly problem: Diagnostic & { readonly span: Span };
  readonly task?: Span;
}

/** A finding at a place: a warning, unless it is said to be an error. */
export function finding(
  code: Diagnostic['code'],
  message: string,
  span: Span,
  more: { hint: string; task?: Span; severity?: Diagnostic['severity'] },
): Finding {
  const { hint, task, severity } = more;
  const tell = severity === 'error' ? error : warning;
  return { problem: { ...tell(code, message, span, { hint }), span }, ...(task === undefined ? {} : { task }) };
}
