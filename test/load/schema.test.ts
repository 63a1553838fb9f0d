// The schemas that editors use: valid, fresh, and of one mind with the loader.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { editorKeywords } from '../../src/load/editor-help.js';
import { plainData } from '../../src/load/node-data.js';
import { asSchema } from '../../src/load/json-schema.js';
import type { Schema } from '../../src/load/json-schema.js';
import { inventorySchema } from '../../src/load/inventory-schema.js';
import { playbookSchema, schemaFile, schemaKinds, schemaText, writeSchemas } from '../../src/load/schema.js';
import { parseYaml } from '../../src/load/yaml.js';
import { modules as registry } from '../../src/modules/index.js';
import { directoryOf, playWith, problemsOf } from './support/files.js';
import { modules } from './support/modules.js';

const schemas = join(import.meta.dirname, '../../schemas');
const options = {
  strict: true,
  strictTypes: false,
  strictRequired: false,
  strictTuples: false,
  keywords: ['place', ...editorKeywords],
};

function accepts(schema: ReturnType<typeof playbookSchema>): (text: string) => boolean {
  const validate = new Ajv(options).compile(schema);
  return (text) => {
    const node = parseYaml({ path: 't.yml', text });
    return node.ok && validate(plainData(node.value));
  };
}

describe.each(schemaKinds)('the %s schema', (kind) => {
  test('is a valid draft-07 schema for every module there is', () => {
    const schema: unknown = JSON.parse(schemaText(kind, registry));
    const ajv = new Ajv(options);
    expect(ajv.validateSchema(schema as object)).toBe(true);
    expect(() => ajv.compile(schema as object)).not.toThrow();
  });

  test('is fresh: run `npm run schemas` after changing a keyword or a module', () => {
    expect(readFileSync(join(schemas, schemaFile(kind)), 'utf8')).toBe(schemaText(kind, registry));
  });
});

test('schemas are written where they are wanted', () => {
  const directory = directoryOf({});
  const paths = writeSchemas(join(directory, 'schemas'), modules);
  expect(paths.map((path) => path.slice(directory.length + 1))).toEqual([
    'schemas/playbook.schema.json',
    'schemas/tasks.schema.json',
    'schemas/inventory.schema.json',
  ]);
  expect(JSON.parse(readFileSync(paths[0] ?? '', 'utf8'))).toEqual(JSON.parse(schemaText('playbook', modules)));
});

describe.each(schemaKinds)('in the %s schema', (kind) => {
  const schema = JSON.parse(schemaText(kind, registry)) as Schema;
  const everything = partsOf(schema, kind);
  const ajv = new Ajv(options);
  const takes = (part: Schema, value: unknown): boolean => {
    // Most parts stand for themselves, and are checked without the whole.
    const whole = JSON.stringify(part).includes('"$ref"') ? { definitions: schema['definitions'] } : {};
    return ajv.validate({ ...part, ...whole }, value);
  };

  test('every key is described in a sentence', () => {
    const keys = everything.flatMap(({ path, part }) =>
      Object.entries(asSchema(part['properties']) ?? {})
        .filter(([, property]) => property !== false)
        .map(([name, property]) => ({ path: `${path}/${name}`, said: asSchema(property)?.['description'] })),
    );
    expect(keys.length).toBeGreaterThan(40);
    expect(keys.filter(({ said }) => typeof said !== 'string' || said.length < 5).map(({ path }) => path)).toEqual([]);
  });

  test('defaults and examples are values that the key takes', () => {
    const values = everything.flatMap(({ path, part }) => [
      ...('default' in part ? [{ path, part, value: part['default'] }] : []),
      ...listIn(part['examples']).map((value) => ({ path, part, value })),
    ]);
    expect(values.length).toBeGreaterThan(10);
    const wrong = values.filter(({ part, value }) => !takes(part, value));
    expect(wrong.map(({ path, value }) => `${path}: ${JSON.stringify(value)}`)).toEqual([]);
  });

  test('a list of allowed values says each once, and has all that is offered and the default', () => {
    const lists = everything.filter(({ part }) => Array.isArray(part['enum']));
    const twice = lists.filter(({ part }) => new Set(listIn(part['enum'])).size !== listIn(part['enum']).length);
    expect(twice.map(({ path }) => path)).toEqual([]);
    const offered = everything.flatMap(({ path, part }) =>
      listIn(part['defaultSnippets']).map((snippet) => ({ path, part, body: asSchema(snippet)?.['body'] })),
    );
    const wrong = offered.filter(({ part, body }) => !takes(part, body));
    expect(wrong.map(({ path, body }) => `${path}: ${JSON.stringify(body)}`)).toEqual([]);
  });
});

/** Every schema inside a schema. A map of schemas by name is none itself: there is a module called `properties`. */
function partsOf(schema: unknown, path: string): readonly { readonly path: string; readonly part: Schema }[] {
  if (Array.isArray(schema)) return schema.flatMap((each, index) => partsOf(each, `${path}/${index}`));
  const part = asSchema(schema);
  if (part === undefined) return [];
  const below = Object.entries(part).flatMap(([key, value]) => {
    if (['default', 'examples', 'enum', 'const', 'defaultSnippets'].includes(key)) return [];
    if (!['properties', 'patternProperties', 'definitions'].includes(key)) return partsOf(value, `${path}/${key}`);
    return Object.entries(asSchema(value) ?? {}).flatMap(([name, each]) => partsOf(each, `${path}/${key}/${name}`));
  });
  return [{ path, part }, ...below];
}

