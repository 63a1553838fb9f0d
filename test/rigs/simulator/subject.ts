// What is put to the test: something that runs a playbook in a simulated world and writes it down. The real one is the
// engine with the real journal and the real road of events; only the world and the disk are made up.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ownFiles } from '../../../src/cli/own-files.js';
import { createEmit } from '../../../src/cli/stream-events.js';
import type { Target } from '../../../src/core/connection.js';
import type { Event } from '../../../src/core/event.js';
import { exitCode } from '../../../src/core/exit.js';
import type { ExitCode } from '../../../src/core/exit.js';
import { Past } from '../../../src/core/past.js';
import { Redactor } from '../../../src/core/redact.js';
import { ok } from '../../../src/core/result.js';
import type { RunInput } from '../../../src/core/run.js';
import { run } from '../../../src/engine/run.js';
import { openJournal, reopenJournal } from '../../../src/journal/append.js';
import type { Journal } from '../../../src/journal/append.js';
import { readJournal } from '../../../src/journal/read.js';
import type { Journalled } from '../../../src/journal/read.js';
import { JournalError } from '../../../src/journal/problem.js';
import type { Incarnation } from './incarnation.js';
import type { Driven } from './kernel.js';
import type { Scenario } from './scenarios.js';
import type { SimulatedWorld } from './world.js';

/** One life of the program, and how it ended. */
export interface Life {
  readonly runner: Incarnation;
  readonly run: string;
  readonly ended: Driven<ExitCode>;
  /** True when there was nothing to go on with: the journal says how the run ended. */
  readonly isOver?: boolean;
}

/** What the operator asks for. */
export interface Order {
  readonly run: string;
  readonly check: boolean;
}

/** Something that can be put to the test. */
export interface Subject {
  readonly name: string;
  /** True when it takes hosts before it touches them. */
  readonly holds: boolean;
  start(world: SimulatedWorld, scenario: Scenario, order: Order): Promise<Life>;
  /** Goes on with a run from its journal; without it a run that was cut off stays so. */
  resume?(world: SimulatedWorld, scenario: Scenario, order: Order, journal: Buffer): Promise<Life>;
}

/** The engine and the journal as they are. */
export const engine: Subject = {
  name: 'engine',
  holds: true,
  start: (world, scenario, order) => live(world, order, (runner) => lived(world, scenario, order, runner)),
  resume: async (world, scenario, order, bytes) => {
    const journalled = readBack(world, order, bytes);
    const over = endOf(journalled);
    if (over !== undefined)
      return { runner: world.begin(), run: order.run, isOver: true, ended: { kind: 'done', value: over } };
    return live(world, order, (runner) => lived(world, scenario, order, runner, journalled));
  },
};

/** The exit code of a run with which nobody can go on, as `playbook resume` decides it. */
function endOf({ events }: Journalled): ExitCode | undefined {
  // What was cut off before it began has done nothing, and is begun anew.
  if (events.length === 0) return exitCode.stale;
  const last = events.findLast((event) => event.type === 'run.finished' || event.type === 'run.resumed');
  if (last?.type !== 'run.finished') return undefined;
  return last.exitCode === exitCode.done || last.standing?.resumable === false ? last.exitCode : undefined;
}

/** Reads the bytes of a simulated journal as the program reads a real one. */
function readBack({ journals }: SimulatedWorld, { run: id }: Order, bytes: Buffer): Journalled {
  const path = join(journals, `${id}.jsonl`);
  writeFileSync(path, bytes, { mode: 0o600 });
  try {
    return readJournal(id, journals);
  } finally {
    rmSync(path);
  }
}

async function live(
  world: SimulatedWorld,
  order: Order,
  work: (runner: Incarnation) => Promise<ExitCode>,
): Promise<Life> {
  const runner = world.begin();
  const ended = await world.kernel.drive(
    work(runner).finally(() => (runner.ended = true)),
    () => runner.isAwake,
  );
  return { runner, run: order.run, ended };
}

async function lived(
  world: SimulatedWorld,
  scenario: Scenario,
  order: Order,
  runner: Incarnation,
  journalled?: Journalled,
): Promise<ExitCode> {
  const past = journalled === undefined ? undefined : new Past(journalled.events);
  const journal = opening(world, order, runner, journalled);
  if (journal === undefined) return exitCode.bug;
  const draining = new AbortController();
  const redactor = new Redactor();
  const clock = world.clock(runner);
  let lost = false;
  const emit = createEmit({
    run: order.run,
    redactor,
    clock,
    journal,
    show: () => undefined,
    lost: () => {
      lost = true;
      draining.abort();
    },
  });
  const number = (past?.number ?? 0) + 1;
  const holder = { run: order.run, number, by: 'anna@laptop', since: '2026-01-01T00:00:00Z', playbook: scenario.name };
  const input: RunInput = {
    id: order.run,
    playbooks: [scenario.playbook],
    inventory: scenario.inventory,
    target: (host) => ok(target(host.name)),
    options: {
      check: order.check,
      diff: false,
      tags: [],
      skipTags: [],
      step: false,
      forks: 10,
      taskTimeoutMs: 600_000,
      liveOutput: false,
    },
    world: {
      connector: world.connector(runner, { run: order.run, number }),
      clock,
      operator: world.operator(runner),
      ownFiles,
      emit,
      redactor,
      draining: draining.signal,
      stopping: new AbortController().signal,
    },
    ...(order.check ? {} : { holder }),
    ...(past === undefined ? {} : { past }),
  };
  const code = await codeOf(
    async () => {
      if (past === undefined) await emit(openingEvent);
      return run(input);
    },
    () => lost,
  );
  journal.close();
  return lost ? exitCode.bug : code;
}

const openingEvent: Event = {
  type: 'run.opened',
  format: 2,
  tool: 'simulated',
  by: 'anna@laptop',
  invocation: { directory: '/', playbooks: [], flags: {}, withheld: [] },
  inputs: {},
};

/** Opens the journal; nothing when the disk refuses. */
function opening(
  world: SimulatedWorld,
  { run: id }: Order,
  runner: Incarnation,
  journalled: Journalled | undefined,
): Journal | undefined {
  const disk = world.disk.for(runner);
  try {
    return journalled === undefined
      ? openJournal(id, { directory: world.journals, disk })
      : reopenJournal(journalled, disk);
  } catch (error) {
    if (error instanceof JournalError) return undefined;
    throw error;
  }
}

/** As the commands have it: a run whose journal was lost throws on its way out. */
async function codeOf(work: () => Promise<ExitCode>, lost: () => boolean): Promise<ExitCode> {
  try {
    return await work();
  } catch (error) {
    if (lost()) return exitCode.bug;
    throw error;
  }
}

/** How a simulated host is reached. */
export function target(host: string): Target {
  return {
    host,
    connection: 'ssh',
    address: host,
    jump: [],
    connectTimeoutMs: 10_000,
    become: { enabled: false, user: 'root', method: 'sudo' },
    stateDirectory: '/var/lib/playbook',
    postgres: { through: 'ssh', address: '127.0.0.1', port: 5432, user: 'x', database: 'x', tls: false },
  };
}
