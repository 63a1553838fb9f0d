// What a restore is told, what it finds on both sides before it, and what that proves about the direction.
import { Type } from '@sinclair/typebox';
import type { Static } from '@sinclair/typebox';
import type { Content, Description } from './database-contents.js';
import { leavingOut } from './postgresql-programs.js';
import { only, orNull } from './state-schemas.js';

const name = (description: string, maxLength: number) =>
  Type.String({ pattern: String.raw`^[^\s='"/\\{}]+$`, maxLength, description });

/** The arguments of `postgresql_restore`. */
export const restoreArgs = Type.Object(
  {
    database: name('The database to make or replace.', 40),
    from_host: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'Inventory name of the host whose database is dumped and streamed here; or say `src`.',
      }),
    ),
    from_database: Type.Optional(name('Its name there; the same name when left out.', 63)),
    src: Type.Optional(
      Type.String({
        pattern: '^/',
        description: 'A dump on this host that `postgresql_dump` made, with its `.sha256` and `.json` beside it.',
      }),
    ),
    exclude_schemas: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 63 }), {
        default: ['_slony'],
        description: 'Schemas that do not come along, nor the triggers that are named after them.',
      }),
    ),
    expect_identity: Type.Optional(
      Type.Object(
        {
          source: Type.Optional(Type.String({ description: "The source's `system_identifier`, in quotes." })),
          target: Type.Optional(Type.String({ description: "The target's `system_identifier`, in quotes." })),
        },
        { additionalProperties: false, description: 'Refuse unless the servers say that they are these.' },
      ),
    ),
    overwrite: Type.Optional(
      Type.Boolean({
        default: false,
        description: 'Replace the database even if it is the origin of a set, or holds what the source does not have.',
      }),
    ),
    drop_old: Type.Optional(
      Type.Boolean({
        default: false,
        description: 'Drop the database that was replaced instead of keeping it renamed.',
      }),
    ),
    no_owner: Type.Optional(
      Type.Boolean({
        default: false,
        description: 'Let `pg_user` own everything, where the roles of the source are missing.',
      }),
    ),
    jobs: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 64,
        default: 1,
        description: 'How many sessions pg_restore may use at once.',
      }),
    ),
    work_dir: Type.Optional(
      Type.String({
        pattern: '^/',
        default: '/var/tmp',
        description: 'Directory of this host with room for the streamed dump, which is removed at the end.',
      }),
    ),
    maintenance_database: Type.Optional(
      name('Database from which others are made and renamed; `postgres` when left out.', 63),
    ),
    pg_bin: Type.Optional(
      Type.String({ description: 'Directory of pg_restore and psql on this host, where they are not on its PATH.' }),
    ),
    from_pg_bin: Type.Optional(
      Type.String({ description: 'Directory of pg_dump and psql on `from_host`; that of `pg_bin` when left out.' }),
    ),
  },
  { additionalProperties: false },
);

/** Arguments, bound. */
export type RestoreArgs = Static<typeof restoreArgs>;

/** A database with its server, in short. */
export type Side = Omit<Description, 'contents' | 'schema'> & {
  readonly contents: readonly Content[];
  readonly schema: string;
};

/** A session that stands in the way. */
export type Visitor = {
  readonly pid: number;
  readonly user: string | null;
  readonly application: string | null;
  readonly address: string | null;
};

/** What the target holds and the source does not. */
export type Extra = { readonly name: string; readonly what: string };

/** What was found. `contents` and `schema` are those of the target. */
export type RestoreState = {
  readonly exists: boolean;
  readonly contents: readonly Content[];
  readonly schema: string | null;
  /** What a restore would bring, from the source or from the file that describes a dump. */
  readonly source: Side | null;
  readonly target: Side | null;
  readonly server: { readonly system_identifier: string; readonly started_at: string; readonly version: number } | null;
  readonly only_here: readonly Extra[];
  readonly sessions: readonly Visitor[];
};

const content = only({ name: Type.String(), rows: Type.Integer(), content: Type.String() });
const side = only({
  database: Type.String(),
  system_identifier: Type.String(),
  started_at: Type.String(),
  server_version: Type.Integer(),
  in_recovery: Type.Boolean(),
  encoding: Type.String(),
  collate: Type.String(),
  ctype: Type.String(),
  owner: Type.String(),
  origin_of: Type.Array(Type.String()),
  open_tables: Type.Integer(),
  leaving_out: Type.Array(Type.String()),
  left_out: Type.Array(Type.String()),
  schema: Type.String(),
  contents: Type.Array(content),
});

/** The register: what was found, and, after a restore, what was brought and where the old database is kept. */
export const restoreState = Type.Object({
  exists: Type.Boolean(),
  contents: Type.Array(content),
  schema: orNull(Type.String()),
  source: orNull(side),
  target: orNull(side),
  server: orNull(only({ system_identifier: Type.String(), started_at: Type.String(), version: Type.Integer() })),
  only_here: Type.Array(only({ name: Type.String(), what: Type.String() })),
  sessions: Type.Array(
    only({
      pid: Type.Integer(),
      user: orNull(Type.String()),
      application: orNull(Type.String()),
      address: orNull(Type.String()),
    }),
  ),
  sha256: Type.String(),
  bytes: Type.Integer(),
  tables: Type.Integer(),
  rows: Type.Integer(),
  old_database: orNull(Type.String()),
});

/** Every schema that does not come along. */
export function leftOutOf({ exclude_schemas = ['_slony'] }: RestoreArgs): readonly string[] {
  return leavingOut(exclude_schemas);
}

/** The database from which others are made. */
export function maintenanceOf({ maintenance_database = 'postgres' }: RestoreArgs): string {
  return maintenance_database;
}
