// What a database holds, in a few lines that can be compared between servers: each table with its rows and a digest of
// them, each sequence with its value, a digest of the schema, who the server is and which part it plays in a replication.
import { dataOf, isMap } from '../../core/value.js';
import type { Value } from '../../core/value.js';
import { WorldError } from '../../core/world-error.js';

/** One table or sequence. `content` is a digest that does not depend on the order of rows, or for a sequence `at 12`. */
export type Content = { readonly name: string; readonly rows: number; readonly content: string };

/** A database and its server at one moment. */
export type Description = {
  readonly database: string;
  readonly system_identifier: string;
  readonly started_at: string;
  readonly server_version: number;
  readonly in_recovery: boolean;
  readonly encoding: string;
  readonly collate: string;
  readonly ctype: string;
  readonly owner: string;
  /** Replication schemas in which this database is the origin of a set. */
  readonly origin_of: readonly string[];
  /** Tables that nothing keeps from taking writes, neither a deny trigger of Slony-I nor a fence. */
  readonly open_tables: number;
  /** Schemas that this description, and the dump it belongs to, leaves out. */
  readonly leaving_out: readonly string[];
  /** Those of them that are there. */
  readonly left_out: readonly string[];
  readonly schema: string;
  readonly contents: readonly Content[];
};

/** Schemas of users without those left out; `%1$L` is their list. */
const users = `n.nspname !~ '^pg_' and n.nspname <> 'information_schema' and n.nspname not in (select json_array_elements_text(%1$L::json))`;

const definitions = `select md5(coalesce(string_agg(line, chr(10) order by line collate "C"), '')) as digest from (
  select concat_ws(' ', 'column', n.nspname, c.relname, c.relkind, row_number() over (partition by a.attrelid order by a.attnum),
    a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid)) as line
  from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
  left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
  where a.attnum > 0 and not a.attisdropped and c.relkind in ('r', 'p', 'v', 'm', 'f') and c.relpersistence <> 't' and ${users}
  union all
  select concat_ws(' ', 'constraint', n.nspname, c.relname, k.conname, pg_get_constraintdef(k.oid))
  from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
  where k.contype in ('c', 'f', 'p', 'u', 'x') and ${users}
  union all
  select concat_ws(' ', 'index', pg_get_indexdef(i.indexrelid))
  from pg_index i join pg_class c on c.oid = i.indrelid join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'm') and c.relpersistence <> 't' and ${users}
  union all
  select concat_ws(' ', 'view', n.nspname, c.relname, pg_get_viewdef(c.oid))
  from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind in ('v', 'm') and ${users}
  union all
  select concat_ws(' ', 'function', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid), md5(p.prosrc))
  from pg_proc p join pg_namespace n on n.oid = p.pronamespace where ${users}
  union all
  select concat_ws(' ', 'trigger', t.tgenabled, pg_get_triggerdef(t.oid))
  from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
  join pg_proc p on p.oid = t.tgfoid join pg_namespace f on f.oid = p.pronamespace
  where not t.tgisinternal and f.nspname not in (select json_array_elements_text(%1$L::json)) and ${users}
) lines`;

const ofTable = `select count(*) as rows, coalesce(sum((''x'' || left(md5(playbook_row::text), 15))::bit(60)::bigint), 0) as content from only %I.%I playbook_row`;
const ofSequence = `select 1 as rows, ''at '' || last_value || case when is_called then '''' else '' (not used)'' end as content from %I.%I`;
const origins = `select count(*) as sets from %1$I.sl_set s join %1$I.sl_local_node_id l on l.last_value = s.set_origin`;

/**
 * One row with one column, the description as JSON; `$1` is a JSON list of schemas to leave out. What names or counts is
 * asked through query_to_xml, which takes its query as text, so that one round trip sees one moment; each such text rests
 * on `nothing`, so that it is read with the search_path that makes the server write all names in full.
 */
