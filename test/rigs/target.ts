// A target as the engine would hand it to the connector, with what a test wants to be different.
import type { Target } from '../../src/core/connection.js';

type Changes = Partial<Omit<Target, 'postgres'>> & { readonly postgres?: Partial<Target['postgres']> };

/** A target on this machine, over ssh unless said otherwise. */
export function targetOf(changes: Changes = {}): Target {
  const { postgres, ...rest } = changes;
  return {
    host: 'spb',
    connection: 'ssh',
    address: '127.0.0.1',
    jump: [],
    connectTimeoutMs: 10_000,
    become: { enabled: false, user: 'root', method: 'sudo' },
    stateDirectory: '/var/tmp/playbook-tests',
    postgres: {
      through: 'direct',
      address: '127.0.0.1',
      port: 5432,
      user: 'tester',
      database: 'postgres',
      tls: false,
      ...postgres,
    },
    ...rest,
  };
}
