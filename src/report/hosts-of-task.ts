// What the tree knows of the task that runs: which hosts are busy with what, and what is still to be said of the finished ones.
import type { Stamped, Status } from '../core/event.js';
import { itemsSaidAll } from './outcome.js';
import type { Finished } from './outcome.js';
import { lookOf } from './status.js';
import { safeLine } from './text.js';

const hostsAtMost = 8;

type Started = Extract<Stamped, { type: 'task.started' }>;

/** The hosts of one running task. */
export class HostsOfTask {
  readonly started: Started;
  /** True once the title stands on the screen, above the first failure. */
  titleShown = false;
  readonly #busy = new Map<string, string>();
  readonly #items = new Map<string, Finished[]>();
  readonly #statuses: Status[] = [];
  #unsaid: Finished[] = [];

  constructor(started: Started) {
    this.started = started;
    for (const host of started.hosts) this.#busy.set(host, 'looking');
  }

  /** Says what a host is busy with. */
  busy(host: string, doing: string): void {
    this.#busy.set(host, doing);
  }

  /** Takes note of an outcome. */
  finish(event: Finished): void {
    const items = this.#items.get(event.host) ?? [];
    if (event.item !== undefined) this.#items.set(event.host, [...items, event]);
    else {
      this.#busy.delete(event.host);
      this.#statuses.push(event.status);
    }
    if (!itemsSaidAll(event, items)) this.#unsaid.push(event);
  }

  /** Outcomes that were not said yet; `onlyBad` leaves the harmless ones for later. */
  take(onlyBad: boolean): readonly Finished[] {
    const taken = this.#unsaid.filter((each) => !onlyBad || lookOf(each.status).bad);
    this.#unsaid = this.#unsaid.filter((each) => !taken.includes(each));
    return taken;
  }

  /** True when no host is busy any more. */
  get done(): boolean {
    return this.#busy.size === 0;
  }

  /** The statuses of the hosts that finished. */
  get statuses(): readonly Status[] {
    return this.#statuses;
  }

  /** The busy hosts and what they do, a line each, for the live row. */
  get detail(): string {
    const busy = [...this.#busy];
    const lines = busy.slice(0, hostsAtMost).map(([host, doing]) => `${safeLine(host)}  ${safeLine(doing)}`);
    const left = busy.length - lines.length;
    const finished = this.#statuses.length;
    const rest = [
      ...(left > 0 ? [`${left} more hosts at work`] : []),
      ...(finished > 0 ? [`${finished} of ${finished + busy.length} hosts done`] : []),
    ];
    return [...lines, ...(rest.length > 0 ? [rest.join(', ')] : [])].join('\n');
  }
}
