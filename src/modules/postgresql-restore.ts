// Replaces a database by a copy of another one. It is the step of a failover that can destroy the only good copy, so the
// direction is proven by what the servers say of themselves, and nothing is replaced before the copy is proven equal.
import { defineModule, refuse } from '../core/module.js';
import type { Refusal } from '../core/module.js';
import type { Needs } from '../core/needs.js';
import { differences, rowsIn } from './shared/database-contents.js';
import { neededPrograms } from './shared/postgresql-programs.js';
import { inspectBoth } from './shared/restore-look.js';
import { leftOutOf, maintenanceOf, restoreArgs, restoreState } from './shared/restore-args.js';
import type { RestoreArgs, RestoreState, Side } from './shared/restore-args.js';
import { restore } from './shared/restore-steps.js';

/** Names as far as they fit into a message. */
function some(names: readonly string[]): string {
  return names.length > 5 ? `${names.slice(0, 5).join(', ')} and ${names.length - 5} more` : names.join(', ');
}

function major(version: number): number {
  return Math.floor(version / 10_000);
}

/** Servers of different versions write the same definition differently, so there only the rows are compared. */
function wanted({ source, server }: RestoreState): Partial<RestoreState> {
  if (source === null || server === null) return {};
  const { contents, schema } = source;
  const comparable = major(source.server_version) === major(server.version);
  return { exists: true, contents, ...(comparable ? { schema } : {}) };
}

function isSame(found: RestoreState): boolean {
  const { exists, schema, contents } = wanted(found);
  if (exists !== found.exists || (schema !== undefined && schema !== found.schema)) return false;
  return differences(found.contents, contents ?? []).length === 0;
}

function want(args: RestoreArgs, found: RestoreState): Partial<RestoreState> | Refusal {
  return wrongArgs(args, found) ?? wrongServer(args, found) ?? (isSame(found) ? wanted(found) : replace(args, found));
}

function wrongArgs(args: RestoreArgs, { source, server }: RestoreState): Refusal | undefined {
  const { from_host, src, database } = args;
  if ((from_host === undefined) === (src === undefined)) return refuse('say one of `from_host` and `src`');
  if (src !== undefined && args.from_database !== undefined) return refuse('`from_database` goes with `from_host`');
  if (database === (args.maintenance_database ?? 'postgres')) {
    return refuse(`\`${database}\` cannot be replaced from within`, 'name another `maintenance_database`');
  }
  if (source === null || server === null) return refuse('nothing is known of the source');
  const [asked, made] = [leftOutOf(args), source.leaving_out].map((each) => some(each.toSorted()));
  if (asked === made) return undefined;
  return refuse(
    `the dump leaves out ${made ?? ''}, and this task ${asked ?? ''}`,
    'say the same `exclude_schemas` in both',
  );
}

/** Who the servers say they are, whatever the inventory calls them. */
function wrongServer(args: RestoreArgs, { source, server }: RestoreState): Refusal | undefined {
  const { expect_identity = {}, from_host } = args;
  const ids = { source: source?.system_identifier, target: server?.system_identifier };
  for (const side of ['source', 'target'] as const) {
    const expected = expect_identity[side];
    if (expected !== undefined && expected !== ids[side]) {
      return refuse(
        `the ${side} is the server ${ids[side] ?? 'without a name'}, not ${expected}`,
        'look at the addresses of both hosts; `expect_identity` says which servers are meant',
      );
    }
  }
  // A server that is restarted keeps its identifier, and so does a clone; both together are of one running server.
  const isOne = ids.source === ids.target && source?.started_at === server?.started_at;
  if (from_host === undefined || !isOne) return undefined;
  return refuse(
    `\`${from_host}\` and this host lead to one and the same server (${ids.target ?? ''})`,
    'look at `pg_host` and `pg_port` of both: an address that moved, or a port that is forwarded',
  );
}

function replace(args: RestoreArgs, found: RestoreState): Partial<RestoreState> | Refusal {
  const { database, overwrite = false } = args;
  const { target, sessions } = found;
  if (target?.in_recovery === true) return refuse('the server of this host is a standby, which takes no changes');
  const wrong = target === null || overwrite ? undefined : wrongDirection(args, found, target);
  if (wrong !== undefined) return wrong;
  if (sessions.length > 0) {
    const who = sessions.map((each) => `${each.user ?? '?'} (${each.application ?? 'unnamed'}, pid ${each.pid})`);
    return refuse(`others are connected to \`${database}\`: ${some(who)}`, 'stop what they belong to first');
  }
  return wanted(found);
}

