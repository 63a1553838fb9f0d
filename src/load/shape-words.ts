// What is said of keys and values that can never be there.
import { error } from '../core/diagnostic.js';
import type { Diagnostic } from '../core/diagnostic.js';
import type { Shape } from '../core/shape.js';
import { anyItem, anyKey } from '../core/template.js';
import type { Compared, Need, Path } from '../core/template.js';
import { didYouMean } from '../core/words.js';
import { canBe, kindsOf, valuesOf } from './shapes.js';

/** What a walk along a path came to: a shape, or the key that is not there, with what there is. */
export type Walked =
  | { readonly kind: 'found'; readonly shape: Shape }
  | { readonly kind: 'missing'; readonly keys: readonly string[]; readonly what: string; readonly at: number };

/** More keys than these are not listed. */
const mostListed = 20;

/** How messages name a path: what is gone over is one of many. */
function nameOf(path: Path): string {
  const last = path.at(-1);
  if (last === anyKey || last === anyItem) return `an item of \`${written(path.slice(0, -1))}\``;
  return `\`${written(path)}\``;
}

function written(path: Path): string {
  return path
    .map((key, index) =>
      key === anyItem || (key === anyKey && path[0] !== 'hostvars') ? '[]' : `${index === 0 ? '' : '.'}${key}`,
    )
    .join('');
}

/** The problem of a key that can never be there. */
export function missingKey(
  path: Path,
  { keys, what, at }: Walked & { readonly kind: 'missing' },
  span: Need['span'],
  isRegister: boolean,
): Diagnostic {
  const key = path[at] ?? '';
  const owner = isRegister ? `register \`${path[at - 1] ?? ''}\`` : nameOf(path.slice(0, at));
  const hint = didYouMean(key, keys) ?? listOf(keys);
  const message = what === 'a map' ? `${owner} has no \`${key}\`` : `${owner} is ${what}, which has no \`${key}\``;
  return error('variable/no-such-key', message, span, { hint });
}

function listOf(keys: readonly string[]): string {
  if (keys.length === 0) return 'only maps and lists have keys';
  const more = keys.length > mostListed ? ', ...' : '';
  return `it has ${keys
    .slice(0, mostListed)
    .map((each) => `\`${each}\``)
    .join(', ')}${more}`;
}

/** The problem of a value that can never be there, if it cannot. */
export function neverProblem(path: Path, shape: Shape, { value, span }: Compared): readonly Diagnostic[] {
  if (canBe(shape, value)) return [];
  const values = valuesOf(shape)
    ?.filter((each) => each !== null)
    .map(String);
  const hint =
    values === undefined ? `it is ${kindsOf(shape)}` : (didYouMean(String(value), values) ?? listOfValues(values));
  const shown = typeof value === 'string' ? value : JSON.stringify(value);
  return [error('condition/never', `\`${written(path)}\` is never \`${shown}\``, span, { hint })];
}

function listOfValues(values: readonly string[]): string {
  return `it is one of ${values.map((each) => `\`${each}\``).join(', ')}`;
}
