// Crash everywhere: a scenario is run once to count its events, and then once more for every event and every way to crash,
// each time until it has ended. Pairs and random triples go the same way.
import type { Answer, Question } from '../../../src/core/operator.js';
import { exitCode } from '../../../src/core/exit.js';
import { traceOf } from './case.js';
import type { Case, Verdict } from './case.js';
import { codeOf, eventsIn, isAbout, namesIn, violationsOf } from './invariants.js';
import type { Clean, Violation } from './invariants.js';
import { Random, modes } from './kernel.js';
import type { Crash, Mode } from './kernel.js';
import { scenarioNames, scenarioOf } from './scenarios.js';
import type { Scenario } from './scenarios.js';
import type { Life, Subject } from './subject.js';
import { SimulatedWorld } from './world.js';

/** What came of many. */
export class Tally {
  cases = 0;
  events = 0;
  /** Cases by how their last life ended. */
  readonly ends = new Map<string, number>();
  readonly failed: Verdict[] = [];

  add(verdict: Verdict, events: number): void {
    this.cases += 1;
    this.events += events;
    const end = verdict.codes.at(-1) ?? '';
    this.ends.set(end, (this.ends.get(end) ?? 0) + 1);
    if (verdict.violations.length > 0) this.failed.push(verdict);
  }
}

const run = 'run';
const mostLives = 10;

/** Puts a subject to the test. */
export class Everywhere {
  readonly tally = new Tally();
  readonly #subject: Subject;
  readonly #scenarios = new Map<string, Scenario>();
  readonly #clean = new Map<string, Clean>();

  constructor(subject: Subject) {
    this.#subject = subject;
  }

  /** Every event of a scenario, with every way to crash, or with so many of them an event, going round. */
  async single(scenario: string, seed: number, ways: 1 | 3 | 6 = 6): Promise<void> {
    const { events } = await this.clean(scenario, seed);
    for (let k = 1; k <= events; k += 1)
      for (const [index, mode] of modes.entries())
        if ((k + index) % (modes.length / ways) === 0) await this.judge({ scenario, seed, crashes: [{ k, mode }] });
  }

  /** Every pair of events of a scenario, with ways to crash that go round. */
  async pairs(scenario: string, seed: number, stride = 1): Promise<void> {
    const { events } = await this.clean(scenario, seed);
    let turn = 0;
    for (let first = 1; first <= events; first += 1)
      for (let second = first + 1; second <= events * 2; second += stride) {
        const one = modes[turn % modes.length] as Mode;
        const two = modes[Math.floor(turn / modes.length) % modes.length] as Mode;
        turn += 1;
        await this.judge({
          scenario,
          seed,
          crashes: [
            { k: first, mode: one },
            { k: second, mode: two },
          ],
        });
      }
  }

  /** A case of three crashes that follows from a seed alone. */
  async triple(seed: number): Promise<Verdict> {
    const random = new Random(seed);
    const scenario = random.pick(scenarioNames) ?? '';
    const { events } = await this.clean(scenario, 1);
    const crashes = [1, 2, 3].map(() => ({ k: random.whole(1, events * 2), mode: random.pick(modes) ?? 'kill' }));
    return this.judge({ scenario, seed, crashes });
  }

  /** Every call of the disk fails once, in both ways. */
  async disk(scenario: string, seed: number): Promise<void> {
    const world = this.#world({ scenario, seed, crashes: [] });
    await this.#subject.start(world, this.#scenario(scenario), { run, check: false });
    for (let call = 1; call <= world.disk.calls; call += 1)
      for (const code of ['EIO', 'ENOSPC'] as const)
        await this.judge({ scenario, seed, crashes: [], faults: [{ call, code }] });
  }

  /** A check before a run, and a second run after it: what they did. */
  async twice(scenario: string, seed: number) {
    const world = this.#world({ scenario, seed, crashes: [] });
    const go = async (id: string, check: boolean) => {
      const before = [world.state(), world.effects.length] as const;
      const life = await this.#subject.start(world, this.#scenario(scenario), { run: id, check });
      const made = world.effects.slice(before[1]);
      return { code: codeOf(life), made, isSame: world.state() === before[0] };
    };
    const checked = await go('checked', true);
    await go('first', false);
    const again = await go('again', false);
    return {
      checked: { code: checked.code, effects: checked.isSame ? checked.made : [world.state()] },
      again: { code: again.code, converged: again.made.filter((each) => each.kind === 'converge') },
    };
  }

