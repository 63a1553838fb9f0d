// The right of one attempt to touch its host, and the names under which it does: each command and transaction of an
// attempt has a number, so that the next life of the run sends it under the same name.
import { createHash } from 'node:crypto';
import type { Become, TransactionMark } from '../core/connection.js';
import type { Claim, Fence } from '../core/hold.js';
import type { TaskKey } from '../core/event.js';
import type { BoundModule } from '../core/module.js';
import { WorldError } from '../core/world-error.js';
import type { Attempt } from './judge.js';
import type { Session } from './session.js';

/** What hands need to touch a host. */
export interface Touch {
  /** The right to touch the session's host, as this user; nothing where nobody keeps rights. */
  fence(session: Session, become?: Become): Promise<Fence | undefined>;
  /** The name of the next command. */
  claim(manner: Claim['manner']): Claim;
  /** True when no look can tell whether the work was done. */
  readonly once: boolean;
  /** Called before COMMIT is sent; resolves when the mark is on disk. */
  committing(database: string, mark: TransactionMark): Promise<void>;
  /** Called before a request that no host knows by name; rejects when an earlier life may have sent it. */
  sending(): void;
}

/** What the names of an attempt's claims begin with. */
export function claimPrefix({ step, host, turn }: TaskKey, attempt: number): string {
  const digest = createHash('sha256').update(`${step} ${host}`).digest('hex').slice(0, 12);
  const place = step.replaceAll('#', '_').slice(0, 60);
  return `${place}-${digest}-${turn ?? 'x'}-${attempt}-`;
}

/** The right of one attempt; `begunBefore` says that an earlier life of the run may have made a part of it. */
export function touchOf(at: Attempt, module: BoundModule, tried: number, begunBefore: boolean): Touch {
  const { context, task, key } = at;
  const prefix = claimPrefix(key, tried);
  const once = !module.provable && !module.leavesHostAlone;
  let commands = 0;
  let commits = 0;
  return {
    once,
    fence: (session, become) => context.holding.fence(session, become),
    claim: (manner) => ({ name: `${prefix}${(commands += 1)}`, manner }),
    committing: (database, mark) =>
      context.say({
        type: 'task.committing',
        task: task.id,
        ...key,
        attempt: tried,
        nth: (commits += 1),
        database,
        mark,
      }),
    sending: () => {
      if (!begunBefore || !once) return;
      throw new WorldError('in-doubt', 'the request may have been sent before the run was cut off', {
        hint: 'look at the server that it was for',
        details: { reason: 'maybe-sent' },
      });
    },
  };
}

/** The right to touch where nobody keeps rights, as in a check, which never uses it. */
export const unheld: Touch = {
  once: false,
  fence: () => Promise.resolve(undefined),
  claim: (manner) => ({ name: 'x', manner }),
  committing: () => Promise.resolve(),
  sending: () => undefined,
};
