// Which tasks of a run brought about or approved of something that nothing begun later can have changed: only of these can
// anybody say, when it is not so any more, that it was not the run itself.
import type { Event, TaskKey } from './event.js';
import { keyOf } from './task-key.js';

/** Reads events in order. */
export class Latest {
  readonly #keys = new Set<string>();
  #step = '';

  /** True when nothing was begun after the task that could have changed what it found or made. */
  has(key: TaskKey): boolean {
    return this.#keys.has(keyOf(key));
  }

  take(event: Event): void {
    switch (event.type) {
      case 'task.applying':
        this.#begin(event);
        break;
      case 'task.finished': {
        const { step, halt, status } = event;
        if (step === undefined) break;
        if (halt === undefined && (status === 'ok' || status === 'changed')) this.#keys.add(keyOf({ ...event, step }));
        else this.#keys.delete(keyOf({ ...event, step }));
        break;
      }
      // A person may have done anything, and what somebody let be is not told twice.
      case 'task.answered':
      case 'task.decided':
        this.#keys.clear();
        break;
      case 'run.drifted':
        if (event.accepted) this.#keys.clear();
        break;
      default:
        break;
    }
  }

  /** The same task on several hosts, or for several items, is one thing that is done at once. */
  #begin(event: Event & { readonly type: 'task.applying' }): void {
    const { step } = event;
    if (step === undefined || step !== this.#step) this.#keys.clear();
    if (step === undefined) return;
    this.#keys.delete(keyOf({ ...event, step }));
    this.#step = step;
  }
}
