import { describe, expect, test } from 'vitest';
import { ok } from '../../src/core/result.js';
import { Scope } from '../../src/core/scope.js';
import { parseCliVariables } from '../../src/load/cli-variables.js';
import { directoryOf } from './support/files.js';
import { outcome, told } from './words.js';

function values(args: readonly string[], cwd = process.cwd()): Readonly<Record<string, unknown>> | readonly string[] {
  const parsed = parseCliVariables(args, { cwd });
  if (!parsed.ok) return parsed.problems.map(told);
  const scope = Scope.empty.with('cli', parsed.value);
  return Object.fromEntries(parsed.value.map(({ name }) => [name, outcome(scope.get(name) ?? ok(null))]));
}

describe('-e', () => {
  test.each<readonly [arg: string, values: Readonly<Record<string, unknown>>]>([
    ['a=1', { a: '1' }],
    ['a=', { a: '' }],
    ['a=b=c', { a: 'b=c' }],
    ['a=two words', { a: 'two words' }],
    ['a=1 b="two words" c=\'x=y\'', { a: '1', b: 'two words', c: 'x=y' }],
    ['list=[one, two]', { list: '[one, two]' }],
    ['a={{b}}', { a: '{{b}}' }],
    ['{"a": 1, "b": [true, null]}', { a: 1, b: [true, null] }],
    ['{a: x, b: {c: 2}}', { a: 'x', b: { c: 2 } }],
  ])('%s', (arg, expected) => {
    expect(values([arg])).toEqual(expected);
  });

  test('a file, and the later wins', () => {
    const cwd = directoryOf({ 'v.yml': 'a: 1\nb: "{{a}}x"\n' });
    expect(values(['@v.yml', 'c=2'], cwd)).toEqual({ a: 1, b: '1x', c: '2' });
    expect(values(['@v.yml', 'a=2'], cwd)).toEqual({ a: '2', b: '2x' });
  });

  test.each([
    [
      'a',
      'variable/no-value 1:1 `a` gives no variable a value | write `-e name=value`, or `-e @FILE` for a file; quote a value with spaces',
    ],
    [
      'a=1 "b',
      'variable/open-quote 1:1 a quote or backslash in this `-e` is never closed | close it, or write it twice where it is meant: `\\\\`',
    ],
    ['a=1 a-b=2', 'variable/bad-name 1:5 `a-b` cannot be the name of a variable | write `a_b`'],
    ['groups=1', 'variable/reserved-name 1:1 `groups` is a name that the runner itself says | choose another name'],
    ['{a-b: 1}', 'variable/bad-name 1:2 `a-b` cannot be the name of a variable | write `a_b`'],
  ])('%s is a problem', (arg, problem) => {
    expect(values([arg])).toEqual([problem]);
  });

  test('a file that is not there, or no map', () => {
    const cwd = directoryOf({ 'v.yml': '- 1' });
    expect(values(['@v.yml'], cwd)).toEqual([
      'variable/not-a-map 1:1 variables are a map of names and values | write `name: value`, one a line',
    ]);
    expect(values(['@w.yml'], cwd)).toHaveLength(1);
  });
});
