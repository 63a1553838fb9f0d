// Arguments and states for the law tests.
import * as fc from 'fast-check';
import { stat } from '../../src/modules/stat.js';
import { arbitraryOf, path, record } from '../rigs/module-arbitrary.js';

/** For the law tests. */
export const arbitrary = arbitraryOf(
  stat,
  record(
    {
      path: fc.oneof(path, fc.constantFrom('/', '/etc/passwd')),
      follow: fc.boolean(),
      get_checksum: fc.boolean(),
      checksum_algorithm: fc.constantFrom('sha1', 'sha256', 'sha512', 'md5'),
    },
    ['path'],
  ),
  fc.boolean().map((exists) => ({ stat: { exists, path: '/x' } })),
);
