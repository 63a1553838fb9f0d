// What the engine knows of a template or a condition: what it needs, and how to ask for its value.
// How they are written (Handlebars, CEL) is the business of the room that loads them.
import type { Result } from './result.js';
import type { Span } from './source.js';
import type { Value } from './value.js';

/** Where a template looks names up. */
export interface Lookup {
  /** The value of a variable; nothing when no layer says it; problems when its own templates fail. */
  get(name: string): Result<Value> | undefined;
  /** Every name that is known, for the nearest-word hint. */
  names(): Iterable<string>;
}

/** Stands in a path for a key that only the run knows, as in `hostvars`, any, `ssh_host`. */
export const anyKey = '*';

/** One use of a variable: its path (`hostvars`, `spb`, `ssh_host`) and where it stands. */
export interface Need {
  readonly path: readonly string[];
  readonly span: Span;
  /** True where a missing variable is allowed, as in `{{default x "y"}}` or `defined(x)`. */
  readonly optional: boolean;
  /** True where the name may be a key of an item, as in `{{#each list}}{{name}}{{/each}}`. */
  readonly ofItem?: boolean;
}

/** Something that gives a value once the variables are known. */
export interface Template<T> {
  readonly span: Span;
  /** The text as it was written, for messages and listings. */
  readonly text: string;
  /** Every variable it uses, known before anything runs. */
  readonly needs: readonly Need[];
  render(scope: Lookup): Result<T>;
}

/** A template without variables. */
export function constant<T>(value: T, span: Span, text: string): Template<T> {
  return { span, text, needs: [], render: () => ({ ok: true, value }) };
}
