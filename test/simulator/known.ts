// Rules that the program is known to break, each with why; a case that breaks another one turns the tests red. An entry
// goes away with its bug.
export const known: readonly { readonly rule: string; readonly what: RegExp; readonly why: string }[] = [];
