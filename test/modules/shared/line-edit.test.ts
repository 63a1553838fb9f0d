import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LineWish } from '../../../src/modules/shared/line-edit.js';
import { editLine } from '../../../src/modules/shared/line-edit.js';
import { matchLines } from '../../../src/modules/shared/safe-match.js';

const present = (line: string, more: Partial<LineWish> = {}): LineWish => ({ state: 'present', line, ...more });

describe('editLine', () => {
  it.each<[string, string, LineWish, string]>([
    ['adds to the end', 'a\nb\n', present('c'), 'a\nb\nc\n'],
    ['adds to an empty file', '', present('a'), 'a\n'],
    ['leaves a line that is there', 'a\nb', present('b'), 'a\nb'],
    ['keeps the line ends of Windows', 'a\r\nb\r\n', present('c'), 'a\r\nb\r\nc\r\n'],
    ['keeps a file without a last line end', 'a\nb', present('c'), 'a\nb\nc'],
    ['replaces the last match', '#x=1\n#x=2\ny\n', present('x=3', { regexp: '^#?x=' }), '#x=1\nx=3\ny\n'],
    ['adds when nothing matches', 'y\n', present('x=3', { regexp: '^#?x=' }), 'y\nx=3\n'],
    ['puts it after', 'a\nb\na\nc\n', present('x', { insertAfter: '^a' }), 'a\nb\na\nx\nc\n'],
    ['puts it before', 'a\nb\na\nc\n', present('x', { insertBefore: '^a' }), 'a\nb\nx\na\nc\n'],
    ['puts it first', 'a\n', present('x', { insertBefore: 'BOF' }), 'x\na\n'],
    ['puts it last when asked', 'a\n', present('x', { insertAfter: 'EOF' }), 'a\nx\n'],
    ['puts it last when nothing matches', 'a\n', present('x', { insertAfter: 'z' }), 'a\nx\n'],
    ['removes every such line', 'a\nb\na\n', { state: 'absent', line: 'a' }, 'b\n'],
    [
      'removes what matches',
      '10.0.0.1 a\n10.0.0.11 b\n',
      { state: 'absent', regexp: '^10\\.0\\.0\\.1\\s' },
      '10.0.0.11 b\n',
    ],
    ['keeps blank lines', '\n\na\n\n', { state: 'absent', line: 'a' }, '\n\n\n'],
  ])('%s', (_title, before, wish, after) => {
    expect(editLine(before, wish)).toEqual({ kind: 'text', text: after });
  });

  it('refuses a pattern that would not find its own line', () => {
    expect(editLine('old\n', present('new', { regexp: '^old' }))).toMatchObject({
      kind: 'problem',
      message: '`regexp` does not match `line`, so each run would change the file again',
    });
  });

  it('refuses what is no pattern', () => {
    expect(editLine('', present('a', { regexp: '(' }))).toMatchObject({
      message: expect.stringContaining('`(` is not a regular expression'),
    });
  });

  it('is content with its own answer', () => {
    const word = fc.constantFrom('a', 'b', 'x=1', '#x=2', '');
    const patterns = fc.option(fc.constantFrom('^#?x=', 'a', '.', '^$', 'zz'), { nil: undefined });
    const wishes = fc.record({
      state: fc.constantFrom('present', 'absent'),
      line: word,
      regexp: patterns,
      insertAfter: patterns,
    }) as fc.Arbitrary<LineWish>;
    fc.assert(
      fc.property(fc.array(word), fc.constantFrom('\n', '\r\n'), fc.boolean(), wishes, (lines, end, ended, wish) => {
        const once = editLine(lines.join(end) + (ended ? end : ''), wish);
        fc.pre(once.kind === 'text');
        expect(once.kind === 'text' && editLine(once.text, wish)).toEqual(once);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('matchLines', () => {
  it('does not let a pattern hold up the run', { timeout: 60_000 }, () => {
    const answer = matchLines('^(a|a)*$', [`${'a'.repeat(40)}!`]);
    expect([
      { kind: 'problem', message: '`^(a|a)*$` takes too long to match' },
      { kind: 'matches', lines: [false] },
    ]).toContainEqual(answer);
  });
});
