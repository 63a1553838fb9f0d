// Arguments and states for the law tests.
import * as fc from 'fast-check';
import { command } from '../../src/modules/command.js';
import { arbitraryOf, path, record, text, word } from '../rigs/module-arbitrary.js';

const argv = fc.constantFrom<readonly string[]>(['true'], ['false'], ['test', '-e', "/it's"], ['echo', '$(id)']);

const found = fc.oneof(
  fc.constant({ guard: 'none' as const, done: false, reason: null }),
  fc.constant({ guard: 'unmet' as const, done: false, reason: null }),
  word.map((reason) => ({ guard: 'met' as const, done: true, reason })),
);

/** For the law tests. */
export const arbitrary = arbitraryOf(
  command,
  record({
    cmd: argv,
    argv: fc.array(word, { minLength: 1 }),
    chdir: fc.constantFrom('/', '/tmp'),
    expect_rc: fc.oneof(fc.constant('any' as const), fc.array(fc.nat(255), { minLength: 1 })),
    strip_empty_ends: fc.boolean(),
    creates: path,
    removes: path,
    settle: fc.constant(0),
    unless: argv,
    only_if: argv,
    stdin: text,
    stdin_add_newline: fc.boolean(),
  }),
  found,
);
