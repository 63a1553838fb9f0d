// What a register or a fact holds is known before the run where its module says so: then a misspelt key is found now, and
// not in the middle of a failover.
import type { TObject } from '@sinclair/typebox';
import type { Task } from '../core/playbook.js';
import { anyShape, eitherOf } from '../core/shape.js';
import type { Shape } from '../core/shape.js';
import type { Need, Path, Template } from '../core/template.js';
import type { Value } from '../core/value.js';
import { shapeOfSchema, shapeOfValue } from './shapes.js';

const flag: Shape = { kind: 'scalar', type: 'boolean' };
const words: Shape = { kind: 'scalar', type: 'string' };

/** What the engine puts into every register. */
const always: readonly (readonly [string, Shape])[] = [
  ['changed', flag],
  ['failed', flag],
  ['skipped', flag],
  ['skip_reason', words],
  ['msg', words],
  ['unknown', flag],
];

/** What a failure tells, whatever module it is of; a test compares the list with the code. */
export const failureKeys: readonly string[] = [
  'rc signal stdout stderr timedOut ended over reason cmd output journal pids',
  'code sqlstate detail hint position where constraint statement found expected transaction blockers would_leave',
  'status answered step page_title page_url screenshot differences',
  'bytes source source_rc source_ended source_stderr sink sink_rc sink_ended sink_stderr',
  'known keyType fingerprint fingerprint_sha256 subject issuer valid_from valid_to',
].flatMap((each) => each.split(' '));

/** The register of one task or of one item: what its module says, and what the engine adds; nothing where nobody says. */
export function registerShape(state: TObject | undefined): Shape | undefined {
  if (state === undefined) return undefined;
  const shape = shapes.get(state) ?? makeShape(state);
  shapes.set(state, shape);
  return shape;
}

/** One for each module, however many tasks there are. */
const shapes = new WeakMap<TObject, Shape>();

function makeShape(state: TObject): Shape {
  const own = Object.entries(state.properties).map(([key, each]) => [key, shapeOfSchema(each)] as const);
  const fields = new Map<string, Shape>([...own, ...always]);
  const { additionalProperties: more } = state;
  // A failure says these in its own way.
  for (const key of failureKeys) fields.set(key, anyShape);
  return more === undefined || more === false
    ? { kind: 'map', fields }
    : { kind: 'map', fields, rest: shapeOfSchema(more) };
}

function loopShape(item: Shape | undefined): Shape {
  const results: Shape = { kind: 'list', items: item?.kind === 'map' ? withItem(item) : anyShape };
  const failure = failureKeys.map((key) => [key, anyShape] as const);
  return { kind: 'map', fields: new Map([['results', results], ...always, ...failure]) };
}

function withItem(shape: Shape & { readonly kind: 'map' }): Shape {
  return { ...shape, fields: new Map([...shape.fields, ['item', anyShape]]) };
}

/** The shapes of the registers and facts that tasks filled so far, on any host. */
export class Shapes {
  readonly #shapes = new Map<string, Shape>();
  readonly #seen = new Set<Task>();

  /** Remembers what a task leaves behind; `shapeAt` tells what stands at a path where the task runs. */
  remember(task: Task, shapeAt: (path: Path) => Shape): void {
    if (this.#seen.has(task)) return;
    this.#seen.add(task);
    const { register, registers, loop } = task;
    if (register !== undefined)
      this.#add(register, loop === undefined ? (registers ?? anyShape) : loopShape(registers));
    for (const name of task.facts) {
      const value = task.factValues.get(name);
      this.#add(name, value === undefined ? anyShape : factShape(value, shapeAt));
    }
  }

  /** What a name may hold; nothing for a name that no task has filled. */
  get(name: string): Shape | undefined {
    return this.#shapes.get(name);
  }

  #add(name: string, shape: Shape): void {
    const before = this.#shapes.get(name);
    this.#shapes.set(name, before === undefined ? shape : eitherOf([before, shape]));
  }
}

function factShape(value: Template<Value>, shapeAt: (path: Path) => Shape): Shape {
  if (value.needs.length > 0) {
    const alias = aliasOf(value);
    return alias === undefined ? anyShape : shapeAt(alias.path);
  }
  const rendered = value.render({ get: () => undefined, names: () => [] });
  return rendered.ok ? shapeOfValue(rendered.value) : anyShape;
}

/** What a template stands for, when it is nothing but `{{ path }}`, or the variable of some host. */
export function aliasOf({ text, needs }: Template<unknown>): Need | undefined {
  const path = /^\{\{\s*([A-Za-z_][\w.]*)\s*\}\}$/.exec(text)?.[1];
  if (path !== undefined) return needs.find((need) => need.path.join('.') === path);
  const ofHost = /^\{\{\s*lookup \(lookup hostvars [^()]+\) (["'])(\w+)\1\s*\}\}$/.exec(text)?.[2];
  return ofHost === undefined
    ? undefined
    : needs.find(({ path: [root, , name] }) => root === 'hostvars' && name === ofHost);
}
