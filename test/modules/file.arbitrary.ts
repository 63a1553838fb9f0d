// Arguments and states for the law tests.
import * as fc from 'fast-check';
import { file } from '../../src/modules/file.js';
import { arbitraryOf, path, record, word } from '../rigs/module-arbitrary.js';

/** For the law tests. */
export const arbitrary = arbitraryOf(
  file,
  record(
    {
      path: fc.oneof(path, fc.constantFrom('/', '/etc', '/etc/', '/x/../y')),
      state: fc.constantFrom('file', 'directory', 'link', 'touch', 'absent'),
      src: word,
      force: fc.boolean(),
      mode: fc.constantFrom('0640', '600', '1777'),
      owner: fc.constantFrom('root', 'postgres'),
      group: fc.constantFrom('root', 'postgres'),
    },
    ['path'],
  ),
  fc.record({
    path,
    kind: fc.constantFrom('absent', 'file', 'directory', 'link', 'other'),
    mode: fc.option(fc.constantFrom('0640', '0755')),
    owner: fc.option(fc.constantFrom('root', 'postgres')),
    group: fc.option(fc.constantFrom('root', 'postgres')),
    target: fc.option(word),
  }),
);
