// What a check predicts of the things on one host, so that "stop it, then start it" is seen as two changes.
// A thing may be a part of another (one daemon of all daemons of a name): what is said later of the whole
// replaces what was said of its parts.
import type { BoundModule, State } from '../core/module.js';
import type { Predictions } from './step.js';

const separator = '\u0000';

/** The predictions of one host. */
export class HostPredictions implements Predictions {
  readonly #byThing = new Map<string, Partial<State>>();

  get(module: BoundModule): Partial<State> | undefined {
    const path = pathOf(module);
    for (let length = path.length; length > 1; length -= 1) {
      const known = this.#byThing.get(path.slice(0, length).join(separator));
      if (known !== undefined) return known;
    }
    return undefined;
  }

  remember(module: BoundModule, after: Partial<State>): void {
    const path = pathOf(module);
    if (path.length < 2) return;
    const before = this.get(module);
    const thing = path.join(separator);
    for (const known of this.#byThing.keys()) if (known.startsWith(thing + separator)) this.#byThing.delete(known);
    this.#byThing.set(thing, { ...before, ...after });
  }
}

/** The module's name, then its resource from the whole to the part; only the name when it has none. */
function pathOf(module: BoundModule): readonly string[] {
  return [module.name, ...(module.resource ?? [])];
}
