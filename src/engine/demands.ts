// What the tasks of a run will demand of the world, told before the first of them: the plays are walked as they will run,
// and whoever takes part for certain, with arguments that are known, says what it needs.
import type { Block, Play, Playbook, Step, Task } from '../core/playbook.js';
import type { BoundModule } from '../core/module.js';
import type { Brings, Needs } from '../core/needs.js';
import type { Scope } from '../core/scope.js';
import type { FullManner } from './manner.js';
import { mannerOf } from './manner.js';
import { Brought } from './brought.js';
import type { HostState, RunContext } from './context.js';
import { foreseen, foreseenAll, isForeseeable, told } from './foresight.js';
import type { Frame, Turn } from './frame.js';
import { scopeIn, turnsOf } from './frame.js';
import { hostsOf } from './play.js';
import { picked } from '../core/picked.js';
import { batches, playIsPicked } from './selection.js';

/** One turn of a task on one host that will run for certain. */
export interface Demand {
  readonly task: Task;
  /** The inventory name of the host that the task is for. */
  readonly host: string;
  readonly manner: FullManner;
  readonly module: BoundModule;
  /** What may have come to the host by then. */
  readonly brought: Brought;
  /** True when an earlier task is about the same thing: what is done now may be undone by then. */
  readonly undone: boolean;
  /** True when the playbook copes with a failure of it, or when it is not certain that it runs. */
  readonly coped: boolean;
  /** The demand of the task on its own host, when this is about another host that it takes something from. */
  readonly own?: Demand;
}

/** Everything that could be told of the tasks. */
export interface Demands {
  readonly demands: readonly Demand[];
  /** Tasks and hosts of which too little is known before the run. */
  readonly deferred: readonly { readonly task: Task; readonly host: string }[];
  /** Tasks and hosts that will run for certain, those that need nothing included. */
  readonly certain: number;
}

/** Walks all plays. The names of registers and facts must be known to be unknown (`lookingAhead`). */
export function demandsOf(context: RunContext): Demands {
  const walk = new Walk(context);
  for (const playbook of context.input.playbooks) for (const play of playbook.plays) walk.play(play, playbook);
  return walk;
}

/** Where in a play a step stands. */
interface Standing {
  readonly frame: Frame;
  readonly hosts: readonly HostState[];
  readonly coped: boolean;
}

class Walk implements Demands {
  readonly demands: Demand[] = [];
  readonly deferred: { task: Task; host: string }[] = [];
  certain = 0;
  readonly #context: RunContext;
  readonly #brought = new Map<string, Brought>();
  readonly #things = new Map<string, readonly (readonly string[])[]>();
  #started: boolean;

  constructor(context: RunContext) {
    this.#context = context;
    this.#started = context.started;
  }

  play(play: Play, playbook: Playbook): void {
    const context = this.#context;
    if (!playIsPicked(play, context.input.options)) return;
    for (const batch of batches(hostsOf(play, context), play.serial)) {
      const frame = {
        context,
        play,
        playbookDirectory: playbook.directory,
        batch,
        prefix: '',
        guarded: false,
        within: [],
        items: new Map(),
      };
      this.#steps(play.steps, { frame, hosts: batch, coped: false });
      // Whether a handler is asked for shows only in the run.
      const handlers = play.handlers.map((handler) => ({ ...handler, tags: ['always'] }));
      this.#steps(handlers, { frame, hosts: batch, coped: true });
    }
  }

