// Arguments and states for the law tests.
import * as fc from 'fast-check';
import { slonyStatus, stateOf } from '../../src/modules/slony-status.js';
import { arbitraryOf, record, text } from '../rigs/module-arbitrary.js';

const catalog = fc.record({
  cluster_present: fc.boolean(),
  public_tables: fc.nat(3),
  tables_without_primary_key: fc.nat(3),
  deny_triggers: fc.nat(3),
  log_triggers: fc.nat(3),
  fenced: fc.boolean(),
  in_recovery: fc.boolean(),
  slon_backends: fc.option(fc.nat(3)),
});
const cluster = fc.record({
  local_id: fc.option(fc.nat(3)),
  sets: fc.nat(3),
  set_id: fc.option(fc.nat(3)),
  set_comment: fc.option(text),
  origin: fc.option(fc.nat(3)),
  master_node: fc.option(fc.boolean()),
  tables: fc.nat(3),
  subscribers: fc.nat(3),
  active_subscribers: fc.nat(3),
  subscribed: fc.boolean(),
  lag_seconds: fc.option(fc.nat(99)),
});

/** For the law tests. */
export const arbitrary = arbitraryOf(
  slonyStatus,
  record({ database: fc.constantFrom('fdb', 'edb'), cluster: fc.constantFrom('slony', 'other') }),
  fc.tuple(catalog, cluster).map(([one, two]) => stateOf(one, two)),
);
