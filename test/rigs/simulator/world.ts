// The simulated world as a whole: hosts and databases, the network, the runner's disk, the person at the terminal, and the
// crashes. It is a function of its seed and its crashes alone, so that every run of it can be had again.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Connector, Target } from '../../../src/core/connection.js';
import type { Clock } from '../../../src/core/clock.js';
import type { Fence } from '../../../src/core/hold.js';
import type { Answer, Operator, Question } from '../../../src/core/operator.js';
import { WorldError } from '../../../src/core/world-error.js';
import { DatabaseServer, SimulatedSession } from './database.js';
import { SimulatedDisk } from './disk.js';
import type { DiskFault } from './disk.js';
import type { Breach, Effect } from './effects.js';
import { SimulatedHost } from './host.js';
import { Incarnation } from './incarnation.js';
import { Kernel } from './kernel.js';
import type { Crash } from './kernel.js';
import { Link, SimulatedConnection } from './link.js';

/** What decides a world. */
export interface WorldOptions {
  readonly seed: number;
  readonly hosts: readonly string[];
  readonly crashes: readonly Crash[];
  readonly faults?: readonly DiskFault[];
  /** What the person answers; the default is yes to everything. */
  readonly answer?: (question: Question, world: SimulatedWorld) => Answer;
  /** True when every touch must say by which right it comes. */
  readonly fenced?: boolean;
}

const journals = (() => {
  let directory: string | undefined;
  return (): string => {
    if (directory !== undefined) return directory;
    directory = mkdtempSync(join(tmpdir(), 'playbook-journals-'));
    const made = directory;
    process.on('exit', () => rmSync(made, { recursive: true, force: true }));
    return made;
  };
})();

/** One world, from its start to its end. */
export class SimulatedWorld {
  readonly kernel: Kernel;
  readonly disk: SimulatedDisk;
  readonly hosts: ReadonlyMap<string, SimulatedHost>;
  readonly databases: ReadonlyMap<string, DatabaseServer>;
  readonly effects: Effect[] = [];
  readonly breaches: Breach[] = [];
  readonly crashed: Crash[] = [];
  /** Questions that were asked, by their titles. */
  readonly asked: string[] = [];
  readonly options: WorldOptions;
  /** Where the runner keeps its journals; an empty directory of this machine, of which only the name is used. */
  readonly journals = journals();
  readonly #links = new Set<Link>();
  #lives = 0;
  #current: Incarnation | undefined;

  constructor(options: WorldOptions) {
    this.options = options;
    this.kernel = new Kernel(options.seed, options.crashes);
    this.disk = new SimulatedDisk(this.kernel, options.faults);
    this.hosts = new Map(options.hosts.map((name) => [name, this.#host(name)]));
    this.databases = new Map([...this.hosts].map(([name, host]) => [name, new DatabaseServer(host)]));
    this.kernel.onCrash = (crash, host) => this.#crash(crash, host);
  }

  #host(name: string): SimulatedHost {
    return new SimulatedHost(name, this.kernel, (kind, label, asker) => {
      const run = asker.run ?? 'run';
      const durable = this.disk.durableBytes(`${this.journals}/${run}.jsonl`).length;
      this.effects.push({ atMs: this.kernel.nowMs, host: name, kind, label, asker, durable });
    });
  }

  /** Starts the program once more. */
  begin(): Incarnation {
    this.#current = new Incarnation(this.kernel, (this.#lives += 1));
    return this.#current;
  }

  /** A host by its name. */
  host(name: string): SimulatedHost {
    const host = this.hosts.get(name);
    if (host === undefined) throw new Error(`no host ${name}`);
    return host;
  }

  /** How one life of the program reaches the hosts, by the right of its run. */
  connector(runner: Incarnation, right: { readonly run: string; readonly number: number }): Connector {
    return {
      connect: async ({ host: name }: Target) => {
        const link = new Link(this.host(name), runner, this.kernel);
        this.#links.add(link);
        link.onTouch = (words, fence) => this.#touches(words, fence, link);
        await link.ask('connect', false, (reply: (answer: 'open') => void) => reply('open'));
        return new SimulatedConnection(link);
      },
      database: async (target, connection) => {
        await connection();
        const link = [...this.#links].findLast(
          (each) => each.runner === runner && each.host.name === target.host && each.open,
        );
        const server = this.databases.get(target.host);
        if (link === undefined || server === undefined) throw new WorldError('unreachable', 'no way to the database');
        return new SimulatedSession(link, server, { runner, ...right }).start();
      },
    };
  }

  #touches(words: string, fence: Fence | undefined, { runner, host: { name } }: Link): void {
    if (runner.journalLost) this.#breach(`${words} was sent to ${name} after the journal was lost`);
    if (runner.ended) this.#breach(`${words} was sent to ${name} after the run had ended`);
    if (this.options.fenced === true && fence === undefined)
      this.#breach(`${words} was sent to ${name} without a fence`);
  }

  #breach(what: string): void {
    this.breaches.push({ rule: 'I4', atMs: this.kernel.nowMs, what });
  }

