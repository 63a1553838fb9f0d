import { describe, expect, test } from 'vitest';
import { lazyMap, mapOf } from '../../src/core/value.js';
import type { Value, ValueMap } from '../../src/core/value.js';
import { compileCondition } from '../../src/load/condition.js';
import { rendered, scalar } from './words.js';

const variables: ValueMap = {
  org: { type: 'tenant', fs: [{ n: 'a', s: 3 }], none: null },
  names: ['A', 'B'],
  result: { rc: 0, stdout: 'Ready\n', failed: false },
  n: 5,
  f: 2.5,
  t: true,
  text: 'true',
  nothing: null,
  list: [1, 2, 3],
  hostvars: { spa: { ssh_host: 'x' } },
  inventory_hostname: 'spa',
  row: mapOf([
    ['constructor', null],
    ['__proto__', 'p'],
    ['toString', 't'],
    ['n', 1],
  ]),
  rows: [mapOf([['constructor', 'x']]), { n: 2 }],
};

describe('values', () => {
  const cases: readonly (readonly [source: string | boolean, value: boolean])[] = [
    [true, true],
    [false, false],
    ['t', true],
    ['!t || result.failed', false],
    ["org.type == 'tenant' && 'B' in names && result.rc == 0", true],
    ['n + 1 == 6 && 1 + n == 6 && n * 2.5 == 12.5 && n / 2 == 2.5 && n % 2 == 1', true],
    ['f > 2 && n >= 5.0 && size(names) < n && size(names) + n == 7', true],
    ['3 in list && list[n - 4] == 2 && list[0] == 1', true],
    ['bitAnd(n, 4) == 4 && bitOr(1, 2) == 3', true],
    ["result.stdout.trim().lower() == 'ready' && upper('a') == 'A'", true],
    ["result.stdout.startsWith('Re') && result.stdout.matches('^R.+y') && result.stdout.contains('ead')", true],
    ['defined(nope)', false],
    ['defined(org.nope.deeper)', false],
    ['defined(org.none)', true],
    ['defined(nope) && nope.x == 1', false],
    ["default(org.nope, 'd') == 'd' && default(nope.a, n) == 5 && default(org.none, 1) == 1", true],
    ['has(org.type) && !has(org.nope)', true],
    ["names.exists(x, x == 'B') && names.all(x, size(x) == 1)", true],
    ["hostvars[inventory_hostname].ssh_host == 'x'", true],
    ['nothing == null', true],
    ['type(n) == double && type(text) == string', true],
    ["int(string('9.1').split('.')[0]) == 9", true],
    ["row.constructor == null && row['__proto__'] == 'p' && row.toString == 't' && row.n == 1", true],
    ["'constructor' in row && size(row) == 4 && !has(row.valueOf) && default(row.nope, 1) == 1", true],
    ["rows[0].constructor == 'x' && rows.exists(x, default(x.n, 0) == 2) && rows == rows", true],
  ];
  test.each(cases)('%j is %s', (source, value) => {
    expect(rendered(compileCondition(scalar(source)), variables)).toBe(value);
  });
});

describe('a map whose values are computed', () => {
  const condition = compileCondition(
    scalar("hostvars.spb.reachable == 'db' && hostvars['spb'].row.constructor == null"),
  );
  const row = mapOf([['constructor', null]]);

  test('is asked for nothing but what the condition names', () => {
    const spb = lazyMap(['reachable', 'row', 'broken'], (key) => {
      if (key === 'broken') throw new Error('nobody asked for this');
      return key === 'row' ? row : 'db';
    });
    const hostvars = lazyMap(['spa', 'spb'], (name) => {
      if (name === 'spa') throw new Error('nor for this');
      return spb;
    });
    expect(rendered(condition, { hostvars })).toBe(true);
    expect(rendered(condition, { hostvars })).toBe(true);
  });

  test('is asked anew each time, because a run goes on', () => {
    let reachable = 'none';
    const has = (_: object, key: string | symbol): boolean => ['reachable', 'row', 'broken'].includes(String(key));
    const valueOf = (key: string | symbol): Value | undefined => {
      if (key === 'broken') throw new Error('nobody asked for this');
      return key === 'row' ? row : key === 'reachable' ? reachable : undefined;
    };
    // As the engine makes it.
    const spb = new Proxy<Record<string, Value>>(Object.create(null) as Record<string, Value>, {
      has,
      get: (_, key) => valueOf(key),
      ownKeys: () => ['reachable', 'row', 'broken'],
      getOwnPropertyDescriptor: (_, key) =>
        has(_, key) ? { enumerable: true, configurable: true, value: valueOf(key) } : undefined,
    });
    const hostvars = mapOf([['spb', spb]]);
    const seen = ['none', 'db', 'ssh', 'db'].map((now) => {
      reachable = now;
      return rendered(condition, { hostvars });
    });
    expect(seen).toEqual([false, true, false, true]);
  });
});