function listIn(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

describe('editor and loader agree', () => {
  const accepted = accepts(playbookSchema(modules));
  test.each([
    ['- ping:\n', true],
    ['- ansible.builtin.ping:\n', true],
    ['- ping: x\n', false],
    ['- command: echo {{ x }}\n', true],
    ['- command: {cmd: [a, "{{ b }}"]}\n', true],
    ['- command: 5\n', false],
    ['- command:\n', false],
    ['- command: [a]\n', false],
    ['- service: x\n', false],
    ['- service: {name: x, enabled: "{{ b }}", settle: "{{ c }}"}\n', true],
    ['- service: {name: x, enabled: yes}\n', false],
    ['- service: {name: x, state: "{{ s }}"}\n', true],
    ['- service: {name: x, state: up}\n', false],
    ['- service: {name: x, sate: up}\n', false],
    ['- service: {}\n', false],
    ['- assert: {that: true}\n', true],
    ['- assert: {that: [a, true]}\n', true],
    ['- assert: [a]\n', false],
    ['- debug:\n', true],
    ['- debug: hi\n', true],
    ['- wait_for: {port: 70000}\n', false],
    ['- servise: {}\n', false],
    ['- include_tasks: x.yml\n', false],
    ['- include_tasks:\n', false],
    ['- ansible.builtin.service: {}\n', false],
    ['- ansible.builtin.apt: {}\n', false],
    ['- name: x\n', false],
    ['- ping:\n  command: x\n', false],
    ['- ping:\n  whn: x\n', false],
    ['- ping:\n  when: [a, true]\n', true],
    ['- ping:\n  when: {a: 1}\n', false],
    ['- ping:\n  become: "{{ b }}"\n', true],
    ['- ping:\n  become: yes\n', false],
    ['- ping:\n  check_mode: false\n', false],
    ['- ping:\n  timeout: 5m\n', true],
    ['- ping:\n  timeout: 5min\n', true],
    ['- ping:\n  timeout: soon\n', false],
    ['- ping:\n  timeout: -1\n', false],
    ['- ping:\n  until: true\n  retries: 1.5\n', false],
    ['- ping:\n  until: true\n  retries: "{{ n }}"\n', false],
    ['- ping:\n  loop: "{{ l }}"\n', true],
    ['- ping:\n  loop: [1]\n  loop_control: {label: "{{ item }}", pause: 1s}\n', true],
    ['- ping:\n  loop: [1]\n  loop_control: {lable: x}\n', false],
    ['- ping:\n  loop: x\n', false],
    ['- ping:\n  register: a-b\n', false],
    ['- ping:\n  tags: [a, b]\n', true],
    ['- ping:\n  tags: "{{ t }}"\n', false],
    ['- ping:\n  vars: {a-b: 1}\n', false],
    ['- ping:\n  environment: "{{ e }}"\n', true],
    ['- ping:\n  environment: text\n', false],
    ['- ping:\n  ignore_errors: it may be gone\n', true],
    ['- ping:\n  ignore_errors: ""\n', false],
    ['- block: [{ping: }]\n  rescue: [{ping: }]\n  when: a\n', true],
    ['- block: [{ping: }]\n  retries: 3\n', false],
    ['- rescue: [{ping: }]\n', false],
    ['- text\n', false],
  ])('%j is right: %s', (tasks, right) => {
    expect([accepted(playWith(tasks)), problemsOf(playWith(tasks)).length === 0]).toEqual([right, right]);
  });

  test.each([
    ['- hosts: all\n  tasks:\n', true],
    ['- hosts: [a, b]\n  serial: [1, 30%]\n  tasks: []\n', true],
    ['- hosts: all\n', false],
    ['- tasks: []\n', false],
    ['- hosts: "{{ x }}"\n  tasks: []\n', true],
    ['- hosts: all\n  serial: 0\n  tasks: []\n', false],
    ['- hosts: all\n  become_method: su\n  tasks: []\n', false],
    ['- hosts: all\n  handlers: [{name: a, ping: }]\n  tasks: []\n', true],
    ['name: x\nparams: {a: {type: integer, default: 1}}\nvars: {b: 1}\nplays: [{hosts: all, tasks: []}]\n', true],
    ['name: x\n', false],
    ['params: {a: {type: text}}\nplays: [{hosts: all, tasks: []}]\n', false],
    ['params: {a: x}\nplays: [{hosts: all, tasks: []}]\n', false],
  ])('%j is right: %s', (text, right) => {
    expect([accepted(text), problemsOf(text).length === 0]).toEqual([right, right]);
  });
});

test.each([
  [
    'all:\n  hosts:\n    spa: {ssh_host: 10.0.0.1, ssh_port: 22, anything: [1]}\n    sp[01:20]:\n  vars: {x: 1}\n',
    true,
  ],
  ['all:\n  children:\n    sp:\n      hosts:\n        spa:\n    empty:\n', true],
  ['sp:\n  hosts: {spa: }\n', true],
  ['all:\n  host: {}\n', false],
  ['all:\n  hosts: [spa]\n', false],
  ['all:\n  vars: {ssh_port: 70000}\n', false],
  ['all:\n  vars: {ssh_port: "{{ p }}"}\n', true],
  ['- all\n', false],
])('inventory %j is right: %s', (text, right) => {
  expect(accepts(inventorySchema())(text)).toBe(right);
});
