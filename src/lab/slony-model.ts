// The `_slony` schema as the lab models it: names, columns, triggers and messages of Slony-I 2.2 (slony1_base.sql and
// slony1_funcs.sql of 2.2.11), with plpgsql where Slony has C. What is left out is what no runbook looks at.

const CONFIGURATION = `
create schema _slony;
create table _slony.sl_node(
  no_id int4 primary key, no_active bool, no_comment text, no_failed bool);
create table _slony.sl_nodelock(
  nl_nodeid int4, nl_conncnt serial, nl_backendpid int4, primary key (nl_nodeid, nl_conncnt));
create table _slony.sl_set(
  set_id int4 primary key, set_origin int4 references _slony.sl_node, set_locked bigint, set_comment text);
create table _slony.sl_table(
  tab_id int4 primary key, tab_reloid oid unique not null, tab_relname name not null, tab_nspname name not null,
  tab_set int4 references _slony.sl_set, tab_idxname name not null, tab_altered boolean not null, tab_comment text);
create table _slony.sl_sequence(
  seq_id int4 primary key, seq_reloid oid unique not null, seq_relname name not null, seq_nspname name not null,
  seq_set int4 references _slony.sl_set, seq_comment text);
create table _slony.sl_path(
  pa_server int4 references _slony.sl_node, pa_client int4 references _slony.sl_node, pa_conninfo text not null,
  pa_connretry int4, primary key (pa_server, pa_client));
create table _slony.sl_subscribe(
  sub_set int4 references _slony.sl_set, sub_provider int4, sub_receiver int4, sub_forward bool, sub_active bool,
  primary key (sub_receiver, sub_set),
  foreign key (sub_provider, sub_receiver) references _slony.sl_path (pa_server, pa_client));
create table _slony.sl_event(
  ev_origin int4, ev_seqno int8, ev_timestamp timestamptz, ev_snapshot txid_snapshot, ev_type text,
  primary key (ev_origin, ev_seqno));
create table _slony.sl_confirm(
  con_origin int4, con_received int4, con_seqno int8, con_timestamp timestamptz default timeofday()::timestamptz);
create index sl_confirm_idx1 on _slony.sl_confirm (con_origin, con_received, con_seqno);
create table _slony.sl_log_1(
  log_origin int4, log_txid bigint, log_tableid int4, log_actionseq int8, log_tablenspname text,
  log_tablerelname text, log_cmdtype "char", log_cmdupdncols int4, log_cmdargs text[]);
create sequence _slony.sl_local_node_id minvalue -1;
create sequence _slony.sl_event_seq;
create sequence _slony.sl_action_seq;

create function _slony.getLocalNodeId(p_cluster name) returns int4 as $$
  select last_value::int4 from _slony.sl_local_node_id
$$ language sql;

create view _slony.sl_status as
  select E.ev_origin as st_origin, C.con_received as st_received, E.ev_seqno as st_last_event,
    E.ev_timestamp as st_last_event_ts, C.con_seqno as st_last_received, C.con_timestamp as st_last_received_ts,
    CE.ev_timestamp as st_last_received_event_ts, E.ev_seqno - C.con_seqno as st_lag_num_events,
    current_timestamp - CE.ev_timestamp as st_lag_time
  from _slony.sl_event E, _slony.sl_confirm C, _slony.sl_event CE
  where E.ev_origin = C.con_origin and CE.ev_origin = E.ev_origin and CE.ev_seqno = C.con_seqno
    and (E.ev_origin, E.ev_seqno) in (
      select ev_origin, max(ev_seqno) from _slony.sl_event
      where ev_origin = _slony.getLocalNodeId('_slony') group by 1)
    and (C.con_origin, C.con_received, C.con_seqno) in (
      select con_origin, con_received, max(con_seqno) from _slony.sl_confirm
      where con_origin = _slony.getLocalNodeId('_slony') group by 1, 2);
`;

