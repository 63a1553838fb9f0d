// Arguments and states for the law tests.
import * as fc from 'fast-check';
import { mapOf } from '../../src/core/value.js';
import { setFact } from '../../src/modules/set-fact.js';
import { arbitraryOf, text } from '../rigs/module-arbitrary.js';

const values = fc
  .array(
    fc.tuple(fc.constantFrom('a', 'b', '__proto__', 'constructor'), fc.oneof(text, fc.integer(), fc.array(text))),
    { minLength: 1 },
  )
  .map((entries) => mapOf(entries));

/** For the law tests. */
export const arbitrary = arbitraryOf(setFact, values, values);
