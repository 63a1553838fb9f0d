// The preflight of the world: everything that a run will need is looked at before any of it is touched, and all that is
// missing is told at once. Tasks say what they need; what can be told of it before the run is decided here.
import type { Diagnostic } from '../core/diagnostic.js';
import { planOf } from '../core/plan.js';
import { WorldError } from '../core/world-error.js';
import type { HostState, RunContext } from './context.js';
import { closedCode, refusedDatabases, serverFindings } from './database-look.js';
import type { Demand, Demands } from './demands.js';
import { demandsOf } from './demands.js';
import { diagnosticsOf } from './finding.js';
import type { Finding, Weight } from './finding.js';
import { lookingAhead } from './foresight.js';
import { grouped } from './grouped.js';
import { inParallel } from './lock.js';
import { machineFindings } from './machines.js';
import { objectionsTo } from './objections.js';
import { TaskEyes } from './senses.js';
import { databaseKey, databaseName, lookFor, userKey } from './world-looks.js';
import type { Seen } from './world-looks.js';

/** What a preflight came to. */
export interface Preflight extends Pick<Demands, 'certain' | 'deferred'> {
  readonly findings: readonly Finding[];
}

/** Looks at everything that the run will need. Its hosts have been greeted; nothing is touched. */
export async function preflight(context: RunContext, hosts: readonly HostState[]): Promise<Preflight> {
  const { playbooks } = context.input;
  const { demands, certain, deferred } = lookingAhead(playbooks, context.states.values(), () => demandsOf(context));
  const answering = hosts.filter((state) => state.reachable !== 'none').map((state) => state.host.name);
  const [seen, machines] = await Promise.all([lookFor(demands, context), machineFindings(context, answering)]);
  const servers = await serverFindings(context, hostsWithOpenDatabase(demands, seen));
  const asking = hostsThatAsk(demands, context);
  const findings = [
    ...machines,
    ...servers,
    ...unreachableFindings(demands, hosts, seen, context),
    ...becomeFindings(demands, seen),
    ...databaseFindings(demands, seen, context),
    ...refusedDatabases(hosts.filter(({ host }) => !asking.has(host.name))),
    ...(await taskFindings(demands, seen, context)),
  ];
  const used = new Set([...answering, ...demands.map((each) => each.manner.session)]);
  await Promise.all([...used].map((name) => context.session(name).closeDatabases()));
  return { findings, certain, deferred };
}

/** The problems of a preflight for its own sake: everything there is to say. */
export function allProblems({ findings }: Preflight): readonly Diagnostic[] {
  return diagnosticsOf(findings);
}

/** The problems that a run has: without doubts, and with nothing of dead hosts unless there is more to refuse. */
export function problemsOfRun({ findings }: Preflight): readonly Diagnostic[] {
  const refused = findings.some((each) => each.weight === 'refusal');
  const weights = new Set<Weight>(refused ? ['refusal', 'unreachable', 'notice'] : ['notice']);
  return diagnosticsOf(findings.filter((each) => weights.has(each.weight)));
}

/** One finding for many tasks stands at the first of them that would certainly meet it. */
function atFirst(
  demands: readonly Demand[],
  weight: 'refusal' | 'unreachable',
  maybe: (demand: Demand) => boolean,
  finding: Pick<Finding, 'code' | 'message' | 'hint'>,
): readonly Finding[] {
  const certain = demands.find((each) => !each.coped && !maybe(each));
  const first = certain ?? demands[0];
  if (first === undefined) return [];
  const tasks = new Set(demands.map((each) => each.task.id)).size;
  const message = tasks === 1 ? finding.message : `${finding.message} (${tasks} tasks need it)`;
  return [{ ...finding, message, weight: certain === undefined ? 'doubt' : weight, span: first.task.span }];
}

