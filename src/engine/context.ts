// What all parts of one run share: the input, the sessions, the state of every host, and the words to the outside.
import type { Event, TaskKey } from '../core/event.js';
import type { Host } from '../core/inventory.js';
import type { Task } from '../core/playbook.js';
import { keyOf } from '../core/task-key.js';
import type { Past } from '../core/past.js';
import type { RunInput } from '../core/run.js';
import type { Answer, Question } from '../core/operator.js';
import { confirmFlag } from '../core/operator.js';
import { error } from '../core/diagnostic.js';
import { fail } from '../core/result.js';
import { data } from '../core/scope.js';
import type { Span } from '../core/source.js';
import type { Definition, Scope } from '../core/scope.js';
import type { Value, ValueMap } from '../core/value.js';
import { lazyMap, mapOf } from '../core/value.js';
import { WorldError } from '../core/world-error.js';
import { Holding } from './holding.js';
import { Lock } from './lock.js';
import { Recap, hiddenByNoLog } from './outcome.js';
import type { Halt } from './outcome.js';
import { TakenPlaces } from './taken-places.js';
import { HostPredictions } from './predictions.js';
import { Session } from './session.js';
import type { Predictions } from './step.js';

/** Can a host be reached: by ssh (or locally), its database too, or not at all; nothing before the run has looked. */
export type Reachable = 'ssh' | 'db' | 'none';

/** One host during a run. */
export class HostState {
  readonly host: Host;
  readonly recap = new Recap();
  /** Registers and facts, by name. */
  readonly results = new Map<string, Definition>();
  readonly notified = new Set<string>();
  readonly predictions: Predictions = new HostPredictions();
  /** True when a check has found something that would change here. */
  pending = false;
  halt: Halt | undefined;
  reachable: Reachable | undefined;
  /** Why its database could not be opened when it was asked whether it can be reached. */
  databaseClosed: WorldError | undefined;

  constructor(host: Host) {
    this.host = host;
  }

  /** Says of a register that nobody knows it any more: whoever asks for it is refused, a default or not. */
  forget(name: string, span: Span): void {
    const hint = 'it held a secret, which is not written down: start a new run where it is needed';
    const problem = error('variable/not-kept', `\`${name}\` is not known to a run that was taken up again`, span, {
      hint,
    });
    const template = { span, text: name, needs: [], render: () => fail(problem) };
    this.results.set(name, { name, saidBy: 'register', value: { kind: 'template', template } });
  }

  /** Keeps what a host said under a name; it is data for ever. */
  remember(name: string, value: Value, saidBy: string): void {
    this.results.set(name, data(name, value, saidBy));
  }
}

/** One run. */
export class RunContext implements AsyncDisposable {
  readonly input: RunInput;
  readonly states: ReadonlyMap<string, HostState>;
  readonly halts = new Set<Halt>();
  /** What the earlier lives of the run did. */
  readonly past: Past | undefined;
  readonly holding: Holding;
  /** What of which host is kept where on this machine. */
  readonly places = new TakenPlaces();
  readonly #sessions = new Map<string, Session>();
  readonly #questions = new Lock();
  readonly #hostVariables: ValueMap;
  readonly #begunBefore: Set<string>;
  /** Variables that are being resolved through `hostvars`, which no scope sees as a whole. */
  readonly #resolving = new Set<string>();
  /** True once the task of `--start-at-task` has been met. */
  started: boolean;
  /** Name of the task that was begun last. */
  at: string | undefined;
  /** Tasks that are over, on one host each. */
  done = 0;
  /** What may or may not have happened. */
  readonly doubt: string[] = [];
  /** True when a task failed of which the next life will try again. */
  canTryAgain = false;
  /** Steps in which a look failed with a rescue or an `always` behind it. */
  readonly failedLooks = new Set<string>();
  /** Steps that began to touch a host, in any life. */
  readonly touched: Set<string>;
  /** How often a touch of a host began or ended, or something was learned. */
  touches = 0;
  /** True once the run only goes forward. */
  isPastReturn: boolean;
  /** True once a task has wanted something of a host, and not only looked. */
  hasWanted = false;
  /** What an earlier life brought about and is not so any more, in words. */
  readonly drift: string[] = [];
  /** True once this life has begun something that no earlier one has ended. */
  hasBegunAnew = false;
  /** True once the run was ended because of drift. */
  isDrifted = false;
  /** True while `--step` still asks. */
  stepping: boolean;

  constructor(input: RunInput) {
    this.input = input;
    this.past = input.past;
    this.#begunBefore = new Set(input.past?.begun);
    this.isPastReturn = input.past?.isPastReturn === true;
    this.touched = new Set(input.past?.touched);
    this.holding = new Holding(this);
    this.states = new Map([...input.inventory.hosts.values()].map((host) => [host.name, new HostState(host)]));
    this.started = input.options.startAtTask === undefined;
    this.stepping = input.options.step;
    this.#hostVariables = lazyMap(this.states.keys(), (name) => this.#variablesOf(name));
  }

  /** True while something that an earlier life began was not even looked at in this one. */
  get isUnsettled(): boolean {
    return this.#begunBefore.size > 0;
  }

