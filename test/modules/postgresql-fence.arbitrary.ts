// Arguments and states for the law tests.
import * as fc from 'fast-check';
import { postgresqlFence } from '../../src/modules/postgresql-fence.js';
import { arbitraryOf, record, text } from '../rigs/module-arbitrary.js';

/** For the law tests. */
export const arbitrary = arbitraryOf(
  postgresqlFence,
  record({
    database: fc.constantFrom('fdb', 'edb'),
    state: fc.constantFrom('present', 'absent'),
    message: text.map((each) => each || 'no'),
    lock_timeout: fc.constantFrom<string | number>('5s', 1),
    statement_timeout: fc.constantFrom<string | number>('5s', 1),
  }),
  fc.record({ state: fc.constantFrom('present', 'absent'), open_tables: fc.nat(3) }),
);
