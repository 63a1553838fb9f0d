// What is known of a value before there is one: enough to say that `result.rwos` will never be there, and no more.
// What nobody can know is `any`, and then nothing is wrong.
import type { Value } from './value.js';

/** The shape of a value that only the run will bring. */
export type Shape =
  | { readonly kind: 'any' }
  /** `rest` is the shape of keys that are not named; without it there are no others. */
  | { readonly kind: 'map'; readonly fields: ReadonlyMap<string, Shape>; readonly rest?: Shape }
  | { readonly kind: 'list'; readonly items: Shape }
  /** `values` are all that there can be, where they can be counted. */
  | {
      readonly kind: 'scalar';
      readonly type: 'string' | 'number' | 'boolean' | 'null';
      readonly values?: readonly Value[];
    }
  | { readonly kind: 'either'; readonly of: readonly Shape[] };

/** The shape of what nobody knows. */
export const anyShape: Shape = { kind: 'any' };

/** One of several shapes. */
export function eitherOf(shapes: readonly Shape[]): Shape {
  const flat = shapes.flatMap((each) => (each.kind === 'either' ? each.of : [each]));
  const [only, ...others] = flat;
  if (only === undefined || flat.some((each) => each.kind === 'any')) return anyShape;
  return others.length === 0 ? only : { kind: 'either', of: flat };
}