  /** Says an event. */
  say(event: Event): Promise<void> {
    if (event.type === 'task.finished' && event.step !== undefined)
      this.#begunBefore.delete(keyOf({ ...event, step: event.step }));
    return this.input.world.emit(event);
  }

  /** True when a check has found something that would change on some host. */
  foresees(): boolean {
    return [...this.states.values()].some((state) => state.pending);
  }

  /** The state of a host of the inventory. */
  state(name: string): HostState {
    const state = this.states.get(name);
    if (state === undefined) throw new WorldError('failed', `there is no host \`${name}\` in the inventory`);
    return state;
  }

  /** The variables of a host outside of any play, with what it was told and what it said. */
  scopeOf(state: HostState): Scope {
    return this.input.inventory
      .scopeOf(state.host)
      .with('result', state.results.values())
      .withBuiltins({
        hostvars: () => this.#hostVariables,
        run: () =>
          mapOf([
            ['id', this.input.id],
            ['check', this.input.options.check],
          ]),
        reachable: () => state.reachable ?? null,
      });
  }

  // A fresh map at each look, because registers grow while the run goes on.
  #variablesOf(name: string): ValueMap {
    const state = this.state(name);
    const scope = (): Scope => this.scopeOf(state);
    return new Proxy(Object.create(null) as Record<string, Value>, {
      has: (_, key) => typeof key === 'string' && scope().has(key),
      get: (_, key) => (typeof key === 'string' ? this.#resolve(scope(), name, key) : undefined),
      ownKeys: () => [...scope().names()].filter((key) => key !== 'hostvars'),
      getOwnPropertyDescriptor: (_, key) => {
        if (typeof key !== 'string' || !scope().has(key)) return undefined;
        return { enumerable: true, configurable: true, value: this.#resolve(scope(), name, key) };
      },
    });
  }

  #resolve(scope: Scope, host: string, name: string): Value | undefined {
    const path = `hostvars.${host}.${name}`;
    if (this.#resolving.has(path)) throw new WorldError('failed', `variable \`${path}\` refers to itself`);
    this.#resolving.add(path);
    try {
      return resolve(scope, name);
    } finally {
      this.#resolving.delete(path);
    }
  }

  /** What is open to a host. */
  session(name: string): Session {
    const known = this.#sessions.get(name);
    if (known !== undefined) return known;
    const state = this.state(name);
    const target = this.input.target(state.host, this.input.inventory.scopeOf(state.host));
    if (!target.ok) throw new WorldError('failed', target.problems[0]?.message ?? `\`${name}\` has no usable address`);
    const { connector, clock, stopping } = this.input.world;
    const session = new Session(target.value, connector, clock, stopping, this.past !== undefined);
    this.#sessions.set(name, session);
    return session;
  }

  /** Asks the operator, one question at a time, and records question and answer, without their words for `no_log`. */
  ask({ id: task, noLog }: Task, key: TaskKey, question: Question): Promise<string> {
    const shown = (words: string): string => (noLog ? hiddenByNoLog : words);
    const answered = this.past?.answer(key);
    // Only the expected words pass, so they are what was typed, also where the journal hides them.
    if (answered !== undefined) return Promise.resolve(question.expect);
    const { step, turn } = key;
    const about = { task, step, ...(turn === undefined ? {} : { turn }) };
    return this.#questions.run(async () => {
      const { host } = question;
      const expect = noLog ? {} : { expect: question.expect };
      await this.say({ type: 'task.asked', task, host, title: shown(question.title), ...expect });
      const answer = await this.input.world.operator.ask(question, this.input.world.draining);
      switch (answer.kind) {
        case 'confirmed':
          await this.say({ type: 'task.answered', ...about, host, by: answer.by, typed: shown(answer.typed) });
          return answer.typed;
        case 'declined':
          await this.say({ type: 'task.answered', ...about, host, by: answer.by, typed: '' });
          throw new WorldError('declined', 'the operator did not confirm');
        case 'nobody':
          throw nobodyAnswers(question, noLog);
      }
    });
  }

  /** Asks what became of something; whoever asks keeps the answer. */
  decide(question: Question): Promise<Answer> {
    return this.#questions.run(() => this.input.world.operator.ask(question, this.input.world.draining));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#sessions.values()].map((session) => session[Symbol.asyncDispose]()));
  }
}

/** The answer that is waited for, and how to give it without a terminal. */
function nobodyAnswers({ expect }: Question, noLog: boolean): WorldError {
  const answer = noLog ? '' : ` \`${expect}\``;
  const given = noLog ? '' : `, or give the answer with ${confirmFlag(expect)}`;
  return new WorldError('waiting', `an operator must answer${answer} to this, and there is no terminal to ask on`, {
    hint: `run it again in a terminal${given}; what was done will be found done`,
  });
}

function resolve(scope: Scope, name: string): Value | undefined {
  const value = scope.get(name);
  if (value === undefined) return undefined;
  if (value.ok) return value.value;
  throw new WorldError('failed', value.problems[0]?.message ?? `\`${name}\` cannot be resolved`);
}
