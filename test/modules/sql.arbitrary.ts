// Arguments and states for the law tests.
import * as fc from 'fast-check';
import type { SqlText } from '../../src/core/connection.js';
import { sql } from '../../src/modules/sql.js';
import { arbitraryOf, record, text } from '../rigs/module-arbitrary.js';

const statement = (...texts: readonly string[]): fc.Arbitrary<SqlText> =>
  fc.constantFrom(...texts.map((each) => ({ text: each, values: [] })));
const look = statement('select 1 as a', 'select true', 'delete from t', 'select 1; select 2');
const change = statement('update t set a = 1', 'drop schema s; update t set a = 2', 'commit', '');
const row = fc.dictionary(fc.constantFrom('a', 'b'), fc.oneof(text, fc.integer(), fc.constant(null)));

/** For the law tests. */
export const arbitrary = arbitraryOf(
  sql,
  record({
    database: fc.constantFrom('fdb', 'edb'),
    query: look,
    change: fc.oneof(change, fc.array(change, { minLength: 1, maxLength: 3 })),
    script: change,
    look,
    want: look,
    unless: look,
    expect: fc.array(row, { maxLength: 2 }),
    expect_rows: fc.oneof(fc.nat(2), fc.record({ min: fc.nat(2) }), fc.array(fc.option(fc.nat(2)), { minLength: 1 })),
    lock_timeout: fc.constantFrom<string | number>('5s', 1),
    statement_timeout: fc.constantFrom<string | number>('5s', 1),
  }),
  fc.oneof(
    fc.record({ rows: fc.array(row), row_count: fc.nat(3), columns: fc.constant(['a', 'b']), first: fc.option(row) }),
    fc.record({ rows: fc.array(row), wanted: fc.array(row) }),
    fc.record({ done: fc.boolean() }),
  ),
);
