// Arguments and states for the law tests.
import * as fc from 'fast-check';
import { pause } from '../../src/modules/pause.js';
import { arbitraryOf, record, word } from '../rigs/module-arbitrary.js';

/** For the law tests. */
export const arbitrary = arbitraryOf(
  pause,
  record({ seconds: fc.integer({ min: 1, max: 100 }), minutes: fc.integer({ min: 1, max: 100 }), message: word }),
  fc.boolean().map((waited) => ({ waited })),
);
