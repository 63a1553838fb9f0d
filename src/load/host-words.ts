// What one host knows at one task before anything runs: which names have a value already, which will have one,
// and which nobody ever says.
import { distance } from 'fastest-levenshtein';
import { error } from '../core/diagnostic.js';
import type { Diagnostic } from '../core/diagnostic.js';
import type { Inventory } from '../core/inventory.js';
import type { Condition, Param } from '../core/playbook.js';
import type { Result } from '../core/result.js';
import { longestChain, tooLong } from '../core/scope.js';
import type { Definition, Scope } from '../core/scope.js';
import type { Shape } from '../core/shape.js';
import { anyItem, anyKey } from '../core/template.js';
import type { Need, PathOfItems, Template } from '../core/template.js';
import { didYouMean } from '../core/words.js';
import { filledByRun, HostShapes } from './host-shapes.js';
import type { NearWords } from './near-words.js';
import { findVariable, problemsOf, undefinedVariable, UnresolvedVariable, walk } from './paths.js';
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

/** What all hosts share: the inventory, what tasks before this one registered or set anywhere, and what that may be. */
export interface Everyone {
  readonly inventory: Inventory;
  readonly results: ReadonlySet<string>;
  readonly shapes: Shapes;
  readonly params: readonly Param[];
  readonly near: NearWords;
}

/** What is known here and nowhere else: what an item of a loop, or a register while its task goes on, may be. */
export type Here = ReadonlyMap<string, Shape>;

const nothing: Here = new Map();

/** The words of one host at one task. */
export class HostWords {
  readonly shapes: HostShapes;
  readonly #scope: Scope;
  readonly #later: ReadonlySet<string>;
  readonly #everyone: Everyone;
  readonly #standings = new Map<string, Standing>();
  /** Variables of other hosts that this was made to answer for, so that two hosts that ask each other come to an end. */
  readonly #asked: readonly string[];

  /** `later` are names whose values come with the run: registers, facts, items of loops. */
  constructor(
    scope: Scope,
    later: ReadonlySet<string>,
    everyone: Everyone,
    here: Here = nothing,
    asked: readonly string[] = [],
  ) {
    this.#asked = asked;
    this.#scope = scope;
    this.#later = later;
    this.#everyone = everyone;
    const isStatic = (name: string): boolean => this.#standing(name, []).kind === 'static';
    this.shapes = new HostShapes({ ...everyone, scope, later, here, isStatic });
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

  /** The parts of a condition that only the run can judge, or that it never holds because one of them is known not to. */
  openParts(condition: Condition): readonly Condition[] | 'never' {
    const parts = condition.parts?.() ?? [];
    const checked = (parts.length === 0 ? [condition] : parts).map((part) => [part, this.check(part)] as const);
    if (checked.some(([, each]) => each.kind === 'value' && !each.value)) return 'never';
    return checked.flatMap(([part, each]) => (each.kind === 'value' ? [] : [part]));
  }

  /** True when all that a need asks for is known before the run. */
  isKnown({ path: [root = ''] }: Need): boolean {
    const { kind } = this.#standing(root, []);
    return kind === 'static' || kind === 'missing';
  }

  #needProblems(need: Need): readonly Diagnostic[] {
    return need.items === undefined ? this.#nameProblems(need) : this.#itemProblems(need, need.items);
  }

  /** A name that items are asked for before variables are. */
  #itemProblems(need: Need, items: readonly (PathOfItems | undefined)[]): readonly Diagnostic[] {
    const [name = ''] = need.path;
    const path = this.shapes.resolve({ path: need.path, items });
    const standing = this.#standing(name, []);
    const isMissing = standing.kind === 'missing';
    // A variable that no host can resolve is none of another either.
    if (path?.[0] === 'hostvars' && standing.kind === 'bad') return standing.problems;
    if (path === undefined) return isMissing ? this.#slip(need) : [];
    if (path.length > need.path.length || !isMissing)
      return this.#nameProblems({ ...plain(need), path, optional: true });
    if (need.lenient === true) return this.#slip(need);
    const keys = items.flatMap((item) => (item === undefined ? [] : this.shapes.keysOf(item)));
    return [this.#undefined(need, name, keys)];
  }

