// A task as an editor sees it: keywords, and exactly one module. Each way to be wrong has one sentence of its own.
import type { AnyModule } from '../core/module.js';
import { choose, listOf, never, usually } from './editor-help.js';
import { asSchema } from './json-schema.js';
import type { Schema } from './json-schema.js';
import { mapOf } from './keyword-schemas.js';
import { blockKeywords, importTasksKeywords, taskKeywords } from './keywords.js';
import { moduleProperty } from './module-schema.js';
import { strangers } from './strangers.js';

const longName = '^ansible\\.(builtin|legacy)\\.';

/** The schema of a task, with a property for each module. */
export function taskSchema(modules: ReadonlyMap<string, AnyModule>): Schema {
  const names = [...modules.keys()];
  const keywords = asSchema(mapOf('a task', taskKeywords)['properties']) ?? {};
  const properties = {
    ...keywords,
    ...Object.fromEntries([...modules].map(([name, module]) => [name, moduleProperty(module)])),
    // Never reached, for such maps are blocks and imports; an editor offers the words all the same.
    block: { description: blockKeywords.block.description, ...usually('array') },
    import_tasks: { description: importTasksKeywords.import_tasks.description, ...usually('string') },
  };
  return {
    title: 'task',
    type: 'object',
    errorMessage: 'a task is a map: `name`, the module with its arguments, and keywords such as `when`',
    allOf: [
      {
        properties: { ...properties, ...strangersBeside(properties) },
        patternProperties: Object.fromEntries(names.map((name) => [`${longName}${name}$`, longNamed(name)])),
        additionalProperties: false,
        errorMessage: `neither a module (${listOf(names)}) nor a keyword of a task (${listOf(Object.keys(keywords))})`,
      },
      // A key that is not known may be the module, misspelled: then its own sentence is enough.
      choose(
        { propertyNames: { anyOf: [{ enum: Object.keys(properties) }, { pattern: longName }] } },
        oneModule(names),
        {},
      ),
    ],
  };
}

function oneModule(names: readonly string[]): Schema {
  const called = [
    ...names.map((name) => ({ required: [name] })),
    // At least one key that is a long name.
    { not: { propertyNames: { not: { pattern: longName } } } },
  ];
  return choose(
    { anyOf: called },
    choose({ oneOf: called }, {}, never('a task runs one module, and this one has several: make a task of each')),
    never(`this task has no module: say what to do, with one of ${listOf(names)}`),
  );
}

function longNamed(name: string): Schema {
  return {
    description: `Ansible's long name of \`${name}\`.`,
    doNotSuggest: true,
    allOf: [{ $ref: `#/definitions/module_${name}` }],
  };
}

/** Words that people who know Ansible will write: refused like any unknown key, with the answer that the loader gives. */
function strangersBeside(properties: Schema): Schema {
  const unknown = Object.entries(strangers).filter(([word]) => !Object.hasOwn(properties, word));
  return Object.fromEntries(
    unknown.map(([word, hint]) => [
      word,
      {
        description: `Not known here: ${hint}.`,
        doNotSuggest: true,
        type: 'null',
        not: { type: 'null' },
        errorMessage: `a task has no key \`${word}\`: ${hint}`,
      },
    ]),
  );
}
