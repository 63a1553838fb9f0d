// Where a value stands decides how it is quoted. A module marks its arguments with these schemas;
// the loader reads the mark and binds each argument to the type named here, so that no module ever quotes by hand.
import { Type } from '@sinclair/typebox';
import type { TUnsafe } from '@sinclair/typebox';
import type { SqlText } from './connection.js';
import type { OwnPlace } from './own-file.js';
import type { Value } from './value.js';

/** The places an argument can stand in, written into the schema as the keyword `place`. */
export const places = ['command', 'shell', 'sql', 'condition', 'file', 'template-file', 'sql-file', 'own'] as const;
export type Place = (typeof places)[number];

/** An expression and whether it held. */
export interface Assertion {
  readonly text: string;
  readonly holds: boolean;
  /** The values of its variables, as they may be shown, when it did not hold. */
  readonly values?: Readonly<Record<string, Value>>;
}

/** A file of the operator's machine, read before the run. `path` is as found, `content` its bytes (rendered for a template). */
export interface ControlFile {
  readonly path: string;
  readonly content: Uint8Array;
}

/** A command line, split into words as a POSIX shell would, then rendered: each value is one argument. Binds to an argument vector. */
export function commandPlace(description: string): TUnsafe<readonly string[]> {
  return Type.Unsafe<readonly string[]>({ type: 'string', minLength: 1, place: 'command', description });
}

/** A shell script in which each value is shell-quoted. Binds to text. */
export function shellPlace(description: string): TUnsafe<string> {
  return Type.Unsafe<string>({ type: 'string', minLength: 1, place: 'shell', description });
}

/** SQL in which each value is a bound parameter. Binds to SqlText. */
export function sqlPlace(description: string): TUnsafe<SqlText> {
  return Type.Unsafe<SqlText>({ type: 'string', minLength: 1, place: 'sql', description });
}

/** A CEL expression that must be a boolean. Binds to an Assertion. */
export function conditionPlace(description: string): TUnsafe<Assertion> {
  return Type.Unsafe<Assertion>({ type: 'string', minLength: 1, place: 'condition', description });
}

/** A file beside the playbook (or in its `files/`), sent as it is. Binds to a ControlFile. */
export function filePlace(description: string): TUnsafe<ControlFile> {
  return Type.Unsafe<ControlFile>({ type: 'string', minLength: 1, place: 'file', description });
}

/** A template beside the playbook (or in its `templates/`), rendered for the host. Binds to a ControlFile. */
export function templateFilePlace(description: string): TUnsafe<ControlFile> {
  return Type.Unsafe<ControlFile>({ type: 'string', minLength: 1, place: 'template-file', description });
}

/** An SQL file beside the playbook (or in its `files/`), its values bound. Binds to SqlText. */
export function sqlFilePlace(description: string): TUnsafe<SqlText> {
  return Type.Unsafe<SqlText>({ type: 'string', minLength: 1, place: 'sql-file', description });
}

/** Where a file of a host is kept on this machine. Binds to an OwnPlace, out of which no value leads. */
export function ownPlace(description: string): TUnsafe<OwnPlace> {
  return Type.Unsafe<OwnPlace>({ type: 'string', minLength: 1, place: 'own', description });
}
