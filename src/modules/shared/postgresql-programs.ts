// pg_dump, pg_restore and psql on the host itself: how they are found there, how they are told where the server is
// without a word of it on a command line, and a dump whose snapshot is described to the row.
import type { PostgresTarget } from '../../core/connection.js';
import type { SearchedProgram } from '../../core/needs.js';
import { shellWords } from '../../core/quote.js';
import { describeDatabase } from './database-contents.js';

/** What programs of PostgreSQL read from their environment. */
export function programEnvironment(
  server: PostgresTarget,
  database: string,
  bin: string | undefined,
  more: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  return {
    PGHOST: server.address,
    PGPORT: String(server.port),
    PGUSER: server.user,
    PGDATABASE: database,
    PGCONNECT_TIMEOUT: '10',
    PGAPPNAME: 'playbook',
    PGOPTIONS: '',
    LC_ALL: 'C',
    PB_BIN: bin ?? '',
    ...(server.password === undefined ? {} : { PGPASSWORD: server.password }),
    ...(server.tls ? { PGSSLMODE: 'require' } : {}),
    ...more,
  };
}

/** Where the packages of Debian, and those of Red Hat, put the programs of a version, which no PATH names. */
const places = ['/usr/lib/postgresql/*/bin', '/usr/pgsql-*/bin'];
const programs = ['pg_dump', 'pg_restore', 'psql'];

/** The programs without which none of these scripts starts, and where they look for them. */
export function neededPrograms(bin: string | undefined): readonly SearchedProgram[] {
  return programs.map((name) => ({ name, places: bin === undefined ? places : [bin, ...places] }));
}

/** How every script starts: strict, private, and with the programs of the newest PostgreSQL behind those on the PATH. */
export const programsFound = `set -eu
umask 077
for pb_each in $(ls -d ${places.join(' ')} 2>/dev/null | sort -t/ -k5 -rn); do PATH=$PATH:$pb_each; done
PATH=\${PB_BIN:+$PB_BIN:}$PATH
export PATH
for pb_each in ${programs.join(' ')}; do
  command -v "$pb_each" >/dev/null || { echo "there is no $pb_each on this host; set pg_bin to its directory" >&2; exit 127; }
done
`;

/** psql for scripts: no start file, no decoration, and it ends at the first error. */
export const psql = 'psql -XqAt -v ON_ERROR_STOP=1';

/** A private directory that is gone when the script ends, however it ends. */
const privateDirectory = `pb_dir=$(mktemp -d "\${TMPDIR:-/tmp}/playbook-dump.XXXXXX")
export pb_dir
trap 'rm -rf -- "$pb_dir"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
`;

/** psql holds the snapshot open while pg_dump writes it to the same standard output. */
const snapshotScript = `set client_encoding to 'UTF8';
set time zone 'UTC';
set datestyle to 'ISO, YMD';
set intervalstyle to 'iso_8601';
set bytea_output to 'hex';
set extra_float_digits to 3;
set statement_timeout to 0;
begin isolation level repeatable read, read only;
select pg_export_snapshot() as snapshot \\gset
\\setenv PB_SNAPSHOT :snapshot
\\set left_out \`printf %s "$PB_LEFT_OUT"\`
prepare playbook (text) as ${describeDatabase};
\\o |cat >"$pb_dir/description"
execute playbook (:'left_out');
\\o
\\! sh "$pb_dir/dump"; echo $? >"$pb_dir/rc"
commit;
`;

/** What to dump. */
export interface DumpOptions {
  readonly leftOut: readonly string[];
  readonly compress?: number | undefined;
  /** More of the script, to be run before the dump. */
  readonly before?: string;
}

/** A name as a pattern of pg_dump that means just this name. */
function pattern(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/**
 * A script that writes a dump in custom format, and in the same snapshot `$pb_dir/description`. `target` is where its
 * standard output goes, as the shell writes it; `then` runs when the dump is whole.
 */
export function dumpScript({ leftOut, compress, before = '' }: DumpOptions, target: string, then: string): string {
  const words = [
    'pg_dump',
    '-Fc',
    '-w',
    ...(compress === undefined ? [] : ['-Z', String(compress)]),
    ...leftOut.flatMap((schema) => ['-N', pattern(schema)]),
  ];
  return `${programsFound}${privateDirectory}${before}
cat >"$pb_dir/dump" <<'PB_END'
exec ${shellWords(words)} --snapshot="$PB_SNAPSHOT"
PB_END
cat >"$pb_dir/sql" <<'PB_END'
${snapshotScript}PB_END
${psql} -w -f "$pb_dir/sql" ${target}
pb_rc=$(cat "$pb_dir/rc")
[ "$pb_rc" = 0 ] || { echo "pg_dump ended with exit code $pb_rc" >&2; exit 1; }
${then}`;
}

/** What a script wants of the environment for `leftOut`. */
export function leftOutEnvironment(leftOut: readonly string[]): Readonly<Record<string, string>> {
  return { PB_LEFT_OUT: JSON.stringify(leftOut) };
}

/** How the description stands in what a dump says on stderr. */
const mark = 'playbook-description ';

/** Says the description on stderr. */
export const sayDescription = `{ printf '${mark}'; cat "$pb_dir/description"; } >&2`;

/** The description that a dump said; nothing when it said none. */
export function describedIn(stderr: string): string | undefined {
  return stderr
    .split('\n')
    .find((line) => line.startsWith(mark))
    ?.slice(mark.length);
}

/** Every schema that does not come along: our own fence would keep the restored database from taking writes. */
export function leavingOut(schemas: readonly string[]): readonly string[] {
  return [...new Set([...schemas, 'playbook_fence'])].toSorted();
}
