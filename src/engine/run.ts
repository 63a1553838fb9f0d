// A run from its first look to its recap: connect to every host, play after play, and say how it ended.
import { hasErrors } from '../core/diagnostic.js';
import type { HostRecap } from '../core/event.js';
import { exitCode } from '../core/exit.js';
import type { ExitCode } from '../core/exit.js';
import type { RunInput } from '../core/run.js';
import { RunContext } from './context.js';
import type { HostState } from './context.js';
import { foundEvent } from './finding.js';
import { greet } from './greet.js';
import { inParallel } from './lock.js';
import { exitCodeFor } from './outcome.js';
import { hostsOf, runPlay } from './play.js';
import { preflight, problemsOfRun } from './preflight.js';
import type { Preflight } from './preflight.js';

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
  const refused = await refusedByTheWorld(context, hosts);
  if (!refused) for (const { play, playbook } of plays) if (!(await runPlay(play, playbook, context))) break;
  const recap = Object.fromEntries(
    hosts.map((state) => [state.host.name, state.recap.counts(state.reachable === 'none')]),
  );
  const code = refused ? exitCode.preflightRefused : finalCode(context, recap);
  const durationMs = Math.round(input.world.clock.monotonicMs() - startedMs);
  const looked = context.hasWanted ? {} : { onlyLooked: true };
  await context.say({ type: 'run.finished', exitCode: code, durationMs, recap, ...looked });
  return code;
}

/** Looks at all that the tasks need, and says what is missing; true when nothing may start. */
async function refusedByTheWorld(context: RunContext, hosts: readonly HostState[]): Promise<boolean> {
  const { options, world } = context.input;
  if (options.preflight === false) await context.say({ type: 'run.warned', message: leftOut });
  if (options.preflight !== true || world.draining.aborted) return false;
  const problems = problemsOfRun(await preflight(context, hosts));
  // What a stop has cut off is no finding; the tasks tell of it themselves.
  if (world.draining.aborted) return false;
  for (const problem of problems) await context.say(foundEvent(problem));
  return hasErrors(problems);
}

const leftOut =
  'NOBODY HAS LOOKED whether all is there that the tasks need (--no-preflight): what is missing will show half way';

/** Looks at all that playbooks would need, as before a run, and at nothing else. */
export async function lookAhead(input: RunInput): Promise<Preflight> {
  await using context = new RunContext(input);
  const plays = input.playbooks.flatMap((playbook) => playbook.plays);
  const hosts = [...new Set(plays.flatMap((play) => hostsOf(play, context)))];
  await inParallel(hosts, input.options.forks, (state) => greet(state, context));
  return await preflight(context, hosts);
}

function finalCode(context: RunContext, recap: Readonly<Record<string, HostRecap>>): ExitCode {
  const code = exitCodeFor(context.halts);
  const { check, detailedExitCode } = context.input.options;
  if (code !== exitCode.done || !check || detailedExitCode !== true) return code;
  return Object.values(recap).some((counts) => counts.changed + counts.unknown > 0) ? exitCode.changesPending : code;
}
