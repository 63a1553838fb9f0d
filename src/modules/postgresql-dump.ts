// A database as a file of its host: a dump in custom format that is proven readable, with its digest and a description of
// what it holds beside it, so that a restore can be compared with the database as it was, row count by row count.
import { Type } from '@sinclair/typebox';
import type { Static } from '@sinclair/typebox';
import { defineModule, refuse } from '../core/module.js';
import type { Change, Eyes, Hands, Refusal, Told } from '../core/module.js';
import { WorldError } from '../core/world-error.js';
import { parseDescription, rowsIn } from './shared/database-contents.js';
import { tablesIn } from './shared/dump-list.js';
import { modeSchema } from './shared/posix-mode.js';
import {
  dumpScript,
  leftOutEnvironment,
  leavingOut,
  neededPrograms,
  programEnvironment,
} from './shared/postgresql-programs.js';
import { orNull } from './shared/state-schemas.js';

const args = Type.Object(
  {
    database: Type.String({ minLength: 1, maxLength: 63, description: 'The database to dump.' }),
    dest: Type.String({
      minLength: 2,
      pattern: '^/.*[^/]$',
      description: 'Absolute path of the dump on the host; its directory must be there.',
    }),
    exclude_schemas: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 63 }), {
        default: ['_slony'],
        description:
          'Schemas to leave out, such as `_slony`. Triggers of theirs on other tables are left out at a restore.',
      }),
    ),
    format: Type.Optional(
      Type.Literal('custom', { default: 'custom', description: 'The format of pg_dump, which pg_restore reads.' }),
    ),
    mode: Type.Optional(
      Type.String({
        ...modeSchema,
        default: '0600',
        description: 'Octal mode of the dump and of the files beside it, in quotes.',
      }),
    ),
    compress: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 9,
        description: "Level of compression; pg_dump's own default when left out.",
      }),
    ),
    force: Type.Optional(
      Type.Boolean({ default: false, description: 'Dump again and replace what is there, whatever it is.' }),
    ),
    pg_bin: Type.Optional(
      Type.String({ description: 'Directory of pg_dump and pg_restore, where they are not on the PATH of the host.' }),
    ),
  },
  { additionalProperties: false },
);

/** `tables` and `rows` are told of a dump that was just made. */
const registerState = Type.Object({
  exists: Type.Boolean(),
  intact: Type.Boolean(),
  kind: orNull(Type.String()),
  sha256: orNull(Type.String()),
  size: orNull(Type.Integer()),
  made_at: orNull(Type.String()),
  fresh: Type.Boolean(),
  tables: Type.Integer(),
  rows: Type.Integer(),
});

type Args = Static<typeof args>;

type DumpState = {
  readonly exists: boolean;
  /** True when the file has the digest that was written beside it. */
  readonly intact: boolean;
  readonly kind: string | null;
  readonly sha256: string | null;
  readonly size: number | null;
  readonly made_at: string | null;
  /** Never true when looked at: what `force` wants. */
  readonly fresh: boolean;
};

const absent: DumpState = {
  exists: false,
  intact: false,
  kind: null,
  sha256: null,
  size: null,
  made_at: null,
  fresh: false,
};

/** The digest of the file, and the one beside it. */
const digests = `sha256sum <"$PB_DEST" | cut -c1-64; if [ -f "$PB_DEST.sha256" ]; then cut -c1-64 <"$PB_DEST.sha256"; fi`;

async function inspect({ dest }: Args, eyes: Eyes): Promise<DumpState> {
  const file = await eyes.stat(dest);
  if (file === undefined) return absent;
  if (file.kind !== 'file') return { ...absent, exists: true, kind: file.kind };
  const { stdout } = await eyes.look({ kind: 'shell', script: digests }, { environment: { PB_DEST: dest } });
  const [sha256 = '', recorded = ''] = stdout.split('\n');
  return {
    exists: true,
    intact: sha256 !== '' && sha256 === recorded,
    kind: 'file',
    sha256,
    size: file.sizeBytes,
    made_at: isoTime(file.modifiedAtSeconds),
    fresh: false,
  };
}

function isoTime(seconds: number): string | null {
  const time = new Date(seconds * 1000);
  return Number.isNaN(time.getTime()) ? null : time.toISOString();
}

function want({ dest, force = false }: Args, found: DumpState): Partial<DumpState> | Refusal {
  if (found.kind !== null && found.kind !== 'file')
    return refuse(`\`${dest}\` is not a file (${found.kind})`, 'name another path');
  if (force) return { exists: true, intact: true, fresh: true };
  if (found.exists && !found.intact) {
    return refuse(
      `\`${dest}\` is there and is not the dump that \`${dest}.sha256\` speaks of`,
      'move it away, or say `force: true` to replace it',
    );
  }
  return { exists: true, intact: true };
}

