// The JSON Schemas that editors use (draft-07, as yaml-language-server reads it), made from the same tables and module
// schemas as the loader: what an editor underlines and what `playbook validate` refuses come from one source.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AnyModule } from '../core/module.js';
import { choose } from './editor-help.js';
import { inventorySchema } from './inventory-schema.js';
import type { Schema } from './json-schema.js';
import { mapOf } from './keyword-schemas.js';
import {
  blockKeywords,
  importPlaybookKeywords,
  importTasksKeywords,
  loopControlKeywords,
  paramKeywords,
  playbookKeywords,
  playKeywords,
} from './keywords.js';
import { moduleSchema } from './module-schema.js';
import { taskSchema } from './task-schema.js';

const draft = 'http://json-schema.org/draft-07/schema#';

/** The kinds of files that have a schema. */
export const schemaKinds = ['playbook', 'tasks', 'inventory'] as const;
export type SchemaKind = (typeof schemaKinds)[number];

type Modules = ReadonlyMap<string, AnyModule>;

/** The JSON Schema of a kind of file. */
function schemaOf(kind: SchemaKind, modules: Modules): Schema {
  switch (kind) {
    case 'playbook':
      return playbookSchema(modules);
    case 'tasks':
      return tasksSchema(modules);
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
    $schema: draft,
    title: 'playbook',
    description: 'Plays, in order; or a map with a head and the plays.',
    ...choose({ type: 'array' }, { $ref: '#/definitions/plays' }, mapOf('a playbook', playbookKeywords, ['plays'])),
    definitions: {
      plays: { type: ['array', 'null'], items: { $ref: '#/definitions/play' }, errorMessage: 'plays are a list' },
      play: choose(
        { type: 'object', required: ['import_playbook'] },
        mapOf('an import of a playbook', importPlaybookKeywords),
        mapOf('a play', { ...playKeywords, import_playbook: importPlaybookKeywords.import_playbook }, [
          'hosts',
          'tasks',
        ]),
      ),
      param: mapOf('a param', paramKeywords),
      params: {
        type: 'object',
        additionalProperties: { $ref: '#/definitions/param' },
        errorMessage: 'params are a map: each name with its `type`, `description` and `default`',
      },
      ...stepDefinitions(modules),
    },
  };
}

/** The schema of files that `import_tasks` names. */
function tasksSchema(modules: Modules): Schema {
  return {
    $schema: draft,
    title: 'tasks',
    description: 'Tasks, blocks and imports, in order.',
    allOf: [{ $ref: '#/definitions/steps' }],
    definitions: stepDefinitions(modules),
  };
}

/** What may stand below `tasks` and `handlers`, and all that it refers to. */
function stepDefinitions(modules: Modules): Schema {
  const tasks = 'tasks are a list: start each with `- name: ...`';
  return {
    loopControl: mapOf('`loop_control`', loopControlKeywords),
    steps: { type: ['array', 'null'], items: { $ref: '#/definitions/step' }, errorMessage: tasks },
    handlers: { type: ['array', 'null'], items: { $ref: '#/definitions/handler' }, errorMessage: tasks },
    step: choose(
      { type: 'object', anyOf: ['block', 'rescue', 'always'].map((key) => ({ required: [key] })) },
      mapOf('a block', blockKeywords, ['block']),
      { $ref: '#/definitions/handler' },
    ),
    handler: choose({ type: 'object', required: ['import_tasks'] }, mapOf('an import of tasks', importTasksKeywords), {
      $ref: '#/definitions/task',
    }),
    task: taskSchema(modules),
    ...Object.fromEntries([...modules].map(([name, module]) => [`module_${name}`, moduleSchema(module)])),
  };
}
