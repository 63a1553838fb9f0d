// Of ten thousand hosts most see the same variables at a task. What a check of the task came to on one of them holds for
// every host that gives the same answers to the questions that the check asked, one after another.
import type { Scope } from '../core/scope.js';

/** What is asked next, and where each answer leads to; or what the check came to. */
type Branch<T> =
  | { readonly kind: 'question'; readonly name: string; readonly answers: Map<unknown, Branch<T>> }
  | { readonly kind: 'end'; readonly outcome: T };

/** Outcomes of one piece of work, by what the scope said to it. */
export class Outcomes<T> {
  #first: Branch<T> | undefined;
  #asked: readonly string[] | undefined = [];

  /** Every name that was asked for so far; undefined when all of a scope's were, so that nobody can tell. */
  get asked(): readonly string[] | undefined {
    return this.#asked;
  }

  /** The outcome for a scope: of an earlier one that says the same, else what the work comes to now. */
  of(scope: Scope, work: (watched: Scope) => T): T {
    const known = this.#find(scope);
    if (known !== undefined) return known.outcome;
    const asked = new Set<string>();
    let all = false;
    const outcome = work(
      scope.watched((name) => {
        if (name === undefined) all = true;
        else asked.add(name);
      }),
    );
    this.#asked = all || this.#asked === undefined ? undefined : [...new Set([...this.#asked, ...asked])];
    // Who asks for all names gets an answer that no other host is known to give.
    if (!all) this.#first = withOutcome(this.#first, [...asked], scope, outcome);
    return outcome;
  }

  #find(scope: Scope): { readonly outcome: T } | undefined {
    let branch = this.#first;
    while (branch?.kind === 'question') branch = branch.answers.get(scope.identityOf(branch.name));
    return branch;
  }
}

/** The same questions lead to the same next one, so the names begin with those of the branches that are there. */
function withOutcome<T>(
  branch: Branch<T> | undefined,
  names: readonly string[],
  scope: Scope,
  outcome: T,
): Branch<T> | undefined {
  const [name, ...rest] = names;
  if (name === undefined) return branch ?? { kind: 'end', outcome };
  const question = branch ?? { kind: 'question', name, answers: new Map<unknown, Branch<T>>() };
  if (question.kind !== 'question' || question.name !== name) return branch;
  const identity = scope.identityOf(name);
  const next = withOutcome(question.answers.get(identity), rest, scope, outcome);
  if (next !== undefined) question.answers.set(identity, next);
  return question;
}
