// A play: its hosts in batches, its steps over each batch, its handlers at the end of each batch.
import type { Host } from '../core/inventory.js';
import type { Play, Playbook } from '../core/playbook.js';
import type { HostState, RunContext } from './context.js';
import type { Dropped, Frame } from './frame.js';
import { isFatal, stopsAll } from './frame.js';
import { batches, playIsPicked } from './selection.js';
import { runSteps } from './steps.js';

/** The hosts of a play, narrowed by `--limit`, without those that already dropped out. */
export function hostsOf(play: Play, context: RunContext): readonly HostState[] {
  const limited = context.input.options.limit;
  const within = limited === undefined ? undefined : names(context.input.inventory.select(limited));
  const picked = context.input.inventory.select(play.hosts, play.hostsSpan);
  if (!picked.ok) return [];
  return picked.value
    .filter((host) => within === undefined || within.has(host.name))
    .map((host) => context.state(host.name))
    .filter((state) => state.halt === undefined);
}

function names(
  selected: { readonly ok: true; readonly value: readonly Host[] } | { readonly ok: false },
): ReadonlySet<string> {
  return new Set(selected.ok ? selected.value.map((host) => host.name) : []);
}

/** Runs a play; false when the run must not go on to the next. */
export async function runPlay(
  play: Play,
  { playbook, index }: { readonly playbook: Playbook; readonly index: number },
  context: RunContext,
): Promise<boolean> {
  const hosts = hostsOf(play, context);
  if (hosts.length === 0 || !playIsPicked(play, context.input.options)) return true;
  await context.say({
    type: 'play.started',
    play: play.id,
    name: play.name,
    hosts: hosts.map((state) => state.host.name),
  });
  let goOn = true;
  for (const batch of batches(hosts, play.serial)) {
    goOn = await runBatch({
      context,
      play,
      playbookDirectory: playbook.directory,
      batch,
      prefix: `${index}.`,
      guarded: false,
      within: [],
      items: new Map(),
    });
    if (!goOn) break;
  }
  await context.say({ type: 'play.finished', play: play.id });
  return goOn;
}

async function runBatch(frame: Frame): Promise<boolean> {
  const { context, batch } = frame;
  const dropped = await runSteps(frame.play.steps, batch, frame);
  if (!isFatal(dropped)) await runHandlers(frame, dropped);
  await warnOfHandlers(frame);
  for (const [state, halt] of dropped) {
    if (halt === 'stopped') continue;
    state.halt = halt;
    context.halts.add(halt);
  }
  for (const state of batch) state.notified.clear();
  return !stopsAll(dropped, frame);
}

async function runHandlers(frame: Frame, dropped: Dropped): Promise<void> {
  for (const [index, handler] of frame.play.handlers.entries()) {
    const hosts = frame.batch.filter((state) => !dropped.has(state) && state.notified.has(handler.name.text));
    if (hosts.length === 0) continue;
    for (const state of hosts) state.notified.delete(handler.name.text);
    // A handler was asked for by a task that ran, so tags and the starting task do not pick it away.
    const more = await runSteps([{ ...handler, tags: ['always'] }], hosts, {
      ...frame,
      prefix: `${frame.prefix}h${index}.`,
      within: ['handlers'],
    });
    for (const [state, halt] of more) dropped.set(state, halt);
    if (stopsAll(more, frame)) return;
  }
}

/** Handlers that were notified and did not get their turn stay undone, which the operator must hear. */
async function warnOfHandlers(frame: Frame): Promise<void> {
  for (const state of frame.batch) {
    if (state.notified.size === 0) continue;
    const which = [...state.notified].map((name) => `\`${name}\``).join(', ');
    await frame.context.say({
      type: 'run.warned',
      message: `on \`${state.host.name}\` these handlers were notified and have not run: ${which}`,
    });
  }
}
