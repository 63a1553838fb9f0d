// What a task can say to `properties`, and what the module finds; its looking, wanting and touching stand beside it.
import { Type } from '@sinclair/typebox';
import type { Bound } from '../../core/module.js';
import type { ValueMap } from '../../core/value.js';
import type { ListRules } from './list-value.js';

const defaultSeparators = ',; ';

const removeItems = Type.Object(
  {
    items: Type.Array(Type.String({ minLength: 1 }), { minItems: 1, description: 'What is taken out of the lists.' }),
    keys: Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), {
        minItems: 1,
        description: 'The keys whose values are edited (default: every key whose value is a list with such an item).',
      }),
    ),
    keep_items: Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), {
        description: 'What must be in each edited list, else nothing is done.',
      }),
    ),
    separators: Type.Optional(
      Type.String({
        minLength: 1,
        default: defaultSeparators,
        description: 'Characters that separate the elements of a list.',
      }),
    ),
    with_port: Type.Optional(
      Type.Boolean({ default: true, description: 'Whether `item:5432` counts as the item too.' }),
    ),
  },
  {
    additionalProperties: false,
    description: 'Items to take out of values that are lists; only whole elements count.',
  },
);

const addItems = Type.Object(
  {
    items: Type.Array(Type.String({ minLength: 1 }), {
      minItems: 1,
      description: 'What is put at the end of the lists.',
    }),
    keys: Type.Array(Type.String({ minLength: 1 }), {
      minItems: 1,
      description:
        'The keys whose values are such lists; a value of one element looks like no list, so they are named.',
    }),
  },
  {
    additionalProperties: false,
    description: 'Items to put into values that are lists, where they are not in them yet.',
  },
);

/** The arguments of `properties`. */
export const args = Type.Object(
  {
    path: Type.Optional(Type.String({ minLength: 1, description: 'The file.' })),
    paths: Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), {
        minItems: 1,
        description:
          'Where the file may be, instead of `path`: the one that exists is edited. More than one must have the same content.',
      }),
    ),
    set: Type.Optional(
      Type.Record(
        Type.String({ minLength: 1 }),
        Type.Union([Type.String(), Type.Number(), Type.Boolean()], { description: 'The value.' }),
        {
          description: 'Keys and the values they are to have.',
        },
      ),
    ),
    remove_items: Type.Optional(removeItems),
    add_items: Type.Optional(addItems),
    remove_keys: Type.Optional(Type.Array(Type.String({ minLength: 1 }), { description: 'Keys to take out.' })),
    follow: Type.Optional(
      Type.Boolean({ default: false, description: 'Edit what a link points to; else a link is refused.' }),
    ),
    create: Type.Optional(
      Type.Boolean({ default: false, description: 'Make the file when it does not exist (only with `path`).' }),
    ),
    backup: Type.Optional(Type.Boolean({ default: true, description: 'Keep a copy of the old file beside it.' })),
  },
  { additionalProperties: false },
);

/** The bound arguments. */
export type Args = Bound<typeof args>;
/** What stands at one of the paths. */
export type Found = { readonly path: string; readonly kind: string; readonly sha256: string | null };
/** What `properties` finds. */
export type State = {
  /** What stands at the given paths. */
  readonly files: readonly Found[];
  /** The keys that the task is about, with their values; `null` for a key that is not there. */
  readonly properties: ValueMap;
  /** Keys of the task that are said more than once, with their lines. */
  readonly duplicates: Readonly<Record<string, readonly number[]>>;
  /** All keys of the file. */
  readonly keys: readonly string[];
  /** Keys whose value names an item to remove, but not as an element of a list. */
  readonly still_named: readonly string[];
  /** When there is no file: what stands in the directories where it should be. */
  readonly nearby: readonly string[];
};

/** The paths where the file may be. */
export function candidatesOf({ path, paths = [] }: Args): readonly string[] {
  return path === undefined ? paths : [path];
}

/** How the elements of a list are told apart. */
export function rulesOf({ remove_items }: Args): ListRules {
  return { separators: remove_items?.separators ?? defaultSeparators, withPort: remove_items?.with_port ?? true };
}

/** A value of the file; anything that is no text is no value. */
export function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
