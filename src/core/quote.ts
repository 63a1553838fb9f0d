// Values are quoted for the place where they stand. These are the only two quoting functions of the house.

/** A value as one word of a POSIX shell; a string with a NUL byte cannot be one, and is refused by the caller. */
export function shellWord(text: string): string {
  // Not `=` at the start, which zsh expands.
  if (/^[\w@%+:,./-][\w@%+=:,./-]*$/.test(text)) return text;
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Words as one POSIX shell command line. */
export function shellWords(words: readonly string[]): string {
  return words.map(shellWord).join(' ');
}

/** A name as an SQL identifier, always quoted (PostgreSQL, section 4.1.1 of its manual). */
export function sqlIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
