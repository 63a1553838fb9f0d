// A block whose loop cannot be resolved has no task to fail, so it fails under its own name.
import type { Diagnostic } from '../core/diagnostic.js';
import type { Block } from '../core/playbook.js';
import type { HostState } from './context.js';
import type { Frame } from './frame.js';
import type { Halt } from './outcome.js';
import { located, problemsOutcome } from './outcome.js';

/** Says that a block's loop failed on a host; gives the halt of the host. */
export async function blockFailed(
  block: Block,
  state: HostState,
  problems: readonly Diagnostic[],
  frame: Frame,
): Promise<Halt> {
  const outcome = located(problemsOutcome(problems), block.span);
  const name = block.name ?? 'block';
  const common = { task: block.id, name, module: 'block' } as const;
  await frame.context.say({ type: 'task.started', ...common, hosts: [state.host.name], within: frame.within });
  state.recap.count(outcome.status);
  await frame.context.say({
    type: 'task.finished',
    ...common,
    host: state.host.name,
    status: outcome.status,
    durationMs: 0,
    ...(outcome.failure === undefined ? {} : { failure: outcome.failure }),
  });
  return 'failed';
}
