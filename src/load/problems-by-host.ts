// One wrong word in a play over twenty hosts is one problem, not twenty: problems gather here by what they say and where.
import type { Diagnostic, Label } from '../core/diagnostic.js';

interface Gathered {
  readonly problem: Diagnostic;
  readonly hosts: Set<string>;
  /** Hosts that were checked for it. */
  readonly of: number;
}

/** More names than these only make a message longer. */
const maxNames = 5;

/** Problems of hosts, each said once. */
export class ProblemsByHost {
  readonly #gathered = new Map<string, Gathered>();

  /** Remembers the problems of one host of so many. */
  add(host: string, of: number, problems: readonly Diagnostic[]): void {
    for (const problem of problems) {
      const { span } = problem;
      const key = [problem.code, problem.message, span?.source.path, span?.start].join('\0');
      const known = this.#gathered.get(key) ?? { problem, hosts: new Set<string>(), of };
      known.hosts.add(host);
      this.#gathered.set(key, known);
    }
  }

  /** Every problem; one that only some hosts have says which. */
  get all(): readonly Diagnostic[] {
    return [...this.#gathered.values()].map(({ problem, hosts, of }) => {
      if (hosts.size >= of || problem.span === undefined) return problem;
      const names = [...hosts];
      const more = names.length > maxNames ? ` and ${names.length - maxNames} more` : '';
      const list = names
        .slice(0, maxNames)
        .map((each) => `\`${each}\``)
        .join(', ');
      const label: Label = { span: problem.span, message: `only on ${list}${more}` };
      return { ...problem, labels: [...(problem.labels ?? []), label] };
    });
  }
}
