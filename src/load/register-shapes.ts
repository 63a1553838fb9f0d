// What a register holds is known before the run where its module says so: then a misspelt key is found now, and not in the
// middle of a failover.
import { error } from '../core/diagnostic.js';
import type { Diagnostic } from '../core/diagnostic.js';
import type { Task } from '../core/playbook.js';
import type { Need } from '../core/template.js';
import { didYouMean } from '../core/words.js';

/** The keys of the registers that were filled so far, on any host. */
export class Shapes {
  /** Nothing for a register that some task fills with what nobody knows before. */
  readonly #keys = new Map<string, ReadonlySet<string> | undefined>();
  readonly #seen = new Set<Task>();

  /** Remembers what a task puts into its register. */
  remember(task: Task): void {
    const { register, registerKeys } = task;
    if (register === undefined || this.#seen.has(task)) return;
    this.#seen.add(task);
    const before = this.#keys.get(register);
    const isOpen = registerKeys === undefined || (this.#keys.has(register) && before === undefined);
    this.#keys.set(register, isOpen ? undefined : new Set([...(before ?? []), ...registerKeys]));
  }

  /** The problem of a key that a register never has; a default in its place would hide the slip for ever. */
  problems({ path, span }: Need): readonly Diagnostic[] {
    const [register = '', key] = path;
    const keys = this.#keys.get(register);
    if (key === undefined || keys === undefined || keys.has(key)) return [];
    const hint = didYouMean(key, keys) ?? `it has ${[...keys].map((each) => `\`${each}\``).join(', ')}`;
    return [error('variable/no-such-key', `register \`${register}\` has no \`${key}\``, span, { hint })];
  }
}
