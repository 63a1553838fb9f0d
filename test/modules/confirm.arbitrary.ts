// Arguments and states for the law tests.
import * as fc from 'fast-check';
import { confirm } from '../../src/modules/confirm.js';
import { arbitraryOf, record, text, word } from '../rigs/module-arbitrary.js';

/** For the law tests. */
export const arbitrary = arbitraryOf(
  confirm,
  record(
    {
      title: word,
      text,
      steps: fc.array(word),
      link: word,
      answer: word,
      evidence: fc.oneof(text, fc.integer(), fc.constant(null)),
    },
    ['title'],
  ),
  fc.boolean().map((confirmed) => ({ confirmed })),
);
