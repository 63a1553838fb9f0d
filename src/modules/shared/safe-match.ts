// Regular expressions of a playbook are run on lines that a host wrote. A bad pair of them can keep a process busy
// for hours, so they run under a time limit, where neither can hold up the run.
import { createContext, Script } from 'node:vm';

/** The longest line that is matched, in characters, and the time for all lines together, in milliseconds. */
const longestLine = 64 * 1024;
const limitMs = 1000;

/** Which lines match, or why that cannot be told. */
export type Matches =
  | { readonly kind: 'matches'; readonly lines: readonly boolean[] }
  | { readonly kind: 'problem'; readonly message: string };

const matchAll = new Script('const compiled = new RegExp(pattern); lines.map((line) => compiled.test(line)).join()');

/** Matches each line against a pattern. Longer lines than 64 Ki characters never match. */
export function matchLines(pattern: string, lines: readonly string[]): Matches {
  const invalid = problemOf(pattern);
  if (invalid !== undefined) return { kind: 'problem', message: invalid };
  if (lines.length === 0) return { kind: 'matches', lines: [] };
  const shortened = lines.map((line) => (line.length > longestLine ? '' : line));
  try {
    // The result is a plain string, so that nothing of the other context comes in here.
    const answer = String(matchAll.runInContext(createContext({ pattern, lines: shortened }), { timeout: limitMs }));
    const matched = answer.split(',');
    return {
      kind: 'matches',
      lines: lines.map((line, index) => line.length <= longestLine && matched[index] === 'true'),
    };
  } catch {
    return { kind: 'problem', message: `\`${pattern}\` takes too long to match` };
  }
}

function problemOf(pattern: string): string | undefined {
  try {
    RegExp(pattern);
    return undefined;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.replace(/^Invalid regular expression: /, '') : String(cause);
    return `\`${pattern}\` is not a regular expression: ${why}`;
  }
}
