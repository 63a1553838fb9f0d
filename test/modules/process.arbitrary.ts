// Arguments and states for the law tests.
import * as fc from 'fast-check';
import { process } from '../../src/modules/process.js';
import { arbitraryOf, record, word } from '../rigs/module-arbitrary.js';

const found = fc.array(fc.record({ pid: fc.nat(), user: word, command: word }), { maxLength: 3 }).map((processes) => ({
  state: processes.length > 0 ? ('present' as const) : ('absent' as const),
  pids: processes.map((each) => each.pid),
  processes,
}));

/** For the law tests. */
export const arbitrary = arbitraryOf(
  process,
  record({
    name: word,
    pattern: fc.constantFrom('no such process [0-9]$', '('),
    state: fc.constantFrom('absent', 'present'),
    start: fc.constantFrom(['/usr/bin/slon', 'a b'], ['true']),
    signal: fc.constantFrom('TERM', 'INT'),
    timeout: fc.nat(9),
    force: fc.boolean(),
    user: fc.constantFrom('root', 'no such user'),
    stable_for: fc.nat(9),
  }),
  found,
);
