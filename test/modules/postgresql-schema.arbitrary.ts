// Arguments and states for the law tests.
import * as fc from 'fast-check';
import { postgresqlSchema } from '../../src/modules/postgresql-schema.js';
import { arbitraryOf, record } from '../rigs/module-arbitrary.js';

/** For the law tests. */
export const arbitrary = arbitraryOf(
  postgresqlSchema,
  record(
    {
      name: fc.constantFrom('_slony', 'public', 'pg_catalog', 'information_schema', 'a "b"'),
      database: fc.constantFrom('fdb', 'edb'),
      state: fc.constantFrom('present', 'absent'),
      cascade: fc.boolean(),
      owner: fc.constantFrom('postgres', 'slony'),
      lock_timeout: fc.constantFrom<string | number>('5s', 1),
      statement_timeout: fc.constantFrom<string | number>('5s', 1),
    },
    ['name'],
  ),
  fc.record({
    state: fc.constantFrom('present', 'absent'),
    owner: fc.option(fc.constantFrom('postgres', 'slony')),
    objects: fc.nat(3),
    objects_outside: fc.nat(3),
  }),
);
