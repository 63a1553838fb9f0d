// Arguments and states for the law tests.
import * as fc from 'fast-check';
import { postgresqlRestore } from '../../src/modules/postgresql-restore.js';
import { arbitraryOf, record } from '../rigs/module-arbitrary.js';

const contents = fc.uniqueArray(
  fc.record({
    name: fc.constantFrom('public.appliance', 'public.note', 'public.ticket'),
    rows: fc.nat(3),
    content: fc.constantFrom('0', '123', 'at 5', 'at 7 (not used)'),
  }),
  { selector: ({ name }) => name, maxLength: 3 },
);

const side = fc.record({
  database: fc.constant('fdb'),
  system_identifier: fc.constantFrom('71', '72'),
  started_at: fc.constantFrom('2024-05-01T03:00:00.000001Z', '2024-05-01T03:00:00.000002Z'),
  server_version: fc.constantFrom(150_018, 150_019, 160_001),
  in_recovery: fc.boolean(),
  encoding: fc.constant('UTF8'),
  collate: fc.constant('C'),
  ctype: fc.constant('C'),
  owner: fc.constant('admin'),
  origin_of: fc.constantFrom<string[][]>([], ['_slony']),
  open_tables: fc.nat(2),
  leaving_out: fc.constantFrom<string[][]>(['_slony', 'playbook_fence'], ['playbook_fence']),
  left_out: fc.constant([]),
  schema: fc.constantFrom('s1', 's2'),
  contents,
});

/** For the law tests. */
export const arbitrary = arbitraryOf(
  postgresqlRestore,
  record(
    {
      database: fc.constantFrom('fdb', 'postgres'),
      from_host: fc.constantFrom('spa'),
      from_database: fc.constantFrom('fdb'),
      src: fc.constantFrom('/nonexistent/fdb.dump'),
      exclude_schemas: fc.constantFrom<string[][]>([], ['_slony']),
      expect_identity: record({ source: fc.constantFrom('71', '72'), target: fc.constantFrom('71', '72') }),
      overwrite: fc.boolean(),
      drop_old: fc.boolean(),
      no_owner: fc.boolean(),
      jobs: fc.integer({ min: 1, max: 4 }),
      work_dir: fc.constant('/var/tmp'),
      maintenance_database: fc.constantFrom('postgres', 'template1'),
      pg_bin: fc.constant('/usr/bin'),
      from_pg_bin: fc.constant('/usr/bin'),
    },
    ['database'],
  ),
  fc.record({
    exists: fc.boolean(),
    contents,
    schema: fc.option(fc.constantFrom('s1', 's2')),
    source: fc.option(side),
    target: fc.option(side),
    server: fc.option(
      fc.record({
        system_identifier: fc.constantFrom('71', '72'),
        started_at: fc.constantFrom('2024-05-01T03:00:00.000001Z', '2024-05-01T03:00:00.000002Z'),
        version: fc.constantFrom(150_018, 160_001),
      }),
    ),
    only_here: fc.array(fc.record({ name: fc.constant('public.note'), what: fc.constant('1 row more') }), {
      maxLength: 2,
    }),
    sessions: fc.array(
      fc.record({
        pid: fc.nat(9),
        user: fc.option(fc.constant('admin')),
        application: fc.option(fc.constant('app')),
        address: fc.option(fc.constant('10.0.0.1')),
      }),
      { maxLength: 1 },
    ),
  }),
);
