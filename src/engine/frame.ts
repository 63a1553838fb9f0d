// Hosts that go through the same steps together, what each of them sees, and who has dropped out.
import type { Play } from '../core/playbook.js';
import { data } from '../core/scope.js';
import type { Definition, Scope } from '../core/scope.js';
import type { Value } from '../core/value.js';
import { kindOf } from '../core/value.js';
import { error } from '../core/diagnostic.js';
import { fail, ok } from '../core/result.js';
import type { Result } from '../core/result.js';
import type { Loop } from '../core/playbook.js';
import type { HostState, RunContext } from './context.js';
import type { Halt } from './outcome.js';
import { restsOnWords } from './static.js';

/** Hosts that go no further, and why: a halt of their own, or `stopped` because of another host. */
export type Dropped = Map<HostState, Halt | 'stopped'>;

/** Where steps run. */
export interface Frame {
  readonly context: RunContext;
  readonly play: Play;
  readonly playbookDirectory: string;
  /** The hosts of the batch. */
  readonly batch: readonly HostState[];
  /** What the number of a step is added to, so that it has the same name in every life of the run. */
  readonly prefix: string;
  /** True where a block around the steps has a rescue or an `always`: then a failure stands, because it was acted upon. */
  readonly guarded: boolean;
  /** Names of the blocks around the steps. */
  readonly within: readonly string[];
  /** Items of the loops of blocks around the steps, by host. */
  readonly items: ReadonlyMap<HostState, readonly Definition[]>;
}

/** What a host sees in a frame, before a task adds its own variables. */
export function scopeIn(frame: Frame, state: HostState): Scope {
  return frame.context
    .scopeOf(state)
    .with('play', frame.play.definitions)
    .with('task', frame.items.get(state) ?? [])
    .withBuiltins({
      play_hosts: () => frame.batch.map((each) => each.host.name),
      playbook_dir: () => frame.playbookDirectory,
    });
}

/** Outcomes after which nobody goes on, whatever the playbook says. */
const fatal: ReadonlySet<Halt | 'stopped'> = new Set(['in-doubt', 'fenced', 'interrupted', 'waiting']);

/** True when a drop-out means that no more work may start anywhere. */
export function isFatal(dropped: Dropped): boolean {
  return [...dropped.values()].some((halt) => fatal.has(halt));
}

/** True when those who dropped out stop all the others too. */
export function stopsAll(dropped: Dropped, frame: Frame): boolean {
  if (isFatal(dropped)) return true;
  const lost = [...dropped.values()].filter((halt) => halt !== 'stopped').length;
  if (lost === 0) return false;
  const { anyErrorsFatal, maxFailPercentage } = frame.play;
  if (maxFailPercentage !== undefined) return (lost * 100) / frame.batch.length > maxFailPercentage;
  return anyErrorsFatal || lost === frame.batch.length;
}

/** One turn of a loop. */
export interface Turn {
  readonly item: Value;
  readonly label: string;
  readonly definitions: readonly Definition[];
}

/** The turns of a loop for one host. */
export function turnsOf(loop: Loop, scope: Scope): Result<readonly Turn[]> {
  const items = loop.items.render(scope);
  if (!items.ok) return items;
  if (!Array.isArray(items.value)) {
    const message = `\`loop\` needs a list, and this is ${kindOf(items.value)}`;
    return fail(error('playbook/loop-not-a-list', message, loop.items.span));
  }
  return ok((items.value as readonly Value[]).map((item, index) => turn(loop, scope, item, index)));
}

function turn(loop: Loop, scope: Scope, item: Value, index: number): Turn {
  const isOfRun = !restsOnWords(loop.items.needs, scope);
  const definitions: readonly Definition[] = [
    { ...data(loop.itemName, item, 'loop'), isOfRun },
    ...(loop.indexName === undefined ? [] : [data(loop.indexName, index, 'loop')]),
  ];
  const label = loop.label?.render(scope.with('task', definitions));
  const plain = typeof item === 'string' ? item : JSON.stringify(item);
  return { item, definitions, label: label?.ok === true ? label.value : plain };
}
