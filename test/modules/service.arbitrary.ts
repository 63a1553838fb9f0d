// Arguments and states for the law tests.
import * as fc from 'fast-check';
import { service } from '../../src/modules/service.js';
import { arbitraryOf, record, text } from '../rigs/module-arbitrary.js';

/** For the law tests. */
export const arbitrary = arbitraryOf(
  service,
  record(
    {
      name: fc.constantFrom('no-such-service', 'no@such.service'),
      state: fc.constantFrom('started', 'stopped', 'restarted', 'reloaded'),
      enabled: fc.boolean(),
      pattern: fc.constantFrom('no such process [0-9]$'),
      absent_ok: fc.boolean(),
      timeout: fc.constantFrom(1, 60),
      sleep: fc.nat(3),
    },
    ['name'],
  ),
  fc.record({
    manager: fc.constantFrom('systemd', 'sysv', 'none'),
    state: fc.constantFrom('running', 'stopped', 'starting', 'stopping', 'unknown', 'unknown_service'),
    enabled: fc.option(fc.boolean()),
    pid: fc.option(fc.nat()),
    started_at: fc.option(fc.constantFrom('1', '2')),
    said: fc.oneof(text, fc.constant('the unit is masked')),
  }),
);
