// Rules that the program is known to break, each with why; a case that breaks another one turns the tests red. An entry
// goes away with its bug, and there is none left.
const known: readonly { readonly rule: string; readonly what: RegExp; readonly why: string }[] = [];

/** True for a violation that is known. */
export function isKnown({ rule, what }: { readonly rule: string; readonly what: string }): boolean {
  return known.some((each) => each.rule === rule && each.what.test(what));
}