  /**
   * A runner sleeps before event `k`, is given up by somebody else, who starts a run of his own, and wakes up: what it did
   * after it was given up. Nothing when it held no host yet.
   */
  async sleeper(scenario: string, seed: number, k: number): Promise<readonly string[] | undefined> {
    const world = this.#world({ scenario, seed, crashes: [{ k, mode: 'sleep' }] });
    await this.#subject.start(world, this.#scenario(scenario), { run, check: false });
    const since = world.kernel.nowMs;
    const broken = [...world.hosts.values()].filter((host) => host.holder?.run === run);
    if (broken.length === 0) return undefined;
    for (const host of broken) host.hold({ kind: 'break', run, by: 'otto', at: 'now' });
    for (const server of world.databases.values()) server.endAll(run);
    const other = await this.#subject.start(world, this.#scenario(scenario), { run: 'second', check: false });
    await world.kernel.pass(7_200_000);
    const { code: wanted } = await this.clean(scenario, seed);
    return [
      ...(codeOf(other) === wanted ? [] : [`the other run ended with ${codeOf(other)}`]),
      ...world.effects
        .filter(({ asker }) => asker.run === run && asker.sentMs > since)
        .map(({ label, host }) => `${label} on ${host} by a run that was given up`),
      ...world.breaches.map(({ what }) => what),
    ];
  }

  /** Somebody else starts a run after the first one has crashed: what that did. Nothing when no host was held any more. */
  async stranger(scenario: string, seed: number, crash: Crash): Promise<readonly string[] | undefined> {
    const world = this.#world({ scenario, seed, crashes: [crash] });
    await this.#subject.start(world, this.#scenario(scenario), { run, check: false });
    if (![...world.hosts.values()].some((host) => host.holder?.run === run)) return undefined;
    const other = await this.#subject.start(world, this.#scenario(scenario), { run: 'second', check: false });
    await world.kernel.pass(120_000);
    const held = [...world.hosts.values()].filter((host) => host.holder?.run === 'second');
    return [
      ...(codeOf(other) === exitCode.locked ? [] : [`the other run ended with ${codeOf(other)}`]),
      ...world.effects.flatMap((each) => (each.asker.run === 'second' ? [`${each.label} on ${each.host}`] : [])),
      ...held.map((host) => `${host.name} is held by the run that was refused`),
    ];
  }

