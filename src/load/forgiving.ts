// Before a run, many arguments are still templates. This makes of a module's schema one that lets every template pass
// and is as strict as before about the rest. Loading checks with it, and editors are given it.
import { holdsTemplate } from './editor-help.js';
import { alternatives, asSchema, hasPlaceBelow, placeOf, schemasIn } from './json-schema.js';
import type { Schema } from './json-schema.js';

/** The schema of a module's arguments, with templates let pass wherever a value may stand. */
export function forgiving(schema: Schema): Schema {
  return inside(schema);
}

function anywhere(schema: Schema): Schema {
  if (placeOf([schema]) !== undefined) return placeholder(schema);
  const strict = inside(schema);
  const all = alternatives(schema);
  // A place must be seen in the file, or it could not be quoted: no template may hide one.
  if (placeOf(all) !== undefined || hasPlaceBelow(all)) return strict;
  const { description } = schema;
  return { ...(description === undefined ? {} : { description }), if: holdsTemplate, else: strict };
}

/** YAML's own `true` and `false` are conditions too. */
function placeholder(schema: Schema): Schema {
  return schema['place'] === 'condition' ? { ...schema, type: ['string', 'boolean'] } : schema;
}

function inside(schema: Schema): Schema {
  const forgiven: Record<string, unknown> = {};
  for (const [keyword, value] of Object.entries(schema)) {
    switch (keyword) {
      case 'properties':
      case 'patternProperties':
        forgiven[keyword] = mapValues(asSchema(value) ?? {}, anywhere);
        break;
      case 'items':
        forgiven[keyword] = Array.isArray(value) ? schemasIn(value).map(anywhere) : anywhereIfSchema(value);
        break;
      case 'additionalProperties':
        forgiven[keyword] = anywhereIfSchema(value);
        break;
      // A template may turn out to be any of the alternatives, so more than one may seem to fit.
      case 'oneOf':
      case 'anyOf':
        forgiven['anyOf'] = schemasIn(value).map(unionMember);
        break;
      case 'allOf':
        forgiven[keyword] = schemasIn(value).map(inside);
        break;
      default:
        forgiven[keyword] = value;
    }
  }
  return forgiven;
}

function unionMember(schema: Schema): Schema {
  return placeOf([schema]) === undefined ? inside(schema) : placeholder(schema);
}

function anywhereIfSchema(value: unknown): unknown {
  const schema = asSchema(value);
  return schema === undefined ? value : anywhere(schema);
}

function mapValues(schemas: Schema, change: (schema: Schema) => Schema): Schema {
  return Object.fromEntries(
    Object.entries(schemas).map(([key, value]) => {
      const schema = asSchema(value);
      return [key, schema === undefined ? value : change(schema)];
    }),
  );
}
