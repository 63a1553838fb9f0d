// What helps a person at an editor, beyond what is right and wrong: yaml-language-server shows `errorMessage` instead of
// its own words, inserts `defaultSnippets`, and shows `markdownDescription`. To any other reader of a schema these
// keywords mean nothing, so the loader and the editor still refuse the same files.
import { asSchema, schemasIn } from './json-schema.js';
import type { Schema } from './json-schema.js';

/** The keywords that only yaml-language-server knows. */
export const editorKeywords = [
  'errorMessage',
  'patternErrorMessage',
  'defaultSnippets',
  'markdownDescription',
  'doNotSuggest',
] as const;

/** What a text looks like that holds a template. */
export const holdsTemplate = { type: 'string', pattern: '\\{\\{' } as const;

/** A schema that lets a template pass, and says in one sentence what else may stand there. */
export function orTemplate(strict: Schema, message: string): Schema {
  const types = typesOf(strict);
  return {
    // Without a type, an editor does not know that a colon follows the key.
    ...(types.length === 0 ? {} : { type: [...new Set([...types, 'string'])], errorMessage: message }),
    ...snippetsOf(strict),
    if: holdsTemplate,
    else: { ...strict, errorMessage: message },
  };
}

/** A schema that is one or another, so that an editor only speaks of the one that is meant. */
export function choose(test: Schema, yes: Schema, no: Schema): Schema {
  // oxlint-disable-next-line unicorn/no-thenable -- the word is JSON Schema's, and no schema is ever awaited
  return { if: test, then: yes, else: no };
}

/** Every type there is, the usual one first: an editor writes what follows a key by the first, and nothing is refused. */
export function usually(type: 'object' | 'array' | 'string'): Schema {
  return { type: [...new Set([type, 'object', 'array', 'string', 'number', 'boolean', 'null'])] };
}

/** A map that takes these keys and no others; the sentence about it lists them, for a missing key and for a wrong one. */
export function closedMap(what: string, properties: Schema, required: readonly string[] = []): Schema {
  const optional = Object.keys(properties).filter((name) => !required.includes(name));
  const needs = required.length === 0 ? [] : [`needs ${listOf(required)}`];
  const takes = optional.length === 0 ? [] : [`takes ${listOf(optional)}`];
  return {
    title: what.replaceAll('`', ''),
    type: 'object',
    properties,
    ...(required.length === 0 ? {} : { required }),
    additionalProperties: false,
    errorMessage: `${what} ${[...needs, ...takes].join(' and ') || 'takes nothing'}`,
  };
}

/** A schema that no map fits, with the reason. */
export function never(message: string): Schema {
  return { required: ['-'], properties: { '-': false }, errorMessage: message };
}

/** Names in backticks, with commas. */
export function listOf(names: readonly unknown[]): string {
  return names.map((name) => `\`${typeof name === 'string' ? name : JSON.stringify(name)}\``).join(', ');
}

/** The values of a schema that lists them. */
export function valuesOf(schema: Schema): readonly unknown[] {
  if (Array.isArray(schema['enum'])) return schema['enum'] as readonly unknown[];
  return schema['const'] === undefined ? [] : [schema['const']];
}

/** The one type of a schema, or of the values that it lists; nothing when it is a union or takes anything. */
export function typesOf(schema: Schema): readonly string[] {
  const { type } = schema;
  if (typeof type === 'string') return [type];
  if (Array.isArray(type)) return type as readonly string[];
  return [...new Set(valuesOf(schema).map((value) => typeof value))];
}

/** A union of constants, as TypeBox writes it, as the list that an editor can show. */
export function asEnum(schema: Schema): Schema {
  const members = schemasIn(schema['anyOf']);
  if (members.length === 0 || members.some((each) => each['const'] === undefined)) return schema;
  const { anyOf: _, ...rest } = schema;
  return { ...rest, type: 'string', enum: members.map((each) => each['const']) };
}

/** The values to choose from, which an editor does not look for behind an `else`. */
function snippetsOf(schema: Schema): Schema {
  const values = schema['type'] === 'boolean' ? [true, false] : valuesOf(schema);
  if (values.length < 2) return {};
  return { defaultSnippets: values.map((value) => ({ label: String(value), body: value })) };
}

/** The schema below a key that holds schemas by name. */
export function schemasBelow(schema: Schema, key: string): Readonly<Record<string, Schema>> {
  const entries = Object.entries(asSchema(schema[key]) ?? {});
  return Object.fromEntries(entries.map(([name, each]) => [name, asSchema(each) ?? {}]));
}
