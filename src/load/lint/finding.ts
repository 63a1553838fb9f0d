// What a rule of the linter says, and where a silence for it may stand.
import { warning } from '../../core/diagnostic.js';
import type { Diagnostic } from '../../core/diagnostic.js';
import type { Span } from '../../core/source.js';

/** A warning that may be silenced on its own line, or on that of the task it belongs to. */
export interface Finding {
  readonly problem: Diagnostic & { readonly span: Span };
  readonly task?: Span;
}

/** A finding at a place. */
export function finding(
  code: Diagnostic['code'],
  message: string,
  span: Span,
  more: { hint: string; task?: Span },
): Finding {
  const { hint, task } = more;
  return { problem: { ...warning(code, message, span, { hint }), span }, ...(task === undefined ? {} : { task }) };
}
