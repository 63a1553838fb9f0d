// Arguments and states for the law tests.
import * as fc from 'fast-check';
import { template } from '../../src/modules/template.js';
import { arbitraryOf, path, record, word } from '../rigs/module-arbitrary.js';
import { bytes, fileState } from './placed.arbitrary.js';

/** For the law tests. */
export const arbitrary = arbitraryOf(
  template,
  record(
    {
      src: fc.record({ path: word, content: bytes }),
      dest: fc.oneof(path, fc.constant('/nonexistent/')),
      mode: fc.constantFrom('0640', '600', '1777'),
      owner: fc.constantFrom('root', 'postgres'),
      group: fc.constantFrom('root', 'postgres'),
      backup: fc.boolean(),
      validate: fc.constantFrom<readonly string[]>(['true', '%s'], ['true']),
      follow: fc.boolean(),
    },
    ['src', 'dest'],
  ),
  fileState,
);
