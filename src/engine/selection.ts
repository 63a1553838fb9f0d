// Which tasks the operator picked: by tags, and by the task to start at. Ansible's words, Ansible's meaning.
import { picked } from '../core/picked.js';
import type { Play } from '../core/playbook.js';
import type { RunOptions } from '../core/run.js';
import { tasksOf } from '../core/steps.js';

/** True when some task of the play is picked. */
export function playIsPicked(play: Play, options: RunOptions): boolean {
  return tasksOf(play.steps).some((task) => picked(task.tags, options));
}

/** The sizes of the batches of a play: numbers, or percentages of its hosts; the last one repeats. */
export function batches<T>(hosts: readonly T[], serial: readonly (number | string)[]): readonly (readonly T[])[] {
  if (serial.length === 0) return [hosts];
  const result: T[][] = [];
  for (let start = 0; start < hosts.length;) {
    const size = batchSize(serial[Math.min(result.length, serial.length - 1)] ?? hosts.length, hosts.length);
    result.push(hosts.slice(start, start + size));
    start += size;
  }
  return result;
}

function batchSize(said: number | string, total: number): number {
  const percent = typeof said === 'string' && said.endsWith('%') ? Number(said.slice(0, -1)) : undefined;
  return Math.max(1, percent === undefined ? Number(said) : Math.floor((percent * total) / 100));
}