  #steps(steps: readonly Step[], standing: Standing): void {
    for (const step of steps) {
      if (step.kind === 'task') this.#task(step, standing);
      else this.#block(step, standing);
    }
  }

  #block(block: Block, { frame, hosts, coped }: Standing): void {
    for (const [active, items] of turnsTogether(block, hosts, frame)) {
      const inside = { frame: { ...frame, items }, hosts: active, coped };
      this.#steps(block.steps, { ...inside, coped: coped || block.rescue.length > 0 });
      this.#steps(block.rescue, { ...inside, coped: true });
      this.#steps(block.always, inside);
    }
  }

  #task(task: Task, { frame, hosts, coped }: Standing): void {
    if (!picked(task.tags, this.#context.input.options) || !this.#begins(task, hosts, frame)) return;
    const taking = task.runOnce ? hosts.slice(0, 1) : hosts;
    const brought = taking.flatMap((state) => this.#host(task, state, frame, coped));
    // Nobody starts the next task before all have ended this one.
    for (const bring of brought) this.#bring(bring);
  }

  #begins(task: Task, hosts: readonly HostState[], frame: Frame): boolean {
    const wanted = this.#context.input.options.startAtTask;
    const [first] = hosts;
    if (this.#started || first === undefined) return this.#started;
    const name = told(() => task.name.render(scopeIn(frame, first).with('task', task.definitions)));
    this.#started = task.name.text === wanted || (name?.ok === true && name.value === wanted);
    return this.#started;
  }

  /** Takes down what a host demands, and gives what it may bring to which hosts. */
  #host(task: Task, state: HostState, frame: Frame, coped: boolean): readonly Bring[] {
    const scope = scopeIn(frame, state).with('task', task.definitions);
    if (foreseenAll(task.when, scope) === 'no') return [];
    const turns = task.loop === undefined ? [undefined] : foreseenTurns(task, scope);
    if (turns === undefined) return [this.#defer(task, state)];
    return turns.flatMap((turn) => this.#turn(task, state, turn, scope, coped));
  }

  #turn(task: Task, state: HostState, turn: Turn | undefined, outer: Scope, coped: boolean): readonly Bring[] {
    const scope = turn === undefined ? outer : outer.with('task', turn.definitions);
    const takes = foreseenAll(task.when, scope);
    if (takes === 'no') return [];
    const module = foreseenModule(task, scope);
    const manner = this.#manner(task, state, turn, scope);
    if (module === undefined || manner === undefined) return [this.#defer(task, state)];
    const bring = bringOf(task, [state.host.name, manner.session], module.brings, module);
    if (takes === 'unknown') {
      if (!module.offline) this.#defer(task, state);
      return [bring];
    }
    this.certain += 1;
    if (module.offline) return [bring];
    const brought = this.#of(manner.session);
    const thing = thingOf(task, module);
    const things = this.#things.get(manner.session) ?? [];
    const undone = module.resource !== undefined && things.some((each) => isRelated(each, thing));
    const copes = coped || task.ignoreErrors !== undefined || task.failedWhen.length > 0 || task.retries > 0;
    const needs = task.alwaysCheck ? neededToCheck(module.needs) : module.needs;
    const demand = { task, host: state.host.name, manner, module: { ...module, needs }, brought, undone, coped: copes };
    this.demands.push(demand, ...this.#elsewhere(demand));
    return [bring];
  }

  /** What a task demands of the other hosts that its arguments name. */
  #elsewhere(own: Demand): readonly Demand[] {
    const { manner, module } = own;
    return (module.needs.elsewhere ?? []).flatMap(({ host, needs }) => {
      const become = told(() => manner.other(host))?.become;
      if (!this.#context.states.has(host)) return [];
      // What a task says of the environment is said for its own host.
      const there = { ...manner, session: host, become, environment: {} };
      return [{ ...own, manner: there, module: { ...module, needs }, brought: this.#of(host), own }];
    });
  }

  #manner(task: Task, state: HostState, turn: Turn | undefined, scope: Scope): FullManner | undefined {
    const { delegateTo, become, environment } = task;
    const templates = [delegateTo, become.enabled, become.user, ...environment].flatMap((each) => each ?? []);
    if (!templates.every((each) => isForeseeable(each.needs, scope))) return undefined;
    const item = turn === undefined ? {} : { item: turn.label };
    const manner = told(() =>
      mannerOf({
        context: this.#context,
        task,
        state,
        scope,
        key: { step: '', host: state.host.name },
        guarded: false,
        ...item,
      }),
    );
    return manner?.ok === true ? manner.value : undefined;
  }

  #defer(task: Task, state: HostState): Bring {
    this.deferred.push({ task, host: state.host.name });
    return bringOf(task, [state.host.name], task.brings, undefined);
  }

  #of(host: string): Brought {
    return this.#brought.get(host) ?? Brought.nothing;
  }

  #bring({ hosts, brings, thing }: Bring): void {
    for (const host of hosts) this.#things.set(host, [...(this.#things.get(host) ?? []), thing]);
    const all = brings.everywhere === true ? this.#context.states.keys() : hosts;
    for (const host of all) this.#brought.set(host, this.#of(host).plus(brings));
  }
}

/** A task that only ever checks runs no program of its change, and writes nothing. */
function neededToCheck({ elsewhere = [], ...needs }: Needs): Needs {
  const { searched: _, writes: __, makes: ___, ...looks } = needs;
  return { ...looks, elsewhere: elsewhere.map((each) => ({ ...each, needs: neededToCheck(each.needs) })) };
}

interface Bring {
  readonly hosts: readonly string[];
  readonly brings: Brings;
  /** What the task is about: its module, and the resource from the whole to the part as far as that is known. */
  readonly thing: readonly string[];
}

/** A task that only ever checks brings nothing, and what a task waits for comes from somewhere. */
function bringOf(task: Task, hosts: readonly string[], brings: Brings, module: BoundModule | undefined): Bring {
  const thing = thingOf(task, module);
  if (task.alwaysCheck) return { hosts, thing, brings: {} };
  return { hosts, thing, brings: task.retries > 0 ? { ...brings, files: true, data: true } : brings };
}

function thingOf(task: Task, module: BoundModule | undefined): readonly string[] {
  return [task.module, ...(module?.resource ?? [])];
}

/** True when one is a part of the other. */
function isRelated(left: readonly string[], right: readonly string[]): boolean {
  const length = Math.min(left.length, right.length);
  return left.slice(0, length).every((each, index) => each === right[index]);
}

function foreseenTurns({ loop }: Task, scope: Scope): readonly Turn[] | undefined {
  if (loop === undefined || !isForeseeable(loop.items.needs, scope)) return undefined;
  const turns = told(() => turnsOf(loop, scope));
  return turns?.ok === true ? turns.value : undefined;
}

function foreseenModule(task: Task, scope: Scope): BoundModule | undefined {
  return foreseen({ span: task.span, text: '', needs: task.needs, render: () => task.bind(scope) }, scope)?.value;
}

type Items = Frame['items'];

/** The hosts of each turn of a block's loop, with its items; hosts whose turns are not known yet go once without. */
function turnsTogether(
  block: Block,
  hosts: readonly HostState[],
  frame: Frame,
): readonly (readonly [readonly HostState[], Items])[] {
  const { loop } = block;
  if (loop === undefined) return [[hosts, frame.items]];
  const turns = new Map(
    hosts.map((state) => {
      const scope = scopeIn(frame, state);
      const found = isForeseeable(loop.items.needs, scope) ? told(() => turnsOf(loop, scope)) : undefined;
      return [state, found?.ok === true ? found.value : undefined] as const;
    }),
  );
  const most = Math.max(0, ...[...turns.values()].map((each) => each?.length ?? 0));
  const rounds = Array.from({ length: most }, (_, index) => {
    const active = hosts.filter((state) => turns.get(state)?.[index] !== undefined);
    const items = new Map(frame.items);
    for (const state of active)
      items.set(state, [...(frame.items.get(state) ?? []), ...(turns.get(state)?.[index]?.definitions ?? [])]);
    return [active, items] as const;
  });
  const unknown = hosts.filter((state) => turns.get(state) === undefined);
  return unknown.length === 0 ? rounds : [...rounds, [unknown, frame.items]];
}