export const describeDatabase = `
with prepared as (select left(set_config('search_path', 'pg_catalog', true), 0) as nothing),
relations as (
  select n.nspname, c.relname, c.relkind, c.oid
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'S') and c.relpersistence <> 't' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  and n.nspname not in (select json_array_elements_text($1::json))
  and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
),
measured as (
  select format('%I.%I', r.nspname, r.relname) as name, query_to_xml(p.nothing || format(
    case r.relkind when 'S' then '${ofSequence}' else '${ofTable}' end, r.nspname, r.relname), false, false, '')::text as said
  from relations r cross join prepared p
),
clusters as (
  select n.nspname as name, query_to_xml(p.nothing || format('${origins}', n.nspname), false, false, '')::text as said
  from pg_namespace n cross join prepared p
  where 2 = (select count(*) from pg_class c where c.relnamespace = n.oid and c.relname in ('sl_set', 'sl_local_node_id'))
)
select json_build_object(
  'database', current_database(),
  'system_identifier', (select system_identifier::text from pg_control_system()),
  'started_at', to_char(pg_postmaster_start_time() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
  'server_version', current_setting('server_version_num')::int,
  'in_recovery', pg_is_in_recovery(),
  'encoding', (select pg_encoding_to_char(encoding) from pg_database where datname = current_database()),
  'collate', (select datcollate from pg_database where datname = current_database()),
  'ctype', (select datctype from pg_database where datname = current_database()),
  'owner', (select pg_get_userbyid(datdba) from pg_database where datname = current_database()),
  'origin_of', (select coalesce(json_agg(name), '[]') from clusters where said like '%<sets>%' and said not like '%<sets>0</sets>%'),
  'open_tables', (select count(*) from relations r where r.relkind = 'r' and not exists (
    select from pg_trigger t where t.tgrelid = r.oid and t.tgenabled in ('O', 'A')
    and (right(t.tgname, 11) = '_denyaccess' or t.tgname = 'playbook_fence'))),
  'leaving_out', $1::json,
  'left_out', (select coalesce(json_agg(nspname order by nspname), '[]') from pg_namespace
    where nspname in (select json_array_elements_text($1::json))),
  'schema', (select substring(query_to_xml(p.nothing || format($definitions$${definitions}$definitions$, $1), false, false, '')::text
    from '<digest>([^<]*)</digest>') from prepared p),
  'contents', (select coalesce(json_agg(json_build_object('name', name, 'rows', substring(said from '<rows>([0-9]+)</rows>')::bigint,
    'content', substring(said from '<content>([^<]*)</content>')) order by name collate "C"), '[]') from measured)
)::text as description`;

/** A description as the server gave it. */
export function parseDescription(text: Value | undefined, host: string): Description {
  const found = typeof text === 'string' ? parsed(text) : undefined;
  if (
    isMap(found) &&
    Array.isArray(found['contents']) &&
    Array.isArray(found['leaving_out']) &&
    typeof found['system_identifier'] === 'string'
  ) {
    // Our own query names and types everything in it.
    return found as unknown as Description;
  }
  throw new WorldError('failed', `the description of a database on \`${host}\` cannot be read`, {
    hint: 'PostgreSQL 9.6 or newer is needed there, and a file that describes a dump must be as it was written',
  });
}

function parsed(text: string): Value | undefined {
  try {
    return dataOf(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/**
 * The keys of the rows of a table, each as a short digest, with commas between; nothing for a table without a primary
 * key. `$1` is the table's name as the server itself wrote it.
 */
export const keysOfTable = `
with wanted as (select to_regclass($1) as relation),
key as (
  select string_agg(format('playbook_row.%I', a.attname), ', ' order by a.attnum) as columns
  from wanted w join pg_index i on i.indrelid = w.relation and i.indisprimary
  join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any (i.indkey)
)
select substring(query_to_xml(format('select string_agg(left(md5(row(%s)::text), 16), '','') as keys from only %s playbook_row',
  k.columns, w.relation), false, false, '')::text from '<keys>([^<]*)</keys>') as keys, k.columns is not null as has_key
from wanted w cross join key k`;

/** Why two databases do not hold the same, a line each; nothing when they do. */
export function differences(one: readonly Content[], other: readonly Content[]): readonly string[] {
  const others = new Map(other.map((each) => [each.name, each]));
  const names = new Set([...one, ...other].map((each) => each.name));
  const ones = new Map(one.map((each) => [each.name, each]));
  return [...names].toSorted().flatMap((name) => {
    const [left, right] = [ones.get(name), others.get(name)];
    if (left === undefined) return [`${name}: missing`];
    if (right === undefined) return [`${name}: not expected`];
    if (left.rows !== right.rows) return [`${name}: ${left.rows} rows instead of ${right.rows}`];
    return left.content === right.content ? [] : [`${name}: other content`];
  });
}

/** How many rows all tables hold together. */
export function rowsIn(contents: readonly Content[]): number {
  return contents.reduce((sum, each) => (isSequence(each) ? sum : sum + each.rows), 0);
}

/** True for a sequence. */
export function isSequence({ content }: Content): boolean {
  return content.startsWith('at ');
}
