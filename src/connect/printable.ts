// What a host says may hold escape sequences and endless text; in a message it is a short quotation and nothing more.

/** Text from outside as a message may quote it: no control or direction characters, one line, bounded. */
export function printable(text: string, limit = 300): string {
  const plain = text
    .replaceAll(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]+/g, ' ')
    .replaceAll(/ +/g, ' ')
    .trim();
  return plain.length > limit ? `${plain.slice(0, limit)}...` : plain;
}

/** The last lines of what a program said, each as a message may quote it. */
export function lastLines(text: string, count = 10): readonly string[] {
  return text
    .split('\n')
    .map((line) => printable(line))
    .filter((line) => line !== '')
    .slice(-count);
}

/** The message of anything that was thrown. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  return printable(error instanceof Error ? error.message : String(error));
}

/** The code of a system error such as `ECONNREFUSED`; of several tries to one name, that of the first. */
export function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  if ('code' in error && typeof error.code === 'string') return error.code;
  return error instanceof AggregateError ? codeOf(error.errors[0]) : undefined;
}
