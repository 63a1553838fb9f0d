// Arguments and states for the law tests.
import * as fc from 'fast-check';
import { lineinfile } from '../../src/modules/lineinfile.js';
import { arbitraryOf, path, record } from '../rigs/module-arbitrary.js';
import { fileState } from './placed.arbitrary.js';

const line = fc.constantFrom('a', 'x=1', '#x=2', '', '\u00e4', '\u20ac');
const pattern = fc.constantFrom('^#?x=', 'a', '.', '^$', '(', 'EOF', 'BOF');

/** For the law tests. */
export const arbitrary = arbitraryOf(
  lineinfile,
  record(
    {
      path,
      line,
      regexp: pattern,
      state: fc.constantFrom('present', 'absent'),
      insertafter: pattern,
      insertbefore: pattern,
      create: fc.boolean(),
      mode: fc.constantFrom('0640', '600', '1777'),
      owner: fc.constantFrom('root', 'postgres'),
      group: fc.constantFrom('root', 'postgres'),
      backup: fc.boolean(),
      validate: fc.constantFrom<readonly string[]>(['true', '%s'], ['true']),
      follow: fc.boolean(),
    },
    ['path'],
  ),
  fc
    .tuple(
      fileState,
      fc.array(line),
      fc.constantFrom('\n', '\r\n'),
      fc.constantFrom('utf8' as const, 'latin1' as const),
    )
    .map(([state, lines, end, encoding]) => ({
      ...state,
      encoding,
      content: state.kind === 'file' ? lines.join(end) : null,
    })),
);
