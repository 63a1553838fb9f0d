// Arguments and states for the law tests.
import * as fc from 'fast-check';
import { mapOf } from '../../src/core/value.js';
import { properties } from '../../src/modules/properties.js';
import { arbitraryOf, path, record, word } from '../rigs/module-arbitrary.js';

const key = fc.constantFrom('hosts', 'name', 'url', '__proto__');
const list = fc.array(fc.constantFrom('10.0.0.1', '10.0.0.11', '10.0.0.2:5432', '110.0.0.1'), { maxLength: 4 });
const value = fc.oneof(
  fc.constant(null),
  word,
  fc.tuple(list, fc.constantFrom(',', ';', ' ', ', ')).map(([elements, separator]) => elements.join(separator)),
);

/** For the law tests. */
export const arbitrary = arbitraryOf(
  properties,
  record({
    path,
    paths: fc.array(path, { minLength: 1, maxLength: 3 }),
    set: fc.dictionary(key, fc.oneof(word, fc.integer(), fc.boolean())),
    remove_items: record(
      {
        items: fc.array(fc.constantFrom('10.0.0.1', '10.0.0.2'), { minLength: 1 }),
        keys: fc.array(key, { minLength: 1 }),
        keep_items: fc.array(fc.constantFrom('10.0.0.2', '10.0.0.11')),
        separators: fc.constantFrom(',', ';]^-\\'),
        with_port: fc.boolean(),
      },
      ['items'],
    ),
    add_items: record(
      {
        items: fc.array(fc.constantFrom('10.0.0.1', '10.0.0.2'), { minLength: 1 }),
        keys: fc.array(key, { minLength: 1 }),
      },
      ['items', 'keys'],
    ),
    remove_keys: fc.array(key),
    follow: fc.boolean(),
    create: fc.boolean(),
    backup: fc.boolean(),
  }),
  fc.record({
    files: fc.array(
      fc.record({ path, kind: fc.constantFrom('file', 'file', 'link'), sha256: fc.constantFrom('a', 'a', 'b') }),
      { maxLength: 2 },
    ),
    properties: fc.array(fc.tuple(key, value)).map((entries) => mapOf(entries)),
    duplicates: fc.constantFrom({}, {}, { name: [1, 2] }),
    keys: fc.array(key),
    still_named: fc.array(key),
    nearby: fc.array(path),
  }),
);
