// What a run leaves half done, from its journal: what is unknown, and whether it went past a point after which only its end
// is a state that anybody meant.
import { exitCode } from '../core/exit.js';
import type { Stamped } from '../core/event.js';
import { Past } from '../core/past.js';

/** What was begun and not heard of again. */
export function openIntents(events: readonly Stamped[], past: Past): readonly string[] {
  const names = namesOf(events);
  const begun = events.flatMap((event) => {
    if (event.type !== 'task.applying' || event.step === undefined) return [];
    const { step, host, turn } = event;
    const open = past.open({ step, host, ...(turn === undefined ? {} : { turn }) });
    return open === undefined ? [] : [`${names.get(event.task) ?? event.task} on ${host}`];
  });
  return [...new Set(begun)];
}

/** What is half done of a run that is past a point of no return and not at its end, in lines; nothing of any other run. */
export function halfDone(events: readonly Stamped[]): readonly string[] {
  const past = new Past(events);
  const last = events.findLast((event) => event.type === 'run.finished' || event.type === 'run.resumed');
  const isDone = last?.type === 'run.finished' && last.exitCode === exitCode.done;
  if (!past.isPastReturn || isDone) return [];
  const passed = events.flatMap((event) => (event.type === 'run.passed' ? [event.task] : []));
  const names = namesOf(events);
  const at = events.findLast((event) => event.type === 'task.started');
  const doubt = openIntents(events, past);
  return [
    ...passed.map((task) => `passed the point of no return: ${names.get(task) ?? task}`),
    `done: ${past.done} tasks, each on one host`,
    ...(doubt.length === 0 ? [] : [`unknown: ${doubt.join('; ')}`]),
    ...(at === undefined ? [] : [`stopped at: ${at.name}`]),
    'not done: all that comes after it',
  ];
}

/** The names of tasks that were started, by their ids. */
function namesOf(events: readonly Stamped[]): ReadonlyMap<string, string> {
  return new Map(events.flatMap((event) => (event.type === 'task.started' ? [[event.task, event.name]] : [])));
}
