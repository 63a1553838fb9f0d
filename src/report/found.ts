// What a preflight found, in the frame that problems of files have: the line comes with the event, because a journal
// may be read long after the file was changed.
import type { Diagnostic } from '../core/diagnostic.js';
import type { Excerpt, Stamped } from '../core/event.js';
import type { Span } from '../core/source.js';
import { frame } from './frame.js';
import type { Theme } from './theme.js';

const columns = 100;

/** The lines of one finding, an empty one before it. */
export function foundLines(event: Extract<Stamped, { type: 'preflight.found' }>, theme: Theme): readonly string[] {
  const { severity, message, hint, place, labels } = event;
  const problem: Diagnostic = {
    // The event holds the code of a problem as text.
    code: event.code as Diagnostic['code'],
    severity,
    message,
    ...(hint === undefined ? {} : { hint }),
    ...(place === undefined ? {} : { span: spanOf(place) }),
    ...(labels === undefined
      ? {}
      : { labels: labels.map((each) => ({ message: each.message, span: spanOf(each.place) })) }),
  };
  return ['', ...frame(problem, { theme, columns }).split('\n')];
}

/** A source that has this one line, at its place. */
function spanOf({ file, line, column, text, length }: Excerpt): Span {
  const before = '\n'.repeat(line - 1);
  const start = before.length + column - 1;
  return { source: { path: file, text: `${before}${text}` }, start, end: start + length };
}
