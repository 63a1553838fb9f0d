// A schema of a database, there or gone. Dropping one waits for locks on every table that it touches,
// so it waits only so long and then says who is in the way.
import { Type } from '@sinclair/typebox';
import type { Static } from '@sinclair/typebox';
import type { SqlText } from '../core/connection.js';
import { defineModule, refuse } from '../core/module.js';
import type { Change, Eyes, Hands, Refusal } from '../core/module.js';
import { sqlIdentifier } from '../core/quote.js';
import { counted } from './shared/rows.js';
import { limitArguments, limitsOf } from './shared/transaction-limits.js';
import { orNull, wordOf } from './shared/state-schemas.js';

const args = Type.Object(
  {
    name: Type.String({
      minLength: 1,
      maxLength: 63,
      description: 'Name of the schema, exactly as the server holds it.',
    }),
    database: Type.Optional(
      Type.String({ minLength: 1, description: "Database name; the host's `pg_database` when left out." }),
    ),
    state: Type.Optional(
      Type.Union([Type.Literal('present'), Type.Literal('absent')], {
        default: 'present',
        description: 'There, or gone.',
      }),
    ),
    cascade: Type.Optional(
      Type.Boolean({
        default: false,
        description:
          'With `absent`: drop everything in the schema too, and what depends on it elsewhere, such as triggers.',
      }),
    ),
    owner: Type.Optional(Type.String({ minLength: 1, description: 'With `present`: the role that owns the schema.' })),
    ...limitArguments('How long the work may take.'),
  },
  { additionalProperties: false },
);

const registerState = Type.Object({
  state: wordOf(['present', 'absent']),
  owner: orNull(Type.String()),
  objects: Type.Integer(),
  objects_outside: Type.Integer(),
});

type Args = Static<typeof args>;

type SchemaState = {
  readonly state: 'present' | 'absent';
  readonly owner: string | null;
  /** How many objects a cascading drop would take along, as PostgreSQL counts them in its notice. */
  readonly objects: number;
  /** Those of them that stand outside of the schema, such as triggers on other tables. */
  readonly objects_outside: number;
};

/**
 * Follows pg_depend as a cascading DROP does (PostgreSQL, src/backend/catalog/dependency.c): what goes along by itself
 * (an index with its table) is not counted, and a part of something else (a view's rule) takes its owner along.
 */
const findSchema = `
with recursive schema as (
  select oid, pg_get_userbyid(nspowner) as owner from pg_namespace where nspname = $1
), dependent(classid, objid, objsubid) as (
  select 'pg_namespace'::regclass::oid, oid, 0 from schema
  union
  select next.classid, next.objid, next.objsubid
  from dependent r
  cross join lateral (
    select d.classid, d.objid, d.objsubid from pg_depend d
    where d.refclassid = r.classid and d.refobjid = r.objid and (r.objsubid = 0 or d.refobjsubid = r.objsubid)
    union all
    select d.refclassid, d.refobjid, d.refobjsubid from pg_depend d
    where d.classid = r.classid and d.objid = r.objid and d.deptype = 'i'
  ) next
), counted as (
  select d.classid, d.objid, d.objsubid from dependent d
  where not (d.classid = 'pg_namespace'::regclass and d.objid = (select oid from schema))
  and not exists (
    select from pg_depend p
    join dependent r on r.classid = p.refclassid and r.objid = p.refobjid and r.objsubid in (0, p.refobjsubid)
    where p.classid = d.classid and p.objid = d.objid and p.objsubid in (0, d.objsubid)
    and p.deptype in ('a', 'i', 'P', 'S', 'x')
  )
)
select s.owner, count(c.classid)::int as objects,
  (count(c.classid) filter (where (select i.schema is distinct from quote_ident($1)
    from pg_identify_object(c.classid, c.objid, c.objsubid) i)))::int as objects_outside
from schema s left join counted c on true
group by s.owner`;

async function inspect({ name, database }: Args, eyes: Eyes): Promise<SchemaState> {
  const { rows } = await eyes.rows({ text: findSchema, values: [name] }, { database });
  const [row] = rows;
  if (row === undefined) return { state: 'absent', owner: null, objects: 0, objects_outside: 0 };
  return {
    state: 'present',
    owner: typeof row['owner'] === 'string' ? row['owner'] : null,
    objects: Number(row['objects']),
    objects_outside: Number(row['objects_outside']),
  };
}

function isSystem(name: string): boolean {
  return name === 'information_schema' || name.startsWith('pg_');
}

function want(
  { name, state = 'present', cascade = false, owner }: Args,
  found: SchemaState,
): Partial<SchemaState> | Refusal {
  if (isSystem(name)) return refuse(`schema \`${name}\` belongs to the server`);
  if (state === 'present') return owner === undefined ? { state } : { state, owner };
  if (owner !== undefined) return refuse('`owner` goes with `state: present`');
  if (name === 'public') return refuse('schema `public` is never dropped', 'drop what is in it with `sql`');
  if (found.objects > 0 && !cascade) {
    return refuse(
      `schema \`${name}\` is not empty: dropping it takes ${counted(found.objects, 'object')} along`,
      'say `cascade: true` to drop them too',
    );
  }
  return { state, objects: 0, objects_outside: 0 };
}

function statement({ name, cascade = false, owner }: Args, { before, after }: Change<SchemaState>): SqlText {
  const schema = sqlIdentifier(name);
  const said = {
    drop: `drop schema if exists ${schema} ${cascade ? 'cascade' : 'restrict'}`,
    create: `create schema ${schema}${owner === undefined ? '' : ` authorization ${sqlIdentifier(owner)}`}`,
    give: `alter schema ${schema} owner to ${sqlIdentifier(owner ?? '')}`,
  };
  if (after.state === 'absent') return { text: said.drop, values: [] };
  return { text: before.state === 'absent' ? said.create : said.give, values: [] };
}

async function apply(change: Change<SchemaState>, hands: Hands, bound: Args): Promise<void> {
  await hands.statements(
    {
      statements: [statement(bound, change)],
      ...limitsOf(bound),
    },
    { database: bound.database },
  );
}

/** Creates or drops a schema. */
export const postgresqlSchema = defineModule<Args, SchemaState>({
  name: 'postgresql_schema',
  summary: 'A schema of a database, present or absent',
  description:
    'Says before it drops a schema how many objects would go along, and how many of those stand outside of the schema. Dropping needs an exclusive lock on each of them: it waits for `lock_timeout` and then names the sessions that hold them; say `retries` and `delay` to try again. A schema that is not empty is dropped only with `cascade: true`.',
  args,
  state: registerState,
  examples: [
    `- name: Drop the replication schema and all that hangs on it
  postgresql_schema:
    database: fdb
    name: _slony
    state: absent
    cascade: true`,
    `- name: A schema for the monthly reports
  postgresql_schema: { database: reports, name: monthly, owner: reporter }`,
  ],
  inspect,
  want,
  lasting: true,
  apply,
  resource: ({ database = '', name }) => [database, name],
  describe: ({ name, state = 'present' }) =>
    `would ${state === 'absent' ? 'drop' : 'create or give away'} schema \`${name}\``,
  needs: ({ database }) => ({ databases: [database], withoutShell: true }),
  brings: (bound) => (bound?.state === 'absent' ? {} : { data: true }),
});
