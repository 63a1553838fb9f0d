// Walks the steps of a play as a run would, host by host, and checks the words of each task with what is known there.
import { error } from '../core/diagnostic.js';
import type { Diagnostic } from '../core/diagnostic.js';
import type { Host, Inventory } from '../core/inventory.js';
import type { Block, Loop, Param, Play, Step, Task } from '../core/playbook.js';
import type { Scope } from '../core/scope.js';
import { data } from '../core/scope.js';
import { anyShape } from '../core/shape.js';
import type { Shape } from '../core/shape.js';
import { tasksOf } from '../core/steps.js';
import { anyItem } from '../core/template.js';
import type { Need, Template } from '../core/template.js';
import { kindOf } from '../core/value.js';
import type { Value } from '../core/value.js';
import { didYouMean } from '../core/words.js';
import { HostWords } from './host-words.js';
import type { Checked, Here } from './host-words.js';
import type { NearWords } from './near-words.js';
import type { ProblemsByHost } from './problems-by-host.js';
import { aliasOf } from './register-shapes.js';
import type { Shapes } from './register-shapes.js';

/** What the check of a play is given; `results` are the registers and facts of each host, which grow. */
export interface PlayInput {
  readonly play: Play;
  readonly directory: string;
  readonly hosts: readonly Host[];
  readonly inventory: Inventory;
  readonly results: Map<string, Set<string>>;
  /** What registers and facts may hold. */
  readonly shapes: Shapes;
  readonly params: readonly Param[];
  readonly near: NearWords;
  readonly problems: ProblemsByHost;
}

/** Items of a long loop are alike; these many are checked. */
const maxItems = 100;

/** The check of one play. */
export class PlayWords {
  readonly #input: PlayInput;
  readonly #scopes: ReadonlyMap<string, Scope>;
  readonly #idle = new Map<string, Set<string>>();

  constructor(input: PlayInput) {
    this.#input = input;
    const names = input.hosts.map((host) => host.name);
    this.#scopes = new Map(
      input.hosts.map((host) => {
        const scope = input.inventory.scopeOf(host).with('play', input.play.definitions);
        const builtins = { play_hosts: () => names, playbook_dir: () => input.directory };
        return [host.name, scope.withBuiltins(builtins)];
      }),
    );
  }

  /** Checks all steps, then the handlers, which run after them. */
  check(): void {
    this.#steps(this.#input.play.steps, new Set());
    this.#steps(this.#input.play.handlers, new Set());
  }

  #steps(steps: readonly Step[], items: ReadonlySet<string>): void {
    for (const step of steps) {
      if (step.kind === 'task') this.#task(step, items);
      else {
        const inside = step.loop === undefined ? items : new Set([...items, ...namesOf(step.loop)]);
        if (step.loop !== undefined) this.#blockLoop(step, step.loop, items);
        this.#steps([...step.steps, ...step.rescue, ...step.always], inside);
      }
    }
  }

  #blockLoop(block: Block, loop: Loop, items: ReadonlySet<string>): void {
    // In its second turn a task sees what those after it have left in the first.
    for (const task of tasksOf([block])) this.#remember(task, items);
    for (const host of this.#input.hosts) {
      const checked = this.#words(host, this.#scopeOf(host), items).check(loop.items);
      this.#add(host, problemsIn(checked));
    }
  }

  #task(task: Task, items: ReadonlySet<string>): void {
    for (const host of this.#input.hosts) {
      const scope = this.#scopeOf(host).with('task', task.definitions);
      const wordsOf: WordsOf = (inside, later, here) => this.#words(host, inside, new Set([...items, ...later]), here);
      const idle = this.#idleOf(host);
      const words = new TaskWords(task, scope, wordsOf, this.#input, idle);
      this.#add(host, words.check());
      // A fact may be made of what is known, and a register of a task that was left out tells that it was.
      for (const name of task.facts) idle.add(name);
      if (task.register !== undefined && words.isIdle) idle.add(task.register);
    }
    this.#remember(task, items);
    const names = [...task.facts, ...(task.register === undefined ? [] : [task.register])];
    for (const host of this.#input.hosts) for (const name of names) this.#resultsOf(host).add(name);
  }

  #remember(task: Task, items: ReadonlySet<string>): void {
    const [host] = this.#input.hosts;
    const words = host === undefined ? undefined : this.#words(host, this.#scopeOf(host), items);
    this.#input.shapes.remember(task, (path) => words?.shapes.laterAt(path) ?? anyShape);
  }

  #scopeOf(host: Host): Scope {
    return this.#scopes.get(host.name) ?? this.#input.inventory.scopeOf(host);
  }

  #resultsOf(host: Host): Set<string> {
    const results = this.#input.results.get(host.name) ?? new Set();
    this.#input.results.set(host.name, results);
    return results;
  }

  #idleOf(host: Host): Set<string> {
    const idle = this.#idle.get(host.name) ?? new Set();
    this.#idle.set(host.name, idle);
    return idle;
  }

  #words(host: Host, scope: Scope, later: ReadonlySet<string>, here?: Here): HostWords {
    const results = new Set([...this.#input.results.values()].flatMap((names) => [...names]));
    return new HostWords(scope, new Set([...this.#resultsOf(host), ...later]), { ...this.#input, results }, here);
  }

  #add(host: Host, problems: readonly Diagnostic[]): void {
    this.#input.problems.add(host.name, this.#input.hosts.length, problems);
  }
}

type WordsOf = (scope: Scope, later: readonly string[], here?: Here) => HostWords;

/** The check of one task on one host. */
class TaskWords {
  readonly #problems: Diagnostic[] = [];
  readonly #task: Task;
  readonly #scope: Scope;
  readonly #wordsOf: WordsOf;
  readonly #inventory: Inventory;
  /** Facts, and registers of tasks that were left out on this host: they may rest on what is known. */
  readonly #restOnKnown: ReadonlySet<string>;
  #idle = true;

  constructor(task: Task, scope: Scope, wordsOf: WordsOf, { inventory }: PlayInput, idle: ReadonlySet<string>) {
    this.#restOnKnown = idle;
    this.#task = task;
    this.#scope = scope;
    this.#wordsOf = wordsOf;
    this.#inventory = inventory;
  }

  check(): readonly Diagnostic[] {
    const { loop } = this.#task;
    if (loop === undefined) this.#turn(this.#scope, []);
    else this.#loop(loop);
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
    // What the run decides by what is known here may be decided so that it never comes to a wrong argument.
    if (bound.kind === 'problems' || (bound.kind === 'value' && goesOn === 'always') || goesOn === 'unsure') return;
    this.#problems.push(...this.#task.check(scope, (need) => words.isKnown(need)));
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

function problemsIn(checked: Checked<unknown>): readonly Diagnostic[] {
  return checked.kind === 'problems' ? checked.problems : [];
}

function namesOf(loop: Loop): readonly string[] {
  return [loop.itemName, ...(loop.indexName === undefined ? [] : [loop.indexName])];
}

/** What an item of a loop may be, when the list is a register's. */
function itemShapes({ items, itemName }: Loop, words: HostWords): Here {
  const alias = aliasOf(items);
  return alias === undefined ? new Map() : new Map([[itemName, words.shapes.laterAt([...alias.path, anyItem])]]);
}
