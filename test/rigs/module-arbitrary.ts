// What the law tests need of a module: arguments as the loader would bind them, and states as a host might be found.
// Each module has `test/modules/NAME.arbitrary.ts`, which exports one of these as `arbitrary`.
import * as fc from 'fast-check';
import type { AnyModule, ModuleSpec, State } from '../../src/core/module.js';

/** Generated arguments (bound, harmless to look with on this machine) and states. */
export interface ModuleArbitrary {
  readonly module: AnyModule;
  readonly args: fc.Arbitrary<unknown>;
  readonly found: fc.Arbitrary<State>;
}

/** The arbitrary of a module, its types checked against the module's own. */
export function arbitraryOf<A, S extends State>(
  module: AnyModule & { readonly spec: ModuleSpec<A, S> },
  args: fc.Arbitrary<A>,
  found: fc.Arbitrary<S>,
): ModuleArbitrary {
  return { module, args, found };
}

/** A record whose listed keys are always there and whose other keys may be missing. */
export function record<T>(
  model: { readonly [K in keyof T]-?: fc.Arbitrary<T[K]> },
  requiredKeys: (keyof T & string)[] = [],
): fc.Arbitrary<T> {
  // fast-check types a record with optional keys more loosely than exact optional properties allow.
  return fc.record(model, { requiredKeys }) as unknown as fc.Arbitrary<T>;
}

/** Short text with what breaks shells, lines and parsers. */
export const text = fc.oneof(
  fc.constantFrom('a', 'a b', "it's", '$(id)', '`id`', '', '*', 'x=1', '10.0.0.1', '\u00e4\u20ac', '--', '__proto__'),
  fc.string({ maxLength: 12 }),
);

/** Text that can stand in a file's path or a word: not empty, no NUL, no line end. */
export const word = text.map((each) => each.replaceAll(/[\0\r\n]/g, '') || 'w');

/** A path of this machine that nobody needs, absolute. */
export const path = word.map((each) => `/nonexistent/${each.replaceAll('/', '_')}`);
