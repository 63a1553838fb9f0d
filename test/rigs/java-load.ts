// A second reader of .properties files, written line by line after the text of java.util.Properties.load and
// sharing nothing with the editor: what Java would read decides whether an edit was right.

/** The map that Java would load; the last of double keys wins. */
export function javaLoad(text: string): ReadonlyMap<string, string> {
  const map = new Map<string, string>();
  for (const line of logicalLines(text)) {
    const { key, value } = keyAndValue(line);
    map.set(unescape(key), unescape(value));
  }
  return map;
}

function logicalLines(text: string): readonly string[] {
  const natural = text.split(/\r\n|\r|\n/);
  const lines: string[] = [];
  let joined: string | undefined;
  for (const each of natural) {
    const stripped = each.replace(/^[ \t\f]+/, '');
    // A continued line is never a comment; a first one may be, and may be blank.
    if (joined === undefined && (stripped === '' || /^[#!]/.test(stripped))) continue;
    const backslashes = /\\*$/.exec(stripped)?.[0].length ?? 0;
    const continues = backslashes % 2 === 1;
    joined = (joined ?? '') + (continues ? stripped.slice(0, -1) : stripped);
    if (continues) continue;
    if (joined !== '') lines.push(joined);
    joined = undefined;
  }
  if (joined !== undefined && joined !== '') lines.push(joined);
  return lines;
}

function keyAndValue(line: string): { readonly key: string; readonly value: string } {
  let end = 0;
  while (end < line.length && !' \t\f=:'.includes(line.charAt(end))) end += line.charAt(end) === '\\' ? 2 : 1;
  const rest = line.slice(end).replace(/^[ \t\f]*[=:]?[ \t\f]*/, '');
  return { key: line.slice(0, end), value: rest };
}

function unescape(text: string): string {
  return text.replaceAll(/\\(u[0-9a-fA-F]{4}|[\s\S])/g, (_whole, code: string) => {
    if (/^u.{4}$/.test(code)) return String.fromCharCode(Number.parseInt(code.slice(1), 16));
    return { t: '\t', n: '\n', r: '\r', f: '\f' }[code] ?? code;
  });
}
