// Arguments and states for the law tests.
import * as fc from 'fast-check';
import { waitFor } from '../../src/modules/wait-for.js';
import { arbitraryOf, path, record, word } from '../rigs/module-arbitrary.js';

/** For the law tests. */
export const arbitrary = arbitraryOf(
  waitFor,
  record({
    port: fc.constant(1),
    host: fc.constant('127.0.0.1'),
    path: fc.oneof(path, fc.constantFrom('/', '/etc/passwd')),
    search_regex: fc.constantFrom('^root', '('),
    command: fc.constantFrom<readonly string[]>(['true'], ['false']),
    state: fc.constantFrom('started', 'stopped', 'present', 'absent'),
    timeout: fc.nat(3),
    delay: fc.nat(3),
    sleep: fc.constant(1),
    connect_timeout: fc.constant(1),
  }),
  fc.record({ ready: fc.boolean(), seen: word }),
);