/** The source must be proven to be the one that is ahead. */
function wrongDirection(args: RestoreArgs, found: RestoreState, target: Side): Refusal | undefined {
  const { database, from_host, src } = args;
  const hint = 'check which way it should go; `overwrite: true` replaces it all the same';
  if (target.origin_of.length > 0) {
    return refuse(`\`${database}\` is the origin of the replication in ${some(target.origin_of)}`, hint);
  }
  if (found.only_here.length > 0) {
    const extra = found.only_here.map(({ name, what }) => `${name} (${what})`);
    return refuse(`\`${database}\` holds what the source does not have: ${some(extra)}`, hint);
  }
  const isEmpty = rowsIn(found.contents) === 0;
  if (isEmpty || target.open_tables === 0) return undefined;
  if (src !== undefined) return refuse(`\`${database}\` takes writes, and \`${src}\` may be older`, hint);
  if ((found.source?.origin_of.length ?? 0) > 0) return undefined;
  return refuse(
    `nothing proves that \`${database}\` of \`${from_host ?? ''}\` is ahead: it is the origin of no set, and both take writes`,
    hint,
  );
}

/** What the host must have from which a database is taken. */
function neededOfSource({ database, from_database = database, pg_bin, from_pg_bin = pg_bin }: RestoreArgs): Needs {
  return { databases: [from_database], searched: neededPrograms(from_pg_bin) };
}

/** Replaces a database by a copy of another. */
export const postgresqlRestore = defineModule<RestoreArgs, RestoreState>({
  name: 'postgresql_restore',
  summary: 'Replace a database by a copy of the one on another host, or by a dump',
  description: [
    'With `from_host`, pg_dump on that host streams through the runner into `work_dir` of this host, chunk by chunk; its SHA-256 is taken on the way and compared with what has landed. With `src`, a dump that `postgresql_dump` made is taken from this host. It is restored into a new database `DATABASE_restore_DIGEST`. Only when its tables, row counts, rows, sequences and schema are those of the source in the snapshot of the dump are the old database renamed to `DATABASE_before_TIME` and the new one to `DATABASE`, both at once. Until then the old one is untouched; afterwards it is kept, unless `drop_old` is said.',
    'Both sides are compared first: a target that already holds the same is `ok`. It refuses one server on both sides, an `expect_identity` that is not met, a target that is the origin of a replication set, one that holds rows or sequence values which the source does not have, one that takes writes while the source is the origin of no set, and a target to which others are connected. An update of a row that both sides have cannot be told from a newer one there. `overwrite: true` goes over all of these but the servers and the connections.',
    'Schemas of `exclude_schemas` do not come along, nor triggers that are named after them, as those of Slony-I. Stop what writes to the source first: a source that moves on while it is copied is not what the copy is compared with at the end. The programs of PostgreSQL run on the hosts; no password is on a command line. Give the task a `timeout` that is long enough.',
  ].join('\n\n'),
  args: restoreArgs,
  state: restoreState,
  examples: [
    `- name: Bring the data of A to B
  postgresql_restore:
    database: fdb
    from_host: spa
    exclude_schemas: [_slony]
  timeout: 2h`,
    `- name: Back to the backup of Sunday
  postgresql_restore:
    database: fdb
    src: /usr/local/desktone/backup/fdb-2024-05-01.dump
    overwrite: true`,
  ],
  inspect: inspectBoth,
  want,
  apply: (_, hands, args) => restore(hands, args),
  resource: ({ database }) => [database],
  describe: ({ database, from_host, from_database = database, src }) =>
    `would replace \`${database}\` by ${src === undefined ? `\`${from_database}\` of \`${from_host ?? ''}\`` : `\`${src}\``}`,
  needs: ({ src, from_host, work_dir = '/var/tmp', ...bound }) => ({
    databases: [maintenanceOf(bound)],
    files: src === undefined ? [] : [[src], [`${src}.json`], [`${src}.sha256`]],
    writes: [{ path: `${work_dir}/playbook-restore` }],
    programs: ['sha256sum'],
    searched: neededPrograms(bound.pg_bin),
    elsewhere: from_host === undefined ? [] : [{ host: from_host, needs: neededOfSource(bound) }],
  }),
  brings: () => ({ data: true }),
});
