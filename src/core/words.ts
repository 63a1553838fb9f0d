// A wrong word is nearly always a near miss, so every message about one names the nearest that is known.
import { distance } from 'fastest-levenshtein';

/** The known word nearest to a wrong one, or nothing when none is near enough to be meant. */
export function nearest(wrong: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(wrong.length < 4 ? 1 : 2, Math.floor(wrong.length / 3)) + 1;
  for (const word of known) {
    const far = distance(wrong.toLowerCase(), word.toLowerCase());
    if (far < bestDistance && far < Math.max(wrong.length, word.length)) [best, bestDistance] = [word, far];
  }
  return best;
}

/** A hint for a wrong word: the nearest one, or the list when it is short, or nothing. */
export function didYouMean(wrong: string, known: Iterable<string>): string | undefined {
  const words = [...known];
  const near = nearest(wrong, words);
  if (near !== undefined) return `did you mean \`${near}\`?`;
  if (words.length === 0 || words.length > 12) return undefined;
  return `known: ${words.map((word) => `\`${word}\``).join(', ')}`;
}
