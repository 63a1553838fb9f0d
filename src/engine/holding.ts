// Which hosts are this run's: taken before the first touch, all or none, and given back when every outcome is known.
// A host that joins later, such as one that a task is delegated to, is taken before it is touched.
import type { Become } from '../core/connection.js';
import type { Fence, HoldAnswer, Holder } from '../core/hold.js';
import { WorldError } from '../core/world-error.js';
import type { HostState, RunContext } from './context.js';
import { inParallel } from './lock.js';
import type { Session } from './session.js';

/** Why a host is not ours. */
export interface Objection {
  readonly kind: 'held' | 'lost' | 'refused';
  readonly host: string;
  readonly message: string;
  readonly hint: string;
}

/** The hosts of one run. */
export class Holding {
  readonly #context: RunContext;
  readonly #holder: Holder | undefined;
  readonly #held = new Map<string, Promise<Fence>>();
  /** Hosts that were asked for, so that each is given back that may have heard it. */
  readonly #asked = new Set<string>();
  /** As whom the run acted where: each of these users keeps claims of its own. */
  readonly #users = new Map<string, { readonly host: string; readonly become: Become }>();

  constructor(context: RunContext) {
    this.#context = context;
    this.#holder = context.input.holder;
  }

  /** Who holds the hosts now, other than this run: asked before anything is touched. */
  async look(states: readonly HostState[]): Promise<readonly Objection[]> {
    const holder = this.#holder;
    if (holder === undefined) return [];
    const found = await inParallel(states, this.#context.input.options.forks, async ({ host: { name } }) => {
      try {
        const answer = await this.#ask(name, { kind: 'look' });
        return answer.holder === undefined || answer.holder.run === holder.run ? [] : [heldBy(name, answer.holder)];
      } catch (error) {
        return refusals(name, error);
      }
    });
    return found.flat();
  }

  /**
   * Takes all of the hosts, or none. The first by name is asked alone: of runs that start together over the same hosts
   * it picks one, and the others have taken nothing yet.
   */
  async take(states: readonly HostState[]): Promise<readonly Objection[]> {
    if (this.#holder === undefined) return [];
    const names = states.map(({ host }) => host.name).toSorted();
    const objections: Objection[] = [];
    const takeOne = async (name: string): Promise<void> => {
      try {
        await this.#takeOnce(name);
      } catch (error) {
        objections.push(...(error instanceof NotOurs ? [error.objection] : refusals(name, error)));
      }
    };
    for (const name of names.slice(0, 1)) await takeOne(name);
    if (objections.length === 0) await inParallel(names.slice(1), this.#context.input.options.forks, takeOne);
    if (objections.length > 0) await this.#undo();
    return objections;
  }

  /** Gives back what this life has taken; what an earlier one held, it keeps. */
  #undo(): Promise<void> {
    const { past } = this.#context;
    return this.#giveBackAll([...this.#asked].filter((name) => past?.held.has(name) !== true));
  }

  /** The right to touch a host, as this user; nothing when the run holds none (a check). */
  async fence(session: Session, become?: Become): Promise<Fence | undefined> {
    if (this.#holder === undefined) return undefined;
    const { host } = session.target;
    try {
      const fence = await this.#takeOnce(host);
      if (become !== undefined) this.#users.set(`${host} ${become.user}`, { host, become });
      return fence;
    } catch (error) {
      if (!(error instanceof NotOurs)) throw error;
      throw new WorldError('fenced', error.objection.message, { hint: error.objection.hint });
    }
  }

  /** Gives the hosts back, with all that the run left in their state directories; what cannot be told is said. */
  async release(): Promise<void> {
    // What an earlier life held and nothing needed in this one is given back too.
    for (const name of this.#context.past?.held ?? []) this.#asked.add(name);
    if (this.#asked.size === 0) return;
    await this.#context.say({ type: 'run.closing' });
    await this.#giveBackAll([...this.#asked]);
  }

  async #giveBackAll(names: readonly string[]): Promise<void> {
    await inParallel(names, this.#context.input.options.forks, async (name) => {
      try {
        await this.#giveBack(name);
      } catch (error) {
        if (!(error instanceof WorldError) && !(error instanceof NotOurs)) throw error;
        const { run } = this.#context.input.holder ?? { run: '' };
        const message = `\`${name}\` could not be given back: ${error.message}; \`playbook unlock ${run}\` frees it`;
        await this.#context.say({ type: 'run.warned', message });
      }
    });
  }

  /** Tries it again after a lost link: giving back what is given back already does nothing. */
  async #giveBack(name: string): Promise<void> {
    const holder = this.#holder;
    if (holder === undefined) return;
    for (let triesLeft = 3; ; triesLeft -= 1) {
      try {
        if (this.#context.past?.held.has(name) === true) await this.#takeOnce(name);
        const isOurs = this.#held.has(name);
        const { last, holder: still } = await this.#ask(name, { kind: 'release', fence: holder });
        // An earlier life took it and died before it said so: then the record has that life's number.
        if (still?.run === holder.run && still.number < holder.number) {
          await this.#ask(name, { kind: 'raise', holder });
          await this.#ask(name, { kind: 'release', fence: holder });
        }
        // What another holds was never ours to give back.
        if (!isOurs && last !== holder.run) return;
        await this.#forget(name, holder);
        return await this.#context.say({ type: 'host.released', host: name });
      } catch (error) {
        if (!(error instanceof WorldError) || error.kind !== 'unreachable' || triesLeft <= 0) throw error;
        this.#context.session(name).tryAgain();
      }
    }
  }

  /** Nothing of the run is taken there any more, so the claims that other users keep for it may go. */
  async #forget(name: string, { run }: Fence): Promise<void> {
    for (const { host, become } of this.#users.values()) {
      if (host !== name) continue;
      const session = this.#context.session(name);
      await session.withConnection((connection) => connection.claims({ run, prefix: '', become, forget: true }));
    }
  }

  #takeOnce(name: string): Promise<Fence> {
    const known = this.#held.get(name);
    if (known !== undefined) return known;
    const taking = this.#take(name);
    this.#held.set(name, taking);
    taking.catch(() => this.#held.delete(name));
    return taking;
  }

  async #take(name: string): Promise<Fence> {
    const holder = this.#holder;
    if (holder === undefined) throw new Error('only a run that may touch takes hosts');
    const { past } = this.#context;
    const hadIt = past?.held.has(name) === true;
    const { hostKey } = await this.#context.session(name).connection();
    const before = past?.hostKey(name);
    if (before !== undefined && hostKey !== undefined && before !== hostKey)
      throw new NotOurs(anotherKey(name, holder.run, [before, hostKey]));
    // Also when no answer comes, the host may have heard it.
    this.#asked.add(name);
    const answer = await this.#askFor(name, holder, hadIt);
    if (answer.holder !== undefined && isSame(answer.holder, holder)) {
      // A host that was given back may have been another run's since, and then nothing that is known of it is still true.
      if (past?.released.has(name) === true && answer.last !== holder.run) {
        await this.#ask(name, { kind: 'break', run: holder.run, by: holder.by, at: holder.since });
        throw new NotOurs(otherSince(name, holder.run, answer.last));
      }
      await this.#context.say({ type: 'host.held', host: name });
      return { run: holder.run, number: holder.number };
    }
    throw new NotOurs(objectionTo(name, holder, answer, hadIt));
  }

  async #askFor(name: string, holder: Holder, hadIt: boolean): Promise<HoldAnswer> {
    const answer = await this.#ask(name, { kind: hadIt ? 'raise' : 'take', holder });
    const { holder: now, last, broken } = answer;
    // An earlier life may have taken it and died before the answer came, or given it back and died before it said so.
    if (now?.run === holder.run && now.number < holder.number) return this.#ask(name, { kind: 'raise', holder });
    const gaveItBack = now === undefined && last === holder.run && !broken.some((each) => each.run === holder.run);
    return hadIt && gaveItBack ? this.#ask(name, { kind: 'take', holder }) : answer;
  }

  #ask(name: string, request: Parameters<Session['hold']>[0]): Promise<HoldAnswer> {
    return this.#context.session(name).hold(request);
  }
}

