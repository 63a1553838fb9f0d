// Steps are a tree of blocks and tasks; whoever asks about tasks wants them as a list.
import type { Block, Play, Step, Task } from './playbook.js';

/** Every task of steps, in order, those of rescue and always included. */
export function tasksOf(steps: readonly Step[]): readonly Task[] {
  return steps.flatMap((step) =>
    step.kind === 'task' ? [step] : tasksOf([...step.steps, ...step.rescue, ...step.always]),
  );
}

/** A task at its place. */
export interface PlacedTask {
  /** The place as the journal names it, without the passes of loops around it. */
  readonly step: string;
  readonly task: Task;
  /** Index of its play among all plays of the run. */
  readonly play: number;
  /** Blocks around it, outermost first. */
  readonly blocks: readonly Block[];
  /** True where a block around it has a rescue or an `always` that acts upon its failure. */
  readonly guarded: boolean;
}

/** Every task of plays at its place, in the order in which they run, handlers at the end of their play. */
export function placedTasks(plays: readonly Play[]): readonly PlacedTask[] {
  return plays.flatMap((play, index) => {
    const around = { play: index, blocks: [], guarded: false };
    const handlers = play.handlers.map((task, nth) => ({ ...around, step: `${index}.h${nth}.0`, task }));
    return [...placedIn(play.steps, `${index}.`, around), ...handlers];
  });
}

function placedIn(
  steps: readonly Step[],
  prefix: string,
  around: Pick<PlacedTask, 'play' | 'blocks' | 'guarded'>,
): readonly PlacedTask[] {
  return steps.flatMap((each, index) => {
    const step = `${prefix}${index}`;
    if (each.kind === 'task') return [{ ...around, step, task: each }];
    const inside = { ...around, blocks: [...around.blocks, each] };
    const lastly = around.guarded || each.always.length > 0;
    return [
      ...placedIn(each.steps, `${step}.`, { ...inside, guarded: lastly || each.rescue.length > 0 }),
      ...placedIn(each.rescue, `${step}.r`, { ...inside, guarded: lastly }),
      ...placedIn(each.always, `${step}.a`, inside),
    ];
  });
}
