// Arguments and states for the law tests.
import * as fc from 'fast-check';
import { debug } from '../../src/modules/debug.js';
import { arbitraryOf, record, text } from '../rigs/module-arbitrary.js';

const value = fc.oneof(
  text,
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  fc.array(text),
  fc.dictionary(text, fc.integer()),
);

/** For the law tests. */
export const arbitrary = arbitraryOf(debug, record({ msg: value, var: value }), fc.record({ msg: text, value }));
