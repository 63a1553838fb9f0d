// A module as an editor sees it: its arguments with templates let pass, what they may be in words, and how others use them.
import type { AnyModule } from '../core/module.js';
import {
  asEnum,
  choose,
  closedMap,
  holdsTemplate,
  listOf,
  orTemplate,
  schemasBelow,
  usually,
  valuesOf,
} from './editor-help.js';
import { forgiving } from './forgiving.js';
import { asSchema, schemasIn } from './json-schema.js';
import type { Schema } from './json-schema.js';
import { plainData } from './node-data.js';
import { parseYaml } from './yaml.js';

/** What may stand below a module's key: its arguments, the one that a plain value stands for, or nothing. */
export function moduleSchema(module: AnyModule): Schema {
  // A round trip takes away what TypeBox keeps for itself under symbols.
  const args = JSON.parse(JSON.stringify(forgiving(module.args))) as Schema;
  const required = Array.isArray(args['required']) ? (args['required'] as readonly string[]) : [];
  const { map, properties } = argumentsOf(module, args, required);
  const short = module.shorthand === undefined ? undefined : properties[module.shorthand];
  const shortSuffices = required.every((each) => each === module.shorthand);
  const { errorMessage } = map;
  return choose({ type: 'object' }, map, {
    anyOf: [
      ...(short === undefined || !shortSuffices ? [] : [{ allOf: [short], not: { type: 'array' } }]),
      ...(required.length > 0 ? [] : [{ type: 'null' }]),
      // Neither a short form nor an empty one: then only a map will do.
      ...((short === undefined || !shortSuffices) && required.length > 0 ? [{ type: 'object', errorMessage }] : []),
    ],
  });
}

/** A module's key in a task: what it does, in short while it is chosen and in full afterwards. */
export function moduleProperty({ name, summary, description, examples }: AnyModule): Schema {
  const text = description === summary ? summary : `${summary}. ${description}`;
  const code = examples.map((example) => `\`\`\`yaml\n${example.trim()}\n\`\`\``);
  return {
    title: name,
    description: summary,
    ...usually('object'),
    markdownDescription: [text, ...code].join('\n\n'),
    allOf: [{ $ref: `#/definitions/module_${name}` }],
  };
}

function argumentsOf(module: AnyModule, args: Schema, required: readonly string[]) {
  const used = valuesInExamples(module);
  const properties = Object.fromEntries(
    Object.entries(schemasBelow(args, 'properties')).map(([name, schema]) => {
      const said = describe(helped(schema, `\`${name}\` of \`${module.name}\``), required.includes(name));
      const examples = used.get(name);
      return [name, examples === undefined || 'defaultSnippets' in said ? said : { ...said, examples }];
    }),
  );
  const { description: _, ...rest } = args;
  return { map: { ...rest, ...closedMap(`\`${module.name}\``, properties, required) }, properties };
}

/** An argument's description tells what a reader of the schema would have to look up below it. */
function describe(schema: Schema, required: boolean): Schema {
  const { description = '', ...rest } = schema;
  const facts = [
    ...(required ? ['Required.'] : []),
    ...(schema['default'] === undefined ? [] : [`Default: \`${JSON.stringify(schema['default'])}\`.`]),
  ];
  return { description: [String(description), ...facts].join(' '), ...rest };
}

/** A schema with sentences for what is wrong, all the way down. */
function helped(schema: Schema, what: string): Schema {
  const strict = asSchema(schema['else']);
  if (schema['if'] === undefined || strict === undefined) return helpedStrictly(schema, what);
  const { description, else: _, if: __, ...rest } = schema;
  const { default: fallback, description: ___, ...inner } = helpedStrictly(strict, what);
  return {
    ...(description === undefined ? {} : { description }),
    ...(fallback === undefined ? {} : { default: fallback }),
    ...rest,
    ...(Object.keys(inner).length === 0 ? usually('string') : orTemplateAs(inner, what)),
  };
}

