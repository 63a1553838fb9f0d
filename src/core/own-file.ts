// Files of the operator's own machine that a module keeps there: where one may stand, as the playbook says it, and what
// is found and written. A place is a root and the names below it, so that there is nothing that could lead out of it.
import { join } from 'node:path';
import { error } from './diagnostic.js';
import type { Diagnostic } from './diagnostic.js';
import type { Span } from './source.js';
import type { Need } from './template.js';

/** Where a playbook wants something kept: what an argument is bound to that names a place of this machine. */
export interface OwnPlace {
  /** The directory of the playbook, or `/` for a path that is written out there. Absolute. */
  readonly root: string;
  /** The names below it, none of which is `..`. */
  readonly names: readonly string[];
  /** True when it was said with `/` at its end. */
  readonly isDirectory: boolean;
  /** The inventory name of the host that the task is for. */
  readonly host: string;
}

/** One file of this machine. */
export type OwnPath = Pick<OwnPlace, 'root' | 'names'>;

/** A path of a host, and where the file there is kept. */
export interface Kept {
  readonly src: string;
  readonly at: OwnPath;
}

/** What stands at such a path; a regular file has its digest (SHA-256, hex). Links are not followed. */
export interface OwnFile {
  readonly kind: 'file' | 'directory' | 'link' | 'other';
  /** Octal with a leading zero, as in `"0600"`. */
  readonly mode: string;
  readonly sha256?: string;
}

/**
 * The files of this machine, as the engine may use them. Both reject with a WorldError, `failed`, where something on the
 * way is a link or no directory: nothing is looked at or kept through one.
 */
export interface OwnFiles {
  look(path: OwnPath): OwnFile | undefined;
  /**
   * Puts a file there as a whole, for its owner alone, with the directories that lead to it. `expected` is the digest of
   * what was looked at, `null` when nothing was there; anything else is left as it is.
   */
  keep(path: OwnPath, content: Uint8Array, expected: string | null): void;
}

/** The longest name that file systems take, in bytes. */
const longestName = 255;
/** A path that every system can open by its name, in bytes. */
const longestPath = 1000;

/** Why a name cannot stand in a path of this machine, in words that follow it; nothing when it can. */
export function objectionToName(name: string): string | undefined {
  if (name === '' || name === '.') return 'is no name';
  if (name === '..') return 'leads out of its directory';
  if (name.includes('/')) return 'has a `/` in it';
  if (/\p{Cc}/u.test(name)) return 'has a control character in it';
  if (Buffer.byteLength(name) > longestName) return `is longer than ${longestName} bytes`;
  return undefined;
}

/** Why nothing can stand at a path of this machine, in words; nothing when something can. */
export function objectionToPlace(path: OwnPath): string | undefined {
  const wrong = path.names.find((name) => objectionToName(name) !== undefined);
  if (wrong !== undefined) {
    const shown = wrong.length > 40 ? `${wrong.slice(0, 40)}…` : wrong;
    return `\`${shown}\` ${objectionToName(wrong)}`;
  }
  return Buffer.byteLength(pathText(path)) > longestPath ? `it is longer than ${longestPath} bytes` : undefined;
}

/** The names of a path, without those that lead nowhere. */
export function namesIn(path: string): readonly string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.');
}

/** The path in one text. */
export function pathText({ root, names }: OwnPath): string {
  return join(root, ...names);
}

/** The problem of a name of this machine that is made of what the run is told. */
export function namedByHost({ path: [name = ''] }: Need, module: string, span: Span): Diagnostic {
  const message = `\`${name}\` comes from the run, and \`${module}\` names files of this machine`;
  return error('file/named-by-host', message, span, {
    hint: 'say the names in the playbook, the inventory or with `-e`',
  });
}
