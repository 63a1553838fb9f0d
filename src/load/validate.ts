// Arguments are checked twice by the same schema: when a file is loaded, with templates let pass, and when a task
// is bound for a host, strictly.
import type { ErrorObject, ValidateFunction } from 'ajv';
import type { Value } from '../core/value.js';
import { isMap, mapOf } from '../core/value.js';
import type { Schema } from './json-schema.js';
import { reduceUnions } from './schema-unions.js';
import { validatorOf } from './validators.js';

/** What is wrong with a value: the errors that help a person, noise of unions taken out. */
export type SchemaErrors = readonly ErrorObject[];

/** What is wrong with arguments as they are written; what holds a template is not judged yet. */
export function checkWritten(schema: Schema, data: Value): SchemaErrors {
  return errorsOf(validatorOf(schema, 'written'), data);
}

/** What is wrong with arguments after rendering. Fills in defaults, so the data must be the caller's own copy. */
export function checkRendered(schema: Schema, data: Value): SchemaErrors {
  return errorsOf(validatorOf(schema, 'bound'), data);
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
