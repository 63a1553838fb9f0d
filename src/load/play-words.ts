// Walks the steps of a play as a run would, host by host, and checks the words of each task with what is known there.
import type { Diagnostic } from '../core/diagnostic.js';
import type { Host, Inventory } from '../core/inventory.js';
import type { Block, Loop, Param, Play, Step, Task } from '../core/playbook.js';
import { Scope } from '../core/scope.js';
import { anyShape } from '../core/shape.js';
import { tasksOf } from '../core/steps.js';
import type { Value } from '../core/value.js';
import { HostWords } from './host-words.js';
import type { Here } from './host-words.js';
import type { NearWords } from './near-words.js';
import { Outcomes } from './outcomes.js';
import type { ProblemsByHost } from './problems-by-host.js';
import type { Shapes } from './register-shapes.js';
import { namesOf, problemsIn, TaskWords } from './task-words.js';
import type { WordsOf } from './task-words.js';

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

/** The check of one play. */
export class PlayWords {
  readonly #input: PlayInput;
  /** What the play itself says: the same to all of its hosts, and none of it is of the names that the inventory tells. */
  readonly #own: Scope;
  readonly #builtins: Readonly<Record<string, () => Value>>;
  /** Made when first asked for: of thousands of hosts that are told the same, one is looked at. */
  readonly #scopes = new Map<Host, Scope>();
  readonly #idle = new Map<string, Set<string>>();
  /** What was registered or set on any host, until more is. */
  #anywhere: ReadonlySet<string> | undefined;
  /** Names that every host of the play is told the same of, and those of which not. */
  readonly #saidAlike = new Map<string, boolean>();
  /** What was registered on each host, and what that may rest on, until either grows. */
  readonly #keys = new Map<Host, string>();
  #areKeysAlike: boolean | undefined;

  constructor(input: PlayInput) {
    this.#input = input;
    let names: readonly string[] | undefined;
    this.#builtins = {
      play_hosts: () => (names ??= input.hosts.map((host) => host.name)),
      playbook_dir: () => input.directory,
    };
    this.#own = Scope.empty.with('play', input.play.definitions).withBuiltins(this.#builtins);
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
    // By what was registered on a host before, and what it may rest on: all else that a check asks is said by the scope.
    const outcomes = new Map<string, Outcomes<TaskWords>>();
    const [first] = this.#input.hosts;
    const ofFirst = first === undefined ? undefined : this.#outcome(first, task, items, outcomes);
    const ofAll = this.#isForAll(outcomes) ? ofFirst : undefined;
    const isQuiet = ofAll?.problems.length === 0 && task.facts.length === 0 && task.register === undefined;
    for (const host of isQuiet ? [] : this.#input.hosts) {
      const words = ofAll ?? (host === first ? ofFirst : undefined) ?? this.#outcome(host, task, items, outcomes);
      if (words.problems.length > 0) this.#add(host, words.problems);
      // A fact may be made of what is known, and a register of a task that was left out tells that it was.
      for (const name of task.facts) this.#idleOf(host).add(name);
      if (task.register !== undefined && words.isIdle) this.#idleOf(host).add(task.register);
    }
    this.#remember(task, items);
    const names = [...task.facts, ...(task.register === undefined ? [] : [task.register])];
    for (const name of names) for (const host of this.#input.hosts) this.#resultsOf(host).add(name);
    if (names.length === 0) return;
    this.#anywhere = undefined;
    this.#keys.clear();
    this.#areKeysAlike = undefined;
  }

  #outcome(host: Host, task: Task, items: ReadonlySet<string>, outcomes: Map<string, Outcomes<TaskWords>>): TaskWords {
    const key = this.#keyOf(host);
    const ofAlike = outcomes.get(key) ?? new Outcomes<TaskWords>();
    outcomes.set(key, ofAlike);
    return ofAlike.of(this.#scopeOf(host), (watched) => this.#checked(host, watched, task, items));
  }

  /** True when what a task came to on the first host holds for all: nothing that it asked for differs anywhere. */
  #isForAll(outcomes: ReadonlyMap<string, Outcomes<TaskWords>>): boolean {
    const [entry] = outcomes;
    const [key, { asked }] = entry ?? ['', { asked: undefined }];
    if (asked?.every((name) => this.#isSaidAlike(name)) !== true) return false;
    this.#areKeysAlike ??= this.#input.hosts.every((each) => this.#keyOf(each) === key);
    return this.#areKeysAlike;
  }

  #isSaidAlike(name: string): boolean {
    const known = this.#saidAlike.get(name);
    if (known !== undefined) return known;
    const { hosts, inventory } = this.#input;
    const [first] = hosts;
    const identity = first && inventory.scopeOf(first).identityOf(name);
    const alike = this.#own.has(name) || hosts.every((host) => inventory.scopeOf(host).identityOf(name) === identity);
    this.#saidAlike.set(name, alike);
    return alike;
  }

  #keyOf(host: Host): string {
    const known = this.#keys.get(host);
    if (known !== undefined) return known;
    const [results, idle] = [this.#input.results.get(host.name), this.#idle.get(host.name)];
    if ((results?.size ?? 0) + (idle?.size ?? 0) === 0) return '';
    const key = `${namesKey(results)} ${namesKey(idle)}`;
    this.#keys.set(host, key);
    return key;
  }

  #checked(host: Host, variables: Scope, task: Task, items: ReadonlySet<string>): TaskWords {
    const scope = variables.with('task', task.definitions);
    const wordsOf: WordsOf = (inside, later, here) => this.#words(host, inside, new Set([...items, ...later]), here);
    const words = new TaskWords(task, scope, wordsOf, this.#input, this.#idleOf(host));
    words.check();
    return words;
  }

  #remember(task: Task, items: ReadonlySet<string>): void {
    const [host] = this.#input.hosts;
    const words = host === undefined ? undefined : this.#words(host, this.#scopeOf(host), items);
    this.#input.shapes.remember(task, (path) => words?.shapes.laterAt(path) ?? anyShape);
  }

  #scopeOf(host: Host): Scope {
    const known = this.#scopes.get(host);
    if (known !== undefined) return known;
    const { inventory, play } = this.#input;
    const scope = inventory.scopeOf(host).with('play', play.definitions).withBuiltins(this.#builtins);
    this.#scopes.set(host, scope);
    return scope;
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
    this.#anywhere ??= new Set([...this.#input.results.values()].flatMap((names) => [...names]));
    const everyone = { ...this.#input, results: this.#anywhere };
    return new HostWords(scope, new Set([...this.#resultsOf(host), ...later]), everyone, here);
  }

  #add(host: Host, problems: readonly Diagnostic[]): void {
    this.#input.problems.add(host.name, this.#input.hosts.length, problems);
  }
}

/** The same for sets with the same names. */
function namesKey(names: ReadonlySet<string> | undefined): string {
  return names === undefined ? '' : [...names].toSorted().join(',');
}
