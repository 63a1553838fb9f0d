// What each kind of keyword takes, as JSON Schema: the same that `fields.ts` and its callers read.
import { durationPattern } from '../core/duration.js';
import type { Schema } from './json-schema.js';
import { paramTypes } from './keywords.js';
import type { Kind } from './keywords.js';

const template = { type: 'string', pattern: '\\{\\{' } as const;
const word = { type: ['string', 'number', 'boolean'], minLength: 1 } as const;
const notTemplated = { pattern: '^(?!.*\\{\\{)' } as const;
const identifier = '^[A-Za-z_][A-Za-z0-9_]*$';

/** One of these, or a list of them. */
function oneOrMany(schema: Schema): Schema {
  return { anyOf: [schema, { type: 'array', items: schema }] };
}

/** The schema of what a kind of keyword takes. */
export function schemaOfKind(kind: Kind): Schema {
  switch (kind) {
    case 'text':
      return { type: 'string', minLength: 1, ...notTemplated };
    case 'name':
      return { type: 'string', pattern: identifier };
    case 'flag':
      return { type: 'boolean' };
    case 'only-true':
      return { const: true };
    case 'templated-flag':
      return { if: template, else: { type: 'boolean' } };
    case 'templated-text':
      return word;
    case 'conditions':
      return oneOrMany({ type: ['boolean', 'string'], minLength: 1 });
    case 'duration':
      return { type: ['number', 'string'], minimum: 0, pattern: durationPattern };
    case 'count':
      return { type: 'integer', minimum: 0 };
    case 'positive':
      return { type: 'integer', minimum: 1 };
    case 'percentage':
      return { type: 'number', minimum: 0, maximum: 100 };
    case 'serial':
      return oneOrMany({ type: ['integer', 'string'], minimum: 1, pattern: '^([1-9]\\d*|\\d+(\\.\\d+)?%)$' });
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
      return { type: 'object', propertyNames: { pattern: identifier } };
    case 'environment':
      return { if: template, else: { type: 'object' } };
    case 'become-method':
      return { const: 'sudo' };
    case 'loop':
      return { if: template, else: { type: 'array' } };
    case 'param-type':
      return { enum: [...paramTypes] };
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