  #nameProblems(need: Need): readonly Diagnostic[] {
    const [root = ''] = need.path;
    if (root === 'hostvars') return this.#hostvarsProblems(need);
    const standing = this.#standing(root, []);
    if (standing.kind === 'bad') return standing.problems;
    if (standing.kind === 'missing') return need.optional ? this.#slip(need) : [this.#undefined(need, root)];
    if (standing.kind === 'dynamic') return this.shapes.problems(need);
    if (need.optional) return [];
    if (need.path.some(isMany)) return this.shapes.problems(need);
    const walked = this.#walked(need);
    return walked.kind === 'bad' ? walked.problems : this.shapes.paramProblems(need);
  }

  /** The keys behind a name whose value is known. */
  #walked({ path: [root = '', ...keys], span }: Need): Standing {
    const found = findVariable(this.#scope, root, span);
    const walked = found.kind === 'found' ? walk(found.value, keys, root, span) : found;
    if (walked.kind === 'found') return { kind: 'static' };
    return { kind: 'bad', problems: walked.kind === 'missing' ? [walked.problem] : walked.problems };
  }

  #undefined(need: Need, name: string, keys: readonly string[] = []): Diagnostic {
    return this.#everyone.near.undefined(need, name, () => [...keys, ...this.#later, ...this.#scope.names()]);
  }

  /** Names that nobody says and that are a slip away from one that somebody does, in templates that may never be rendered. */
  slips(needs: readonly Need[]): readonly Diagnostic[] {
    return needs.flatMap((need) => (this.#standing(need.path[0] ?? '', []).kind === 'missing' ? this.#slip(need) : []));
  }

  /** A name that may be missing, and is: on purpose, unless it is nearly that of something. */
  #slip(need: Need): readonly Diagnostic[] {
    const [name = ''] = need.path;
    if (!this.#everyone.near.spend()) return [];
    const words = ['this', 'else', 'item', 'true', 'false'];
    const names = [...this.#later, ...this.#scope.names()];
    // A key of an item may well differ from a variable by its plural; a long word differs by a slip.
    const long = names.filter((each) => each.length > 6 && `${each}s` !== name && `${name}s` !== each);
    const known = [...words, ...(need.ofItem === true ? long : names)];
    const isOwn = (each: string): boolean => this.#scope.definitions(each)[0]?.layer === 'task';
    return known.some((each) => isSlip(name, each) || (distance(name, each) === 1 && isOwn(each)))
      ? [undefinedVariable(name, need.span, known)]
      : [];
  }

  /** `hostvars.HOST.NAME`, as far as it is written out. */
  #hostvarsProblems(need: Need): readonly Diagnostic[] {
    const [, name, variable] = need.path;
    const { inventory, results } = this.#everyone;
    if (name === undefined || name === anyItem) return [];
    if (need.optional) return results.has(variable ?? '') ? this.shapes.problems(need) : [];
    if (name === anyKey) return this.#anyHostProblems(need);
    const host = inventory.hosts.get(name);
    if (host === undefined) {
      const hint = didYouMean(name, inventory.hosts.keys());
      return [error('variable/no-such-key', `\`hostvars\` has no host \`${name}\``, need.span, { hint })];
    }
    if (variable === undefined) return [];
    if (results.has(variable) || filledByRun.has(variable)) return this.shapes.problems(need);
    const scope = inventory.scopeOf(host);
    if (scope.has(variable)) return this.#unresolved(`hostvars.${name}.${variable}`, scope, need);
    const hint = didYouMean(variable, [...results, ...scope.names()]);
    return [error('variable/no-such-key', `host \`${name}\` has no variable \`${variable}\``, need.span, { hint })];
  }

  /** A variable of a host that only the run names: some host must have it. */
  #anyHostProblems(need: Need): readonly Diagnostic[] {
    const [, , variable] = need.path;
    const { inventory, results } = this.#everyone;
    if (variable === undefined) return [];
    if (results.has(variable) || filledByRun.has(variable)) return this.shapes.problems(need);
    const names = new Set([...inventory.hosts.values()].flatMap((host) => [...inventory.scopeOf(host).names()]));
    if (names.has(variable)) return [];
    const hint =
      didYouMean(variable, [...results, ...filledByRun.keys(), ...names]) ?? 'register it, or say it in the inventory';
    return [error('variable/no-such-key', `no host has a variable \`${variable}\``, need.span, { hint })];
  }

  /** A variable of another host that can never have a value is a problem of whoever asks for it. */
  #unresolved(path: string, scope: Scope, { path: [, , variable = ''], span }: Need): readonly Diagnostic[] {
    const circle = this.#asked.indexOf(path);
    if (circle !== -1) {
      const hint = `the circle is ${[...this.#asked.slice(circle), path].map((each) => `\`${each}\``).join(' -> ')}`;
      const said = scope.definitions(variable)[0]?.span;
      return [error('variable/cycle', `variable \`${variable}\` refers to itself`, said, { hint })];
    }
    const { results } = this.#everyone;
    const there = new HostWords(scope, results, this.#everyone, nothing, [...this.#asked, path]);
    const standing = there.#standing(variable, []);
    return standing.kind === 'bad' ? problemsOf(new UnresolvedVariable(variable, standing.problems), path, span) : [];
  }

  /** True when a task sets or registers what stands at a path, or some of what that is made of. */
  comesFromRun({ path: [name = ''] }: Need, seen = new Set<string>()): boolean {
    if (name === 'hostvars') return true;
    if (seen.has(name)) return false;
    seen.add(name);
    const [definition] = this.#scope.definitions(name);
    if (this.#everyone.results.has(name) && definition?.layer !== 'cli') return true;
    return definition !== undefined && this.#anyFromRun(definition, seen);
  }

  #anyFromRun({ value }: Definition, seen: Set<string>): boolean {
    return value.kind === 'template' && value.template.needs.some((need) => this.comesFromRun(need, seen));
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
    if (
      standing.kind === 'static' &&
      !need.optional &&
      need.path.length > 1 &&
      !need.path.some(isMany) &&
      trail.length < 2
    )
      return this.#walked(need);
    if (standing.kind !== 'missing') return standing;
    return need.optional ? { kind: 'static' } : { kind: 'bad', problems: [this.#undefined(need, root)] };
  }
}

/** Names of some length that differ by one letter: left out, put in, or another one. */
function isSlip(name: string, known: string): boolean {
  return name.length > 2 && known.length > 3 && distance(name, known) === 1;
}

/** True for a key of a path that stands for many. */
function isMany(key: string): boolean {
  return key === anyKey || key === anyItem;
}

/** A need without what is said of items. */
function plain({ path, span, against }: Need): Omit<Need, 'optional'> {
  return { path, span, ...(against === undefined ? {} : { against }) };
}
