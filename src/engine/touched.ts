// Whether an apply had already touched its host when it broke off: then "nothing was delivered" is no longer true of it.
import type { Hands } from '../core/module.js';
import { WorldError } from '../core/world-error.js';

const touches: readonly (string | symbol)[] = [
  'run',
  'write',
  'keep',
  'statements',
  'request',
  'stream',
] satisfies readonly (keyof Hands)[];

/** Runs work with hands; what breaks off after a first touch is in doubt, because a part of it was done. */
export async function knowingTouches<T>(hands: Hands, work: (hands: Hands) => Promise<T>): Promise<T> {
  let touched = false;
  const watched = new Proxy(hands, {
    get: (target, key) => {
      const member: unknown = Reflect.get(target, key, target);
      if (typeof member !== 'function') return member;
      if (!touches.includes(key)) return member.bind(target) as unknown;
      return async (...said: readonly unknown[]): Promise<unknown> => {
        const answer: unknown = await Reflect.apply(member, target, said);
        touched = true;
        return answer;
      };
    },
  });
  try {
    return await work(watched);
  } catch (error) {
    if (!touched || !(error instanceof WorldError)) throw error;
    if (error.kind !== 'unreachable' && error.kind !== 'interrupted') throw error;
    throw new WorldError('in-doubt', `a part of the change was made, and then: ${error.message}`, {
      hint: 'look at the host: the rest may not have been done',
      details: error.details,
      cause: error,
    });
  }
}
