// The first look of a run: who answers, before any host is touched.
import { tasksOf } from '../core/steps.js';
import { WorldError } from '../core/world-error.js';
import type { HostState, RunContext } from './context.js';
import { inParallel } from './lock.js';

/**
 * Connects to the hosts before any of them is touched. One that does not answer fails only the tasks that need it:
 * a playbook may have been told that it is dead, and every task that is for it waits for all its hosts anyway.
 */
export async function greetAll(hosts: readonly HostState[], context: RunContext): Promise<void> {
  const deep = speaksOfReachable(context);
  await inParallel(hosts, context.input.options.forks, (state) => greet(state, context, deep));
}

async function greet(state: HostState, context: RunContext, deep: boolean): Promise<void> {
  // Decisions rest on what the run saw first, so a resumed run keeps it.
  const before = context.past?.reachable(state.host.name);
  try {
    const { hostKey } = await context.session(state.host.name).connection();
    const found = deep ? await depth(state, context) : 'ssh';
    state.reachable = before ?? found;
    const proof = hostKey === undefined ? {} : { hostKey };
    await context.say({ type: 'host.connected', host: state.host.name, reachable: found, ...proof });
  } catch (error) {
    if (!(error instanceof WorldError)) throw error;
    state.reachable = before ?? 'none';
    const hint = error.hint === undefined ? {} : { hint: error.hint };
    await context.say({ type: 'host.unreachable', host: state.host.name, reason: error.message, ...hint });
  }
}

/** Whether the host's database answers too; asked only when a playbook speaks of `reachable`. */
async function depth(state: HostState, context: RunContext): Promise<'ssh' | 'db'> {
  if (!context.scopeOf(state).has('pg_user')) return 'ssh';
  const session = context.session(state.host.name);
  try {
    await session.withDatabase(session.target.postgres.database, (database) =>
      database.look({ text: 'select 1', values: [] }),
    );
    return 'db';
  } catch (error) {
    if (!(error instanceof WorldError)) throw error;
    state.databaseClosed = error;
    return 'ssh';
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
