// What the engine knows of a template or a condition: what it needs, and how to ask for its value.
// How they are written (Handlebars, CEL) is the business of the room that loads them.
import type { Result } from './result.js';
import type { Span } from './source.js';
import type { Value } from './value.js';

/** Knows which texts are secret, and is told of more. */
export interface SecretKeeper {
  /** The secrets that stand in a text, each as it is spelled there. */
  within(text: string): readonly string[];
  add(secret: string): void;
}

/** Where a template looks names up. */
export interface Lookup {
  /** What a template makes of a secret is one too; nothing where nobody is going to show it. */
  readonly secrets?: SecretKeeper | undefined;
  /** The value of a variable; nothing when no layer says it; problems when its own templates fail. */
  get(name: string): Result<Value> | undefined;
  /** Every name that is known, for the nearest-word hint. */
  names(): Iterable<string>;
}

/** Stands in a path for a key that only the run knows, as in `hostvars`, any, `ssh_host`, and for each key of what is gone over. */
export const anyKey = '*';
/** Stands in a path for each item of a list, in a condition that goes over it; of a map it would go over the keys. */
export const anyItem = '[]';

/** A path, as far as it is written out. */
export type Path = readonly string[];

/** Where a path begins: at a variable, or, where items are named, at the first of them that has its first key. */
export interface PathOfItems {
  readonly path: Path;
  /** Innermost first; nothing for one that nobody can tell. */
  readonly items: readonly (PathOfItems | undefined)[];
}

/** A value that a variable is compared with, and where it stands. */
export interface Compared {
  readonly value: string | number | boolean;
  readonly span: Span;
}

/** One use of a variable: its path (`hostvars`, `spb`, `ssh_host`) and where it stands. */
export interface Need {
  readonly path: Path;
  readonly span: Span;
  /** True where a missing variable is allowed, as in `{{default x "y"}}` or `defined(x)`. */
  readonly optional: boolean;
  /** True where the name may be a key of an item, as in `{{#each list}}{{name}}{{/each}}`. */
  readonly ofItem?: boolean;
  /** With `ofItem`: the items that are asked for the name before any variable is, innermost first; nothing for one that nobody can tell. */
  readonly items?: readonly (PathOfItems | undefined)[];
  /** With `ofItem`: true where the name may be missing altogether. */
  readonly lenient?: boolean;
  /** What it is compared with. */
  readonly against?: readonly Compared[];
}

/** Something that gives a value once the variables are known. */
export interface Template<T> {
  readonly span: Span;
  /** The text as it was written, for messages and listings. */
  readonly text: string;
  /** Every variable it uses, known before anything runs. */
  readonly needs: readonly Need[];
  render(scope: Lookup): Result<T>;
  /** Of a condition: the conditions that must all hold for it, when it is made of several. */
  readonly parts?: () => readonly Template<boolean>[];
}

/** A template without variables. */
export function constant<T>(value: T, span: Span, text: string): Template<T> {
  return { span, text, needs: [], render: () => ({ ok: true, value }) };
}
