// A point of no return: everything before it must be well on every host, a person says yes, and from then on the run
// only goes forward. What was said is on disk before anything beyond it happens.
import type { Task } from '../core/playbook.js';
import { positionOf } from '../core/source.js';
import { WorldError } from '../core/world-error.js';
import type { HostState } from './context.js';
import type { Dropped, Frame } from './frame.js';
import type { Halt } from './outcome.js';

/** Nothing when the run may go past the task; else who drops out and why, which has been told. */
export async function turningPoint(
  task: Task,
  step: string,
  hosts: readonly HostState[],
  frame: Frame,
): Promise<Dropped | undefined> {
  const { context } = frame;
  if (context.input.options.check || context.past?.passed(step) === true) return undefined;
  const unwell = unwellOf(hosts, frame);
  if (unwell.length > 0) {
    const who = unwell.map((name) => `\`${name}\``).join(', ');
    return stop('failed', `not all before the point of no return is well on ${who}`, task, frame);
  }
  try {
    await agreed(task, step, hosts, frame);
  } catch (error) {
    if (!(error instanceof WorldError)) throw error;
    const halt = error.kind === 'waiting' || error.kind === 'interrupted' ? error.kind : 'failed';
    return stop(halt, `the point of no return was not passed: ${error.message}`, task, frame, error.hint);
  }
  await context.say({ type: 'run.passed', task: task.id, step });
  context.isPastReturn = true;
  return undefined;
}

/** Hosts of the run that have dropped out, whatever was let pass of it. */
function unwellOf(hosts: readonly HostState[], { context, batch }: Frame): readonly string[] {
  const lost = batch.filter((state) => !hosts.includes(state));
  const halted = [...context.states.values()].filter((state) => state.halt !== undefined);
  const unreachable = batch.filter((state) => state.reachable === 'none');
  return [...new Set([...lost, ...halted, ...unreachable])].map(({ host }) => host.name);
}

/** Asks as a task would, under a name of its own: the task itself may be a question too. */
async function agreed(task: Task, step: string, hosts: readonly HostState[], { context }: Frame): Promise<void> {
  const names = hosts.map(({ host }) => host.name).join(', ');
  await context.ask(
    task,
    { step: `${step}!`, host: names },
    {
      host: names,
      title: `Point of no return: ${task.name.text}`,
      text: 'All before it is done and proven on every host. After it, the run only goes forward.',
      steps: [],
      expect: `no return for ${names}`,
    },
  );
}

async function stop(
  halt: Halt,
  message: string,
  { span }: Task,
  { context, batch }: Frame,
  hint?: string,
): Promise<Dropped> {
  const place = `${span.source.path}:${positionOf(span.source, span.start).line}`;
  await context.say({ type: 'run.warned', message: `${message}${hint === undefined ? '' : `; ${hint}`} (${place})` });
  return new Map(batch.map((state) => [state, halt]));
}
