// The two looks at a Slony-I cluster: the catalog, which is always there, and the cluster's own tables, which may not be.
import type { SqlText } from '../../core/connection.js';
import { sqlIdentifier } from '../../core/quote.js';

/**
 * What the catalog tells of a cluster's schema: `$1` is its name, which also starts the names of its triggers.
 * A trigger fires for users when it is enabled always or for the origin (`A`, `O`); Slony-I disables (`D`) what it does not need.
 */
export function catalogQuery(schema: string): SqlText {
  return {
    text: `
select
  exists (select from pg_namespace where nspname = $1::name) as cluster_present,
  (select count(*) = 4 from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = $1::name and c.relname in ('sl_set', 'sl_table', 'sl_subscribe', 'sl_local_node_id')) as queryable,
  (select count(*)::int from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind = 'r') as public_tables,
  (select count(*)::int from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
    and not exists (select from pg_index i where i.indrelid = c.oid and i.indisprimary)) as tables_without_primary_key,
  (select count(*)::int from pg_trigger where tgname = ($1 || '_denyaccess')::name and tgenabled in ('O', 'A')) as deny_triggers,
  (select count(*)::int from pg_trigger where tgname = ($1 || '_logtrigger')::name and tgenabled in ('O', 'A')) as log_triggers,
  exists (select from pg_trigger where tgname = 'playbook_fence' and tgenabled in ('O', 'A')) as fenced,
  pg_is_in_recovery() as in_recovery,
  (select case when bool_or(query = '<insufficient privilege>') then null
    else count(*) filter (where application_name like 'slon%' and application_name not like 'slonik%')::int end
    from pg_stat_activity where datname = current_database()) as slon_backends`,
    values: [schema],
  };
}

/** What the cluster's own tables tell; the node id is below zero until `init cluster` or `store node` has given one. */
export function clusterQuery(schema: string): SqlText {
  const name = sqlIdentifier(schema);
  return {
    text: `
with local as (select nullif(greatest(last_value, -1), -1)::int as id from ${name}.sl_local_node_id),
first_set as (select set_id, set_origin, set_comment from ${name}.sl_set order by set_id limit 1)
select
  l.id as local_id,
  (select count(*)::int from ${name}.sl_set) as sets,
  s.set_id::int,
  s.set_comment::text,
  s.set_origin::int as origin,
  s.set_origin = l.id as master_node,
  (select count(*)::int from ${name}.sl_table t where t.tab_set = s.set_id) as tables,
  (select count(*)::int from ${name}.sl_subscribe u where u.sub_set = s.set_id) as subscribers,
  (select count(*)::int from ${name}.sl_subscribe u where u.sub_set = s.set_id and u.sub_active) as active_subscribers,
  exists (select from ${name}.sl_subscribe u where u.sub_set = s.set_id and u.sub_receiver = l.id) as subscribed,
  (select round(extract(epoch from max(st_lag_time))::numeric, 1)::float8 from ${name}.sl_status) as lag_seconds
from local l left join first_set s on true`,
    values: [],
  };
}
