// Whether a shell script has a pipe whose first commands may fail unseen.

/** What is no command of the script: templates, escaped characters, quoted texts, comments, and the patterns of `case`. */
const noCommands =
  /\{\{.*?\}\}|\\[^]|'[^']*'|"(?:\\[^]|[^"\\])*"|(?<=^|\s)#.*$|(?<=\bin\b\s*|;;\s*)\(?[^\s()|]+(?:\s*\|\s*[^\s()|]+)+\s*\)/gm;

/** True when the script pipes and does not say `pipefail`. */
export function hasPipe(script: string): boolean {
  if (/\bset\s+(?:-\w+\s+)*-\w*o\s+pipefail\b/.test(script)) return false;
  return /(?<![|>])\|(?!\|)/.test(script.replaceAll(noCommands, ' '));
}
