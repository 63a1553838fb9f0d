// Arguments and states for the law tests.
import * as fc from 'fast-check';
import { fail } from '../../src/modules/fail.js';
import { arbitraryOf, record, word } from '../rigs/module-arbitrary.js';

/** For the law tests. */
export const arbitrary = arbitraryOf(fail, record({ msg: word }), fc.constant({}));
