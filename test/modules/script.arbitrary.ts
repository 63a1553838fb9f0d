// Arguments and states for the law tests.
import * as fc from 'fast-check';
import { script } from '../../src/modules/script.js';
import { arbitraryOf, path, record, word } from '../rigs/module-arbitrary.js';

const look = fc.constantFrom('true', 'exit 1', "test -e '/x y'");

const found = fc.oneof(
  fc.constant({ guard: 'none' as const, done: false, reason: null }),
  fc.constant({ guard: 'unmet' as const, done: false, reason: null }),
  word.map((reason) => ({ guard: 'met' as const, done: true, reason })),
);

/** For the law tests. */
export const arbitrary = arbitraryOf(
  script,
  record(
    {
      file: fc.record({ path: word, content: fc.uint8Array({ maxLength: 20 }) }),
      args: fc.array(word),
      executable: fc.constantFrom('/bin/sh', '/bin/bash'),
      chdir: fc.constantFrom('/', '/tmp'),
      expect_rc: fc.oneof(fc.constant('any' as const), fc.array(fc.nat(255), { minLength: 1 })),
      strip_empty_ends: fc.boolean(),
      creates: path,
      removes: path,
      settle: fc.constant(0),
      unless: look,
      only_if: look,
    },
    ['file'],
  ),
  found,
);
