// Steps in order over hosts: tasks, and blocks with their rescue and always. A rescue sees failures and unreachable
// hosts, never an outcome that is in doubt: after doubt nothing more starts.
import type { Block, Step } from '../core/playbook.js';
import type { HostState } from './context.js';
import type { Dropped, Frame, Turn } from './frame.js';
import { isFatal, scopeIn, stopsAll, turnsOf } from './frame.js';
import { blockFailed } from './block-problems.js';
import { runTask } from './task.js';

/** Runs steps on the hosts, one step after another; tells who dropped out. */
export async function runSteps(steps: readonly Step[], hosts: readonly HostState[], frame: Frame): Promise<Dropped> {
  const dropped: Dropped = new Map();
  for (const [index, each] of steps.entries()) {
    const name = `${frame.prefix}${index}`;
    const active = hosts.filter((state) => !dropped.has(state));
    if (active.length === 0) break;
    const more =
      each.kind === 'task' ? await runTask(each, active, frame, name) : await runBlock(each, active, frame, name);
    for (const [state, halt] of more) dropped.set(state, halt);
    if (!stopsAll(dropped, frame)) continue;
    for (const state of active) if (!dropped.has(state)) dropped.set(state, 'stopped');
    break;
  }
  return dropped;
}

async function runBlock(block: Block, hosts: readonly HostState[], frame: Frame, name: string): Promise<Dropped> {
  const inside: Frame = block.name === undefined ? frame : { ...frame, within: [...frame.within, block.name] };
  if (block.loop === undefined) return runOnce(block, hosts, inside, name);
  const turns = new Map<HostState, readonly Turn[]>();
  const dropped: Dropped = new Map();
  for (const state of hosts) {
    const found = turnsOf(block.loop, scopeIn(frame, state));
    if (found.ok) turns.set(state, found.value);
    else dropped.set(state, await blockFailed(block, state, found.problems, frame));
  }
  const most = Math.max(0, ...[...turns.values()].map((each) => each.length));
  for (let index = 0; index < most && !stopsAll(dropped, frame); index += 1) {
    const active = hosts.filter((state) => !dropped.has(state) && turns.get(state)?.[index] !== undefined);
    const items = new Map(inside.items);
    for (const state of active)
      items.set(state, [...(frame.items.get(state) ?? []), ...(turns.get(state)?.[index]?.definitions ?? [])]);
    for (const [state, halt] of await runOnce(block, active, { ...inside, items }, `${name}#${index}`))
      dropped.set(state, halt);
  }
  return dropped;
}

async function runOnce(block: Block, hosts: readonly HostState[], frame: Frame, name: string): Promise<Dropped> {
  const lastly = frame.guarded || block.always.length > 0;
  const inside = { ...frame, prefix: `${name}.`, guarded: lastly || block.rescue.length > 0 };
  const dropped = await runSteps(block.steps, hosts, inside);
  if (isFatal(dropped)) return dropped;
  await rescue(block, dropped, { ...frame, prefix: `${name}.r`, guarded: lastly });
  if (block.always.length === 0 || isFatal(dropped)) return dropped;
  const last = await runSteps(block.always, hosts, within({ ...frame, prefix: `${name}.a` }, 'always'));
  for (const [state, halt] of last) dropped.set(state, halt);
  return dropped;
}

/** Runs the rescue for those who dropped out, and takes back in those for whom it went well. */
async function rescue(block: Block, dropped: Dropped, frame: Frame): Promise<void> {
  if (block.rescue.length === 0 || dropped.size === 0) return;
  const lost = [...dropped];
  const again = await runSteps(
    block.rescue,
    lost.map(([state]) => state),
    within(frame, 'rescue'),
  );
  for (const [state, halt] of lost) {
    const worse = again.get(state);
    if (worse !== undefined) {
      dropped.set(state, worse);
      continue;
    }
    dropped.delete(state);
    if (halt !== 'stopped') state.recap.rescue(halt === 'unreachable' ? 'unreachable' : 'failed');
  }
}

function within(frame: Frame, part: string): Frame {
  return { ...frame, within: [...frame.within, part] };
}
