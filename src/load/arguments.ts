// The arguments of a module as compiled parts. Each text is compiled for the place its schema marks, so that it is
// quoted for that place and for no other; what has no place is plain data.
import { error } from '../core/diagnostic.js';
import { all, andThen, fail, ok } from '../core/result.js';
import type { Result } from '../core/result.js';
import type { Lookup, Need, Template } from '../core/template.js';
import { isMap, mapOf } from '../core/value.js';
import type { Value } from '../core/value.js';
import { compilePlace } from './argument-places.js';
import type { PlacedArgument } from './argument-places.js';
import type { Place as Directory } from './find.js';
import { alternatives, belowItems, belowKey, hasPlaceBelow, placeOf } from './json-schema.js';
import type { Schema } from './json-schema.js';
import { isTemplated, textOf } from './mistakes.js';
import type { MapNode, Node, ScalarNode } from './node.js';
import { compileValue } from './template.js';
import { copyOf } from './validate.js';

/** A compiled part of the arguments. */
export type Part =
  | { readonly kind: 'data'; readonly template: Template<Value> }
  | { readonly kind: 'placed'; readonly text: string; readonly argument: PlacedArgument }
  | { readonly kind: 'list'; readonly items: readonly Part[] }
  | { readonly kind: 'map'; readonly entries: readonly (readonly [string, Part])[] };

/** Compiles what stands below a module's key. */
export function compileArguments(
  node: Node,
  schema: Schema,
  shorthand: string | undefined,
  directories: readonly Directory[],
): Result<Part> {
  const schemas = alternatives(schema);
  const compile = (each: Node, below: readonly Schema[]): Result<Part> => compilePart(each, below, directories);
  if (node.kind === 'map') return compileEntries(node, schemas, directories);
  if (node.kind !== 'scalar') return compile(node, schemas);
  if (node.value === null || shorthand === undefined) return ok({ kind: 'map', entries: [] });
  return andThen(compile(node, belowKey(schemas, shorthand)), (part) =>
    ok<Part>({ kind: 'map', entries: [[shorthand, part]] }),
  );
}

function compilePart(node: Node, schemas: readonly Schema[], directories: readonly Directory[]): Result<Part> {
  if (node.kind === 'scalar') return compileScalar(node, schemas, directories);
  if (!hasPlaceBelow(schemas)) return andThen(compileValue(node), (template) => ok<Part>({ kind: 'data', template }));
  if (node.kind === 'list') {
    const below = belowItems(schemas);
    const items = all(node.items.map((item) => compilePart(item, below, directories)));
    return andThen(items, (parts) => ok<Part>({ kind: 'list', items: parts }));
  }
  return compileEntries(node, schemas, directories);
}

function compileEntries(node: MapNode, schemas: readonly Schema[], directories: readonly Directory[]): Result<Part> {
  const entries = node.entries.map(({ key, value }) =>
    andThen(compilePart(value, belowKey(schemas, key), directories), (part) => ok([key, part] as const)),
  );
  return andThen(all(entries), (parts) => ok<Part>({ kind: 'map', entries: parts }));
}

function compileScalar(node: ScalarNode, schemas: readonly Schema[], directories: readonly Directory[]): Result<Part> {
  const place = placeOf(schemas);
  const isText = typeof node.value === 'string' || (place === 'condition' && typeof node.value === 'boolean');
  if (place !== undefined && isText) {
    return andThen(compilePlace(place, node, directories), (argument) =>
      ok<Part>({ kind: 'placed', text: textOf(node), argument }),
    );
  }
  if (isTemplated(node) && hasPlaceBelow(schemas)) {
    return fail(
      error('playbook/template-here', 'a template cannot stand for all of this', node.span, {
        hint: 'write the list or map out, with templates inside: how a value is quoted depends on where it stands',
      }),
    );
  }
  return andThen(compileValue(node), (template) => ok<Part>({ kind: 'data', template }));
}

/** Every variable that the arguments use. */
export function needsOfPart(part: Part): readonly Need[] {
  switch (part.kind) {
    case 'data':
      return part.template.needs;
    case 'placed':
      return part.argument.needs;
    case 'list':
      return part.items.flatMap(needsOfPart);
    case 'map':
      return part.entries.flatMap(([, each]) => needsOfPart(each));
  }
}

/** Arguments for one host: `data` is what the schema checks; after that, `bound` puts what stands in places into it. */
export interface Rendered {
  readonly data: Value;
  bound(checked: Value): unknown;
}

/** The arguments with the variables of a scope. The data is a copy, so the check may fill in defaults. */
export function renderPart(part: Part, scope: Lookup): Result<Rendered> {
  switch (part.kind) {
    case 'data':
      return andThen(part.template.render(scope), (value) => ok({ data: copyOf(value), bound: (checked) => checked }));
    case 'placed':
      return andThen(part.argument.render(scope), (value) => ok({ data: part.text, bound: () => value }));
    case 'list':
      return andThen(all(part.items.map((each) => renderPart(each, scope))), (items) => ok(renderedList(items)));
    case 'map': {
      const entries = part.entries.map(([key, each]) =>
        andThen(renderPart(each, scope), (rendered) => ok([key, rendered] as const)),
      );
      return andThen(all(entries), (rendered) => ok(renderedMap(rendered)));
    }
  }
}

/** The arguments as far as all is known that they are made of: each of the others as `written` says it. */
export function renderKnown(
  part: Part,
  written: Value,
  scope: Lookup,
  isKnown: (need: Need) => boolean,
): Result<Value> {
  if (part.kind !== 'map' || !isMap(written)) return ok(written);
  const entries = part.entries.map(([key, each]) => {
    const rendered = needsOfPart(each).every(isKnown) ? renderPart(each, scope) : undefined;
    if (rendered === undefined) return ok([key, written[key] ?? null] as const);
    return andThen(rendered, ({ data }) => ok([key, data] as const));
  });
  return andThen(all(entries), (known) => ok(mapOf(known)));
}

function renderedList(items: readonly Rendered[]): Rendered {
  return {
    data: items.map((each) => each.data),
    bound: (checked) =>
      items.map((each, index) => each.bound(Array.isArray(checked) ? (checked[index] ?? null) : null)),
  };
}

function renderedMap(entries: readonly (readonly [string, Rendered])[]): Rendered {
  return {
    data: mapOf(entries.map(([key, each]) => [key, each.data])),
    bound: (checked) => {
      const map = Object.assign(Object.create(null), checked) as Record<string, unknown>;
      for (const [key, each] of entries) map[key] = each.bound(isMap(checked) ? (checked[key] ?? null) : null);
      return map;
    },
  };
}
