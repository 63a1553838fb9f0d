// How the lab's slon brings a set from its provider to a subscriber: it compares whole tables of one snapshot and
// applies the difference in one transaction. That is right for every insert, update, delete and truncate, and quick
// enough for the few rows of a lab.
import type { Client } from 'pg';
import { sqlIdentifier } from '../core/quote.js';
import { inTransaction } from './sql.js';

/** One pull: from which node, to which. */
export interface Pull {
  readonly provider: Client;
  readonly local: Client;
  readonly providerId: number;
  readonly localId: number;
}

interface SetRow {
  readonly set_id: number;
  readonly set_comment: string;
  readonly sub_forward: boolean;
}

interface MemberRow {
  readonly id: number;
  readonly set: number;
  readonly name: string;
  readonly comment: string;
}

interface Snapshot {
  readonly lastEvent: string;
  readonly sets: readonly SetRow[];
  readonly tables: readonly (MemberRow & { readonly rows: string })[];
  readonly sequences: readonly (MemberRow & { readonly last: string; readonly called: boolean })[];
}

const LAST_EVENT = `
  select coalesce(max(ev_seqno), 0) as last, coalesce((
    select max(con_seqno) from _slony.sl_confirm where con_origin = $1 and con_received = $2), 0) as confirmed
  from _slony.sl_event where ev_origin = $1`;

const SETS = `
  select set_id, set_comment, sub_forward from _slony.sl_set join _slony.sl_subscribe on sub_set = set_id
  where set_origin = $1 and sub_provider = $1 and sub_receiver = $2`;

const TABLES = `
  select tab_id as id, tab_set as set, format('%I.%I', tab_nspname, tab_relname) as name, tab_comment as comment
  from _slony.sl_table where tab_set = any ($1) order by tab_id`;

const SEQUENCES = `
  select seq_id as id, seq_set as set, format('%I.%I', seq_nspname, seq_relname) as name, seq_comment as comment
  from _slony.sl_sequence where seq_set = any ($1) order by seq_id`;

async function readSnapshot({ provider, providerId, localId }: Pull, lastEvent: string): Promise<Snapshot> {
  const sets = (await provider.query<SetRow>(SETS, [providerId, localId])).rows;
  const setIds = [sets.map((each) => each.set_id)];
  const tables = [];
  for (const table of (await provider.query<MemberRow>(TABLES, setIds)).rows) {
    const query = `select coalesce(json_agg(t), '[]')::text as rows from ${table.name} t`;
    tables.push({ ...table, rows: (await provider.query<{ rows: string }>(query)).rows[0]?.rows ?? '[]' });
  }
  const sequences = [];
  for (const sequence of (await provider.query<MemberRow>(SEQUENCES, setIds)).rows) {
    const query = `select last_value as last, is_called as called from ${sequence.name}`;
    const value = (await provider.query<{ last: string; called: boolean }>(query)).rows[0];
    if (value !== undefined) sequences.push({ ...sequence, ...value });
  }
  return { lastEvent, sets, tables, sequences };
}

async function storeConfiguration({ local, providerId, localId }: Pull, snapshot: Snapshot): Promise<void> {
  for (const { set_id: id, set_comment: comment, sub_forward: forward } of snapshot.sets) {
    await local.query('insert into _slony.sl_set values ($1, $2, null, $3) on conflict do nothing', [
      id,
      providerId,
      comment,
    ]);
    const subscribe = 'insert into _slony.sl_subscribe values ($1, $2, $3, $4, false) on conflict do nothing';
    await local.query(subscribe, [id, providerId, localId, forward]);
  }
  const known = await local.query<{ id: number }>('select tab_id as id from _slony.sl_table');
  const seen = new Set(known.rows.map((row) => row.id));
  for (const { id, set, name, comment } of snapshot.tables) {
    if (!seen.has(id)) await local.query('select _slony.setAddTable_int($1, $2, $3, $4)', [set, id, name, comment]);
  }
  const knownSequences = await local.query<{ id: number }>('select seq_id as id from _slony.sl_sequence');
  const seenSequences = new Set(knownSequences.rows.map((row) => row.id));
  for (const { id, set, name, comment } of snapshot.sequences) {
    if (!seenSequences.has(id))
      await local.query('select _slony.setAddSequence_int($1, $2, $3, $4)', [set, id, name, comment]);
  }
}

const COLUMNS = `
  select attname as name from pg_attribute
  where attrelid = $1::regclass and attnum > 0 and not attisdropped and attgenerated = '' order by attnum`;

// Rows are compared as JSON text, so that `1.0` and `1.00` are different and a type without equality is no trouble.
async function applyTable(local: Client, name: string, rows: string): Promise<void> {
  const columns = (await local.query<{ name: string }>(COLUMNS, [name])).rows.map((row) => sqlIdentifier(row.name));
  const list = columns.join(', ');
  const source = `json_populate_recordset(null::${name}, $1::json)`;
  await local.query(
    `delete from ${name} t where row_to_json(t)::text not in (select row_to_json(s)::text from ${source} s)`,
    [rows],
  );
  await local.query(
    `insert into ${name} (${list}) overriding system value select ${list} from ${source} s
     where row_to_json(s)::text not in (select row_to_json(t)::text from ${name} t)`,
    [rows],
  );
}

async function applySequence(local: Client, name: string, last: string, called: boolean): Promise<void> {
  const setval = `select setval($1::regclass, $2, $3) from ${name} where (last_value, is_called) <> ($2::int8, $3)`;
  await local.query(setval, [name, last, called]);
}

async function applySnapshot(pull: Pull, snapshot: Snapshot): Promise<void> {
  const { local, providerId, localId } = pull;
  // As a replica, neither the deny triggers nor foreign keys stand in the way.
  await local.query(`set local session_replication_role = replica`);
  await storeConfiguration(pull, snapshot);
  for (const { name, rows } of snapshot.tables) await applyTable(local, name, rows);
  for (const { name, last, called } of snapshot.sequences) await applySequence(local, name, last, called);
  await local.query(ACTIVATE, [providerId, localId]);
  await local.query('select _slony.storeConfirm($1, $2, $3)', [providerId, localId, snapshot.lastEvent]);
}

const ACTIVATE = `
  update _slony.sl_subscribe set sub_active = true
  where sub_provider = $1 and sub_receiver = $2 and not sub_active`;

/** Brings the local node up to the provider's last SYNC and confirms it there; true when there was anything to do. */
export async function pullEvents(pull: Pull): Promise<boolean> {
  const { provider, local, providerId, localId } = pull;
  const snapshot = await inTransaction(provider, 'begin isolation level repeatable read read only', async () => {
    const events = await provider.query<{ last: string; confirmed: string }>(LAST_EVENT, [providerId, localId]);
    const { last = '0', confirmed = '0' } = events.rows[0] ?? {};
    return BigInt(last) > BigInt(confirmed) ? readSnapshot(pull, last) : undefined;
  });
  if (snapshot === undefined) return false;
  await inTransaction(local, 'begin', () => applySnapshot(pull, snapshot));
  await inTransaction(provider, 'begin', async () => {
    if (snapshot.sets.length > 0) await provider.query(ACTIVATE, [providerId, localId]);
    await provider.query('select _slony.storeConfirm($1, $2, $3)', [providerId, localId, snapshot.lastEvent]);
  });
  return true;
}
