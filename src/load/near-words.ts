// The nearest word to each wrong one, within bounds: a file with ten thousand unknown names is answered at once, and
// nobody reads the ten thousandth hint.
import type { Diagnostic } from '../core/diagnostic.js';
import type { Need } from '../core/template.js';
import { undefinedVariable } from './paths.js';

/** Wrong names that are looked up among the known ones: as many as a report shows, and some. */
const mostLookedUp = 200;

/** Undefined variables of all hosts, each looked up once. */
export class NearWords {
  readonly #said = new Map<Need, Diagnostic>();
  #left = mostLookedUp;

  /** The problem of a name that nobody says. */
  undefined(need: Need, name: string, known: () => Iterable<string>): Diagnostic {
    const said = this.#said.get(need);
    if (said !== undefined) return said;
    if (!this.spend()) return undefinedVariable(name, need.span, []);
    const made = undefinedVariable(name, need.span, known());
    this.#said.set(need, made);
    return made;
  }

  /** True while one more name may be looked up. */
  spend(): boolean {
    this.#left -= 1;
    return this.#left >= 0;
  }
}
