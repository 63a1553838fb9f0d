// Every problem has a code, and every code is explained in one place: to a person by `playbook explain`,
// in docs/errors.md, and to an editor or a code review in the rules of a SARIF file.

/** What is said about a code. */
export interface CodeEntry {
  /** What is wrong, in a sentence. */
  readonly means: string;
  /** What to do about it. */
  readonly help: string;
  /** Lines of a file, or a command, that raise it. */
  readonly example: string;
}

/** Codes and what is said about them. */
export type CodeEntries = Readonly<Record<`${string}/${string}`, CodeEntry>>;
