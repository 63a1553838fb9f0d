// A module and its arguments, checked when they are loaded and bound for each host when a task runs.
import type { AnyModule, BoundModule } from '../core/module.js';
import { error } from '../core/diagnostic.js';
import type { Diagnostic } from '../core/diagnostic.js';
import { andThen, fail, ok } from '../core/result.js';
import type { Result } from '../core/result.js';
import type { Scope } from '../core/scope.js';
import type { Need } from '../core/template.js';
import { mapOf } from '../core/value.js';
import type { Value } from '../core/value.js';
import { compileArguments, needsOfPart, renderKnown, renderPart } from './arguments.js';
import type { Part } from './arguments.js';
import type { Place as Directory } from './find.js';
import { asSchema } from './json-schema.js';
import type { Schema } from './json-schema.js';
import type { Entry, Node } from './node.js';
import { plainData } from './node-data.js';
import { isTemplated, showNode } from './mistakes.js';
import { tellSchemaError } from './schema-words.js';
import type { Said } from './schema-words.js';
import { checkRendered, checkWritten } from './validate.js';

/** A module with arguments that were checked as far as they can be before the run. */
export interface ModuleCall {
  readonly needs: readonly Need[];
  /** The problems of those arguments that are made of nothing but what is known. */
  check(scope: Scope, isKnown: (need: Need) => boolean): readonly Diagnostic[];
  bind(scope: Scope): Result<BoundModule>;
}

/** Checks and compiles what stands below a module's key; files are looked for in these directories. */
export function compileCall(module: AnyModule, entry: Entry, directories: readonly Directory[]): Result<ModuleCall> {
  const said: Said = { module: module.name, entry, shorthand: module.shorthand };
  // TypeBox schemas are plain JSON Schema; only their types say more.
  const schema = module.args as Schema;
  const wrongShape = shapeProblem(module, entry);
  if (wrongShape !== undefined) return fail(wrongShape);
  const written = writtenData(entry.value, module.shorthand);
  const errors = checkWritten(schema, written).map((each) => tellSchemaError(each, said));
  const compiled = compileArguments(entry.value, schema, module.shorthand, directories);
  if (!compiled.ok) return fail(...errors, ...compiled.problems);
  if (errors.length > 0) return fail(...errors);
  const part = compiled.value;
  return ok({
    needs: needsOfPart(part),
    check: (scope, isKnown) => {
      // Made anew, for ten thousand tasks would keep it for the one that asks.
      const known = renderKnown(part, writtenData(entry.value, module.shorthand), scope, isKnown);
      return known.ok ? checkWritten(schema, known.value).map((each) => tellSchemaError(each, said)) : known.problems;
    },
    bind: (scope) => bind(module, schema, part, said, scope),
  });
}

function bind(module: AnyModule, schema: Schema, part: Part, said: Said, scope: Scope): Result<BoundModule> {
  return andThen(renderPart(part, scope), (rendered) => {
    const errors = checkRendered(schema, rendered.data);
    if (errors.length > 0) return fail(...errors.map((each) => tellSchemaError(each, said)));
    return ok(module.bind(rendered.bound(rendered.data)));
  });
}

function shapeProblem(module: AnyModule, { value }: Entry): ReturnType<typeof error> | undefined {
  if (value.kind === 'map') return undefined;
  if (value.kind === 'scalar' && (value.value === null || module.shorthand !== undefined)) return undefined;
  const names = Object.keys(asSchema(module.args['properties']) ?? {});
  const known = names.map((each) => `\`${each}\``).join(', ');
  const hint = isTemplated(value)
    ? 'write the arguments out, with templates inside'
    : names.length === 0
      ? 'write nothing after the colon'
      : `its arguments are ${known}`;
  const message = `\`${module.name}\` takes a map of arguments, not ${showNode(value)}`;
  return error('playbook/wrong-argument', message, value.span, { hint });
}

/** The arguments as they are written, as the data that the schema judges. */
function writtenData(node: Node, shorthand: string | undefined): Value {
  if (node.kind !== 'scalar') return plainData(node);
  return mapOf(node.value === null || shorthand === undefined ? [] : [[shorthand, node.value]]);
}
