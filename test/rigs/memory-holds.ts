// Who holds which host, in memory, for worlds that are made up: the answers are those of a real host.
import type { HoldAnswer, HoldRequest, Holder } from '../../src/core/hold.js';

/** The records of all hosts of a world. */
export class MemoryHolds {
  readonly #records = new Map<string, HoldAnswer>();

  /** Asks or changes who holds a host. */
  ask(host: string, request: HoldRequest): HoldAnswer {
    const { holder, broken, last } = this.#records.get(host) ?? { broken: [] };
    const isOver = (run: string): boolean => broken.some((each) => each.run === run);
    const keep = (now: Holder | undefined, words = broken, gave = last): HoldAnswer => {
      const answer = {
        ...(now === undefined ? {} : { holder: now }),
        ...(gave === undefined ? {} : { last: gave }),
        broken: words,
      };
      this.#records.set(host, answer);
      return answer;
    };
    switch (request.kind) {
      case 'look':
        return keep(holder);
      case 'take':
        return keep(holder ?? (isOver(request.holder.run) ? undefined : request.holder));
      case 'raise': {
        const { run, number } = request.holder;
        return keep(holder?.run === run && holder.number < number && !isOver(run) ? request.holder : holder);
      }
      case 'release': {
        const { run, number } = request.fence;
        return holder?.run === run && holder.number === number ? keep(undefined, broken, run) : keep(holder);
      }
      case 'break': {
        const { run, by, at } = request;
        return holder?.run === run ? keep(undefined, [...broken, { run, by, at }].slice(-20), run) : keep(holder);
      }
    }
  }
}
