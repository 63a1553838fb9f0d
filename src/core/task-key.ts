// Names of tasks on hosts, made of their places in a playbook, and what these places say of each other.
import type { TaskKey } from './event.js';

/** True when a rescue or an `always` around a step is among those that have touched something. */
export function isActedUpon(step: string, touched: ReadonlySet<string>): boolean {
  const around = step.split('.').map((_, index, parts) => parts.slice(0, index).join('.'));
  return [...touched].some((each) =>
    around.some((block) => block !== '' && each.startsWith(block) && /^\.[ra]\d/.test(each.slice(block.length))),
  );
}

/** The name of a task on a host. */
export function keyOf({ step, host, turn }: TaskKey): string {
  return `${step} ${turn ?? ''} ${host}`;
}

/** The name of a task on a host, whatever the item. */
export function placeOf({ step, host }: TaskKey): string {
  return `${step} ${host}`;
}

/** The place of a step of the journal, whichever pass of a loop it is of. */
export function placeOfStep(step: string): string {
  return step.replaceAll(/#\d+|!/g, '');
}
