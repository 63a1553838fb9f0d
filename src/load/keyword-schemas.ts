// What each kind of keyword takes, as JSON Schema: the same that `fields.ts` and its callers read.
import { durationPattern } from '../core/duration.js';
import { closedMap, listOf, orTemplate, usually } from './editor-help.js';
import type { Schema } from './json-schema.js';
import { paramTypes } from './keywords.js';
import type { Keyword, Keywords, Kind } from './keywords.js';

const word = { type: ['string', 'number', 'boolean'], minLength: 1 } as const;
const notTemplated = { pattern: '^(?!.*\\{\\{)', patternErrorMessage: 'a template cannot stand here' } as const;
const identifier = '^[A-Za-z_][A-Za-z0-9_]*$';
const named = { pattern: identifier, patternErrorMessage: 'a name is made of letters, digits and `_`' } as const;
const time = 'a time is a number of seconds, or a text such as `500ms`, `30s`, `5m`, `1h`';
const batch = 'a batch is a number of hosts, at least 1, or a share such as `30%`';

/** The schema of a map that takes these keywords and no others; `what` is the map, as in `a play`. */
export function mapOf(what: string, keywords: Keywords, required: readonly string[] = []): Schema {
  const properties = Object.entries(keywords).map(([name, keyword]) => [name, keywordSchema(keyword)] as const);
  return closedMap(what, Object.fromEntries(properties), required);
}

function keywordSchema({ kind, ...words }: Keyword): Schema {
  const schema = schemaOfKind(kind);
  // Draft-07 ignores everything beside a `$ref`.
  if (!('$ref' in schema)) return { ...words, ...schema };
  return { ...words, ...usually(kind === 'params' || kind === 'loop-control' ? 'object' : 'array'), allOf: [schema] };
}

/** One of these, or a list of them. */
function oneOrMany(schema: Schema): Schema {
  return { anyOf: [schema, { type: 'array', items: schema }] };
}

/** The schema of what a kind of keyword takes. */
function schemaOfKind(kind: Kind): Schema {
  switch (kind) {
    case 'text':
      return { type: 'string', minLength: 1, ...notTemplated };
    case 'name':
      return { type: 'string', ...named };
    case 'flag':
      return { type: 'boolean', errorMessage: 'this must be `true` or `false`' };
    case 'only-true':
      return { const: true, errorMessage: 'only `true` can be said here' };
    case 'templated-flag':
      return orTemplate({ type: 'boolean' }, 'this must be `true`, `false`, or a template');
    case 'templated-text':
      return word;
    case 'conditions':
      return oneOrMany({ type: ['boolean', 'string'], minLength: 1 });
    case 'duration':
      return { type: ['number', 'string'], minimum: 0, pattern: durationPattern, errorMessage: time };
    case 'count':
      return { type: 'integer', minimum: 0, errorMessage: 'this must be a whole number' };
    case 'positive':
      return { type: 'integer', minimum: 1, errorMessage: 'this must be a whole number' };
    case 'percentage':
      return { type: 'number', minimum: 0, maximum: 100 };
    case 'serial':
      return oneOrMany({
        type: ['integer', 'string'],
        minimum: 1,
        pattern: '^([1-9]\\d*|\\d+(\\.\\d+)?%)$',
        patternErrorMessage: batch,
      });
    case 'hosts':
      return { anyOf: [word, { type: 'array', items: { ...word, ...notTemplated } }] };
    case 'words':
    case 'files':
      return oneOrMany({ ...word, ...notTemplated });
    case 'templated-words':
      return oneOrMany(word);
    case 'tolerance':
      return { type: ['boolean', 'string'], minLength: 1, ...notTemplated };
    case 'variables':
      return { type: 'object', propertyNames: named };
    case 'environment':
      return orTemplate({ type: 'object' }, 'this must be a map of names and values, or a template');
    case 'become-method':
      return { const: 'sudo', errorMessage: 'only `sudo` is supported' };
    case 'loop':
      return orTemplate(
        { type: 'array' },
        'a loop is over a list, or a template such as `{{services}}` that gives one',
      );
    case 'param-type':
      return { enum: [...paramTypes], errorMessage: `the type of a param is one of ${listOf(paramTypes)}` };
    case 'values':
      return { type: 'array' };
    case 'value':
      return {};
    case 'loop-control':
      return { $ref: '#/definitions/loopControl' };
    case 'params':
      return { $ref: '#/definitions/params' };
    case 'plays':
      return { $ref: '#/definitions/plays' };
    case 'steps':
      return { $ref: '#/definitions/steps' };
    case 'handlers':
      return { $ref: '#/definitions/handlers' };
  }
}