/** True for the record of this very life: on another machine the same run may count to the same number. */
function isSame(left: Holder, right: Holder): boolean {
  return left.run === right.run && left.number === right.number && left.since === right.since && left.by === right.by;
}

/** The host is somebody else's. */
class NotOurs extends Error {
  readonly objection: Objection;

  constructor(objection: Objection) {
    super(objection.message);
    this.objection = objection;
  }
}

function heldBy(host: string, { run, by, since, playbook }: Holder): Objection {
  return {
    kind: 'held',
    host,
    message: `\`${host}\` is held by run \`${run}\` of ${by}, since ${since} (\`${playbook}\`)`,
    hint: `wait for it; if it was cut off, \`playbook resume ${run}\` goes on with it and \`playbook unlock ${run}\` gives it up`,
  };
}

function objectionTo(host: string, holder: Holder, { holder: other, broken }: HoldAnswer, hadIt: boolean): Objection {
  if (other !== undefined && other.run !== holder.run) return heldBy(host, other);
  if (other !== undefined) {
    return {
      kind: 'lost',
      host,
      message: `this run was taken up again elsewhere: \`${host}\` is at number ${other.number}, by ${other.by} since ${other.since}`,
      hint: 'go on there; this process must not act any more',
    };
  }
  const unlocked = broken.findLast((each) => each.run === holder.run);
  const how = unlocked === undefined ? 'nobody holds it' : `it was unlocked by ${unlocked.by} at ${unlocked.at}`;
  return {
    kind: 'lost',
    host,
    message: `\`${host}\` is not this run's any more: ${hadIt ? how : 'it could not be taken'}`,
    hint: `others may have changed it since; ${startAnew(holder.run)}`,
  };
}

function startAnew(run: string): string {
  return `give this one up with \`playbook unlock ${run}\` and start a new run, which looks at all of it again`;
}

function anotherKey(host: string, run: string, [before, now]: readonly [string, string]): Objection {
  return {
    kind: 'lost',
    host,
    message: `\`${host}\` proves itself with another key (${now}) than when this run began (${before}): it may be another machine`,
    hint: startAnew(run),
  };
}

function otherSince(host: string, run: string, other: string | undefined): Objection {
  return {
    kind: 'lost',
    host,
    message: `${other === undefined ? 'another run' : `run \`${other}\``} has worked on \`${host}\` since this one gave it back`,
    hint: startAnew(run),
  };
}

/** A host that does not answer is no objection: it is taken when a task touches it, and that fails until it answers. */
function refusals(host: string, error: unknown): readonly Objection[] {
  if (!(error instanceof WorldError)) throw error;
  if (error.kind === 'unreachable' || error.kind === 'interrupted') return [];
  return [{ kind: 'refused', host, message: error.message, hint: error.hint ?? 'look at its `state_directory`' }];
}
