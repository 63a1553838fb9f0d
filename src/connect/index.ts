// Ways to reach hosts and their databases. The engine gets one connector for a run and knows only core's types of it.
import { userInfo } from 'node:os';
import type { Connector } from '../core/connection.js';
import type { Fence } from '../core/hold.js';
import { sessionName } from './earlier-sessions.js';
import type { LearnedHostKey } from './host-key.js';
import { KnownServers } from './known-servers.js';
import { LocalConnection } from './local.js';
import { openDatabase } from './postgres.js';
import { SshLinks } from './ssh.js';

export type { LearnedHostKey } from './host-key.js';

/** What the operator chose for all connections. */
export interface ConnectorOptions {
  /** Whether keys of hosts that are not known yet are added to known_hosts; changed keys are refused in any case. */
  readonly acceptNewHostKeys: boolean;
  /** HOME, PATH, SSH_AUTH_SOCK and what local commands see (default: our own). */
  readonly environment?: NodeJS.ProcessEnv;
  /** Who we are in pg_stat_activity, after `playbook:` (default: the operator's name). */
  readonly applicationName?: string;
  /** The run that we are, by which its sessions with databases are found again. */
  readonly run?: Fence;
  readonly onHostKeyLearned?: (learned: LearnedHostKey) => void;
  /** Told of a host that keeps no shell open, and why: each command there costs a session. */
  readonly onNoShells?: (host: string, reason: string) => void;
  readonly onOlderAlgorithms?: (host: string, names: readonly string[]) => void;
}

/** Opens connections and database sessions. */
export function createConnector(options: ConnectorOptions): Connector {
  const environment = options.environment ?? process.env;
  const links = new SshLinks({
    acceptNewHostKeys: options.acceptNewHostKeys,
    environment,
    ...(options.onHostKeyLearned === undefined ? {} : { onHostKeyLearned: options.onHostKeyLearned }),
    ...(options.onNoShells === undefined ? {} : { onNoShells: options.onNoShells }),
    ...(options.onOlderAlgorithms === undefined ? {} : { onOlderAlgorithms: options.onOlderAlgorithms }),
  });
  const { run, applicationName: operator = userInfo().username } = options;
  const applicationName = sessionName(run, operator);
  const servers = new KnownServers();
  return {
    connect: async (target, signal) =>
      target.connection === 'local' ? new LocalConnection(target, environment) : links.connect(target, signal),
    database: (target, connection, name, signal) =>
      openDatabase({
        target,
        connection,
        name,
        signal,
        applicationName,
        servers,
        ...(run === undefined ? {} : { run }),
      }),
  };
}
