// A run from its first look to its recap: connect to every host, play after play, and say how it ended.
import type { HostRecap } from '../core/event.js';
import { exitCode } from '../core/exit.js';
import type { ExitCode } from '../core/exit.js';
import type { RunInput } from '../core/run.js';
import { tasksOf } from '../core/steps.js';
import { WorldError } from '../core/world-error.js';
import { RunContext } from './context.js';
import type { HostState, Reachable } from './context.js';
import { inParallel } from './lock.js';
import { exitCodeFor } from './outcome.js';
import { hostsOf, runPlay } from './play.js';

/** Runs playbooks over an inventory; resolves with the exit code when everything is closed. */
export async function run(input: RunInput): Promise<ExitCode> {
  await using context = new RunContext(input);
  const startedMs = input.world.clock.monotonicMs();
  const plays = input.playbooks.flatMap((playbook) => playbook.plays.map((play) => ({ play, playbook })));
  const hosts = [...new Set(plays.flatMap(({ play }) => hostsOf(play, context)))];
  await context.say({
    type: 'run.started',
    playbook: input.playbooks.map((playbook) => playbook.path).join(' '),
    inventory: input.inventory.files,
    check: input.options.check,
    diff: input.options.diff,
    hosts: hosts.map((state) => state.host.name),
  });
  await inParallel(hosts, input.options.forks, (state) => greet(state, context));
  for (const { play, playbook } of plays) if (!(await runPlay(play, playbook, context))) break;
  const recap = Object.fromEntries(hosts.map((state) => [state.host.name, state.recap.counts()]));
  const code = finalCode(context, recap);
  const durationMs = Math.round(input.world.clock.monotonicMs() - startedMs);
  await context.say({ type: 'run.finished', exitCode: code, durationMs, recap });
  return code;
}

/**
 * Connects to a host before any host is touched. One that does not answer fails only the tasks that need it:
 * a playbook may have been told that it is dead, and every task that is for it waits for all its hosts anyway.
 */
async function greet(state: HostState, context: RunContext): Promise<void> {
  try {
    await context.session(state.host.name).connection();
    state.reachable = await depth(state, context);
    await context.say({ type: 'host.connected', host: state.host.name });
  } catch (error) {
    if (!(error instanceof WorldError)) throw error;
    state.reachable = 'none';
    const hint = error.hint === undefined ? {} : { hint: error.hint };
    await context.say({ type: 'host.unreachable', host: state.host.name, reason: error.message, ...hint });
  }
}

/** Whether the host's database answers too; asked only when a playbook speaks of `reachable`. */
async function depth(state: HostState, context: RunContext): Promise<Reachable> {
  if (!speaksOfReachable(context) || !context.scopeOf(state).has('pg_user')) return 'ssh';
  const session = context.session(state.host.name);
  try {
    await session.withDatabase(session.target.postgres.database, (database) =>
      database.look({ text: 'select 1', values: [] }),
    );
    return 'db';
  } catch (error) {
    if (error instanceof WorldError) return 'ssh';
    throw error;
  }
}

// The texts of the files are a superset of their conditions and variables, so this can only ask once too often.
function speaksOfReachable(context: RunContext): boolean {
  const { playbooks, inventory } = context.input;
  const tasks = playbooks.flatMap((playbook) => playbook.plays.flatMap((play) => tasksOf(play.steps)));
  const said = [...inventory.hosts.values()].flatMap((host) => [...host.groupDefinitions, ...host.hostDefinitions]);
  const sources = new Set([
    ...tasks.map((task) => task.span.source),
    ...said.flatMap((each) => each.span?.source ?? []),
  ]);
  return [...sources].some((source) => source.text.includes('reachable'));
}

function finalCode(context: RunContext, recap: Readonly<Record<string, HostRecap>>): ExitCode {
  const code = exitCodeFor(context.halts);
  const { check, detailedExitCode } = context.input.options;
  if (code !== exitCode.done || !check || detailedExitCode !== true) return code;
  return Object.values(recap).some((counts) => counts.changed + counts.unknown > 0) ? exitCode.changesPending : code;
}
