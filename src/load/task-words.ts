// The check of one task on one host: its words in the order in which a run would ask them.
import { error } from '../core/diagnostic.js';
import type { Diagnostic } from '../core/diagnostic.js';
import type { Inventory } from '../core/inventory.js';
import type { Loop, Task } from '../core/playbook.js';
import { data } from '../core/scope.js';
import type { Scope } from '../core/scope.js';
import { anyShape } from '../core/shape.js';
import type { Shape } from '../core/shape.js';
import { anyItem } from '../core/template.js';
import type { Need, Template } from '../core/template.js';
import { kindOf } from '../core/value.js';
import type { Value } from '../core/value.js';
import { didYouMean } from '../core/words.js';
import type { Checked, Here, HostWords } from './host-words.js';
import { aliasOf } from './register-shapes.js';
import { namedByHost } from '../core/own-file.js';

/** Items of a long loop are alike; these many are checked. */
const maxItems = 100;

/** The words of the host with some variables, and with names whose values come later. */
export type WordsOf = (scope: Scope, later: readonly string[], here?: Here) => HostWords;

/** The check of one task on one host. */
export class TaskWords {
  readonly #problems: Diagnostic[] = [];
  readonly #task: Task;
  readonly #scope: Scope;
  readonly #wordsOf: WordsOf;
  readonly #inventory: Inventory;
  /** Facts, and registers of tasks that were left out on this host: they may rest on what is known. */
  readonly #restOnKnown: ReadonlySet<string>;
  #idle = true;

  constructor(
    task: Task,
    scope: Scope,
    wordsOf: WordsOf,
    { inventory }: { readonly inventory: Inventory },
    idle: ReadonlySet<string>,
  ) {
    this.#restOnKnown = idle;
    this.#task = task;
    this.#scope = scope;
    this.#wordsOf = wordsOf;
    this.#inventory = inventory;
  }

  check(): void {
    const { loop } = this.#task;
    if (loop === undefined) this.#turn(this.#scope, []);
    else this.#loop(loop);
  }

  get problems(): readonly Diagnostic[] {
    return this.#problems;
  }

