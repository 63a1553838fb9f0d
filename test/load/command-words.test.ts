import { spawnSync } from 'node:child_process';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ValueMap } from '../../src/core/value.js';
import { compileCommand } from '../../src/load/template.js';
import { rendered, scalar } from './words.js';

const variables: ValueMap = {
  x: 'a b; $(id)',
  args: ['one', 'two words'],
  none: [],
  yes: true,
  nothing: null,
  nul: '\0',
};

describe('words first, then values', () => {
  const cases: readonly (readonly [source: string, words: readonly string[]])[] = [
    ['echo hi  there', ['echo', 'hi', 'there']],
    ['echo "a b" \'c d\' e\\ f ""', ['echo', 'a b', 'c d', 'e f', '']],
    ['echo "a\\"b\\n" \'\\\'', ['echo', 'a"b\\n', '\\']],
    ['a | b > c && $HOME *', ['a', '|', 'b', '>', 'c', '&&', '$HOME', '*']],
    ['echo {{x}} --y={{x}} "{{x}}"', ['echo', 'a b; $(id)', '--y=a b; $(id)', 'a b; $(id)']],
    ['run {{args}} {{none}} end', ['run', 'one', 'two words', 'end']],
    ['run {{default nope "p q"}}', ['run', 'p q']],
    ['run {{#if yes}}-v --file {{x}}{{/if}} end', ['run', '-v', '--file', 'a b; $(id)', 'end']],
    ['run {{#each args}}-n {{this}} {{/each}}', ['run', '-n', 'one', '-n', 'two words']],
    ['run {{raw x}}', ['run', 'a', 'b;', '$(id)']],
    ['one\\\ntwo\nthree', ['onetwo', 'three']],
  ];
  test.each(cases)('%j', (source, words) => {
    expect(rendered(compileCommand(scalar(source)), variables)).toEqual(words);
  });

  const listInWord =
    'a list becomes several arguments, so it must be a word of its own | put spaces around it and no quotes, or write `{{join x ","}}`';
  test.each([
    [
      'a "b',
      'command/open-quote 1:1 a quote or backslash of this command is never closed | close it, or write the words as a list',
    ],
    ['a "{{args}}"', `command/list-in-word 1:4 ${listInWord}`],
    ['a {{args}}b', `command/list-in-word 1:3 ${listInWord}`],
    ['a b{{args}}', `command/list-in-word 1:4 ${listInWord}`],
    ['{{none}}', 'command/empty 1:1 this command has no program to run'],
    ['a {{nul}}', 'shell/nul 1:3 this value holds a NUL byte, which no argument of a command can'],
    ['a {{nothing}}', 'template/no-text 1:3 null has no text | say what is meant: `{{default x "y"}}`'],
    [
      'a \\\\{{x}}',
      'command/no-value-here 1:5 a value cannot stand right after a backslash | leave the backslash out; each value is one argument already',
    ],
    [
      'a {{#if yes}}"{{/if}}',
      'template/block-in-quotes 1:3 a block must not open or close a quote | let every branch hold whole quoted texts',
    ],
  ])('%j: %s', (source, problem) => {
    expect(rendered(compileCommand(scalar(source)), variables)).toEqual([problem]);
  });
});

test('words are those of /bin/sh, for text in which nothing but quotes has a meaning', () => {
  const piece = fc.oneof(
    fc.constantFrom('a', 'bc', ' ', '  ', '\t', '\\a', '\\ ', "\\'", '\\"', '\\\\', '-x', '""', "''"),
    fc.constantFrom('"a b"', '"a\\"b"', '"\\\\"', '"\\a"', `"'"`, '"\\$"'),
    fc.constantFrom("'a b'", "'\\'", `'"'`, "'$'"),
  );
  const line = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''));
  const property = fc.property(fc.array(line, { minLength: 1, maxLength: 30 }), (lines) => {
    const script = lines.map((each) => `printf '%s\\0' x ${each}; printf '\\0'\n`).join('');
    const read = spawnSync('/bin/sh', ['-c', script], { encoding: 'utf8' }).stdout;
    const ours = lines.map((each) => rendered(compileCommand(scalar(`x ${each}`)), {}).concat());
    expect(ours.map((words) => `${words.join('\0')}\0\0`).join('')).toBe(read);
  });
  fc.assert(property, { numRuns: 40 });
});

test('a value is one argument, whatever is in it', () => {
  const withoutNul = fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0'));
  const property = fc.property(withoutNul, (x) => {
    const words = rendered(compileCommand(scalar('run {{x}} "{{x}}" a{{x}}')), { x });
    expect(words).toEqual(['run', x, x, `a${x}`]);
  });
  fc.assert(property);
});