describe('problems', () => {
  const noBoolean = 'and not true or false';
  const cases: readonly (readonly [source: string | number | null, problem: string])[] = [
    ['n', `condition/not-boolean 1:1 this condition is a number, ${noBoolean} | compare it with something`],
    ['n + 1', `condition/not-boolean 1:1 this condition is a number, ${noBoolean} | compare it with something`],
    [
      "'x' + 'y'",
      `condition/not-boolean 1:1 this condition is of type string, ${noBoolean} | compare it with something`,
    ],
    [
      'text',
      `condition/not-boolean 1:1 this condition is the text \`true\`, ${noBoolean} | compare it with a text, or declare it in \`params\` as a boolean`,
    ],
    [5, 'condition/not-boolean 1:1 a condition cannot be a number | write `true`, `false` or an expression'],
    [null, 'condition/not-boolean 1:1 a condition cannot be null | write `true`, `false` or an expression'],
    ['nmes == 1', 'variable/undefined 1:1 undefined variable `nmes` | did you mean `names`?'],
    [
      't ||\n  nope',
      'variable/undefined 2:3 undefined variable `nope` | say it in `vars`, in the inventory or with `-e`',
    ],
    ['t && result.rcc == 0', 'variable/no-such-key 1:6 `result` has no `rcc` | did you mean `rc`?'],
    [
      'names.exists(x, x == zz)',
      'variable/undefined 1:22 undefined variable `zz` | say it in `vars`, in the inventory or with `-e`',
    ],
    ['True', 'variable/undefined 1:1 undefined variable `True` | write `true`'],
    ['{{ t }}', 'condition/braces 1:1 a condition is an expression already, not a template | drop the braces: `t`'],
    [
      'n == {{x}}',
      'condition/braces 1:6 a condition is an expression already, not a template | write the names bare, without braces',
    ],
    ['n = 1', 'condition/syntax 1:3 unexpected character: = | write `==` to compare'],
    ['t and t', "condition/syntax 1:3 unexpected character: 'd' | write `&&` for `and`"],
    ['t or t', "condition/syntax 1:3 unexpected character: 'r' | write `||` for `or`"],
    ['not t', "condition/syntax 1:5 unexpected character: 't' | write `!` for `not`"],
    ['n is defined', "condition/syntax 1:3 unexpected character: 's' | write `defined(x)`"],
    ['n is not defined', "condition/syntax 1:3 unexpected character: 's' | write `!defined(x)`"],
    ['names | length > 1', 'condition/syntax 1:7 unexpected character: | | write `size(x)`'],
    [
      "org.type == 'tenant",
      'condition/syntax 1:13 a quote is never closed | close it; a quote that is meant as text has a backslash in front',
    ],
    [
      '"3" < n',
      'condition/type 1:1 these kinds do not go together: string < dyn<double> | compare what is of one kind: `int(x)`, `double(x)` and `string(x)` make one of another',
    ],
    [
      '',
      "condition/syntax 1:1 this condition ends too early | a condition looks like `inventory_hostname == 'a' && size(groups.web) > 1`",
    ],
    [
      'n +',
      "condition/syntax 1:4 this condition ends too early | a condition looks like `inventory_hostname == 'a' && size(groups.web) > 1`",
    ],
    [
      `${'!'.repeat(20_000)}t`,
      'condition/syntax 1:1 this condition nests too deep | make a list of several conditions of it, or a variable',
    ],
    [
      `${'('.repeat(100)}t${')'.repeat(100)}`,
      'condition/syntax 1:61 this condition nests deeper than 60 levels | make a list of several conditions of it, or a variable',
    ],
    [
      `t${' || t'.repeat(2000)}`,
      'condition/syntax 1:1 this condition has more than 2000 parts | make a list of several conditions of it, or a variable',
    ],
    ['names[7] == 1', 'variable/no-such-key 1:1 `names` has no item `7` | it has 2 items, the first is `[0]`'],
    ['nope(1)', 'condition/type 1:1 nothing called `nope` can be called with `(int)` | did you mean `type`?'],
  ];
  test.each(cases)('%j: %s', (source, problem) => {
    expect(rendered(compileCondition(scalar(source)), variables)).toEqual([problem]);
  });

  test('a regular expression that would never end is stopped', { timeout: 60_000 }, () => {
    const text = `${'a'.repeat(60)}!`;
    const problems = rendered(compileCondition(scalar("text.matches('^(a+)+$')")), { text });
    expect(problems).toEqual([
      'condition/type 1:1 the regular expression `^(a+)+$` takes too long on this text | write a simpler one, or compare with `==`, `startsWith` or `contains`',
    ]);
  });

  test('so is a regular expression that is too large', () => {
    const problems = rendered(compileCondition(scalar(`text.matches('${'a'.repeat(100_000)}')`)), { text: 'a' });
    expect(String(problems)).toMatch(/ is invalid: regular expression too large/);
  });

  test('and loops within loops that would never end', { timeout: 60_000 }, () => {
    const ten = '[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]';
    const nested = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].reduce(
      (inside, name) => `${ten}.all(${name}, ${inside})`,
      't',
    );
    expect(rendered(compileCondition(scalar(nested)), variables)).toEqual([
      'condition/too-slow 1:1 this condition takes too long | take loops out of one another, or ask for less in each',
    ]);
    expect(rendered(compileCondition(scalar(`${ten}.all(a, ${ten}.exists(b, b == a))`)), variables)).toBe(true);
  });

  test('words inside quoted texts are not taken for mistakes', () => {
    expect(rendered(compileCondition(scalar("org.type == 'not and = {{x}}'")), variables)).toBe(false);
  });
});

test('needs are every variable; what is guarded may be missing', () => {
  const source = "org.fs.filter(f, f.s > limit).size() > 0 && defined(a.b) && a.b.c == 1 && default(d, e) == x['y'][i]";
  const compiled = compileCondition(scalar(source));
  const needs = compiled.ok ? compiled.value.needs : [];
  expect(needs.map((need) => need.path.join('.') + (need.optional ? '?' : ''))).toEqual([
    'org.fs',
    'org.fs.[].s',
    'limit',
    'a.b?',
    'a.b.c?',
    'd?',
    'e',
    'x.y',
    'i',
  ]);
});
