// Files as copy, template and lineinfile may find them, for their law tests.
import * as fc from 'fast-check';
import { sha256 } from '../../src/modules/shared/file-bytes.js';
import type { FileState } from '../../src/modules/shared/placed-file.js';
import { path, text } from '../rigs/module-arbitrary.js';

const owned = {
  path,
  mode: fc.constantFrom('0644', '0640', '01777'),
  owner: fc.constantFrom('root', 'postgres'),
  group: fc.constantFrom('root', 'postgres'),
};
const none = fc.constant(null);
const unread = { content: none, sha256: none, size: none };

/** States of a path: nothing, a file with text or bytes, or something else. */
export const fileState: fc.Arbitrary<FileState> = fc.oneof(
  fc.record({ ...unread, path, kind: fc.constant('absent' as const), mode: none, owner: none, group: none }),
  fc
    .record({ ...owned, kind: fc.constant('file' as const), content: fc.option(text) })
    .map((each) => ({ ...each, sha256: sha256(Buffer.from(each.content ?? '\0')), size: 1 })),
  fc.record({ ...unread, ...owned, kind: fc.constantFrom('directory' as const, 'link' as const, 'other' as const) }),
);

/** Content of a file: text or bytes. */
export const bytes = fc.oneof(
  text.map((each): Uint8Array => Buffer.from(each)),
  fc.uint8Array({ maxLength: 20 }),
);
