// The touches of a restore, in order: land the dump, restore it beside the old database, prove it, swap the names.
// Whatever fails before the swap leaves the old database as it was and takes its own half-made things away.
import type { Hands, Told } from '../../core/module.js';
import { sqlIdentifier } from '../../core/quote.js';
import { WorldError } from '../../core/world-error.js';
import { differences, parseDescription, rowsIn } from './database-contents.js';
import type { Description } from './database-contents.js';
import { tablesIn, withoutSchemas } from './dump-list.js';
import {
  describedIn,
  dumpScript,
  leftOutEnvironment,
  programEnvironment,
  programsFound,
  psql,
  sayDescription,
} from './postgresql-programs.js';
import { leftOutOf, maintenanceOf } from './restore-args.js';
import type { RestoreArgs } from './restore-args.js';
import { describe, describeFile, visitorsOf } from './restore-look.js';

/** A dump on this host. */
interface Landed {
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly held: Description;
}

/** Makes the database anew, and tells what it did. */
export async function restore(hands: Hands, args: RestoreArgs): Promise<Told> {
  const work = new Restore(hands, args);
  const directory = await work.directory();
  try {
    const landed = args.src === undefined ? await work.land(directory) : await work.take(args.src);
    return await work.replaceBy(landed, directory);
  } finally {
    await work.tidy(directory);
  }
}

class Restore {
  readonly #hands: Hands;
  readonly #args: RestoreArgs;
  readonly #leftOut: readonly string[];
  #made: string | undefined;

  constructor(hands: Hands, args: RestoreArgs) {
    this.#hands = hands;
    this.#args = args;
    this.#leftOut = leftOutOf(args);
  }

