// The validators of the arguments of modules. Those of our own modules are written as code when the program is built, for
// to compile them took a third of a run's start; any other schema is compiled when it is first asked for. Which code
// belongs to which schema is known by the digest of what it was made of, so that no old code judges a new schema; which
// ajv made it is known by the build alone.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { Ajv, Options, ValidateFunction } from 'ajv';
import type * as ajvPackage from 'ajv';
import type standalone from 'ajv/dist/standalone/index.js';
import { programRoot } from '../core/program-root.js';
import { forgiving } from './forgiving.js';
import type { Schema } from './json-schema.js';

/** How arguments are checked: as they are written, with templates let pass, or as they are bound, with defaults filled in. */
export type Manner = 'written' | 'bound';

const options: Options = {
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
};

const require = createRequire(import.meta.url);
const made: Readonly<Record<Manner, WeakMap<Schema, ValidateFunction>>> = {
  written: new WeakMap(),
  bound: new WeakMap(),
};

/** The validator of a schema. */
export function validatorOf(schema: Schema, manner: Manner): ValidateFunction {
  const known = made[manner].get(schema) ?? fromBuild(schema, manner) ?? compile(compiler(manner), schema, manner);
  made[manner].set(schema, known);
  return known;
}

/** The code of a validator, for the build to write, and the name of its file. */
export function validatorCode(schema: Schema, manner: Manner): { readonly file: string; readonly code: string } {
  const ajv = compiler(manner, { code: { source: true } });
  const { default: standaloneCode } = require('ajv/dist/standalone') as typeof standalone;
  return { file: fileOf(schema, manner), code: standaloneCode(ajv, compile(ajv, schema, manner)) };
}

function fromBuild(schema: Schema, manner: Manner): ValidateFunction | undefined {
  const path = fileURLToPath(new URL(`dist/validators/${fileOf(schema, manner)}`, programRoot));
  return existsSync(path) ? (require(path) as ValidateFunction) : undefined;
}

function fileOf(schema: Schema, manner: Manner): string {
  const compiled = JSON.stringify([options, prepared(schema, manner)]);
  const digest = createHash('sha256').update(compiled).digest('hex');
  return `${manner}-${digest.slice(0, 16)}.cjs`;
}

// Loaded when it is needed, which for our own modules is never.
function compiler(manner: Manner, more: Options = {}): Ajv {
  const ajv = require('ajv') as typeof ajvPackage;
  const compiled = new ajv.Ajv({ ...options, useDefaults: manner === 'bound', ...more });
  compiled.addKeyword('place');
  return compiled;
}

function compile(ajv: Ajv, schema: Schema, manner: Manner): ValidateFunction {
  return ajv.compile(prepared(schema, manner));
}

function prepared(schema: Schema, manner: Manner): Schema {
  return manner === 'written' ? forgiving(schema) : schema;
}
