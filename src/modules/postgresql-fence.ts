// A database that another is about to replace must take no more rows, or they are lost. A fence refuses writes to its
// tables by triggers, which every session meets, also one that is open already, and which replication does not meet.
import { Type } from '@sinclair/typebox';
import type { Static } from '@sinclair/typebox';
import type { SqlText } from '../core/connection.js';
import { defineModule } from '../core/module.js';
import type { Change, Eyes, Hands } from '../core/module.js';
import { limitArguments, limitsOf } from './shared/transaction-limits.js';
import { wordOf } from './shared/state-schemas.js';

const args = Type.Object(
  {
    database: Type.Optional(
      Type.String({ minLength: 1, description: "Database name; the host's `pg_database` when left out." }),
    ),
    state: Type.Optional(
      Type.Union([Type.Literal('present'), Type.Literal('absent')], {
        default: 'present',
        description: '`present` refuses writes, `absent` allows them again.',
      }),
    ),
    message: Type.Optional(Type.String({ minLength: 1, description: 'What a session that tries to write is told.' })),
    ...limitArguments('How long the work may take.'),
  },
  { additionalProperties: false },
);

type Args = Static<typeof args>;

type FenceState = {
  readonly state: 'present' | 'absent';
  /** Tables outside of system schemas that take writes, as far as this fence goes. */
  readonly open_tables: number;
};

const defaultMessage = 'this database takes no writes: another one is being made the primary';

/** Ordinary tables of users. Replication schemas (`_cluster`) write into their own. */
const userTables = `
  select c.oid from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p') and c.relpersistence <> 't' and n.nspname <> 'information_schema' and n.nspname !~ '^(pg)?_'`;

const findFence = `
select exists (select 1 from pg_namespace where nspname = 'playbook_fence') as present,
  (select count(*)::int from (${userTables}) t where not exists (
    select 1 from pg_trigger g where g.tgrelid = t.oid and g.tgname = 'playbook_fence' and g.tgenabled in ('O', 'A'))) as open`;

async function inspect({ database }: Args, eyes: Eyes): Promise<FenceState> {
  const { rows } = await eyes.rows({ text: findFence, values: [] }, { database });
  const open = Number(rows[0]?.['open']);
  const present = rows[0]?.['present'] === true;
  return { state: present ? 'present' : 'absent', open_tables: open };
}

function want({ state = 'present' }: Args): Partial<FenceState> {
  return state === 'absent' ? { state } : { state, open_tables: 0 };
}

const drop: SqlText = { text: 'drop schema if exists playbook_fence cascade', values: [] };

/** With session_replication_role = replica, as slon sets it, these triggers do not fire (PostgreSQL, ALTER TABLE). */
function raise(message: string): readonly SqlText[] {
  // Each session reads it by its own settings, and a dollar sign could end the text of the function.
  const text = message.replaceAll('\\', '\\\\').replaceAll("'", "''").replaceAll('$', '\\044').replaceAll('%', '%%');
  return [
    drop,
    { text: 'create schema playbook_fence', values: [] },
    {
      text: `create function playbook_fence.refuse() returns trigger language plpgsql as $playbook$ begin raise exception e'${text}' using errcode = 'read_only_sql_transaction'; end $playbook$`,
      values: [],
    },
    {
      text: `do $playbook$ declare t record; begin for t in ${userTables} loop execute 'create trigger playbook_fence before insert or update or delete or truncate on ' || t.oid::regclass || ' for each statement execute procedure playbook_fence.refuse()'; end loop; end $playbook$`,
      values: [],
    },
  ];
}

async function apply(_change: Change<FenceState>, hands: Hands, bound: Args): Promise<void> {
  await hands.statements(
    {
      statements: bound.state === 'absent' ? [drop] : raise(bound.message ?? defaultMessage),
      ...limitsOf(bound),
    },
    { database: bound.database },
  );
}

/** Refuses writes to the tables of a database, or allows them again. */
export const postgresqlFence = defineModule<Args, FenceState>({
  name: 'postgresql_fence',
  summary: 'A fence around the tables of a database: writes are refused while it stands',
  description:
    'Creates a schema `playbook_fence` and a trigger on every table of users, in one transaction; `absent` drops both. Sessions that are open meet it too. Replication by Slony-I does not: slon works with `session_replication_role = replica`. Triggers of a superuser can be switched off by one, so a fence stops accidents, not intent.',
  args,
  state: Type.Object({ state: wordOf(['present', 'absent']), open_tables: Type.Integer() }),
  examples: [
    '- name: Let no more rows into the old primary\n  postgresql_fence: { database: fdb, state: present }',
    '- name: Allow writes again\n  postgresql_fence: { database: fdb, state: absent }',
  ],
  inspect,
  want,
  lasting: true,
  apply,
  resource: ({ database = '' }) => [database],
  describe: ({ state = 'present' }) => (state === 'present' ? 'would refuse writes' : 'would allow writes again'),
  needs: ({ database }) => ({ databases: [database], withoutShell: true }),
  // No task needs what a fence is made of.
  brings: () => ({}),
});
