// How one database of one appliance stands in its Slony cluster, as the Service Center's table and its REST call tell it.
import type { Client } from 'pg';
import type { DatabaseName } from './appliances.js';
import type { DataCenter, Member } from './data-center.js';

/** `none`: no schema `_slony`; `no set`: a cluster that was left half-made; `unknown`: the database does not answer. */
export type NodeRole = 'origin' | 'subscriber' | 'no set' | 'none' | 'unknown';

/** One database of one appliance. */
export interface ClusterNode {
  readonly organization: number;
  readonly database: DatabaseName;
  readonly host: string;
  readonly role: NodeRole;
  /** Its number, comment and whether it is active, as its own `sl_node` has it; absent without a cluster. */
  readonly node?: { readonly id: number; readonly comment: string; readonly active: boolean };
  readonly tables: number;
  readonly activeSubscribers: number;
}

const HAS_CLUSTER = `select to_regclass('_slony.sl_set') is not null as there`;

const CLUSTER = `
  select local.last_value::int as id, no_comment as comment, no_active as active,
    (select min(set_origin) from _slony.sl_set) as origin,
    (select count(*)::int from _slony.sl_table) as tables,
    (select count(*)::int from _slony.sl_subscribe where sub_active) as subscribers
  from _slony.sl_local_node_id local left join _slony.sl_node on no_id = local.last_value`;

interface ClusterRow {
  readonly id: number;
  readonly comment: string | null;
  readonly active: boolean | null;
  readonly origin: number | null;
  readonly tables: number;
  readonly subscribers: number;
}

type Standing = Pick<ClusterNode, 'role' | 'node' | 'tables' | 'activeSubscribers'>;

const EMPTY = { tables: 0, activeSubscribers: 0 } as const;

async function readStanding(client: Client): Promise<Standing> {
  const there = await client.query<{ there: boolean }>(HAS_CLUSTER);
  if (there.rows[0]?.there !== true) return { role: 'none', ...EMPTY };
  const row = (await client.query<ClusterRow>(CLUSTER)).rows[0];
  if (row === undefined) return { role: 'none', ...EMPTY };
  const { id, comment, active, origin, tables, subscribers } = row;
  const role = origin === null ? 'no set' : origin === id ? 'origin' : 'subscriber';
  const node = { id, comment: comment ?? '', active: active ?? false };
  return { role, node, tables, activeSubscribers: subscribers };
}

/** Looks at one database of one appliance over the network. */
export async function readNode(center: DataCenter, member: Member, database: DatabaseName): Promise<ClusterNode> {
  const place = { organization: member.organization, database, host: member.host };
  const client = await center.open(member, database).catch(() => undefined);
  if (client === undefined) return { ...place, role: 'unknown', ...EMPTY };
  try {
    return { ...place, ...(await readStanding(client)) };
  } catch {
    return { ...place, role: 'unknown', ...EMPTY };
  } finally {
    await client.end().catch(() => undefined);
  }
}
