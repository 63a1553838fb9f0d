// What one host can know of the values behind its names before the run: of what is said, what it is; of registers and
// facts, what their modules say of them.
import type { Diagnostic } from '../core/diagnostic.js';
import type { Inventory } from '../core/inventory.js';
import type { Param } from '../core/playbook.js';
import type { LayeredDefinition, Scope } from '../core/scope.js';
import { anyShape, eitherOf } from '../core/shape.js';
import type { Shape } from '../core/shape.js';
import { anyItem, anyKey } from '../core/template.js';
import type { Compared, Need, Path, PathOfItems } from '../core/template.js';
import { nearest } from '../core/words.js';
import { aliasOf } from './register-shapes.js';
import type { Shapes } from './register-shapes.js';
import { missingKey, neverProblem } from './shape-words.js';
import type { Walked } from './shape-words.js';
import { shapeOfValue, stepInto, valuesOf } from './shapes.js';

/** Names that only a run can fill, and what they hold. */
export const filledByRun: ReadonlyMap<string, Shape> = new Map<string, Shape>([
  [
    'run',
    {
      kind: 'map',
      fields: new Map<string, Shape>([
        ['id', { kind: 'scalar', type: 'string' }],
        ['check', { kind: 'scalar', type: 'boolean' }],
      ]),
    },
  ],
  [
    'reachable',
    eitherOf([
      { kind: 'scalar', type: 'string', values: ['ssh', 'db', 'none'] },
      { kind: 'scalar', type: 'null' },
    ]),
  ],
]);

/** What the shapes of a host are read from. */
export interface ShapeSources {
  readonly scope: Scope;
  /** Names whose values come with the run. */
  readonly later: ReadonlySet<string>;
  /** Of these, what is known here and nowhere else, such as the item of a loop. */
  readonly here: ReadonlyMap<string, Shape>;
  readonly inventory: Inventory;
  /** Names of registers and facts of any host. */
  readonly results: ReadonlySet<string>;
  readonly shapes: Shapes;
  readonly params: readonly Param[];
  /** True for a name whose value is known before the run. */
  isStatic(name: string): boolean;
}

/** More variables behind one another than these are not followed. */
const longestTrail = 8;

/** The shapes of one host at one task. */
export class HostShapes {
  readonly #sources: ShapeSources;
  readonly #roots = new Map<string, Shape>();
  #depth = 0;
  #allNames: ReadonlySet<string> | undefined;

  constructor(sources: ShapeSources) {
    this.#sources = sources;
  }

  /** What may stand at a path; anything where it is missing. */
  at(path: Path): Shape {
    const walked = this.#walk(path);
    return walked.kind === 'found' ? walked.shape : anyShape;
  }

  /** What may stand at a path that begins with a register, a fact or another host; anything for all others. */
  laterAt(path: Path): Shape {
    const [root = ''] = path;
    return root === 'hostvars' || this.isLater(root) ? this.at(path) : anyShape;
  }

  /** True when the name is what a task said, and nothing of the same name that is stronger. */
  isLater(name: string): boolean {
    const [strongest] = this.#sources.scope.definitions(name);
    return this.#sources.later.has(name) && strongest?.layer !== 'cli' && strongest?.layer !== 'task';
  }

  /** A path from a variable on; nothing when it may begin at an item of which nobody knows the keys. */
  resolve({ path, items }: PathOfItems): Path | undefined {
    const [name = ''] = path;
    for (const item of items) {
      const from = item === undefined ? undefined : this.resolve(item);
      const has = from === undefined ? 'maybe' : this.#has(from, name);
      if (has === 'maybe') return undefined;
      if (has === 'yes' && from !== undefined) return [...from, ...path];
    }
    return path;
  }

  /** The keys of an item, as far as they are known. */
  keysOf(item: PathOfItems): readonly string[] {
    const path = this.resolve(item);
    if (path === undefined) return [];
    if (isHost(path)) return [...this.#hostNames()];
    const stepped = stepInto(this.at(path), '\0');
    return stepped.kind === 'missing' ? stepped.keys : [];
  }

  #has(path: Path, key: string): 'yes' | 'no' | 'maybe' {
    if (isHost(path)) return this.#hostNames().has(key) ? 'yes' : 'no';
    return hasKey(this.at(path), key);
  }

