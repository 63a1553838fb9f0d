// What one host knows at one task before anything runs: which names have a value already, which will have one,
// and which nobody ever says.
import { error } from '../core/diagnostic.js';
import type { Diagnostic } from '../core/diagnostic.js';
import type { Inventory } from '../core/inventory.js';
import type { Result } from '../core/result.js';
import { longestChain, tooLong } from '../core/scope.js';
import type { Scope } from '../core/scope.js';
import type { Need, Template } from '../core/template.js';
import type { Value } from '../core/value.js';
import { didYouMean } from '../core/words.js';
import { findVariable, undefinedVariable, walk } from './paths.js';
import type { Shapes } from './register-shapes.js';

/** What is known of a name: its value; that it will have one; nothing; or why its value cannot be had. */
type Standing =
  | { readonly kind: 'static' | 'dynamic' | 'missing' }
  | { readonly kind: 'bad'; readonly problems: readonly Diagnostic[] };

/** What a check of a template found: its value when everything it needs is known, or problems. */
export type Checked<T> =
  | { readonly kind: 'value'; readonly value: T }
  | { readonly kind: 'later' }
  | { readonly kind: 'problems'; readonly problems: readonly Diagnostic[] };

/** Names that only a run can fill. */
const filledByRun: ReadonlySet<string> = new Set(['run', 'reachable']);

/** What may be known of other hosts than their inventory: what tasks before this one registered or set anywhere. */
export interface Everyone {
  readonly inventory: Inventory;
  readonly results: ReadonlySet<string>;
}

/** The words of one host at one task. */
export class HostWords {
  readonly #scope: Scope;
  readonly #later: ReadonlySet<string>;
  readonly #everyone: Everyone;
  readonly #shapes: Shapes;
  readonly #standings = new Map<string, Standing>();

  /** `later` are names whose values come with the run: registers, facts, items of loops. */
  constructor(scope: Scope, later: ReadonlySet<string>, everyone: Everyone, shapes: Shapes) {
    this.#scope = scope;
    this.#later = later;
    this.#everyone = everyone;
    this.#shapes = shapes;
  }

  /** Checks a template, and renders it when it can be. */
  check<T>(template: Template<T>): Checked<T> {
    return this.checkWith(template.needs, () => template.render(this.#scope));
  }

  /** Checks needs, and then makes what they are for when everything is known. */
  checkWith<T>(needs: readonly Need[], make: () => Result<T>): Checked<T> {
    const problems = needs.flatMap((need) => this.#needProblems(need));
    if (problems.length > 0) return { kind: 'problems', problems };
    if (needs.some((need) => this.#standing(need.path[0] ?? '', []).kind === 'dynamic')) return { kind: 'later' };
    const made = make();
    return made.ok ? { kind: 'value', value: made.value } : { kind: 'problems', problems: made.problems };
  }

  #needProblems(need: Need): readonly Diagnostic[] {
    const [root = '', ...keys] = need.path;
    if (root === 'hostvars') return this.#hostvarsProblems(need);
    const standing = this.#standing(root, []);
    if (standing.kind === 'bad') return standing.problems;
    if (standing.kind === 'missing') return need.optional ? [] : [this.#undefined(need, root)];
    if (standing.kind === 'dynamic' && this.#isRegister(root)) return this.#shapes.problems(need);
    if (standing.kind === 'dynamic' || need.optional) return [];
    const found = findVariable(this.#scope, root, need.span);
    const walked = found.kind === 'found' ? walk(found.value, keys, root, need.span) : found;
    if (walked.kind === 'found') return [];
    return walked.kind === 'missing' ? [walked.problem] : walked.problems;
  }

  /** True when the name is what a task said, and nothing of the same name that a variable says. */
  #isRegister(name: string): boolean {
    const [strongest] = this.#scope.definitions(name);
    return this.#later.has(name) && strongest?.layer !== 'cli' && strongest?.layer !== 'task';
  }

  #undefined(need: Need, name: string): Diagnostic {
    return undefinedVariable(name, need.span, [...this.#later, ...this.#scope.names()]);
  }

  /** `hostvars.HOST.NAME`, as far as it is written out. */
  #hostvarsProblems(need: Need): readonly Diagnostic[] {
    const [, name, variable] = need.path;
    const { inventory, results } = this.#everyone;
    if (name === undefined || need.optional) return [];
    const host = inventory.hosts.get(name);
    if (host === undefined) {
      const hint = didYouMean(name, inventory.hosts.keys());
      return [error('variable/no-such-key', `\`hostvars\` has no host \`${name}\``, need.span, { hint })];
    }
    if (variable === undefined || results.has(variable) || filledByRun.has(variable)) return [];
    const scope = inventory.scopeOf(host);
    if (scope.has(variable)) return circlesOf(scope.get(variable));
    const hint = didYouMean(variable, [...results, ...scope.names()]);
    return [error('variable/no-such-key', `host \`${name}\` has no variable \`${variable}\``, need.span, { hint })];
  }

  #standing(name: string, trail: readonly string[]): Standing {
    const known = this.#standings.get(name);
    if (known !== undefined) return known;
    const standing = this.#find(name, trail);
    this.#standings.set(name, standing);
    return standing;
  }

  #find(name: string, trail: readonly string[]): Standing {
    const [definition] = this.#scope.definitions(name);
    if (filledByRun.has(name) || name === 'hostvars') return { kind: 'dynamic' };
    if (this.#later.has(name) && definition?.layer !== 'cli') return { kind: 'dynamic' };
    if (definition === undefined) return { kind: this.#scope.has(name) ? 'static' : 'missing' };
    if (definition.value.kind === 'data') return { kind: 'static' };
    if (trail.length > longestChain) return { kind: 'bad', problems: [tooLong(definition)] };
    const { needs } = definition.value.template;
    const around = [...trail, name];
    const below = needs.map((need) => this.#below(need, around));
    const problems = below.flatMap((each) => (each.kind === 'bad' ? each.problems : []));
    if (problems.length > 0) return { kind: 'bad', problems };
    if (below.some((each) => each.kind === 'dynamic')) return { kind: 'dynamic' };
    // The look-up from outside finds circles, and everything that only rendering can.
    if (trail.length > 0) return { kind: 'static' };
    const value = this.#scope.get(name);
    return value === undefined || value.ok ? { kind: 'static' } : { kind: 'bad', problems: value.problems };
  }

  #below(need: Need, trail: readonly string[]): Standing {
    const [root = ''] = need.path;
    if (root === 'hostvars') {
      const problems = this.#hostvarsProblems(need);
      return problems.length > 0 ? { kind: 'bad', problems } : { kind: 'dynamic' };
    }
    if (trail.includes(root)) return { kind: 'static' };
    const standing = this.#standing(root, trail);
    if (standing.kind !== 'missing') return standing;
    return need.optional ? { kind: 'static' } : { kind: 'bad', problems: [this.#undefined(need, root)] };
  }
}

/** What another host says may need the run, so that it cannot be had yet; but a circle never can. */
function circlesOf(value: Result<Value> | undefined): readonly Diagnostic[] {
  if (value === undefined || value.ok) return [];
  return value.problems.filter(
    ({ code, message }) => code === 'variable/cycle' || message.endsWith('refers to itself'),
  );
}