  /** The clock of one life of the program. */
  clock(runner: Incarnation): Clock {
    return {
      now: () => Date.UTC(2026, 0, 1) + this.kernel.nowMs,
      monotonicMs: () => this.kernel.nowMs,
      sleep: (ms, signal) => {
        if (!runner.alive) return runner.never();
        if (signal?.aborted === true) return Promise.resolve();
        return runner.later(ms, 'timer', undefined, () => undefined);
      },
    };
  }

  /** The person at the terminal. */
  operator(runner: Incarnation): Operator {
    return {
      ask: (question) =>
        runner.later(this.kernel.random.whole(500, 5000), 'answer', undefined, () => {
          this.asked.push(question.title);
          return this.options.answer?.(question, this) ?? { kind: 'confirmed', typed: question.expect, by: 'anna' };
        }),
      step: () => Promise.resolve('run'),
    };
  }

  #crash(crash: Crash, about: string | undefined): void {
    this.crashed.push(crash);
    const names = [...this.hosts.keys()];
    const host = this.host(about ?? this.kernel.random.pick(names) ?? '');
    switch (crash.mode) {
      case 'kill':
      case 'kill-late':
        this.#kill(crash.mode === 'kill-late');
        break;
      case 'sleep':
        if (this.#current !== undefined) this.#current.awakeAtMs = this.kernel.nowMs + 3_600_000;
        break;
      case 'power':
        this.#kill(false);
        this.disk.losePower();
        break;
      case 'reboot':
        this.#reboot(host);
        break;
      case 'cut':
        for (const link of this.#linksTo(host)) link.cut();
        break;
      case 'freeze':
        host.frozenUntilMs = Math.max(host.frozenUntilMs, this.kernel.nowMs + this.kernel.random.whole(100, 60_000));
        for (const link of this.#linksTo(host)) link.freeze(host.frozenUntilMs);
    }
  }

  #kill(late: boolean): void {
    const runner = this.#current;
    if (runner === undefined || !runner.alive) return;
    runner.alive = false;
    for (const link of this.#links) if (link.runner === runner) link.die(late);
  }

  #reboot(host: SimulatedHost): void {
    host.reboot();
    host.isUp = false;
    for (const link of this.#linksTo(host)) link.cut();
    this.kernel.plan(this.kernel.random.whole(1000, 15_000), 'up', host.name, () => {
      host.isUp = true;
    });
  }

  #linksTo(host: SimulatedHost): readonly Link[] {
    return [...this.#links].filter((link) => link.host === host && link.open);
  }

  /** What is there, in words that two worlds can be compared by. */
  state(): string {
    return [...this.hosts.values()]
      .map((host) => {
        const rows = this.databases.get(host.name)?.rows ?? new Map<string, string>();
        const sorted = [host.files, host.services, rows].map((map) =>
          JSON.stringify([...map].toSorted(([left], [right]) => (left < right ? -1 : 1))),
        );
        return `${host.name}: ${sorted.join(' ')}`;
      })
      .join('\n');
  }
}
