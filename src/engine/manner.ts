// How a task acts on its host, by what the task says and what the host says: as whom, where, with what and until when.
import type { Become } from '../core/connection.js';
import type { BoundModule } from '../core/module.js';
import { all, andThen, fail, ok } from '../core/result.js';
import type { Result } from '../core/result.js';
import { isMap, mapOf } from '../core/value.js';
import type { Value } from '../core/value.js';
import type { Attempt } from './judge.js';
import { objectionToNames } from './taken-places.js';
import type { Manner } from './senses.js';
import type { Session } from './session.js';

/** How a task acts, and through whose session. */
export interface FullManner extends Manner {
  /** The host whose session is used. */
  readonly session: string;
}

/** A task that is ready to be done. */
export interface Prepared {
  readonly module: BoundModule;
  readonly manner: FullManner;
}

/** The module with its arguments, and how the task acts. */
export function preparedFor(at: Attempt): Result<Prepared> {
  const objection = objectionToNames(at.task, at.scope);
  if (objection !== undefined) return fail(objection);
  return andThen(at.task.bind(at.scope), (module) => andThen(mannerOf(at), (manner) => ok({ module, manner })));
}

/** How the task acts on its host, by what it says and what the host says. */
export function mannerOf(at: Attempt): Result<FullManner> {
  const { task, scope, state, context, key } = at;
  const delegate = delegateOf(at);
  const enabled = task.become.enabled?.render(scope);
  const user = task.become.user?.render(scope);
  const environment = all(task.environment.map((each) => each.render(scope)));
  const checked = all<unknown>([
    delegate,
    environment,
    ...(enabled === undefined ? [] : [enabled]),
    ...(user === undefined ? [] : [user]),
  ]);
  if (!checked.ok) return checked;
  const name = delegate.ok ? delegate.value : state.host.name;
  const becomeAt = ({ target: { become } }: Session): Become | undefined => {
    const wanted = enabled?.ok === true ? enabled.value : become.enabled;
    return wanted ? { ...become, ...(user?.ok === true ? { user: user.value } : {}) } : undefined;
  };
  const { clock } = context.input.world;
  return ok({
    host: state.host.name,
    session: name,
    become: becomeAt(context.session(name)),
    environment: environmentOf(environment.ok ? environment.value : []),
    deadlineMs: clock.monotonicMs() + (task.timeoutMs ?? context.input.options.taskTimeoutMs),
    other: (host) => ({ session: context.session(host), become: becomeAt(context.session(host)) }),
    onProgress: (bytes) => void context.say({ type: 'task.progress', task: task.id, host: state.host.name, bytes }),
    ask: (question) => context.ask(task, key, question),
    takePlace: (kept, host) => context.places.take(kept, host),
    ...(context.input.options.liveOutput && !task.noLog
      ? {
          onLine: (stream, line) =>
            void context.say({ type: 'task.output', task: task.id, host: state.host.name, stream, line }),
        }
      : {}),
  });
}

function environmentOf(maps: readonly Value[]): Readonly<Record<string, string>> {
  const entries = maps.flatMap((map) => (isMap(map) ? Object.entries(map) : []));
  const texts = entries.map(
    ([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)] as const,
  );
  // Each of these is a text.
  return mapOf(texts) as Readonly<Record<string, string>>;
}

/** The host that the task is done on. */
export function delegateOf({ task, scope, state }: Attempt): Result<string> {
  return task.delegateTo?.render(scope) ?? ok(state.host.name);
}
