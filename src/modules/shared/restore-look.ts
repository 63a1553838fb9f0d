// The looks of a restore: both databases as they are, who is connected, and what only the target holds.
import type { Eyes } from '../../core/module.js';
import { WorldError } from '../../core/world-error.js';
import { describeDatabase, keysOfTable, parseDescription } from './database-contents.js';
import type { Content, Description } from './database-contents.js';
import { leftOutOf, maintenanceOf } from './restore-args.js';
import type { Extra, RestoreArgs, RestoreState, Visitor } from './restore-args.js';

/** Tables with more rows than this are compared by their number of rows only. */
const rowsAtMost = 200_000;

/** Every row is read to be counted, so such a look has as long as its task. */
const lookMs = 3_600_000;

/** Asks a server to describe one of its databases. */
export async function describe(eyes: Eyes, database: string, leftOut: readonly string[]): Promise<Description> {
  const query = { text: describeDatabase, values: [JSON.stringify(leftOut)] };
  const { rows } = await eyes.rows(query, { database, timeoutMs: lookMs });
  return parseDescription(rows[0]?.['description'], eyes.host);
}

/** The description of a dump, from the file beside it. */
export async function describeFile(eyes: Eyes, src: string): Promise<Description> {
  const content = await eyes.read(`${src}.json`);
  if (content !== undefined) return parseDescription(Buffer.from(content).toString('utf8'), eyes.host);
  throw new WorldError('failed', `there is no \`${src}.json\`, so nothing says what the dump must hold`, {
    hint: 'restore a dump that `postgresql_dump` made, and copy all three of its files',
  });
}

const server = `select (select system_identifier::text from pg_control_system()) as system_identifier,
  to_char(pg_postmaster_start_time() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as started_at,
  current_setting('server_version_num')::int as version,
  exists (select from pg_database where datname = $1) as exists`;

/** Sessions of others in these databases; ours are those that call themselves as we do. */
const visitors = `select pid, usename::text as "user", nullif(application_name, '') as application, host(client_addr) as address
from pg_stat_activity where datname = any (array(select json_array_elements_text($1::json))) and pid <> pg_backend_pid()
and backend_type = 'client backend'
and not (application_name = current_setting('application_name') and usename = current_user) order by pid`;

/** Who else is connected to these databases. */
export async function visitorsOf(
  eyes: Eyes,
  names: readonly string[],
  maintenance: string,
): Promise<readonly Visitor[]> {
  const query = { text: visitors, values: [JSON.stringify(names)] };
  // The query names and types every column.
  return (await eyes.rows(query, { database: maintenance })).rows as unknown as readonly Visitor[];
}

/** What is on both sides. */
export async function inspectBoth(args: RestoreArgs, eyes: Eyes): Promise<RestoreState> {
  const { database, from_host, from_database = database, src } = args;
  const maintenance = maintenanceOf(args);
  const { rows } = await eyes.rows({ text: server, values: [database] }, { database: maintenance });
  const { exists, ...own } = rows[0] as unknown as NonNullable<RestoreState['server']> & { readonly exists: boolean };
  const leftOut = leftOutOf(args);
  const far = from_host === undefined ? undefined : eyes.at(from_host);
  const source =
    far === undefined
      ? src === undefined
        ? null
        : await describeFile(eyes, src)
      : await describe(far, from_database, leftOut);
  const target = exists ? await describe(eyes, database, leftOut) : null;
  const twins = { here: { eyes, database, held: target }, there: { eyes: far, database: from_database, held: source } };
  return {
    exists,
    contents: target?.contents ?? [],
    schema: target?.schema ?? null,
    source,
    target,
    server: own,
    only_here: await onlyHere(twins.here, twins.there),
    sessions: exists ? await visitorsOf(eyes, [database], maintenance) : [],
  };
}

interface Twin<E> {
  readonly eyes: E;
  readonly database: string;
  readonly held: Description | null;
}

/** What the target holds and the source does not: rows by their keys where there is one, else by their number. */
async function onlyHere(here: Twin<Eyes>, there: Twin<Eyes | undefined>): Promise<readonly Extra[]> {
  if (here.held === null || there.held === null) return [];
  const others = new Map(there.held.contents.map((each) => [each.name, each]));
  const found: Extra[] = [];
  for (const own of here.held.contents) {
    const other = others.get(own.name);
    if (other?.content === own.content && other.rows === own.rows) continue;
    const what = ahead(own, other) ?? (await newRows(own, other, here, there));
    if (what !== undefined) found.push({ name: own.name, what });
  }
  return found;
}

/** What the numbers alone tell. */
function ahead(own: Content, other: Content | undefined): string | undefined {
  if (other === undefined) return own.rows === 0 ? undefined : counted(own.rows);
  const [at, otherAt] = [valueOf(own), valueOf(other)];
  if (at !== undefined && otherAt !== undefined) return at > otherAt ? `at ${at} instead of ${otherAt}` : undefined;
  return own.rows > other.rows ? counted(own.rows - other.rows) : undefined;
}

/** The value of a sequence; nothing for a table. */
function valueOf({ content }: Content): bigint | undefined {
  const [, digits] = /^at (-?\d+)/.exec(content) ?? [];
  return digits === undefined ? undefined : BigInt(digits);
}

function counted(rows: number): string {
  return `${rows} row${rows === 1 ? '' : 's'} more`;
}

async function newRows(
  own: Content,
  other: Content | undefined,
  here: Twin<Eyes>,
  there: Twin<Eyes | undefined>,
): Promise<string | undefined> {
  if (other === undefined || there.eyes === undefined || Math.max(own.rows, other.rows) > rowsAtMost) return undefined;
  const [ours, theirs] = await Promise.all([
    keys(here.eyes, here.database, own.name),
    keys(there.eyes, there.database, own.name),
  ]);
  if (ours === undefined || theirs === undefined) return undefined;
  const known = new Set(theirs);
  const extra = ours.filter((key) => !known.has(key)).length;
  return extra === 0 ? undefined : counted(extra);
}

async function keys(eyes: Eyes, database: string, name: string): Promise<readonly string[] | undefined> {
  const { rows } = await eyes.rows({ text: keysOfTable, values: [name] }, { database, timeoutMs: lookMs });
  const [row] = rows;
  if (row === undefined || row['has_key'] !== true) return undefined;
  return typeof row['keys'] === 'string' ? row['keys'].split(',') : [];
}
