// A host of the simulated world: files, services, processes, the record of who holds it, and the claims under which commands
// ran. What happens on it happens in steps, and between any two of them it may lose its processes.
import type { ExecRequest, Outcome } from '../../../src/core/connection.js';
import type { Claim, ClaimState, Fence, HoldAnswer, HoldRequest, Holder } from '../../../src/core/hold.js';
import { WorldError } from '../../../src/core/world-error.js';
import type { Asker } from './effects.js';
import type { Kernel } from './kernel.js';
import { programOf } from './programs.js';

/** What a request comes back with. */
export type Reply<T> = (answer: T | WorldError) => void;

interface ClaimRecord {
  readonly claim: Claim;
  readonly run: string;
  state: 'running' | 'ended' | 'gone';
  outcome?: Outcome;
  readonly waiters: Reply<Outcome>[];
}

/** Says what happened to whom. */
export type Told = (kind: 'once' | 'converge', label: string, asker: Asker) => void;

/** One host. */
export class SimulatedHost {
  readonly name: string;
  readonly files = new Map<string, string>();
  readonly services = new Map<string, string>();
  /** Counts its starts; what ran under an earlier one is gone. */
  boot = 1;
  isUp = true;
  /** Until when its ssh server does nothing. */
  frozenUntilMs = 0;
  holder: Holder | undefined;
  broken: HoldAnswer['broken'] = [];
  /** The run that gave the host back last. */
  last: string | undefined;
  /** Complete contents that a reader may meet, by path, besides none at all. */
  readonly seen = new Map<string, Set<string>>();
  readonly record: Told;
  readonly kernel: Kernel;
  readonly #claims = new Map<string, ClaimRecord>();

  constructor(name: string, kernel: Kernel, record: Told) {
    this.name = name;
    this.kernel = kernel;
    this.record = record;
  }

  /** A file is what it is for every reader from now on. */
  put(path: string, content: string): void {
    this.files.set(path, content);
    this.seen.set(path, (this.seen.get(path) ?? new Set()).add(content));
  }

  /** Loses every process and starts anew. */
  reboot(): void {
    this.boot += 1;
    for (const claim of this.#claims.values()) if (claim.state === 'running') this.#lose(claim);
  }

  #lose(claim: ClaimRecord): void {
    claim.state = 'gone';
    claim.waiters.length = 0;
  }

  /** Runs a command that has arrived, if whoever asks may. */
  exec(request: ExecRequest, asker: Asker, reply: Reply<Outcome>): void {
    if (!this.#mayTouch(request.fence)) {
      reply(new WorldError('fenced', `\`${this.name}\` belongs to another run`));
      return;
    }
    const { claim, fence } = request;
    if (claim === undefined || fence === undefined) {
      this.#start(request, asker, reply);
      return;
    }
    const key = `${fence.run}/${claim.name}`;
    const known = this.#claims.get(key);
    if (known !== undefined) {
      this.#again(known, reply);
      return;
    }
    const record: ClaimRecord = { claim, run: fence.run, state: 'running', waiters: [reply] };
    this.#claims.set(key, record);
    this.#start(request, asker, (answer) => {
      if (answer instanceof WorldError) return;
      record.state = 'ended';
      record.outcome = answer;
      for (const waiter of record.waiters.splice(0)) waiter(answer);
    });
  }

  #again(known: ClaimRecord, reply: Reply<Outcome>): void {
    if (known.outcome !== undefined) reply(spooled(known, known.outcome));
    else if (known.state === 'running') known.waiters.push(reply);
    else
      reply(
        new WorldError('in-doubt', `the command neither ended nor runs on \`${this.name}\``, {
          details: { reason: 'claim-gone' },
        }),
      );
  }

  #mayTouch(fence: Fence | undefined): boolean {
    if (fence === undefined) return true;
    return this.holder?.run === fence.run && this.holder.number === fence.number;
  }

  #start(request: ExecRequest, asker: Asker, reply: Reply<Outcome>): void {
    const program = programOf(request, this);
    const steps = [...program.steps];
    const { boot } = this;
    const runs = (): boolean => this.boot === boot;
    const next = (): void => {
      const step = steps.shift();
      const what = step === undefined ? 'command-end' : 'command-step';
      this.kernel.plan(
        this.kernel.random.whole(...program.stepMs),
        what,
        this.name,
        () => {
          if (step === undefined) {
            reply(program.outcome());
            return;
          }
          step(asker);
          next();
        },
        runs,
      );
    };
    next();
  }

  /** Asks or changes the record of who holds the host. */
  hold(request: HoldRequest): HoldAnswer {
    this.#change(request);
    return {
      broken: this.broken,
      ...(this.holder === undefined ? {} : { holder: this.holder }),
      ...(this.last === undefined ? {} : { last: this.last }),
    };
  }

  #change(request: HoldRequest): void {
    const { holder } = this;
    switch (request.kind) {
      case 'look':
        return;
      case 'take':
        if (holder === undefined && !this.broken.some((each) => each.run === request.holder.run))
          this.holder = request.holder;
        return;
      case 'raise':
        if (holder?.run === request.holder.run && holder.number < request.holder.number) this.holder = request.holder;
        return;
      case 'release':
        if (holder?.run !== request.fence.run || holder.number !== request.fence.number) return;
        this.holder = undefined;
        this.last = request.fence.run;
        for (const [key, claim] of this.#claims) if (claim.run === request.fence.run) this.#claims.delete(key);
        return;
      case 'break':
        if (holder?.run !== request.run) return;
        this.holder = undefined;
        this.last = request.run;
        this.broken = [...this.broken, { run: request.run, by: request.by, at: request.at }];
    }
  }

  /** The claims of a run. */
  claims(run: string, prefix: string, forget = false): readonly ClaimState[] {
    const all = [...this.#claims.values()];
    if (forget) for (const [key, claim] of this.#claims) if (claim.run === run) this.#claims.delete(key);
    return all
      .filter((each) => each.run === run && each.claim.name.startsWith(prefix))
      .map(({ claim: { name }, state, outcome }): ClaimState => {
        if (outcome !== undefined) return { name, state: 'ended', rc: outcome.rc };
        return state === 'running' ? { name, state, pid: 1 } : { name, state: 'gone' };
      });
  }
}

/** Only what runs once is kept with what it said; of the rest it is known how it ended. */
function spooled({ claim: { manner } }: ClaimRecord, outcome: Outcome): Outcome {
  return manner === 'once' ? outcome : { ...outcome, stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) };
}
