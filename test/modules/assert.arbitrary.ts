// Arguments and states for the law tests.
import * as fc from 'fast-check';
import { assert } from '../../src/modules/assert.js';
import { arbitraryOf, record, text, word } from '../rigs/module-arbitrary.js';

const assertion = fc.record({ text: word, holds: fc.boolean() });

/** For the law tests. */
export const arbitrary = arbitraryOf(
  assert,
  record(
    {
      that: fc.oneof(assertion, fc.array(assertion, { minLength: 1 })),
      fail_msg: word,
      msg: word,
      success_msg: word,
      quiet: fc.boolean(),
    },
    ['that'],
  ),
  fc.record({ msg: text, assertions: fc.array(assertion) }),
);