function unreachableFindings(
  demands: readonly Demand[],
  hosts: readonly HostState[],
  seen: Seen,
  context: RunContext,
): readonly Finding[] {
  const ofHosts = grouped(demands, (each) => each.manner.session);
  const missed = [...seen.unreachable].flatMap(([name, { message, hint }]) =>
    atFirst(ofHosts.get(name) ?? [], 'unreachable', ({ task }) => task.ignoreUnreachable !== undefined, {
      code: 'preflight/unreachable',
      message,
      hint,
    }),
  );
  const unmissed = hosts.filter((state) => state.reachable === 'none' && !seen.unreachable.has(state.host.name));
  const dead = unmissed.map(({ host }): Finding => {
    const message = `\`${host.name}\` cannot be reached, and no task that is known to run needs it`;
    return { code: 'preflight/unreachable', weight: 'doubt', message, span: host.span };
  });
  return [...missed, ...dead].filter(() => !context.input.world.stopping.aborted);
}

function becomeFindings(demands: readonly Demand[], seen: Seen): readonly Finding[] {
  const shells = demands.filter((each) => each.module.needs.withoutShell !== true);
  return [...grouped(shells, userKey).values()].flatMap((group) => {
    const failed = group[0] === undefined ? undefined : seen.answersFor(group[0]).failed;
    if (failed === undefined) return [];
    const { message, hint, kind, details } = failed;
    if (details['reason'] === 'become')
      return atFirst(group, 'refusal', ({ brought }) => brought.program('sudo'), {
        code: 'preflight/become',
        message,
        hint,
      });
    const weight = kind === 'unreachable' ? 'unreachable' : 'refusal';
    return atFirst(group, weight, () => kind !== 'unreachable', { code: 'preflight/no-answer', message, hint });
  });
}

function databaseFindings(demands: readonly Demand[], seen: Seen, context: RunContext): readonly Finding[] {
  const uses = demands.flatMap((demand) =>
    (demand.module.needs.databases ?? []).map((name) => ({ demand, name, key: databaseKey(demand, name, context) })),
  );
  return [...grouped(uses, ({ key }) => key).values()].flatMap((group) => {
    const [first] = group;
    const closed = first === undefined ? undefined : seen.database(first.demand, first.name).closed;
    if (first === undefined || closed === undefined) return [];
    const { message, hint, kind } = closed;
    const code = closedCode(closed);
    return atFirst(
      group.map(({ demand }) => demand),
      kind === 'unreachable' ? 'unreachable' : 'refusal',
      ({ brought }) => brought.data,
      { code, message, hint },
    );
  });
}

/** Hosts whose tasks need the very database that has been tried, and so tell of it themselves. */
function hostsThatAsk(demands: readonly Demand[], context: RunContext): ReadonlySet<string> {
  const asking = demands.filter((demand) =>
    (demand.module.needs.databases ?? []).some(
      (name) => databaseName(demand, name, context) === databaseName(demand, undefined, context),
    ),
  );
  return new Set(asking.map((demand) => demand.manner.session));
}

/** Hosts whose own database has let us in. */
function hostsWithOpenDatabase(demands: readonly Demand[], seen: Seen): readonly string[] {
  const open = demands.filter(
    (demand) =>
      !seen.unreachable.has(demand.manner.session) &&
      (demand.module.needs.databases ?? []).some((name) => seen.database(demand, name).closed === undefined),
  );
  return [...new Set(open.map((each) => each.manner.session))];
}

/** What is missing for each task. A task that finds its work done already needs nothing for it. */
async function taskFindings(demands: readonly Demand[], seen: Seen, context: RunContext): Promise<readonly Finding[]> {
  const objected = demands
    .map((demand) => ({ demand, findings: objectionsTo(demand, seen) }))
    .filter(({ findings }) => findings.length > 0);
  const settled = await inParallel(objected, context.input.options.forks, async ({ demand, findings }) => {
    if (demand.undone || findings.every((each) => each.weight === 'doubt')) return findings;
    return (await isDone(demand.own ?? demand, context)) ? [] : findings;
  });
  return settled.flat();
}

async function isDone({ module, manner }: Demand, context: RunContext): Promise<boolean> {
  // No look can tell that a bare command was run.
  if (!module.provable) return false;
  const eyes = new TaskEyes(context.session(manner.session), manner, context.input.world);
  try {
    const found = await module.inspect(eyes);
    return planOf(found, module.want(found)).kind === 'same';
  } catch (thrown) {
    if (thrown instanceof WorldError) return false;
    throw thrown;
  }
}
