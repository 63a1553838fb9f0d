// Steps are a tree of blocks and tasks; whoever asks about tasks wants them as a list.
import type { Step, Task } from './playbook.js';

/** Every task of steps, in order, those of rescue and always included. */
export function tasksOf(steps: readonly Step[]): readonly Task[] {
  return steps.flatMap((step) =>
    step.kind === 'task' ? [step] : tasksOf([...step.steps, ...step.rescue, ...step.always]),
  );
}
