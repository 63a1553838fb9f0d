// Cuts what is too long for a message. The mark of the cut tells the redactor that a secret may have been cut with it.

/** The text, or its beginning and a mark. */
export function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}\u2026` : text;
}
