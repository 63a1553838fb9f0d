// Who answers behind an address is who answered there before: a virtual address that has moved to the other half of a pair
// between a look and a change would put the change where nobody has looked.
import type { Target } from '../core/connection.js';
import { WorldError } from '../core/world-error.js';

/** The servers of databases that a run has met, by host and address. */
export class KnownServers {
  readonly #known = new Map<string, string>();

  /** Rejects a server (cluster and timeline) that is another than the one that was met there first; null says nothing. */
  check({ host, postgres: { address, port } }: Target, server: string | null): void {
    // A timeline goes on with its cluster.
    const [cluster] = server?.split('/') ?? [];
    if (cluster === undefined) return;
    const place = JSON.stringify([host, address, port]);
    const known = this.#known.get(place) ?? cluster;
    this.#known.set(place, known);
    if (known === cluster) return;
    throw new WorldError(
      'failed',
      `another server of databases answers for \`${host}\` at \`${address}\` port ${port} than before`,
      {
        hint: 'look who has the address now (`select system_identifier from pg_control_system()`); nothing was sent to it',
        details: { found: cluster, expected: known },
      },
    );
  }
}
