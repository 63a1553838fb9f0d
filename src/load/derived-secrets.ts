// What a helper makes of a secret is a secret too. The redactor knows secrets by their value, so it is told the new one
// before anybody can show it.
import type { SecretKeeper } from '../core/template.js';
import type { Value } from '../core/value.js';
import type { Helper } from './helpers.js';

/** Tells what became of the secrets in the first argument of a call that gave this value. */
export function learnDerived(
  name: string,
  helper: Helper,
  [first, ...rest]: readonly Value[],
  value: Value,
  secrets: SecretKeeper,
): void {
  if (typeof value !== 'string' || (typeof first !== 'string' && typeof first !== 'number')) return;
  const found = secrets.within(String(first));
  for (const secret of found) {
    const derived = helper.run([secret, ...rest]);
    if (derived.ok && typeof derived.value === 'string') secrets.add(withoutQuotes(name, derived.value));
  }
  // Which of the decoded bytes were the secret cannot be told.
  if (found.length > 0 && name === 'b64decode') secrets.add(value);
}

/** A text in JSON may stand within another, where its quotes are others. */
function withoutQuotes(name: string, text: string): string {
  return name === 'json' ? text.slice(1, -1) : text;
}
