// Six layers of variables, weakest first, and no seventh. A value is resolved when it is asked for,
// so a variable may refer to another that is said later or in a stronger layer; a circle is an error.
import { error } from './diagnostic.js';
import type { Diagnostic } from './diagnostic.js';
import { fail, ok } from './result.js';
import type { Result } from './result.js';
import type { Span } from './source.js';
import type { Lookup, SecretKeeper, Template } from './template.js';
import type { Value } from './value.js';

/** The layers, weakest first. */
export const layers = ['group', 'host', 'play', 'task', 'result', 'cli'] as const;
export type Layer = (typeof layers)[number];
const strongestFirst: readonly Layer[] = layers.toReversed();

/** One saying of a variable: by whom (`group all`, `register`, `-e`), where, and what. */
export interface Definition {
  readonly name: string;
  readonly saidBy: string;
  readonly span?: Span;
  readonly value:
    | { readonly kind: 'data'; readonly data: Value }
    | { readonly kind: 'template'; readonly template: Template<Value> };
  /** True for an item of a list that a host said, or a task set. */
  readonly isOfRun?: boolean;
  /** What a file says, templates unrendered; may be a secret. */
  readonly written?: () => Value;
}

/** A definition that layer said, as `playbook explain var` lists them. */
export interface LayeredDefinition extends Definition {
  readonly layer: Layer;
}

/** A variable whose value is data: what a host said, an answer, a loop item. Never read as a template. */
export function data(name: string, value: Value, saidBy: string): Definition {
  return { name, saidBy, value: { kind: 'data', data: value } };
}

/** Variables that may refer one to the next; more would exhaust the stack. */
export const longestChain = 100;

/** The problem of a variable at the end of a chain that is too long. */
export function tooLong({ name, span }: Definition): Diagnostic {
  const hint = 'let one of them say a plain value';
  return error('variable/too-deep', `\`${name}\` is behind more than ${longestChain} variables`, span, { hint });
}

type Names = ReadonlyMap<string, Definition>;

/** Is told each name that is asked for; nothing when all of them are. */
type Watch = (name: string | undefined) => void;

/** Who is told of what happens in a scope. */
interface Listeners {
  readonly watch?: Watch | undefined;
  readonly secrets?: SecretKeeper | undefined;
}

/** The variables that one host sees at one place of a playbook; a scope never changes, `with` makes another. */
export class Scope implements Lookup {
  readonly #layers: ReadonlyMap<Layer, Names>;
  readonly #builtins: ReadonlyMap<string, () => Value>;
  readonly #resolved = new Map<string, Result<Value>>();
  readonly #watch: Watch | undefined;

  readonly secrets: SecretKeeper | undefined;

  private constructor(
    layerMaps: ReadonlyMap<Layer, Names>,
    builtins: ReadonlyMap<string, () => Value>,
    { watch, secrets }: Listeners = {},
  ) {
    this.#layers = layerMaps;
    this.#builtins = builtins;
    this.#watch = watch;
    this.secrets = secrets;
  }

  /** A scope in which nothing is said. */
  static readonly empty = new Scope(new Map(), new Map());

  /** This scope with more said in one layer; within a layer, what is said later wins. */
  with(layer: Layer, definitions: Iterable<Definition>): Scope {
    const names = new Map(this.#layers.get(layer));
    for (const definition of definitions) names.set(definition.name, definition);
    return new Scope(new Map(this.#layers).set(layer, names), this.#builtins, this.#listeners);
  }

  /** This scope with names that are known everywhere and that no layer can change, such as `groups`. */
  withBuiltins(builtins: Readonly<Record<string, () => Value>>): Scope {
    return new Scope(this.#layers, new Map([...this.#builtins, ...Object.entries(builtins)]), this.#listeners);
  }

  /** This scope, with somebody who is told what templates make of secrets. */
  withSecrets(secrets: SecretKeeper): Scope {
    return new Scope(this.#layers, this.#builtins, { ...this.#listeners, secrets });
  }

  get #listeners(): Listeners {
    return { watch: this.#watch, secrets: this.secrets };
  }

  /** This scope, which tells of every name that is asked of it or of what is made of it. */
  watched(watch: Watch): Scope {
    return new Scope(this.#layers, this.#builtins, { ...this.#listeners, watch });
  }

  /** What stands for the strongest saying of a name: two scopes with the same one say the same of it. */
  identityOf(name: string): unknown {
    const builtin = this.#builtins.get(name);
    return builtin === undefined ? this.#strongest(name)?.definition : builtin();
  }

  #strongest(name: string): { readonly definition: Definition; readonly layer: Layer } | undefined {
    for (const layer of strongestFirst) {
      const definition = this.#layers.get(layer)?.get(name);
      if (definition !== undefined) return { definition, layer };
    }
    return undefined;
  }

  /** True when some layer says the name. */
  has(name: string): boolean {
    this.#watch?.(name);
    return this.#builtins.has(name) || this.#strongest(name) !== undefined;
  }

  /** Every saying of a name, strongest first. */
  definitions(name: string): readonly LayeredDefinition[] {
    this.#watch?.(name);
    return strongestFirst.flatMap((layer) => {
      const definition = this.#layers.get(layer)?.get(name);
      return definition === undefined ? [] : [{ ...definition, layer }];
    });
  }

  /** Every name that some layer says. */
  names(): Iterable<string> {
    this.#watch?.(undefined);
    return new Set([...this.#builtins.keys(), ...[...this.#layers.values()].flatMap((names) => [...names.keys()])]);
  }

  /** The value of a name by its strongest saying; nothing when no layer says it. */
  get(name: string): Result<Value> | undefined {
    return this.#get(name, []);
  }

  #get(name: string, trail: readonly string[]): Result<Value> | undefined {
    this.#watch?.(name);
    const builtin = this.#builtins.get(name);
    if (builtin !== undefined) return ok(builtin());
    const known = this.#resolved.get(name);
    if (known !== undefined) return known;
    const definition = this.#strongest(name)?.definition;
    if (definition === undefined) return undefined;
    const resolved = this.#resolve(definition, [...trail, name]);
    this.#resolved.set(name, resolved);
    return resolved;
  }

  #resolve(definition: Definition, trail: readonly string[]): Result<Value> {
    if (definition.value.kind === 'data') return ok(definition.value.data);
    const circle = trail.indexOf(definition.name);
    if (circle < trail.length - 1) {
      const path = trail.slice(circle).map((each) => `\`${each}\``);
      return fail(
        error('variable/cycle', `variable ${path[0] ?? ''} refers to itself`, definition.span, {
          hint: `the circle is ${path.join(' -> ')}; let one of them say a plain value`,
        }),
      );
    }
    if (trail.length > longestChain) return fail(tooLong(definition));
    return definition.value.template.render({
      get: (name) => this.#get(name, trail),
      names: () => this.names(),
      secrets: this.secrets,
    });
  }
}
