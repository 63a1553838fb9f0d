// Fingers that know Jinja write `and`, `not` and `is defined`; each of these has one answer in CEL, so it is said.
import { error } from '../core/diagnostic.js';
import type { Diagnostic } from '../core/diagnostic.js';
import type { ScalarNode } from './node.js';

/** A condition in braces, as people write who came from templates. */
export function bracesProblem(node: ScalarNode, text: string): Diagnostic | undefined {
  const found = /\{\{|\{%/.exec(withoutTexts(text));
  if (found === null) return undefined;
  const bare = /^\s*\{\{(.*)\}\}\s*$/s.exec(text)?.[1]?.trim();
  const hint = bare === undefined ? 'write the names bare, without braces' : `drop the braces: \`${bare}\``;
  const message = 'a condition is an expression already, not a template';
  return error('condition/braces', message, node.at(found.index, text.length), { hint });
}

const mistakes: readonly (readonly [RegExp, string])[] = [
  [/\bis\s+not\s+defined\b/, 'write `!defined(x)`'],
  [/\bis\s+defined\b/, 'write `defined(x)`'],
  [/\bis\s+(?:failed|succeeded|changed|skipped)\b/, 'ask the register, as in `result.failed` or `result.rc != 0`'],
  [/\bis\s+(?:not\s+)?none\b/i, 'write `x == null` or `x != null`'],
  [/\bnot\s+in\b/, 'write `!(x in list)`'],
  [/\band\b/, 'write `&&` for `and`'],
  [/\bor\b/, 'write `||` for `or`'],
  [/\bnot\b/, 'write `!` for `not`'],
  [/(?<!\|)\|(?!\|)\s*default\b/, 'write `default(x, y)`'],
  [/(?<!\|)\|(?!\|)\s*length\b/, 'write `size(x)`'],
  [/(?<!\|)\|(?!\|)/, 'there are no filters; call a function, as in `size(x)` or `lower(x)`'],
  [/(?<![=!<>])=(?!=)/, 'write `==` to compare'],
  [/(?<!&)&(?!&)/, 'write `&&` for and'],
];

/** What to write instead, when the mistake is one of those that we know. */
export function hintFor(text: string): string | undefined {
  const bare = withoutTexts(text);
  return mistakes.find(([pattern]) => pattern.test(bare))?.[1];
}

const library: readonly (readonly [RegExp, string])[] = [
  [/^unexpected token: EOF$/, 'this condition ends too early'],
  [/^exceeded maxDepth \((\d+)\)$/, 'this condition nests deeper than $1 levels'],
  [/^exceeded max\w+ \((\d+)\)$/, 'this condition has more than $1 parts'],
];

/** What the parser says, in words that do not need its manual. */
export function inOurWords(summary: string): string {
  const said = summary.slice(0, 1).toLowerCase() + summary.slice(1).replace(/\.$/, '');
  return library.reduce((words, [pattern, better]) => words.replace(pattern, better), said);
}

/** What a literal of another language is called here. */
export function literalHint(name: string): string | undefined {
  const literals: ReadonlyMap<string, string> = new Map([
    ['True', 'true'],
    ['False', 'false'],
    ['None', 'null'],
    ['yes', 'true'],
    ['no', 'false'],
    ['on', 'true'],
    ['off', 'false'],
  ]);
  const literal = literals.get(name);
  return literal === undefined ? undefined : `write \`${literal}\``;
}

/** The expression with its quoted texts blanked, so that no word inside them is taken for a mistake. */
function withoutTexts(text: string): string {
  return text.replaceAll(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g, (found) => ' '.repeat(found.length));
}