  #loop(loop: Loop): void {
    const words = this.#wordsOf(this.#scope, []);
    const items = words.check(loop.items);
    this.#take(items);
    if (items.kind !== 'value') this.#turn(this.#scope, namesOf(loop), itemShapes(loop, words));
    else if (!Array.isArray(items.value)) {
      const message = `\`loop\` needs a list, and this is ${kindOf(items.value)}`;
      const hint = 'write a list, or the name of one';
      this.#problems.push(error('playbook/loop-not-a-list', message, loop.items.span, { hint }));
    } else {
      const list: readonly Value[] = items.value;
      for (const [index, item] of list.slice(0, maxItems).entries()) {
        const definitions = [data(loop.itemName, item, 'loop')];
        if (loop.indexName !== undefined) definitions.push(data(loop.indexName, index, 'loop'));
        this.#turn(this.#scope.with('task', definitions), []);
      }
    }
  }

  /** One turn of the task; `later` are names whose values only the run will tell. */
  #turn(scope: Scope, later: readonly string[], here: Here = new Map()): void {
    const words = this.#wordsOf(scope, later, here);
    this.#take(words.check(this.#task.name));
    const goesOn = this.#when(words);
    this.#idle &&= goesOn === 'never';
    if (goesOn === 'never') {
      const needs = [...this.#templates(), ...this.#task.when].flatMap((each) => each.needs);
      this.#problems.push(...words.slips([...needs, ...this.#task.needs]));
      return;
    }
    for (const template of this.#templates()) this.#take(words.check(template));
    if (this.#task.delegateTo !== undefined) this.#delegate(words.check(this.#task.delegateTo), this.#task.delegateTo);
    this.#afterwards(scope, later, here);
    const bound = words.checkWith<unknown>(this.#task.needs, () =>
      goesOn === 'always' ? this.#task.bind(scope) : { ok: true, value: undefined },
    );
    this.#take(bound);
    if (this.#task.keepsHere) this.#refuseNames(words);
    // What the run decides by what is known here may be decided so that it never comes to a wrong argument.
    if (bound.kind === 'problems' || (bound.kind === 'value' && goesOn === 'always') || goesOn === 'unsure') return;
    this.#problems.push(...this.#task.check(scope, (need) => words.isKnown(need)));
  }

  /** What only the run will tell cannot name a file of this machine. */
  #refuseNames(words: HostWords): void {
    const { needs, loop, module } = this.#task;
    const items = new Set(loop === undefined ? [] : namesOf(loop));
    const ofItems = needs.some(({ path: [root = ''] }) => items.has(root)) ? (loop?.items.needs ?? []) : [];
    const asked = [...needs.filter(({ path: [root = ''] }) => !items.has(root)), ...ofItems];
    const said = asked.find((need) => words.comesFromRun(need));
    if (said !== undefined) this.#problems.push(namedByHost(said, module, said.span));
  }

  /** True when the task runs on this host in no turn. */
  get isIdle(): boolean {
    return this.#idle;
  }

  /** Conditions in order, as a run asks them: after one that is false, nothing else of the task is looked at. */
  #when(words: HostWords): 'always' | 'perhaps' | 'unsure' | 'never' {
    let goesOn: 'always' | 'perhaps' | 'unsure' = 'always';
    for (const condition of this.#task.when) {
      const checked = words.check(condition);
      this.#take(checked);
      if (checked.kind === 'value') {
        if (!checked.value) return 'never';
        continue;
      }
      const rest = words.openParts(condition);
      if (rest === 'never') return 'never';
      const restsOnKnown = rest.some((part) =>
        part.needs.some((need) => words.isKnown(need) || this.#mayRestOnKnown(need)),
      );
      if (restsOnKnown) goesOn = 'unsure';
      else if (goesOn === 'always') goesOn = 'perhaps';
    }
    return goesOn;
  }

  #mayRestOnKnown({ path: [root = ''] }: Need): boolean {
    return root === 'hostvars' || this.#restOnKnown.has(root);
  }

  #templates(): readonly Template<unknown>[] {
    const { loop, become, environment, notify } = this.#task;
    const maybe: readonly (Template<unknown> | undefined)[] = [loop?.label, become.enabled, become.user];
    return [...maybe.flatMap((each) => each ?? []), ...environment, ...notify];
  }

  /** What is asked after the task has run, when its register is there. */
  #afterwards(scope: Scope, later: readonly string[], here: Here): void {
    const { until, changedWhen, failedWhen, register, registers = anyShape } = this.#task;
    const conditions = [...until, ...changedWhen, ...failedWhen];
    if (conditions.length === 0) return;
    const own: readonly (readonly [string, Shape])[] = register === undefined ? [] : [[register, registers]];
    const words = this.#wordsOf(scope, [...later, ...own.map(([name]) => name)], new Map([...here, ...own]));
    for (const condition of conditions) this.#take(words.check(condition));
  }

  #delegate(checked: Checked<string>, template: Template<string>): void {
    this.#take(checked);
    if (checked.kind !== 'value' || this.#inventory.hosts.has(checked.value)) return;
    const hint = didYouMean(checked.value, this.#inventory.hosts.keys());
    const message = `\`delegate_to\` names no host of the inventory: \`${checked.value}\``;
    this.#problems.push(error('inventory/unknown-host', message, template.span, { hint }));
  }

  #take(checked: Checked<unknown>): void {
    this.#problems.push(...problemsIn(checked));
  }
}

/** The problems that a check found. */
export function problemsIn(checked: Checked<unknown>): readonly Diagnostic[] {
  return checked.kind === 'problems' ? checked.problems : [];
}

/** The names that a loop gives to its item and its index. */
export function namesOf(loop: Loop): readonly string[] {
  return [loop.itemName, ...(loop.indexName === undefined ? [] : [loop.indexName])];
}

/** What an item of a loop may be, when the list is a register's. */
function itemShapes({ items, itemName }: Loop, words: HostWords): Here {
  const alias = aliasOf(items);
  return alias === undefined ? new Map() : new Map([[itemName, words.shapes.laterAt([...alias.path, anyItem])]]);
}
