// Arguments that exclude each other are said in the schema, so that an editor and the loader see it before a run does.

/** What goes into a schema of arguments. */
export interface Exclusion {
  readonly anyOf?: readonly { readonly required: readonly string[] }[];
  readonly not: { readonly anyOf: readonly { readonly required: readonly string[] }[] };
}

/** The two of a pair may not be given together. */
export function notTogether(...pairs: readonly (readonly [string, string])[]): Exclusion {
  return { not: { anyOf: pairs.map((required) => ({ required })) } };
}

/** One of these must be given and no second; `pairs` exclude each other too. */
export function exactlyOne(names: readonly string[], ...pairs: readonly (readonly [string, string])[]): Exclusion {
  const both = names.flatMap((one, index) => names.slice(index + 1).map((other) => [one, other] as const));
  return { anyOf: names.map((name) => ({ required: [name] })), ...notTogether(...both, ...pairs) };
}
