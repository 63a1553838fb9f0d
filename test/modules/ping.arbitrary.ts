// Arguments and states for the law tests.
import { ping } from '../../src/modules/ping.js';
import { arbitraryOf, record, word } from '../rigs/module-arbitrary.js';

/** For the law tests. */
export const arbitrary = arbitraryOf(
  ping,
  record({ data: word }),
  word.map((each) => ({ ping: each })),
);
