// Fingers that know Jinja write `and`, `not` and `is defined`; each of these has one answer in CEL, so it is said.
import { error } from '../core/diagnostic.js';
import type { Diagnostic } from '../core/diagnostic.js';
import { didYouMean } from '../core/words.js';
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
  [/===/, 'write `==` to compare'],
  [/\bif\b.*\belse\b/, 'write `condition ? one : other`'],
  [/[“”„‘’]/, 'write straight quotes: `"` or `\'`'],
  [/;/, 'write one condition an item of a list'],
];

/** What to write instead: for a mistake that we know its answer, else what a condition looks like. */
export function hintFor(text: string, summary: string): string {
  const bare = withoutTexts(text);
  const known = mistakes.find(([pattern]) => pattern.test(bare))?.[1];
  const called = /matching overload for '(?:[\w<>]+\.)?(\w+)\(/.exec(summary)?.[1];
  if (called !== undefined) return didYouMean(called.replace('Bounded', ''), functions) ?? whichFunctions;
  if (known !== undefined) return known;
  if (summary.startsWith('Unterminated string'))
    return 'close it; a quote that is meant as text has a backslash in front';
  if (/^Integer overflow|zero/i.test(summary)) return 'calculate with other numbers';
  if (/regular expression/.test(summary))
    return 'write a simpler one, or compare with `==`, `startsWith` or `contains`';
  if (/exceeded|deep/i.test(summary)) return 'make a list of several conditions of it, or a variable';
  if (/overload/.test(summary))
    return 'compare what is of one kind: `int(x)`, `double(x)` and `string(x)` make one of another';
  return "a condition looks like `inventory_hostname == 'a' && size(groups.web) > 1`";
}

/** The functions of conditions. */
const functions =
  'size defined default lower upper trim matches startsWith endsWith contains split int double string bool type all exists exists_one filter map has bitAnd bitOr'.split(
    ' ',
  );
const whichFunctions = `there are ${functions.map((each) => `\`${each}\``).join(', ')}`;

const library: readonly (readonly [RegExp, string])[] = [
  [/^unexpected token: EOF$/, 'this condition ends too early'],
  [/^expected RPAREN, got EOF$/, 'a `(` is never closed'],
  [/^expected RBRACKET, got EOF$/, 'a `[` is never closed'],
  [/^expected RBRACE, got EOF$/, 'a `{` is never closed'],
  [/^expected COLON, got EOF$/, 'a `?` without its `:`'],
  [/^expected (\w+), got (\w+)$/, 'expected $1 and found $2'],
  [/^unterminated string$/, 'a quote is never closed'],
  [/^found no matching overload for '(.*)matchesBounded\((.*)\)'$/, '`matches` cannot be called as `$1matches($2)`'],
  [/^found no matching overload for '(?:[\w<>]+\.)?(\w+)(\(.*\))'$/, 'nothing called `$1` can be called with `$2`'],
  [/^no such overload: (.*)$/, 'these kinds do not go together: $1'],
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