function orTemplateAs(strict: Schema, what: string): Schema {
  // A map says itself which keys it takes, and a union is told apart by its members.
  if ('properties' in strict || 'anyOf' in strict) return { if: holdsTemplate, else: strict };
  return orTemplate(strict, `${what} must be ${wordsFor(strict)}, or a template`);
}

function helpedStrictly(schema: Schema, what: string): Schema {
  const plain = asEnum(schema);
  const below = (key: string): Schema =>
    plain[key] === undefined
      ? {}
      : { [key]: mapped(schemasBelow(plain, key), (each, name) => helped(each, `\`${name}\` in ${what}`)) };
  const items = asSchema(plain['items']);
  const inside: Schema = {
    ...plain,
    ...(Array.isArray(plain['anyOf']) ? { anyOf: membersOf(plain, what) } : {}),
    ...below('patternProperties'),
    ...(items === undefined ? {} : { items: helped(items, `an item in ${what}`) }),
    ...(plain['pattern'] === undefined ? {} : { patternErrorMessage: patternMessage(plain, what) }),
  };
  if (plain['properties'] === undefined || plain['additionalProperties'] !== false)
    return { ...inside, ...below('properties') };
  const properties = asSchema(below('properties')['properties']) ?? {};
  const required = Array.isArray(plain['required']) ? (plain['required'] as readonly string[]) : [];
  const { title: _, ...closed } = closedMap(what, properties, required);
  return { ...inside, ...closed };
}

/** The members of a union; those that are plain values share a sentence, for a value that fits none of them. */
function membersOf(union: Schema, what: string): readonly Schema[] {
  const members = schemasIn(union['anyOf']);
  const plain = members.filter((each) => each['properties'] === undefined && each['items'] === undefined);
  const errorMessage = `${what} must be ${members.map(wordsFor).join(' or ')}`;
  return members.map((each) => (plain.includes(each) ? { ...each, errorMessage } : helped(each, what)));
}

function patternMessage({ pattern, description }: Schema, what: string): string {
  const sentence = typeof description === 'string' ? `. ${description}` : '';
  return `${what} must match \`${String(pattern)}\`${sentence}`;
}

/** The part of a pattern that all times have. */
const timeUnits = '(ms|s|m|min|h|d)?';

const typeWords: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  integer: 'a whole number',
  boolean: '`true` or `false`',
  array: 'a list',
  object: 'a map',
};

function wordsFor(schema: Schema): string {
  const values = valuesOf(schema);
  if (values.length > 0) return `${values.length === 1 ? '' : 'one of '}${listOf(values)}`;
  const type = String(schema['type']);
  const written = typeof schema['pattern'] === 'string' ? schema['pattern'] : '';
  if (written.includes(timeUnits)) return 'a time such as `500ms`, `30s`, `5m`, `1h`';
  const pattern = written === '' ? '' : ` that matches \`${written}\``;
  return `${typeWords[type] ?? type}${pattern}`;
}

/** The plain values that a module's own examples give to its arguments, the first few of each. */
function valuesInExamples({ name, examples }: AnyModule): ReadonlyMap<string, readonly unknown[]> {
  const found = new Map<string, unknown[]>();
  for (const [argument, value] of examples.flatMap((example) => argumentsIn(example, name))) {
    if (typeof value === 'object' || (typeof value === 'string' && /\{\{|\n/.test(value))) continue;
    const values = found.get(argument) ?? [];
    if (values.length < 3 && !values.includes(value)) found.set(argument, [...values, value]);
  }
  return found;
}

function argumentsIn(text: string, module: string): readonly (readonly [string, unknown])[] {
  const node = parseYaml({ path: 'example', text });
  const tasks = node.ok ? plainData(node.value) : [];
  return (Array.isArray(tasks) ? tasks : []).flatMap((task: unknown) =>
    Object.entries(asSchema(asSchema(task)?.[module]) ?? {}),
  );
}

function mapped(schemas: Readonly<Record<string, Schema>>, change: (schema: Schema, name: string) => Schema): Schema {
  return Object.fromEntries(Object.entries(schemas).map(([name, each]) => [name, change(each, name)]));
}
