// The documentation of a module, made from its schema: what is checked and what is documented cannot drift apart.
import type { AnyModule } from '../core/module.js';
import { isMap } from '../core/value.js';
import type { Value, ValueMap } from '../core/value.js';
import { padTo, wrap } from '../report/text.js';
import type { Theme } from '../report/theme.js';

/** The names and summaries of all modules. */
export function moduleList(modules: ReadonlyMap<string, AnyModule>, theme: Theme): readonly string[] {
  const sorted = [...modules.values()].toSorted((left, right) => (left.name < right.name ? -1 : 1));
  const width = Math.max(0, ...sorted.map((each) => each.name.length));
  return [
    ...sorted.map((each) => `${theme.bold(padTo(each.name, width))}  ${each.summary}`),
    '',
    theme.dim('`playbook modules NAME` documents one'),
  ];
}

/** What `playbook modules NAME` prints. */
export function moduleDocs(module: AnyModule, theme: Theme, columns: number): readonly string[] {
  const width = Math.max(40, Math.min(columns, 100));
  return [
    `${theme.bold(module.name)}  ${module.summary}`,
    ...(module.description === module.summary ? [] : ['', ...wrap(module.description, width)]),
    ...(module.onlyLooks ? ['', 'It only looks; it never changes a host.'] : []),
    '',
    theme.bold('Arguments'),
    ...argumentLines(module, theme, width),
    ...(module.shorthand === undefined
      ? []
      : ['', `A plain string stands for \`${module.shorthand}\`: \`${module.name}: …\``]),
    '',
    theme.bold('Examples'),
    ...module.examples.flatMap((example, at) => [
      ...(at === 0 ? [] : ['']),
      ...example
        .trim()
        .split('\n')
        .map((line) => `  ${line}`.trimEnd()),
    ]),
  ];
}

function argumentLines(module: AnyModule, theme: Theme, width: number): readonly string[] {
  // A TypeBox schema is a JSON Schema, which is plain data.
  const schema = module.args as unknown as ValueMap;
  const properties = Object.entries(mapIn(schema, 'properties'));
  const required = Array.isArray(schema['required']) ? schema['required'] : [];
  if (properties.length === 0) return ['  none'];
  const inOrder = [
    ...properties.filter(([name]) => required.includes(name)),
    ...properties.filter(([name]) => !required.includes(name)),
  ];
  return inOrder.flatMap(([name, property]) =>
    isMap(property) ? oneArgument(name, property, required.includes(name), theme, width) : [],
  );
}

function oneArgument(
  name: string,
  schema: ValueMap,
  required: boolean,
  theme: Theme,
  width: number,
): readonly string[] {
  const facts = [
    typeOf(schema),
    ...(required ? ['required'] : []),
    ...(schema['default'] === undefined ? [] : [`default ${JSON.stringify(schema['default'])}`]),
  ];
  const described = typeof schema['description'] === 'string' ? schema['description'] : '';
  return [
    `  ${theme.cyan(name)}  ${theme.dim(facts.join(', '))}`,
    ...wrap(described, width - 6).map((line) => `      ${line}`),
  ];
}

// Where an argument stands, in words.
const placeWords: Readonly<Record<string, string>> = {
  command: 'command line',
  shell: 'shell script',
  sql: 'SQL',
  condition: 'condition',
  file: 'file beside the playbook',
  'template-file': 'template beside the playbook',
  'sql-file': 'SQL file beside the playbook',
  own: 'path on this machine',
};

function typeOf(schema: ValueMap): string {
  const place = schema['place'];
  if (typeof place === 'string') return placeWords[place] ?? place;
  if (schema['const'] !== undefined) return JSON.stringify(schema['const']);
  if (Array.isArray(schema['enum'])) return schema['enum'].map((each: Value) => JSON.stringify(each)).join(' | ');
  const choices = schema['anyOf'] ?? schema['oneOf'];
  if (Array.isArray(choices)) return choices.map((each: Value) => (isMap(each) ? typeOf(each) : '')).join(' | ');
  if (schema['type'] === 'array') return `list of ${typeOf(mapIn(schema, 'items'))}`;
  if (schema['type'] === 'object') return mapType(schema);
  return typeof schema['type'] === 'string' ? schema['type'] : 'anything';
}

function mapType(schema: ValueMap): string {
  const names = Object.keys(mapIn(schema, 'properties'));
  return names.length === 0 ? 'map' : `map with ${names.join(', ')}`;
}

function mapIn(schema: ValueMap, key: string): ValueMap {
  const value = schema[key];
  return isMap(value) ? value : {};
}
