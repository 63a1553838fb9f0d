// Parts of what modules say of their registers, each once: what a guarded command found and said, and what stands at a path.
import { Type } from '@sinclair/typebox';
import type { TSchema } from '@sinclair/typebox';

/** A value that may be null. */
export function orNull<T extends TSchema>(schema: T) {
  return Type.Union([schema, Type.Null()]);
}

/** One of these words. */
export function wordOf<const T extends string>(words: readonly T[]) {
  return Type.Union(words.map((each) => Type.Literal(each)));
}

/** A map with these keys and no others. */
export function only(properties: Readonly<Record<string, TSchema>>) {
  return Type.Object({ ...properties }, { additionalProperties: false });
}

const lines = Type.Array(Type.String());

/** The register of `command`, `shell` and `script`. */
export const guardedState = Type.Object({
  guard: wordOf(['none', 'met', 'unmet']),
  done: Type.Boolean(),
  reason: orNull(Type.String()),
  cmd: Type.String(),
  rc: Type.Integer(),
  stdout: Type.String(),
  stderr: Type.String(),
  stdout_lines: lines,
  stderr_lines: lines,
});

const kind = wordOf(['absent', 'file', 'directory', 'link', 'other']);

/** The register of `file`, without the content. */
export const pathState = Type.Object({
  path: Type.String(),
  kind,
  mode: orNull(Type.String()),
  owner: orNull(Type.String()),
  group: orNull(Type.String()),
  target: orNull(Type.String()),
});

/** The register of `copy` and `template`, and more of it for `lineinfile`. */
export const placedState = Type.Object({
  path: Type.String(),
  kind,
  content: orNull(Type.String()),
  sha256: orNull(Type.String()),
  size: orNull(Type.Integer()),
  mode: orNull(Type.String()),
  owner: orNull(Type.String()),
  group: orNull(Type.String()),
});