  /** A private directory of this host. */
  async directory(): Promise<string> {
    const script = 'umask 077; mktemp -d "$PB_WORK/playbook-restore.XXXXXX"';
    const environment = { PB_WORK: this.#args.work_dir ?? '/var/tmp' };
    return (await this.#hands.run({ kind: 'shell', script }, { environment })).stdout.trim();
  }

  /** Streams a fresh dump of the source into the directory. */
  async land(directory: string): Promise<Landed> {
    const { from_host = '', database, from_database = database, from_pg_bin, pg_bin } = this.#args;
    const server = this.#hands.at(from_host).postgres;
    const script = dumpScript({ leftOut: this.#leftOut }, '', sayDescription);
    const path = `${directory}/dump`;
    const { sha256, bytes, source, sink } = await this.#hands.stream(
      {
        host: from_host,
        command: { kind: 'shell', script },
        options: {
          environment: programEnvironment(
            server,
            from_database,
            from_pg_bin ?? pg_bin,
            leftOutEnvironment(this.#leftOut),
          ),
        },
      },
      {
        kind: 'shell',
        script: 'set -eu; umask 077; cat >"$PB_DUMP"; sync -- "$PB_DUMP" 2>/dev/null || sync; sha256sum <"$PB_DUMP"',
      },
      { environment: { PB_DUMP: path } },
    );
    if (!sink.stdout.startsWith(sha256)) throw wrongDigest(this.#hands.host, `what came from \`${from_host}\``);
    return { path, sha256, bytes, held: parseDescription(describedIn(source.stderr), from_host) };
  }

  /** Takes a dump that is there. */
  async take(src: string): Promise<Landed> {
    const held = await describeFile(this.#hands, src);
    const script = 'sha256sum <"$PB_DUMP" | cut -c1-64; cut -c1-64 <"$PB_DUMP.sha256"; wc -c <"$PB_DUMP"';
    const { stdout } = await this.#hands.look({ kind: 'shell', script }, { environment: { PB_DUMP: src } });
    const [sha256 = '', recorded, bytes] = stdout.split('\n');
    if (sha256 !== recorded) throw wrongDigest(this.#hands.host, `\`${src}\``);
    return { path: src, sha256, bytes: Number(bytes), held };
  }

  async replaceBy(landed: Landed, directory: string): Promise<Told> {
    const { database, drop_old = false } = this.#args;
    const made = `${database}_restore_${landed.sha256.slice(0, 12)}`;
    const list = await this.#program('pg_restore --list "$PB_DUMP"', { PB_DUMP: landed.path });
    const restored = withoutSchemas(list, this.#leftOut);
    await this.#create(made, landed.held);
    await this.#fill(made, landed.path, directory, restored);
    await this.#prove(made, landed.held);
    await this.#dress(made);
    const old = await this.#swap(made);
    if (old !== null && drop_old) await this.#drop(old);
    const { sha256, bytes } = landed;
    const rows = rowsIn(landed.held.contents);
    return { sha256, bytes, tables: tablesIn(restored), rows, old_database: drop_old ? null : old };
  }

  /** Takes away what was made on the way; the old database is not among it. */
  async tidy(directory: string): Promise<void> {
    const made = this.#made;
    try {
      if (made !== undefined) await this.#drop(made);
      const script = 'rm -rf -- "$PB_WORK"';
      await this.#hands.run({ kind: 'shell', script }, { environment: { PB_WORK: directory } });
    } catch (error) {
      // The failure that led here says more than that its remains are still there; the next restore takes them away.
      if (!(error instanceof WorldError)) throw error;
    }
  }

  /** Makes the new database, and takes away what earlier restores left when they died. */
  async #create(made: string, held: Description): Promise<void> {
    this.#made = made;
    await this.#sql(
      `select format('drop database %I', d.datname) from pg_database d
where left(d.datname, length(:'database') + 9) = :'database' || '_restore_' and shobj_description(d.oid, 'pg_database') = :'mark'
and not exists (select from pg_stat_activity a where a.datname = d.datname) \\gexec
select format('create database %I with template template0 encoding %L lc_collate %L lc_ctype %L owner %I',
  :'made', :'encoding', :'collate', :'ctype', coalesce(
    (select pg_get_userbyid(datdba) from pg_database where datname = :'database'),
    (select rolname from pg_roles where rolname = :'owner'), current_user)) \\gexec
select format('comment on database %I is %L', :'made', :'mark') \\gexec`,
      { made, mark: madeByUs, encoding: held.encoding, collate: held.collate, ctype: held.ctype, owner: held.owner },
    );
  }

  async #fill(made: string, dump: string, directory: string, list: string): Promise<void> {
    const { jobs = 1, no_owner = false } = this.#args;
    const options = [`-j ${jobs}`, ...(no_owner ? ['--no-owner'] : [])].join(' ');
    await this.#program(
      `cat >"$PB_LIST"; pg_restore -w -e ${options} -d "$PB_MADE" -L "$PB_LIST" "$PB_DUMP"; ${psql} -w -d "$PB_MADE" -c analyze`,
      { PB_LIST: `${directory}/list`, PB_MADE: made, PB_DUMP: dump },
      list,
    );
  }

  /** The new database must hold what the dump's snapshot held, and nothing of what was to be left out. */
  async #prove(made: string, held: Description): Promise<void> {
    const found = await describe(this.#hands, made, this.#leftOut);
    const isOfOneVersion = Math.floor(found.server_version / 10_000) === Math.floor(held.server_version / 10_000);
    const wrong = [
      ...differences(found.contents, held.contents),
      ...(isOfOneVersion && found.schema !== held.schema
        ? ['the definitions of tables, functions or triggers differ']
        : []),
      ...found.left_out.map((schema) => `schema ${schema} came along`),
    ];
    if (wrong.length === 0) return;
    const { database } = this.#args;
    throw new WorldError('failed', `the restored copy of \`${database}\` is not what was dumped: ${wrong[0] ?? ''}`, {
      hint: `\`${database}\` was left as it was`,
      details: { differences: wrong.slice(0, 50) },
    });
  }

  /** Settings and privileges belong to a database and are in no dump: the new one gets those of the old. */
  async #dress(made: string): Promise<void> {
    await this.#sql(
      `select format('revoke all on database %I from public', :'made') from pg_database where datname = :'database' and datacl is not null \\gexec
select format('grant %s on database %I to %s%s', a.privilege_type, :'made',
  case a.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(a.grantee)) end, case when a.is_grantable then ' with grant option' else '' end)
from pg_database d, aclexplode(d.datacl) a where d.datname = :'database' \\gexec
select format('alter %s set %I to %s', case s.setrole when 0 then format('database %I', :'made')
    else format('role %I in database %I', pg_get_userbyid(s.setrole), :'made') end, split_part(c, '=', 1),
  case when split_part(c, '=', 1) in ('search_path', 'temp_tablespaces', 'local_preload_libraries', 'session_preload_libraries')
    then substr(c, strpos(c, '=') + 1) else quote_literal(substr(c, strpos(c, '=') + 1)) end)
from pg_db_role_setting s join pg_database d on d.oid = s.setdatabase, unnest(s.setconfig) c where d.datname = :'database' \\gexec
select format('comment on database %I is null', :'made') \\gexec`,
      { made },
    );
  }

  /** Both names change in one transaction; gives the name of the old database. */
  async #swap(made: string): Promise<string | null> {
    const { database } = this.#args;
    const maintenance = maintenanceOf(this.#args);
    await this.#endOwnSessions([database, made]);
    const visitors = await visitorsOf(this.#hands, [database, made], maintenance);
    if (visitors.length > 0) {
      const who = visitors.map((each) => `${each.user ?? '?'} (${each.application ?? 'unnamed'}, pid ${each.pid})`);
      throw new WorldError('failed', `others are connected to \`${database}\`: ${who.join(', ')}`, {
        hint: 'stop what they belong to first; nothing was replaced',
      });
    }
    // The first second that has given its name to no earlier one: two may be replaced in one.
    const query = `select free, exists (select from pg_database where datname = $1::text) as exists
from (select $1::text || '_before_' || to_char(second, 'YYYYMMDD"T"HH24MISS') as free, second
  from generate_series(now() at time zone 'UTC', now() at time zone 'UTC' + interval '1 hour', '1 second') as second) as named
where not exists (select from pg_database where datname = free) order by second limit 1`;
    const { rows } = await this.#hands.rows({ text: query, values: [database] }, { database: maintenance });
    // The query names and types both columns.
    const [{ free = '', exists = false } = {}] = rows as readonly {
      readonly free?: string;
      readonly exists?: boolean;
    }[];
    const old = exists ? free : null;
    const rename = (from: string, to: string) => ({
      text: `alter database ${sqlIdentifier(from)} rename to ${sqlIdentifier(to)}`,
      values: [],
    });
    await this.#hands.statements(
      {
        statements: [...(old === null ? [] : [rename(database, old)]), rename(made, database)],
        lockTimeoutMs: 10_000,
        statementTimeoutMs: 60_000,
      },
      { database: maintenance },
    );
    this.#made = undefined;
    await this.#meet(database);
    return old;
  }

  /** Our own looks keep sessions open, which are of no use any more. */
  async #endOwnSessions(names: readonly string[]): Promise<void> {
    const text = `select count(pg_terminate_backend(pid))::int as ended from pg_stat_activity
where datname = any (array(select json_array_elements_text($1::json))) and pid <> pg_backend_pid() and state = 'idle'
and application_name = current_setting('application_name') and usename = current_user`;
    await this.#hands.statements(
      { statements: [{ text, values: [JSON.stringify(names)] }], lockTimeoutMs: 5_000, statementTimeoutMs: 10_000 },
      { database: maintenanceOf(this.#args) },
    );
    await this.#hands.sleep(200);
  }

  /** A session that was ended is noticed by its first use; better here than by the look that follows. */
  async #meet(database: string): Promise<void> {
    for (let left = 3; ; left -= 1) {
      try {
        await this.#hands.rows({ text: 'select 1', values: [] }, { database });
        return;
      } catch (error) {
        if (!(error instanceof WorldError) || left === 0) throw error;
        await this.#hands.sleep(300);
      }
    }
  }

  async #drop(name: string): Promise<void> {
    await this.#endOwnSessions([name]);
    await this.#sql(`select format('drop database if exists %I', :'name') \\gexec`, { name });
  }

