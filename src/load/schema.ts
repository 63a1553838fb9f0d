// The JSON Schemas that editors use (draft-07, as yaml-language-server reads it), made from the same tables and module
// schemas as the loader: what an editor underlines and what `playbook validate` refuses come from one source.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AnyModule } from '../core/module.js';
import { forgiving } from './forgiving.js';
import { inventorySchema } from './inventory-schema.js';
import { asSchema } from './json-schema.js';
import type { Schema } from './json-schema.js';
import {
  blockKeywords,
  importPlaybookKeywords,
  importTasksKeywords,
  loopControlKeywords,
  paramKeywords,
  playbookKeywords,
  playKeywords,
  taskKeywords,
} from './keywords.js';
import type { Keyword, Keywords } from './keywords.js';
import { schemaOfKind } from './keyword-schemas.js';

/** The kinds of files that have a schema. */
export const schemaKinds = ['playbook', 'inventory'] as const;
export type SchemaKind = (typeof schemaKinds)[number];

type Modules = ReadonlyMap<string, AnyModule>;

/** The JSON Schema of a kind of file. */
function schemaOf(kind: SchemaKind, modules: Modules): Schema {
  switch (kind) {
    case 'playbook':
      return playbookSchema(modules);
    case 'inventory':
      return inventorySchema();
  }
}

/** The name of a schema's file. */
export function schemaFile(kind: SchemaKind): string {
  return `${kind}.schema.json`;
}

/** A schema as the text of its file. */
export function schemaText(kind: SchemaKind, modules: Modules): string {
  return `${JSON.stringify(schemaOf(kind, modules), null, 2)}\n`;
}

/** Writes every schema into a directory; gives the paths that were written. */
export function writeSchemas(directory: string, modules: Modules): readonly string[] {
  mkdirSync(directory, { recursive: true });
  return schemaKinds.map((kind) => {
    const path = join(directory, schemaFile(kind));
    writeFileSync(path, schemaText(kind, modules));
    return path;
  });
}

/** The schema of playbook files, with one property for each of these modules. */
export function playbookSchema(modules: Modules): Schema {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Playbook',
    description: 'Plays, in order; or a map with a head and the plays.',
    ...choose({ type: 'array' }, { $ref: '#/definitions/plays' }, { ...mapOf(playbookKeywords), required: ['plays'] }),
    definitions: {
      plays: { type: ['array', 'null'], items: { $ref: '#/definitions/play' } },
      play: choose({ required: ['import_playbook'] }, mapOf(importPlaybookKeywords), {
        ...mapOf({ ...playKeywords, import_playbook: importPlaybookKeywords.import_playbook }),
        required: ['hosts', 'tasks'],
      }),
      param: mapOf(paramKeywords),
      params: { type: 'object', additionalProperties: { $ref: '#/definitions/param' } },
      loopControl: mapOf(loopControlKeywords),
      steps: { type: ['array', 'null'], items: { $ref: '#/definitions/step' } },
      handlers: { type: ['array', 'null'], items: { $ref: '#/definitions/handler' } },
      step: choose(
        { anyOf: [{ required: ['block'] }, { required: ['rescue'] }, { required: ['always'] }] },
        { ...mapOf(blockKeywords), required: ['block'] },
        { $ref: '#/definitions/handler' },
      ),
      handler: choose({ required: ['import_tasks'] }, mapOf(importTasksKeywords), { $ref: '#/definitions/task' }),
      task: taskSchema(modules),
      ...Object.fromEntries([...modules].map(([name, module]) => [`module_${name}`, moduleSchema(module)])),
    },
  };
}

/** A task: keywords, and exactly one module. */
function taskSchema(modules: Modules): Schema {
  const { properties } = mapOf(taskKeywords);
  const names = [...modules.keys()];
  const longName = '^ansible\\.(builtin|legacy)\\.';
  return {
    type: 'object',
    properties: {
      ...asSchema(properties),
      ...Object.fromEntries(
        [...modules].map(([name, { summary }]) => [
          name,
          { description: summary, allOf: [{ $ref: `#/definitions/module_${name}` }] },
        ]),
      ),
      // Never reached, for such maps are blocks and imports; an editor offers the words all the same.
      ...onlyDescribed({ block: blockKeywords.block, import_tasks: importTasksKeywords.import_tasks }),
    },
    patternProperties: { [longName]: { description: "Ansible's long name of a module." } },
    additionalProperties: false,
    oneOf: [
      ...names.map((name) => ({ required: [name] })),
      // At least one key that is a long name.
      { not: { propertyNames: { not: { pattern: longName } } } },
    ],
  };
}

/** What may stand below a module's key: its arguments, the one that a plain value stands for, or nothing. */
function moduleSchema(module: AnyModule): Schema {
  // A round trip takes away what TypeBox keeps for itself under symbols.
  const args = JSON.parse(JSON.stringify(forgiving(module.args))) as Schema;
  const properties = asSchema(args['properties']) ?? {};
  const short = module.shorthand === undefined ? undefined : asSchema(properties[module.shorthand]);
  const required = Array.isArray(args['required']) ? args['required'] : [];
  const shortSuffices = required.every((each) => each === module.shorthand);
  return {
    description: module.description,
    ...choose({ type: 'object' }, withoutDescription(args), {
      anyOf: [
        ...(short === undefined || !shortSuffices ? [] : [{ allOf: [short], not: { type: 'array' } }]),
        ...(required.length > 0 ? [] : [{ type: 'null' }]),
        // Neither a short form nor an empty one: then only a map will do.
        ...((short === undefined || !shortSuffices) && required.length > 0 ? [{ type: 'object' }] : []),
      ],
    }),
  };
}

/** A schema that is one or another, so that an editor only speaks of the one that is meant. */
function choose(test: Schema, yes: Schema, no: Schema): Schema {
  // oxlint-disable-next-line unicorn/no-thenable -- the word is JSON Schema's, and no schema is ever awaited
  return { if: test, then: yes, else: no };
}

function withoutDescription(schema: Schema): Schema {
  return Object.fromEntries(Object.entries(schema).filter(([key]) => key !== 'description'));
}

/** The schema of a map that takes these keywords and no others. */
function mapOf(keywords: Keywords): Schema {
  const properties = Object.entries(keywords).map(([name, keyword]) => [name, keywordSchema(keyword)] as const);
  return { type: 'object', properties: Object.fromEntries(properties), additionalProperties: false };
}

function keywordSchema({ kind, description }: Keyword): Schema {
  const schema = schemaOfKind(kind);
  // Draft-07 ignores everything beside a `$ref`.
  return '$ref' in schema ? { description, allOf: [schema] } : { description, ...schema };
}

function onlyDescribed(keywords: Keywords): Schema {
  return Object.fromEntries(Object.entries(keywords).map(([name, { description }]) => [name, { description }]));
}
