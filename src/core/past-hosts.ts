// What a journal says of the hosts of a run: how they were met at first, and which of them it holds.
import type { Event } from './event.js';

/** Reads events in order. */
export class PastHosts {
  /** How a host was reached when the run first looked. */
  readonly reachable = new Map<string, 'ssh' | 'db' | 'none'>();
  /** The fingerprint by which a host first proved itself. */
  readonly keys = new Map<string, string>();
  readonly held = new Set<string>();
  /** Given back, and not taken again. */
  readonly released = new Set<string>();

  take(event: Event): void {
    switch (event.type) {
      case 'host.connected':
        if (event.reachable !== undefined) this.#meet(event.host, event.reachable);
        if (event.hostKey !== undefined && !this.keys.has(event.host)) this.keys.set(event.host, event.hostKey);
        break;
      case 'host.unreachable':
        this.#meet(event.host, 'none');
        break;
      case 'host.held':
        this.held.add(event.host);
        this.released.delete(event.host);
        break;
      case 'host.released':
        this.held.delete(event.host);
        this.released.add(event.host);
        break;
      default:
        break;
    }
  }

  #meet(host: string, how: 'ssh' | 'db' | 'none'): void {
    if (!this.reachable.has(host)) this.reachable.set(host, how);
  }
}