  /** Runs SQL that no transaction takes, by psql on this host; values are psql variables. */
  async #sql(text: string, values: Readonly<Record<string, string>>): Promise<void> {
    const all = Object.entries({ ...values, database: this.#args.database });
    const set = all.map(([name]) => `\\set ${name} \`printf %s "$PB_VALUE_${name}"\``).join('\n');
    const environment = Object.fromEntries(all.map(([name, value]) => [`PB_VALUE_${name}`, value]));
    await this.#program(`${psql} -w -f -`, environment, `${set}\n${text}\n`);
  }

  async #program(script: string, more: Readonly<Record<string, string>>, stdin?: string): Promise<string> {
    const environment = programEnvironment(this.#hands.postgres, maintenanceOf(this.#args), this.#args.pg_bin, more);
    const options = { environment, ...(stdin === undefined ? {} : { stdin }) };
    return (await this.#hands.run({ kind: 'shell', script: `${programsFound}${script}` }, options)).stdout;
  }
}

/** The comment on a database that is being restored; nobody else writes it. */
const madeByUs = 'being restored by playbook';

function wrongDigest(host: string, what: string): WorldError {
  return new WorldError('failed', `the digest of ${what} is not that of the dump on \`${host}\``, {
    hint: 'look at the disk of the host; the database was left as it was',
  });
}
