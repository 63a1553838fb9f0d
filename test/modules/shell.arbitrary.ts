// Arguments and states for the law tests.
import * as fc from 'fast-check';
import { shell } from '../../src/modules/shell.js';
import { arbitraryOf, path, record, text, word } from '../rigs/module-arbitrary.js';

const look = fc.constantFrom('true', 'exit 1', "test -e '/x y' # it's", 'false\nfalse');

const found = fc.oneof(
  fc.constant({ guard: 'none' as const, done: false, reason: null }),
  fc.constant({ guard: 'unmet' as const, done: false, reason: null }),
  word.map((reason) => ({ guard: 'met' as const, done: true, reason })),
);

/** For the law tests. */
export const arbitrary = arbitraryOf(
  shell,
  record(
    {
      cmd: word,
      executable: fc.constantFrom('/bin/sh', '/bin/bash'),
      chdir: fc.constantFrom('/', '/tmp'),
      expect_rc: fc.oneof(fc.constant('any' as const), fc.array(fc.nat(255), { minLength: 1 })),
      strip_empty_ends: fc.boolean(),
      creates: path,
      removes: path,
      settle: fc.constant(0),
      unless: look,
      only_if: look,
      stdin: text,
      stdin_add_newline: fc.boolean(),
    },
    ['cmd'],
  ),
  found,
);
