// Arguments and states for the law tests.
import * as fc from 'fast-check';
import { postgresqlDump } from '../../src/modules/postgresql-dump.js';
import { arbitraryOf, path, record } from '../rigs/module-arbitrary.js';

/** For the law tests. */
export const arbitrary = arbitraryOf(
  postgresqlDump,
  record(
    {
      database: fc.constantFrom('fdb', 'a "b"'),
      dest: path,
      exclude_schemas: fc.constantFrom<string[][]>([], ['_slony']),
      format: fc.constant('custom'),
      mode: fc.constantFrom('0600', '640'),
      compress: fc.integer({ min: 0, max: 9 }),
      force: fc.boolean(),
      pg_bin: fc.constantFrom('/usr/bin'),
    },
    ['database', 'dest'],
  ),
  fc.record({
    exists: fc.boolean(),
    intact: fc.boolean(),
    kind: fc.option(fc.constantFrom('file', 'directory', 'link')),
    sha256: fc.option(fc.constantFrom('a'.repeat(64))),
    size: fc.option(fc.nat()),
    made_at: fc.option(fc.constant('2024-05-01T03:00:00.000Z')),
    fresh: fc.boolean(),
  }),
);