  /** The problem of a key that can never be there, or of a comparison that can never hold. */
  problems({ path, span, against = [] }: Need): readonly Diagnostic[] {
    const walked = this.#walk(path);
    if (walked.kind === 'missing') return [missingKey(path, walked, span, this.#isRegister(path, walked.at))];
    return against.flatMap((each) => neverProblem(path, walked.shape, each));
  }

  /** A comparison of a param with what it may not be, whatever it is in this run. */
  paramProblems({ path, against = [] }: Need): readonly Diagnostic[] {
    const [name = '', ...keys] = path;
    if (keys.length > 0 || against.length === 0) return [];
    const param = this.#paramOf(name);
    if (param === undefined) return [];
    const shape = paramShape(param);
    const values = (valuesOf(shape) ?? []).map(String);
    // Tasks that several playbooks import may ask for what only another of them has; a slip they do not.
    const isMeant = ({ value, span }: Compared): boolean =>
      span.source.path !== param.span.source.path && nearest(String(value), values) === undefined;
    return against.flatMap((each) => (isMeant(each) ? [] : neverProblem(path, shape, each)));
  }

  #isRegister([root = '', , name = '']: Path, at: number): boolean {
    return root === 'hostvars'
      ? at === 3 && this.#sources.results.has(name)
      : at === 1 && this.isLater(root) && this.#sources.shapes.get(root) !== undefined;
  }

  #walk(path: Path): Walked {
    const [root = '', ...keys] = path;
    if (root === 'hostvars') return this.#walkHost(path);
    return walkShape(this.#root(root), keys, 1);
  }

  /** `hostvars.HOST.NAME...`; which host, is asked elsewhere. */
  #walkHost([, , name, ...keys]: Path): Walked {
    if (name === undefined || name === anyKey || name === anyItem) return { kind: 'found', shape: anyShape };
    const filled = filledByRun.get(name);
    if (filled !== undefined) return walkShape(filled, keys, 3);
    const { results, shapes } = this.#sources;
    const isSaid = [...this.#sources.inventory.hosts.values()].some((host) => this.#scopeOf(host.name).has(name));
    const shape = results.has(name) && !isSaid ? shapes.get(name) : undefined;
    return walkShape(shape ?? anyShape, keys, 3);
  }

  #scopeOf(name: string): Scope {
    const { inventory, scope } = this.#sources;
    const host = inventory.hosts.get(name);
    return host === undefined ? scope : inventory.scopeOf(host);
  }

  /** What any host may be asked for. */
  #hostNames(): ReadonlySet<string> {
    this.#allNames ??= this.#findHostNames();
    return this.#allNames;
  }

  #findHostNames(): ReadonlySet<string> {
    const { inventory, results } = this.#sources;
    const said = [...inventory.hosts.values()].flatMap((host) => [...inventory.scopeOf(host).names()]);
    return new Set([...said, ...results, ...filledByRun.keys(), 'hostvars']);
  }

  #root(name: string): Shape {
    const known = this.#roots.get(name);
    if (known !== undefined) return known;
    if (this.#depth > longestTrail) return anyShape;
    this.#depth += 1;
    const shape = this.#findRoot(name);
    this.#depth -= 1;
    this.#roots.set(name, shape);
    return shape;
  }

  #findRoot(name: string): Shape {
    const { here, scope, shapes } = this.#sources;
    const own = here.get(name);
    if (own !== undefined) return own;
    const filled = filledByRun.get(name);
    if (filled !== undefined) return filled;
    const [strongest] = scope.definitions(name);
    if (!this.isLater(name)) return this.#said(name, strongest);
    const shape = shapes.get(name) ?? anyShape;
    // A task that is left out leaves what the inventory says.
    return strongest === undefined ? shape : eitherOf([shape, this.#said(name, strongest)]);
  }

  #said(name: string, definition: LayeredDefinition | undefined): Shape {
    const { scope } = this.#sources;
    if (definition?.value.kind === 'template' && !this.#sources.isStatic(name)) {
      const alias = aliasOf(definition.value.template);
      return alias === undefined ? anyShape : this.at(alias.path);
    }
    if (definition?.value.kind === 'data') return shapeOfValue(definition.value.data);
    const value = scope.get(name);
    return value?.ok === true ? shapeOfValue(value.value) : anyShape;
  }

  /** The param whose value a name has here. */
  #paramOf(name: string): Param | undefined {
    const param = this.#sources.params.find((each) => each.name === name);
    const [strongest] = this.#sources.scope.definitions(name);
    const isParam = strongest?.layer === 'cli' || (strongest !== undefined && strongest.span === param?.default?.span);
    return isParam && !this.isLater(name) ? param : undefined;
  }
}

function paramShape({ type, enum: values }: Param): Shape {
  if (values !== undefined)
    return eitherOf(values.map((value) => ({ ...shapeOfValue(value), values: [value] }) as Shape));
  if (type === 'list' || type === 'map') return anyShape;
  if (type === 'host') return { kind: 'scalar', type: 'string' };
  return { kind: 'scalar', type: type === 'integer' ? 'number' : type };
}

/** True for the variables of one host. */
function isHost(path: Path): boolean {
  return path[0] === 'hostvars' && path.length === 2;
}

function walkShape(from: Shape, keys: Path, start: number): Walked {
  let shape = from;
  for (const [index, key] of keys.entries()) {
    const stepped = stepInto(shape, key);
    if (stepped.kind === 'missing') return { ...stepped, at: start + index };
    shape = stepped.shape;
  }
  return { kind: 'found', shape };
}

function hasKey(shape: Shape, key: string): 'yes' | 'no' | 'maybe' {
  if (shape.kind === 'any') return 'maybe';
  if (shape.kind === 'map' && !shape.fields.has(key)) return shape.rest === undefined ? 'no' : 'maybe';
  if (shape.kind === 'map') return 'yes';
  if (shape.kind !== 'either') return 'no';
  const each = shape.of.map((one) => hasKey(one, key));
  return each.every((one) => one === 'yes') ? 'yes' : each.every((one) => one === 'no') ? 'no' : 'maybe';
}