  /** Runs a case to its end and holds the rules against it. */
  async judge(each: Case): Promise<Verdict> {
    const scenario = this.#scenario(each.scenario);
    const clean = await this.clean(each.scenario, each.seed);
    const world = this.#world(each);
    const lives = await this.#lives(world, scenario, clean);
    const codes = lives.map(({ ended, isOver }) =>
      ended.kind === 'done' ? `${isOver === true ? 'over:' : ''}${ended.value}` : ended.kind,
    );
    const violations = [...violationsOf({ world, scenario, lives, clean }), ...this.#stranded(lives, clean, world)];
    const verdict = { case: each, codes, violations, trace: () => traceOf(world) };
    this.tally.add(verdict, world.kernel.ticks.length);
    return verdict;
  }

  async #lives(world: SimulatedWorld, scenario: Scenario, clean: Clean): Promise<readonly Life[]> {
    const order = { run, check: false };
    const lives = [await this.#subject.start(world, scenario, order)];
    const isOver = (life: Life | undefined): boolean => life?.isOver === true || codeOf(life) === clean.code;
    while (this.#subject.resume !== undefined && lives.length < mostLives && !isOver(lives.at(-1))) {
      await world.kernel.pass(world.kernel.random.whole(0, 10_000));
      world.disk.free();
      // A journal without one record is of a run that never began.
      if (world.disk.files.get(`${world.journals}/${run}.jsonl`)?.bytes.includes('\n') === false)
        world.disk.files.delete(`${world.journals}/${run}.jsonl`);
      const journal = world.disk.files.get(`${world.journals}/${run}.jsonl`)?.bytes;
      lives.push(
        journal === undefined
          ? await this.#subject.start(world, scenario, order)
          : await this.#subject.resume(world, scenario, order, journal),
      );
    }
    // What is late must be late enough to come now.
    await world.kernel.pass(120_000);
    return lives;
  }

  /** Who can be taken up again must come to an end, or say that only a person can help. */
  #stranded(lives: readonly Life[], clean: Clean, world: SimulatedWorld): readonly Violation[] {
    if (this.#subject.resume === undefined) return [];
    const code = codeOf(lives.at(-1));
    const journal = world.disk.files.get(`${world.journals}/${run}.jsonl`)?.bytes.toString() ?? '';
    // A host that stays away when it is to be given back is told of, with the command that frees it.
    const isTold = (name: string): boolean => journal.includes(`\`${name}\` could not be given back`);
    const holders = [...world.hosts.values()].filter((host) => host.holder !== undefined && !isTold(host.name));
    const held = holders.map((host) => ({ rule: 'I7', what: `${host.name} is held though the run is over` }));
    if (code === clean.code) return held;
    const refusals: readonly (number | undefined)[] = [exitCode.preflightRefused, exitCode.locked, exitCode.stale];
    if (world.effects.length === 0 && refusals.includes(code)) return held;
    // What failed where an `always` stood behind it has failed for good, and its run says so.
    const hasFailed = code === exitCode.failed || code === exitCode.unreachable;
    if (hasFailed && lives.at(-1)?.isOver === true && /"resumable":false[^\n]*\n$/.test(journal)) return held;
    return code === exitCode.inDoubt ? [] : [{ rule: 'I19', what: `ended with ${code ?? 'death'} for good` }];
  }

  /** What the scenario comes to without a crash. */
  async clean(name: string, seed: number): Promise<Clean> {
    const key = `${name} ${seed}`;
    const known = this.#clean.get(key);
    if (known !== undefined) return known;
    const world = this.#world({ scenario: name, seed, crashes: [] });
    const life = await this.#subject.start(world, this.#scenario(name), { run, check: false });
    const code = codeOf(life);
    if (code === undefined) throw new Error(`the scenario ${name} does not end: ${JSON.stringify(life.ended)}`);
    const events = world.kernel.ticks.length;
    await world.kernel.pass(1000);
    const clean: Clean = {
      code,
      events,
      state: world.state(),
      once: world.effects.flatMap(({ kind, label, host }) => (kind === 'once' ? [`${label} on ${host}`] : [])),
      seen: new Map(
        [...world.hosts.values()].flatMap((host) =>
          [...host.seen].map(([path, contents]) => [`${host.name} ${path}`, contents] as const),
        ),
      ),
    };
    this.#clean.set(key, clean);
    return clean;
  }

  #scenario(name: string): Scenario {
    const scenario = this.#scenarios.get(name) ?? scenarioOf(name);
    this.#scenarios.set(name, scenario);
    return scenario;
  }

  #world({ scenario, seed, crashes, faults }: Case): SimulatedWorld {
    return new SimulatedWorld({
      seed,
      crashes,
      hosts: this.#scenario(scenario).hosts,
      fenced: this.#subject.holds,
      answer: truth(this.#scenario(scenario)),
      ...(faults === undefined ? {} : { faults }),
    });
  }
}

/** Who is asked whether something happened looks at what truly did. */
function truth({ labels }: Scenario): (question: Question, world: SimulatedWorld) => Answer {
  return (question, world) => {
    const { expect, otherwise = [], host } = question;
    if (world.crashed.length > 0 && world.options.seed % 2 === 0 && world.kernel.random.next() < 0.5)
      return { kind: 'nobody' };
    const events = eventsIn(world.disk.files.get(`${world.journals}/${run}.jsonl`)?.bytes ?? Buffer.alloc(0));
    const names = namesIn(events);
    if (/^What became of: (unit|content|row) /.test(question.title))
      world.breaches.push({ rule: 'R3', atMs: world.kernel.nowMs, what: `a person was asked ${question.title}` });
    // Which item of a loop is meant is not said by the question, so it is taken to be the last one that was begun.
    const begun = events.findLast((each) => each.type === 'task.applying' && each.host === host);
    const label =
      begun?.type === 'task.applying'
        ? labels.find((each) => isAbout(each, names.get(begun.task) ?? '', begun.item))
        : undefined;
    const happened = world.effects.some(
      (each) => each.label === label && (each.host === host || each.label === 'last'),
    );
    const typed = expect.endsWith(' done') && !happened ? (otherwise[0] ?? '') : expect;
    return { kind: 'confirmed', typed, by: 'anna' };
  };
}
