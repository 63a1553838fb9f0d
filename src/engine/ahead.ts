// Looks of a loop's next items, begun while an earlier one is looked at: on a far host they share its round trip. What
// was found counts only while nothing has been touched since, by any task on any host, and only for a short time; else
// the item is looked at again as ever.
import type { BoundModule, CommandOptions, CommandResult, State } from '../core/module.js';
import { WorldError } from '../core/world-error.js';
import type { Command, Rows } from '../core/connection.js';
import { holds } from './conditions.js';
import type { RunContext } from './context.js';
import type { Attempt } from './judge.js';
import { preparedFor } from './manner.js';
import { TaskEyes } from './senses.js';

/** How many items are looked at before their turn. */
const mostAhead = 16;

/** How old a look may be when its turn comes, in milliseconds. */
const freshMs = 2_000;

/** What was seen of an item before its turn. */
interface Ahead {
  readonly found: Promise<State | undefined>;
  readonly touches: number;
  readonly atMs: number;
}

/** The looks of one loop on one host. */
export class LooksAhead {
  readonly #turns: readonly Attempt[];
  readonly #looks = new Map<number, Ahead>();
  readonly #context: RunContext;
  readonly #isAllowed: boolean;
  #many = mostAhead;

  constructor(turns: readonly Attempt[], context: RunContext) {
    this.#turns = turns;
    this.#context = context;
    const [first] = turns;
    // A pause is there to let the world change, and a run that is taken up has evidence of its own.
    this.#isAllowed =
      first !== undefined &&
      (first.task.loop?.pauseMs ?? 0) === 0 &&
      first.task.until.length === 0 &&
      context.past === undefined;
  }

  /** Begins looks, and gives what has been seen of an item, if that still counts. */
  async found(index: number): Promise<State | undefined> {
    if (!this.#isAllowed) return undefined;
    const known = this.#looks.get(index);
    if (known === undefined || !this.#counts(known)) this.#begin(index, known !== undefined);
    const look = this.#looks.get(index);
    this.#looks.delete(index);
    const found = await look?.found;
    if (look === undefined || !this.#counts(look)) return undefined;
    this.#many = Math.min(this.#many * 2, mostAhead);
    return found;
  }

  /** Where a touch has made what was seen of no account, the next one may do so too: then items are looked at one by one. */
  #begin(from: number, inVain: boolean): void {
    if (inVain) this.#many = 1;
    const [touches, atMs] = [this.#context.touches, this.#now()];
    for (const [index, at] of this.#turns.slice(from, from + this.#many).entries())
      this.#looks.set(from + index, { found: heard(lookedAt(at)), touches, atMs });
  }

  #counts({ touches, atMs }: Ahead): boolean {
    return touches === this.#context.touches && this.#now() - atMs < freshMs;
  }

  #now(): number {
    return this.#context.input.world.clock.monotonicMs();
  }
}

/** A bug in a look is told when its turn comes. */
function heard<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}

/** What a turn would find; nothing when that cannot be told before its turn. */
async function lookedAt(at: Attempt): Promise<State | undefined> {
  try {
    const takes = holds(at.task.when, at.scope);
    const prepared = preparedFor(at);
    if (!takes.ok || !takes.value || !prepared.ok || !isLook(prepared.value.module)) return undefined;
    const { module, manner } = prepared.value;
    const { context } = at;
    return await module.inspect(new NearEyes(context.session(manner.session), manner, context.input.world));
  } catch (error) {
    // Its turn will tell.
    if (error instanceof WorldError) return undefined;
    throw error;
  }
}

/** A module that waits, or whose work no look can prove, looks when it is its turn. */
function isLook({ provable, leavesHostAlone, offline }: BoundModule): boolean {
  return provable && !leavesHostAlone && !offline;
}

/** Looks at the host of the task by scripts of ours, and at nothing else: who says what is to be run says in which order. */
class NearEyes extends TaskEyes {
  override look(command: Command, options: CommandOptions = {}): Promise<CommandResult> {
    return options.contained === true ? super.look(command, options) : Promise.reject(notAhead());
  }

  override at(): never {
    throw notAhead();
  }

  override rows(): Promise<Rows> {
    return Promise.reject(notAhead());
  }

  override explain(): Promise<void> {
    return Promise.reject(notAhead());
  }

  override reaches(): Promise<boolean> {
    return Promise.reject(notAhead());
  }

  override dial(): ReturnType<TaskEyes['dial']> {
    return Promise.reject(notAhead());
  }
}

function notAhead(): WorldError {
  return new WorldError('failed', 'this is looked at when it is its turn');
}
