// What a task needs of the world before it can do its work, and what it may bring into the world for the tasks after it:
// plain data, said by modules. What follows from it is decided by the preflight of the engine alone.
import type { SqlText } from './connection.js';

/** A statement that the server must accept. */
export interface NeededStatement {
  /** The database; the host's `pg_database` when not named. */
  readonly database?: string | undefined;
  readonly statement: SqlText;
}

/** A file that will be written, with the number of bytes when that is known. */
export interface NeededPlace {
  readonly path: string;
  readonly bytes?: number;
  /** A database of the host that will go into the file; it is hardly ever larger there. */
  readonly ofDatabase?: string;
}

/** A program that a change runs from the PATH of the host, or from places behind it. */
export interface SearchedProgram {
  readonly name: string;
  /** Directories in which it is looked for too; `*` stands for any name. */
  readonly places: readonly string[];
}

/** What a task needs of a host that is not its own. */
export interface NeedsElsewhere {
  /** The inventory name. */
  readonly host: string;
  readonly needs: Needs;
}

/** What one task needs of its host. Paths are as the host sees them. */
export interface Needs {
  /** Programs that are run: paths, or names that are looked up on the PATH. */
  readonly programs?: readonly string[];
  /** Programs of which nobody says where they are. */
  readonly searched?: readonly SearchedProgram[];
  /** The directory in which they are run. */
  readonly chdir?: string | undefined;
  /** Files that must be there, each as the paths of which one must exist. */
  readonly files?: readonly (readonly string[])[];
  /** Files that are written, in a directory that must be there and take them. */
  readonly writes?: readonly NeededPlace[];
  /** Directories that are made, with their parents. */
  readonly makes?: readonly string[];
  /** Services that the host must know. */
  readonly services?: readonly string[];
  /** Databases that must let us in; nothing for the host's `pg_database`. */
  readonly databases?: readonly (string | undefined)[];
  readonly statements?: readonly NeededStatement[];
  /** True when nothing is run on the host by its shell, so that `become` does not matter. */
  readonly withoutShell?: boolean;
  /** What other hosts must have, because the task looks at them or takes something from them. */
  readonly elsewhere?: readonly NeedsElsewhere[];
}

/** What a task may bring, so that what a later task needs is not taken for missing before its time. */
export interface Brings {
  /** Files and directories that it makes. */
  readonly paths?: readonly string[];
  /** True when it may make files that nobody can name. */
  readonly files?: boolean;
  /** True when it may install programs and services. */
  readonly programs?: boolean;
  /** True when databases, what is in them, or rights in them may come of it, or when a server of databases may start. */
  readonly data?: boolean;
  /** True when all of this may come to other hosts as well. */
  readonly everywhere?: boolean;
}

/** Of a task that only looks. */
export const bringsNothing: Brings = {};

/** Of a task that may do anything at all to its host. */
export const bringsAnything: Brings = { files: true, programs: true, data: true };

/** Of a task that works on databases only. */
export const bringsData: Brings = { data: true };