/** Every file takes its place by a rename, the dump last: a dump that stands there has its digest and description. */
const place = `pg_restore --list "$pb_new" >"$pb_dir/list"
pb_sha=$(sha256sum <"$pb_new" | cut -c1-64)
printf '%s  %s\\n' "$pb_sha" "\${PB_DEST##*/}" >"$pb_new.sha256"
cp -- "$pb_dir/description" "$pb_new.json"
chmod -- "$PB_MODE" "$pb_new" "$pb_new.sha256" "$pb_new.json"
sync -- "$pb_new" "$pb_new.sha256" "$pb_new.json" 2>/dev/null || sync
mv -f -- "$pb_new.json" "$PB_DEST.json"
mv -f -- "$pb_new.sha256" "$PB_DEST.sha256"
mv -f -- "$pb_new" "$PB_DEST"
sync -- "\${PB_DEST%/*}/" 2>/dev/null || sync
printf '%s %s\\n' "$pb_sha" "$(wc -c <"$PB_DEST")"
cat "$pb_dir/description"
cat "$pb_dir/list"`;

const makeNew = `pb_new=$(mktemp "\${PB_DEST%/*}/.playbook-dump.XXXXXX")
trap 'rm -rf -- "$pb_new" "$pb_new.sha256" "$pb_new.json" \${pb_dir:+"$pb_dir"}' EXIT
`;

async function apply(_: Change<DumpState>, hands: Hands, bound: Args): Promise<Told> {
  const { database, dest, exclude_schemas = ['_slony'], mode = '0600', compress, pg_bin } = bound;
  const leftOut = leavingOut(exclude_schemas);
  const made = dumpScript({ leftOut, compress, before: makeNew }, '>"$pb_new"', place);
  const { stdout } = await hands.run(
    { kind: 'shell', script: made },
    {
      environment: programEnvironment(hands.postgres, database, pg_bin, {
        ...leftOutEnvironment(leftOut),
        PB_DEST: dest,
        PB_MODE: mode,
      }),
    },
  );
  const [about = '', description = '', ...list] = stdout.split('\n');
  const [sha256 = '', size = ''] = about.split(' ');
  if (!/^[0-9a-f]{64}$/.test(sha256)) {
    throw new WorldError('failed', `the dump on \`${hands.host}\` did not tell its digest`, {
      hint: 'look at what it said',
    });
  }
  const { contents } = parseDescription(description, hands.host);
  return { sha256, size: Number(size), tables: tablesIn(list.join('\n')), rows: rowsIn(contents) };
}

/** Dumps a database into a file of its host. */
export const postgresqlDump = defineModule<Args, DumpState>({
  name: 'postgresql_dump',
  summary: 'A dump of a database in a file of its host, with its digest beside it',
  description: [
    'Runs pg_dump in custom format into a temporary file of the same directory, proves it by `pg_restore --list`, and renames it. `DEST.sha256` holds its digest (as `sha256sum -c` reads it), `DEST.json` what the database held in the very snapshot of the dump: every table with its row count and a digest of its rows, every sequence, and a digest of the schema. `postgresql_restore` compares with it.',
    'A dump that is there is not made again, unless `force` is said; put the date into its name. A file that does not match its digest is refused. The programs run on the host, with `pg_host`, `pg_port`, `pg_user` and `pg_password` of its variables; the password is on no command line.',
  ].join('\n\n'),
  args,
  state: registerState,
  examples: [
    `- name: Back up the fabric database
  postgresql_dump:
    database: fdb
    dest: /usr/local/desktone/backup/fdb-2024-05-01.dump
    exclude_schemas: [_slony]`,
  ],
  inspect,
  want,
  apply,
  provable: ({ force = false }) => !force,
  resource: ({ dest }) => [dest],
  describe: ({ database, dest }) => `would dump \`${database}\` into \`${dest}\``,
  needs: ({ database, dest, pg_bin }) => ({
    databases: [database],
    writes: [{ path: dest, ofDatabase: database }],
    programs: ['sha256sum'],
    searched: neededPrograms(pg_bin),
  }),
  brings: (bound) => {
    if (bound === undefined) return { files: true };
    return { paths: ['', '.sha256', '.json'].map((suffix) => `${bound.dest}${suffix}`) };
  },
});
