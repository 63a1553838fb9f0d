import { expect, test } from 'vitest';
import { error, warning } from '../../src/core/diagnostic.js';
import type { Span } from '../../src/core/source.js';
import { frame, frameAll } from '../../src/report/frame.js';
import { plain } from '../../src/report/theme.js';

const style = { theme: plain, columns: 100 };

function at(text: string, words: string, path = 'playbooks/promote-sp.yml'): Span {
  const start = text.indexOf(words);
  return { source: { path, text }, start, end: start + words.length };
}

const playbook = `- hosts: all\n  tasks:\n${'    # x\n'.repeat(11)}    - servise: { name: x }\n`;

test('a problem is framed as architecture.md shows it', () => {
  const problem = error('playbook/unknown-module', 'unknown module `servise`', at(playbook, 'servise'), {
    hint: 'did you mean `service`?',
  });
  expect(`\n${frame(problem, style)}\n`).toBe(`
error: unknown module \`servise\`                                   playbook/unknown-module
  --> playbooks/promote-sp.yml:14:7
   |
14 |     - servise: { name: x }
   |       ^^^^^^^ did you mean \`service\`?
`);
});

test('carets stand under tabs and wide characters', () => {
  const problem = error('yaml/x', 'wrong', at('a:\t日本 wrong\n', 'wrong'));
  expect(frame(problem, style).split('\n').slice(-2)).toEqual(['1 | a:  日本 wrong', '  |          ^^^^^']);
});

test('combining marks and emoji are counted as they are seen', () => {
  const problem = error('yaml/x', 'wrong', at('e\u0301 👩‍🚀 wrong', 'wrong'));
  expect(frame(problem, style).split('\n').at(-1)).toBe('  |      ^^^^^');
});

test('labels point at second places, in this file and others', () => {
  const text = 'a: 1\nb: 2\na: 3\n';
  const problem = error(
    'yaml/twice',
    'key `a` twice',
    { source: { path: 'x.yml', text }, start: 10, end: 11 },
    {
      labels: [{ span: { source: { path: 'y.yml', text: 'c: 1\n' }, start: 0, end: 1 }, message: 'and here' }],
      hint: 'keep one\nof them',
    },
  );
  expect(frame(problem, style).split('\n').slice(1)).toEqual([
    ' --> x.yml:3:1',
    '  |',
    '3 | a: 3',
    '  | ^',
    ' ::: y.yml:1:1',
    '  |',
    '1 | c: 1',
    '  | - and here',
    '  hint: keep one',
    '        of them',
  ]);
});

test('a problem of the command line has no place, only its hint', () => {
  const problem = error('cli/unknown-option', 'unknown option `--chek`', undefined, {
    hint: 'did you mean `--check`?',
  });
  expect(frame(problem, style)).toBe(
    `error: unknown option \`--chek\`                                    cli/unknown-option\n  hint: did you mean \`--check\`?`,
  );
});

test('several problems are separated and counted', () => {
  const text = frameAll([error('a/b', 'one'), error('a/b', 'two'), warning('a/c', 'three')], style);
  expect(text.split('\n\n')).toHaveLength(4);
  expect(text.endsWith('\n\n2 errors, 1 warning\n')).toBe(true);
});

test('control characters of a file are shown, not obeyed', () => {
  const problem = error('yaml/x', 'bad \u001b[31mname', at('x: \u001b]52;c;aGk=\u0007\u202e end', 'end'));
  expect(frame(problem, style)).not.toMatch(/[\u001b\u0007\u202e]/);
  expect(frame(problem, style)).toContain('1 | x: ␛]52;c;aGk=␇<U+202E> end');
});

test('of a line that is very long, the part around the mistake is shown', () => {
  const problem = error('yaml/x', 'wrong', at(`${'a'.repeat(100_000)} wrong ${'b'.repeat(100_000)}`, 'wrong'));
  const [head, place, , line, marks] = frame(problem, style).split('\n');
  expect([head?.startsWith('error: wrong'), place]).toEqual([true, ' --> playbooks/promote-sp.yml:1:100002']);
  expect(line).toMatch(/^1 \| …a+ wrong b+…$/);
  expect(line?.length).toBeLessThan(120);
  expect(marks?.indexOf('^')).toBe(line?.indexOf('wrong'));
  expect(marks?.trimEnd()).toMatch(/\^{5}$/);
});

test('a mark longer than the terminal is cut', () => {
  const problem = error('yaml/x', 'wrong', at(`x: ${'a'.repeat(5000)}`, 'a'.repeat(5000)));
  expect(
    Math.max(
      ...frame(problem, style)
        .split('\n')
        .map((each) => each.length),
    ),
  ).toBeLessThan(150);
});
