// Arguments and states for the law tests.
import * as fc from 'fast-check';
import { fetch } from '../../src/modules/fetch.js';
import { arbitraryOf, path, record, text, word } from '../rigs/module-arbitrary.js';

const kinds = fc.constantFrom('file', 'directory', 'link', 'other', 'absent', null);
const digest = fc.option(fc.constantFrom('a'.repeat(64), 'b'.repeat(64)));

/** For the law tests. */
export const arbitrary = arbitraryOf(
  fetch,
  record(
    {
      src: fc.oneof(
        path,
        fc.constantFrom('/', '/a/../b', '/etc/', '/a\nb', '/etc/passwd', '/nonexistent/../../x', `/${'x'.repeat(300)}`),
      ),
      dest: fc.record({
        root: fc.constantFrom('/nonexistent', '/'),
        names: fc.array(
          word.map((each) => each.replaceAll('/', '_')),
          { maxLength: 3 },
        ),
        isDirectory: fc.boolean(),
        host: fc.oneof(fc.constantFrom('spa', '..', 'a/b', ''), text),
      }),
      flat: fc.boolean(),
      fail_on_missing: fc.boolean(),
    },
    ['src', 'dest'],
  ),
  fc.record({
    src: path,
    dest: fc.option(path),
    remote_kind: kinds,
    remote_sha256: digest,
    size: fc.option(fc.constantFrom(0, 5, 16 * 1024 * 1024 + 1)),
    kind: kinds,
    sha256: digest,
    mode: fc.constantFrom('0600', '0644', null),
  }),
);
