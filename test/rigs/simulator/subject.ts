// What is put to the test: something that runs a playbook in a simulated world and writes it down. The real one is the
// engine with the real journal and the real road of events; only the world and the disk are made up.
import { createEmit } from '../../../src/cli/stream-events.js';
import type { Target } from '../../../src/core/connection.js';
import { exitCode } from '../../../src/core/exit.js';
import type { ExitCode } from '../../../src/core/exit.js';
import { Redactor } from '../../../src/core/redact.js';
import { ok } from '../../../src/core/result.js';
import type { RunInput } from '../../../src/core/run.js';
import { run } from '../../../src/engine/run.js';
import { openJournal } from '../../../src/journal/append.js';
import { JournalError } from '../../../src/journal/problem.js';
import type { Incarnation } from './incarnation.js';
import type { Driven } from './kernel.js';
import type { Scenario } from './scenarios.js';
import { journalDirectory } from './world.js';
import type { SimulatedWorld } from './world.js';

/** One life of the program, and how it ended. */
export interface Life {
  readonly runner: Incarnation;
  readonly run: string;
  readonly ended: Driven<ExitCode>;
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
  holds: false,
  start: (world, scenario, order) => live(world, order, (runner) => started(world, scenario, order, runner)),
};

async function live(
  world: SimulatedWorld,
  order: Order,
  work: (runner: Incarnation) => Promise<ExitCode>,
): Promise<Life> {
  const runner = world.begin();
  const ended = await world.kernel.drive(work(runner), () => runner.alive);
  runner.ended = true;
  return { runner, run: order.run, ended };
}

async function started(
  world: SimulatedWorld,
  scenario: Scenario,
  { run: id, check }: Order,
  runner: Incarnation,
): Promise<ExitCode> {
  let journal;
  try {
    journal = openJournal(id, journalDirectory, world.disk.for(runner));
  } catch (error) {
    if (error instanceof JournalError) return exitCode.bug;
    throw error;
  }
  const draining = new AbortController();
  const redactor = new Redactor();
  const clock = world.clock(runner);
  let lost = false;
  const emit = createEmit({
    run: id,
    redactor,
    clock,
    journal,
    show: () => undefined,
    lost: () => {
      lost = true;
      draining.abort();
    },
  });
  const input: RunInput = {
    id,
    playbooks: [scenario.playbook],
    inventory: scenario.inventory,
    target: (host) => ok(target(host.name)),
    options: {
      check,
      diff: false,
      tags: [],
      skipTags: [],
      step: false,
      forks: 10,
      taskTimeoutMs: 600_000,
      liveOutput: false,
    },
    world: {
      connector: world.connector(runner, { run: id, number: 1 }),
      clock,
      operator: world.operator(runner),
      emit,
      redactor,
      draining: draining.signal,
      stopping: new AbortController().signal,
    },
  };
  const code = await codeOf(input, () => lost);
  journal.close();
  return lost ? exitCode.bug : code;
}

/** As the commands have it: a run whose journal was lost throws on its way out. */
async function codeOf(input: RunInput, lost: () => boolean): Promise<ExitCode> {
  try {
    return await run(input);
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
