// Arguments are checked twice by the same schema: when a file is loaded, with templates let pass, and when a task
// is bound for a host, strictly. The validators are made once for each module.
import { Ajv } from 'ajv';
import type { ErrorObject, ValidateFunction } from 'ajv';
import type { Value } from '../core/value.js';
import { isMap, mapOf } from '../core/value.js';
import { forgiving } from './forgiving.js';
import type { Schema } from './json-schema.js';
import { reduceUnions } from './schema-unions.js';

/** What is wrong with a value: the errors that help a person, noise of unions taken out. */
export type SchemaErrors = readonly ErrorObject[];

const options = {
  strict: true,
  // TypeBox writes unions whose members say the type; ajv would like it said twice.
  strictTypes: false,
  strictRequired: false,
  strictTuples: false,
  allErrors: true,
  verbose: true,
  validateFormats: false,
  // The schemas are our own, made by TypeBox: to hold them against their schema takes longer than to compile them.
  meta: false,
  validateSchema: false,
} as const;

/** The validators of one way to check, each made when it is first asked for. */
function validatorsBy(ajv: Ajv, prepare: (schema: Schema) => Schema): (schema: Schema) => ValidateFunction {
  ajv.addKeyword('place');
  const made = new WeakMap<Schema, ValidateFunction>();
  return (schema) => {
    const known = made.get(schema) ?? ajv.compile(prepare(schema));
    made.set(schema, known);
    return known;
  };
}

const whenLoaded = validatorsBy(new Ajv({ ...options }), forgiving);
const whenBound = validatorsBy(new Ajv({ ...options, useDefaults: true }), (schema) => schema);

/** What is wrong with arguments as they are written; what holds a template is not judged yet. */
export function checkWritten(schema: Schema, data: Value): SchemaErrors {
  return errorsOf(whenLoaded(schema), data);
}

/** What is wrong with arguments after rendering. Fills in defaults, so the data must be the caller's own copy. */
export function checkRendered(schema: Schema, data: Value): SchemaErrors {
  return errorsOf(whenBound(schema), data);
}

function errorsOf(validate: ValidateFunction, data: Value): SchemaErrors {
  return validate(data) ? [] : onePerPlace(reduceUnions(validate.errors ?? []));
}

/** A value of the wrong kind breaks other rules too; the first sentence about it is enough. */
function onePerPlace(errors: SchemaErrors): SchemaErrors {
  const aboutKeys = new Set(['additionalProperties', 'required', 'requiredAny', 'not', 'oneOf', 'dependencies']);
  const places = new Set<string>();
  return errors.filter((each) => {
    if (aboutKeys.has(each.keyword)) return true;
    const known = places.has(each.instancePath);
    places.add(each.instancePath);
    return !known;
  });
}

/** A copy that may be changed, of maps without prototypes. */
export function copyOf(value: Value): Value {
  if (Array.isArray(value)) return value.map(copyOf);
  if (!isMap(value)) return value;
  return mapOf(Object.entries(value).map(([key, each]) => [key, copyOf(each)]));
}
