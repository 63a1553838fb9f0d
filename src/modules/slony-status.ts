// What Slony-I has made of a database. The vendor's own SELECT says that a set exists and where its origin is; that
// holds for a cluster that died half way and for two masters at once, so more is asked here and told in one state.
import { Type } from '@sinclair/typebox';
import type { Static } from '@sinclair/typebox';
import { defineModule } from '../core/module.js';
import type { Eyes } from '../core/module.js';
import type { Row } from './shared/rows.js';
import { catalogQuery, clusterQuery } from './shared/slony-queries.js';
import { wordOf } from './shared/state-schemas.js';

const args = Type.Object(
  {
    database: Type.Optional(
      Type.String({ minLength: 1, description: "Database name; the host's `pg_database` when left out." }),
    ),
    cluster: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 62,
        default: 'slony',
        description: 'Cluster name; Slony-I keeps it in the schema of that name with `_` before it.',
      }),
    ),
  },
  { additionalProperties: false },
);

const count = Type.Integer();
const maybe = Type.Union([Type.Integer(), Type.Null()]);

const state = Type.Object({
  cluster_present: Type.Boolean(),
  public_tables: count,
  tables_without_primary_key: count,
  deny_triggers: count,
  log_triggers: count,
  fenced: Type.Boolean(),
  in_recovery: Type.Boolean(),
  slon_backends: maybe,
  local_id: maybe,
  sets: count,
  set_id: maybe,
  set_comment: Type.Union([Type.String(), Type.Null()]),
  origin: maybe,
  master_node: Type.Union([Type.Boolean(), Type.Null()]),
  tables: count,
  subscribers: count,
  active_subscribers: count,
  lag_seconds: Type.Union([Type.Number(), Type.Null()]),
  role: wordOf(['origin', 'subscriber', 'none']),
  read_only: Type.Boolean(),
  writable: Type.Boolean(),
  consistent: Type.Boolean(),
  seed_row: Type.Union([Type.Object({}), Type.Null()]),
});

type Args = Static<typeof args>;

/** What the catalog tells, with or without a cluster. */
type CatalogState = {
  readonly cluster_present: boolean;
  readonly public_tables: number;
  readonly tables_without_primary_key: number;
  readonly deny_triggers: number;
  readonly log_triggers: number;
  /** True where a fence of `postgresql_fence` refuses writes. */
  readonly fenced: boolean;
  readonly in_recovery: boolean;
  /** Sessions of slon in this database; null when this role may not see whose sessions there are. */
  readonly slon_backends: number | null;
};

/** What the cluster tells. */
type ClusterState = {
  readonly local_id: number | null;
  readonly sets: number;
  readonly set_id: number | null;
  readonly set_comment: string | null;
  readonly origin: number | null;
  readonly master_node: boolean | null;
  readonly tables: number;
  readonly subscribers: number;
  readonly active_subscribers: number;
  readonly subscribed: boolean;
  readonly lag_seconds: number | null;
};

type SlonyState = CatalogState &
  Omit<ClusterState, 'subscribed'> & {
    readonly role: 'origin' | 'subscriber' | 'none';
    readonly read_only: boolean;
    readonly writable: boolean;
    readonly consistent: boolean;
    /** The row of the vendor's SELECT when it returns exactly one. */
    readonly seed_row: Row | null;
  };

const noCluster: ClusterState = {
  local_id: null,
  sets: 0,
  set_id: null,
  set_comment: null,
  origin: null,
  master_node: null,
  tables: 0,
  subscribers: 0,
  active_subscribers: 0,
  subscribed: false,
  lag_seconds: null,
};

async function inspect({ database, cluster = 'slony' }: Args, eyes: Eyes): Promise<SlonyState> {
  const schema = `_${cluster}`;
  const { rows } = await eyes.rows(catalogQuery(schema), { database });
  // The queries name and type every column; `queryable` is the one that is not told.
  const { queryable, ...catalog } = rows[0] as CatalogState & { readonly queryable: boolean };
  if (!queryable) return stateOf(catalog, noCluster);
  const inside = await eyes.rows(clusterQuery(schema), { database });
  return stateOf(catalog, inside.rows[0] as ClusterState);
}

/** The whole state, with what follows from what was found. */
export function stateOf(catalog: CatalogState, { subscribed, ...cluster }: ClusterState): SlonyState {
  const { sets, set_id, set_comment, local_id, master_node, tables } = cluster;
  const isOrigin = master_node === true;
  const readOnly = catalog.deny_triggers > 0;
  return {
    ...catalog,
    ...cluster,
    role: isOrigin ? 'origin' : subscribed ? 'subscriber' : 'none',
    read_only: readOnly,
    writable: !readOnly && !catalog.fenced && !catalog.in_recovery,
    consistent: sets === 1 && master_node !== null && tables > 0 && tables === catalog.public_tables,
    seed_row: sets === 1 ? { set_id, set_comment, local_id, master_node } : null,
  };
}

/** Looks at a replication cluster of Slony-I. */
export const slonyStatus = defineModule<Args, SlonyState>({
  name: 'slony_status',
  summary: 'Look at the Slony-I cluster of a database: its role, tables, subscribers, lag and whether it takes writes',
  description: [
    'Only looks. Register it and wait with `until`, or assert on it. Without a cluster it says `cluster_present: false` and `role: none`.',
    "`consistent` is the strong check: exactly one set, whose origin is known, that holds every table of `public` and at least one. `writable` is true when no deny trigger of the cluster is enabled and no fence stands (`fenced`, see `postgresql_fence`), and the server is not in recovery. `lag_seconds` is null while no other host has confirmed anything. Slony-I calls a subscriber active on the origin as soon as it is asked to subscribe; that everything was copied shows on the subscriber: `role: subscriber` and `read_only`. `slon_backends` is null when the role may not see the sessions of others (grant it `pg_read_all_stats`). `seed_row` is the row of the check in the vendor's guide. With several sets, `set_id` and what follows it are of the first.",
  ].join('\n\n'),
  args,
  state,
  examples: [
    `- name: Wait until B is the origin of a complete set
  slony_status: { database: fdb }
  register: slony
  until: slony.role == 'origin' && slony.consistent && slony.writable
  retries: 60
  delay: 5`,
  ],
  inspect,
  want: () => ({}),
  needs: ({ database }) => ({ databases: [database], withoutShell: true }),
});
