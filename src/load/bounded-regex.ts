// Regular expressions come from files and meet texts from hosts, so each test gets a deadline:
// JavaScript's engine backtracks, and `^(a+)+$` would otherwise hold a run for ever.
import { createContext, Script } from 'node:vm';

/** What a test of a regular expression gives. */
export type RegexResult =
  | { readonly kind: 'tested'; readonly matches: boolean }
  | { readonly kind: 'invalid'; readonly message: string }
  | { readonly kind: 'too-slow' };

const deadlineMs = 200;
const test = new Script('pattern.test(text)');
const room = createContext(Object.create(null) as Record<string, unknown>);

/** True when the pattern is found in the text. */
export function testRegex(pattern: string, text: string): RegexResult {
  const compiled = compile(pattern);
  if (typeof compiled === 'string') return { kind: 'invalid', message: compiled };
  try {
    room['pattern'] = compiled;
    room['text'] = text;
    return { kind: 'tested', matches: test.runInContext(room, { timeout: deadlineMs }) === true };
  } catch (thrown) {
    const { code, message } = thrown as NodeJS.ErrnoException;
    if (code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return { kind: 'too-slow' };
    // Some patterns are only found to be too large when they are first used.
    if (message.startsWith('Invalid regular expression')) return { kind: 'invalid', message: reasonOf(message) };
    throw thrown;
  }
}

function compile(pattern: string): RegExp | string {
  try {
    return new RegExp(pattern, 'u');
  } catch (thrown) {
    return reasonOf((thrown as Error).message);
  }
}

/** "Invalid regular expression: /(/u: Unterminated group" without what the reader knows. */
function reasonOf(message: string): string {
  return message.replace(/^.*\/u: /s, '').toLowerCase();
}
