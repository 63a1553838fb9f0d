// A run from its first look to its recap: connect to every host, take those that it will touch, play after play, and say
// how it ended. A run that is taken up again walks the same road; what its earlier lives settled is only taken note of.
import { hasErrors } from '../core/diagnostic.js';
import type { HostRecap } from '../core/event.js';
import { exitCode } from '../core/exit.js';
import type { ExitCode } from '../core/exit.js';
import type { RunInput } from '../core/run.js';
import { tasksOf } from '../core/steps.js';
import { RunContext } from './context.js';
import type { HostState } from './context.js';
import { stopsForDrift } from './drift.js';
import { foundEvent } from './finding.js';
import { greetAll } from './greet.js';
import type { Objection } from './holding.js';
import { exitCodeFor } from './outcome.js';
import { hostsOf, runPlay } from './play.js';
import { preflight, problemsOfRun } from './preflight.js';
import type { Preflight } from './preflight.js';
import { picked } from '../core/picked.js';
import { mayRelease, standingOf } from './standing.js';

/** Runs playbooks over an inventory; resolves with the exit code when everything is closed. */
export async function run(input: RunInput): Promise<ExitCode> {
  await using context = new RunContext(input);
  const startedMs = input.world.clock.monotonicMs();
  const hosts = hostsOfRun(context);
  await begin(context, hosts);
  await greetAll(hosts, context);
  const refusal = await refused(context, hosts);
  if (refusal === undefined) await runPlays(context);
  if (await stopsForDrift(context)) context.halts.add('fenced');
  const recap = Object.fromEntries(
    hosts.map((state) => [state.host.name, state.recap.counts(state.reachable === 'none')]),
  );
  const code = refusal ?? finalCode(context, recap);
  if (mayRelease(context, code)) await context.holding.release();
  const durationMs = Math.round(input.world.clock.monotonicMs() - startedMs);
  const looked = context.hasWanted ? {} : { onlyLooked: true };
  const standing = standingOf(context, code);
  await context.say({ type: 'run.finished', exitCode: code, durationMs, recap, ...looked, ...standing });
  return code;
}

async function begin(context: RunContext, hosts: readonly HostState[]): Promise<void> {
  const { playbooks, inventory, options, holder, past } = context.input;
  if (past !== undefined && holder !== undefined)
    await context.say({ type: 'run.resumed', number: holder.number, by: holder.by, done: past.done });
  await context.say({
    type: 'run.started',
    playbook: playbooks.map((playbook) => playbook.path).join(' '),
    inventory: inventory.files,
    check: options.check,
    diff: options.diff,
    hosts: hosts.map((state) => state.host.name),
  });
}

function hostsOfRun(context: RunContext): readonly HostState[] {
  const plays = context.input.playbooks.flatMap((playbook) => playbook.plays);
  return [...new Set(plays.flatMap((play) => hostsOf(play, context)))];
}

async function runPlays(context: RunContext): Promise<void> {
  const plays = context.input.playbooks.flatMap((playbook) => playbook.plays.map((play) => ({ play, playbook })));
  for (const [index, { play, playbook }] of plays.entries())
    if (!(await runPlay(play, { playbook, index }, context))) break;
}

/** Why nothing may start, after it was said; nothing when all is as the tasks need it and the hosts are this run's. */
async function refused(context: RunContext, hosts: readonly HostState[]): Promise<ExitCode | undefined> {
  if (context.input.world.draining.aborted) return undefined;
  const held = context.past?.held ?? new Set();
  const wanted = hosts.filter((state) => state.reachable !== 'none' || held.has(state.host.name));
  const holds = touches(context);
  const others = holds ? await context.holding.look(wanted) : [];
  if (others.length > 0) return objected(context, others);
  if (await refusedByTheWorld(context, hosts)) return exitCode.preflightRefused;
  if (!holds || context.input.world.draining.aborted) return undefined;
  const late = await context.holding.take(wanted);
  if (context.input.world.draining.aborted && late.length === 0) return exitCode.interrupted;
  return late.length > 0 ? objected(context, late) : undefined;
}

/** True when some task may change a host: a run that only looks keeps nobody out. */
function touches({ input: { playbooks, options } }: RunContext): boolean {
  const plays = playbooks.flatMap((playbook) => playbook.plays);
  const tasks = plays.flatMap((play) => [
    ...tasksOf(play.steps).filter((task) => picked(task.tags, options)),
    ...play.handlers,
  ]);
  return !options.check && tasks.some((task) => task.touches);
}

async function objected(context: RunContext, objections: readonly Objection[]): Promise<ExitCode> {
  const codes: Readonly<Record<Objection['kind'], string>> = {
    held: 'preflight/held',
    lost: 'preflight/lost',
    refused: 'preflight/state-directory',
  };
  for (const { kind, message, hint } of objections)
    await context.say({ type: 'preflight.found', severity: 'error', code: codes[kind], message, hint });
  if (objections.some(({ kind }) => kind === 'held')) return exitCode.locked;
  return objections.some(({ kind }) => kind === 'lost') ? exitCode.stale : exitCode.preflightRefused;
}

/** Looks at all that the tasks need, and says what is missing; true when nothing may start. */
async function refusedByTheWorld(context: RunContext, hosts: readonly HostState[]): Promise<boolean> {
  const { options, world, past } = context.input;
  // What is half done has been looked at as a whole before, and what is done would be looked at in vain.
  if (past !== undefined && past.held.size + past.done > 0) return false;
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
  const hosts = hostsOfRun(context);
  await greetAll(hosts, context);
  return await preflight(context, hosts);
}

function finalCode(context: RunContext, recap: Readonly<Record<string, HostRecap>>): ExitCode {
  const code = exitCodeFor(context.isUnsettled ? new Set([...context.halts, 'in-doubt']) : context.halts);
  const { check, detailedExitCode } = context.input.options;
  if (code !== exitCode.done || !check || detailedExitCode !== true) return code;
  return Object.values(recap).some((counts) => counts.changed + counts.unknown > 0) ? exitCode.changesPending : code;
}