// In Slony the log holds what changed; here a row says only *that* something did, and the copy daemon compares.
const TRIGGERS = `
create function _slony.logTrigger() returns trigger as $$
begin
  insert into _slony.sl_log_1
    values (_slony.getLocalNodeId('_slony'), txid_current(), tg_argv[1]::int4, nextval('_slony.sl_action_seq'),
      tg_table_schema, tg_table_name, substr(tg_op, 1, 1)::"char", 0, '{}');
  return null;
end $$ language plpgsql security definer;

create function _slony.denyAccess() returns trigger as $$
begin
  raise exception using errcode = 'XX000', message = format(
    'Slony-I: Table %s is replicated and cannot be modified on a subscriber node - role=0', tg_table_name);
end $$ language plpgsql security definer;

create function _slony.log_truncate() returns trigger as $$
begin
  insert into _slony.sl_log_1
    values (_slony.getLocalNodeId('_slony'), txid_current(), tg_argv[0]::int4, nextval('_slony.sl_action_seq'),
      tg_table_schema, tg_table_name, 'T', 0, '{}');
  return null;
end $$ language plpgsql security definer;

create function _slony.deny_truncate() returns trigger as $$
begin
  raise exception 'truncation of replicated table forbidden on subscriber node';
end $$ language plpgsql;

create function _slony.alterTableConfigureTriggers(p_tab_id int4) returns int4 as $$
declare
  v_table text;
  v_origin int4;
  v_log text := 'enable';
  v_deny text := 'disable';
begin
  select tab_reloid::regclass::text, set_origin into strict v_table, v_origin
    from _slony.sl_table join _slony.sl_set on tab_set = set_id where tab_id = p_tab_id;
  if v_origin <> _slony.getLocalNodeId('_slony') then
    v_log := 'disable';
    v_deny := 'enable';
  end if;
  execute format('alter table %s %s trigger _slony_logtrigger, %s trigger _slony_truncatetrigger,
    %s trigger _slony_denyaccess, %s trigger _slony_truncatedeny', v_table, v_log, v_log, v_deny, v_deny);
  return p_tab_id;
end $$ language plpgsql;

create function _slony.alterTableAddTriggers(p_tab_id int4) returns int4 as $$
declare
  v_table text;
begin
  select tab_reloid::regclass::text into strict v_table from _slony.sl_table where tab_id = p_tab_id;
  execute format('create trigger _slony_logtrigger after insert or update or delete on %s
    for each row execute procedure _slony.logTrigger(%L, %L, %L)', v_table, '_slony', p_tab_id, 'k');
  execute format('create trigger _slony_denyaccess before insert or update or delete on %s
    for each row execute procedure _slony.denyAccess(%L)', v_table, '_slony');
  execute format('create trigger _slony_truncatetrigger before truncate on %s
    for each statement execute procedure _slony.log_truncate(%L)', v_table, p_tab_id);
  execute format('create trigger _slony_truncatedeny before truncate on %s
    for each statement execute procedure _slony.deny_truncate()', v_table);
  return _slony.alterTableConfigureTriggers(p_tab_id);
end $$ language plpgsql;
`;

const FUNCTIONS = `
create function _slony.initializeLocalNode(p_local_node_id int4, p_comment text) returns int4 as $$
  select setval('_slony.sl_local_node_id', p_local_node_id);
  insert into _slony.sl_node values (p_local_node_id, true, p_comment, false) returning no_id;
$$ language sql;

create function _slony.setAddTable_int(p_set_id int4, p_tab_id int4, p_fqname text, p_comment text) returns int4 as $$
declare
  v_index name;
begin
  select i.relname into v_index from pg_index x join pg_class i on i.oid = x.indexrelid
    where x.indrelid = p_fqname::regclass and x.indisprimary;
  if not found then
    raise exception 'Slony-I: table % has no primary key', p_fqname;
  end if;
  insert into _slony.sl_table
    select p_tab_id, c.oid, c.relname, n.nspname, p_set_id, v_index, false, p_comment
    from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = p_fqname::regclass;
  return _slony.alterTableAddTriggers(p_tab_id);
end $$ language plpgsql;

create function _slony.setAddSequence_int(p_set_id int4, p_seq_id int4, p_fqname text, p_comment text) returns int4 as $$
  insert into _slony.sl_sequence
    select p_seq_id, c.oid, c.relname, n.nspname, p_set_id, p_comment
    from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = p_fqname::regclass
    returning seq_id;
$$ language sql;

-- A SYNC when rows have changed since the last one, or when that is older than p_interval; -1 when there is none to make.
create function _slony.generate_sync_event(p_interval interval) returns int8 as $$
declare
  v_node int4 := _slony.getLocalNodeId('_slony');
  v_changed int8;
  v_seqno int8;
begin
  with gone as (delete from _slony.sl_log_1 returning 1) select count(*) into v_changed from gone;
  if v_changed = 0 and exists (
    select 1 from _slony.sl_event where ev_origin = v_node and ev_timestamp > now() - p_interval) then
    return -1;
  end if;
  v_seqno := nextval('_slony.sl_event_seq');
  insert into _slony.sl_event values (v_node, v_seqno, now(), txid_current_snapshot(), 'SYNC');
  delete from _slony.sl_event where ev_origin = v_node and ev_seqno < v_seqno - 50
    and ev_seqno < coalesce((select min(con_seqno) from _slony.sl_confirm where con_origin = v_node), v_seqno);
  return v_seqno;
end $$ language plpgsql;

create function _slony.storeConfirm(p_origin int4, p_received int4, p_seqno int8) returns void as $$
  delete from _slony.sl_confirm where con_origin = p_origin and con_received = p_received;
  insert into _slony.sl_confirm values (p_origin, p_received, p_seqno);
$$ language sql;
`;

/** Creates the schema, empty; fails when it exists. */
export const CREATE_SLONY_SCHEMA = CONFIGURATION + TRIGGERS + FUNCTIONS;

/** The tables of `public` that a set takes in, as Slony's pattern `public\..*` finds them. */
export const PUBLIC_TABLES = `
  select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = 'public' and c.relkind = 'r' order by c.relname`;

/** The sequences of `public` that a set takes in. */
export const PUBLIC_SEQUENCES = `
  select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = 'public' and c.relkind = 'S' order by c.relname`;
