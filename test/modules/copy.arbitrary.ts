// Arguments and states for the law tests.
import * as fc from 'fast-check';
import { copy } from '../../src/modules/copy.js';
import { arbitraryOf, path, record, text, word } from '../rigs/module-arbitrary.js';
import { bytes, fileState } from './placed.arbitrary.js';

/** For the law tests. */
export const arbitrary = arbitraryOf(
  copy,
  record(
    {
      src: fc.record({ path: word, content: bytes }),
      content: text,
      dest: fc.oneof(path, fc.constant('/nonexistent/')),
      mode: fc.constantFrom('0640', '600', '1777'),
      owner: fc.constantFrom('root', 'postgres'),
      group: fc.constantFrom('root', 'postgres'),
      backup: fc.boolean(),
      validate: fc.constantFrom<readonly string[]>(['true', '%s'], ['true']),
      follow: fc.boolean(),
    },
    ['dest'],
  ),
  fileState,
);
