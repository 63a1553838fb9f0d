import { describe, expect, test } from 'vitest';
import { error } from '../../src/core/diagnostic.js';
import { fail, ok } from '../../src/core/result.js';
import type { Result } from '../../src/core/result.js';
import { data, Scope } from '../../src/core/scope.js';
import type { Definition } from '../../src/core/scope.js';
import { lazyMap } from '../../src/core/value.js';
import type { Value, ValueMap } from '../../src/core/value.js';
import { definitionsOf } from '../../src/load/definitions.js';
import { UnresolvedVariable } from '../../src/load/paths.js';
import { compileFileText, compileText, compileValue } from '../../src/load/template.js';
import { parseYaml } from '../../src/load/yaml.js';
import { rendered, scalar, told } from './words.js';

const variables: ValueMap = {
  host: { name: 'db', port: 5432 },
  args: ['a b', "c'd"],
  list: [{ n: 1 }, { n: 2 }],
  yes: true,
  zero: 0,
  empty: '',
  nothing: null,
  html: '<a & "b">',
  word: 'Word ',
};

describe('text', () => {
  const cases: readonly (readonly [source: string, text: string])[] = [
    ['plain', 'plain'],
    ['', ''],
    ['{{host.name}}:{{host.port}}', 'db:5432'],
    ['{{html}}', '<a & "b">'],
    ['{{{html}}}{{&html}}', '<a & "b"><a & "b">'],
    ['[{{zero}}][{{empty}}][{{yes}}]', '[0][][true]'],
    ['\\{{.State.Status}}', '{{.State.Status}}'],
    ['{{list.[1].n}} of {{list.length}}', '2 of 2'],
    ['{{#each list}}{{n}}{{#unless @last}}, {{/unless}}{{/each}}', '1, 2'],
    ['{{#each list as |row at|}}{{at}}={{row.n}}@{{host.port}} {{/each}}', '0=1@5432 1=2@5432 '],
    ['{{#each list}}{{../host.name}}{{@root.host.port}}{{@index}}{{/each}}', 'db54320db54321'],
    ['{{#each host}}{{@key}}={{this}};{{/each}}', 'name=db;port=5432;'],
    ['{{#each args}}{{#if @first}}{{else}}+{{/if}}{{.}}{{/each}}', "a b+c'd"],
    ['{{#if zero}}a{{else if yes}}b{{else}}c{{/if}}', 'b'],
    ['{{#with host}}{{name}}{{this.port}}{{yes}}{{/with}}', 'db5432true'],
    ['a\n{{#if yes}}\n  b\n{{/if}}\nc', 'a\n  b\nc'],
    ['{{default nope.x "d"}}{{default host.nope "e"}}{{default nothing "f"}}{{default host.name "g"}}', 'defdb'],
    ['{{default (lookup nope "x") "d"}}', 'd'],
    ['{{join args "|"}} {{json list}}', 'a b|c\'d [{"n":1},{"n":2}]'],
    ['{{upper word}}{{lower word}}{{trim word}}.', 'WORD word Word.'],
    ['{{basename "/a/b.c"}} {{b64encode "hé"}} {{b64decode "aMOp"}}', 'b.c aMOp hé'],
    ['{{#if (and (eq host.port 5432) (not (ne "a" "a")))}}y{{/if}}', 'y'],
    ['{{lookup list 1 "n"}}{{lookup host "name"}}', '2db'],
    ['{{! comment }}{{!-- another --}}x', 'x'],
  ];
  test.each(cases)('%j gives %j', (source, text) => {
    expect(rendered(compileText(scalar(source)), variables)).toBe(text);
  });
});

describe('problems of values', () => {
  const cases: readonly (readonly [source: string, problem: string])[] = [
    [
      'a\nb {{nope}}',
      'variable/undefined 2:5 undefined variable `nope` | say it in `vars`, in the inventory or with `-e`',
    ],
    ['{{hst.name}}', 'variable/undefined 1:3 undefined variable `hst` | did you mean `host`?'],
    ['{{host.nme}}', 'variable/no-such-key 1:3 `host` has no `nme` | did you mean `name`?'],
    [
      '{{host.name.x}}',
      'variable/no-such-key 1:3 `host.name` is a string, which has no `x` | only maps and lists have keys',
    ],
    [
      '{{#if nope}}x{{/if}}',
      'variable/undefined 1:7 undefined variable `nope` | say it in `vars`, in the inventory or with `-e`',
    ],
    [
      '{{#each nope}}x{{/each}}',
      'variable/undefined 1:9 undefined variable `nope` | say it in `vars`, in the inventory or with `-e`',
    ],
    [
      '{{lookup nope "x"}}',
      'variable/undefined 1:10 undefined variable `nope` | say it in `vars`, in the inventory or with `-e`',
    ],
    ['{{upper (default host.a host.b)}}', 'variable/no-such-key 1:25 `host` has no `b` | known: `name`, `port`'],
    [
      '{{#each list}}{{m}}{{/each}}',
      'variable/undefined 1:17 undefined variable `m` | say it in `vars`, in the inventory or with `-e`',
    ],
    ['{{host.constructor}}', 'variable/no-such-key 1:3 `host` has no `constructor` | known: `name`, `port`'],
    ['{{lookup host "__proto__"}}', 'variable/no-such-key 1:1 `host` has no `__proto__` | known: `name`, `port`'],
    ['{{args.[2]}}', 'variable/no-such-key 1:3 `args` has no item `2` | it has 2 items, the first is `[0]`'],
    ['x{{nothing}}', 'template/no-text 1:2 null has no text | say what is meant: `{{default x "y"}}`'],
    ['x{{args}}', 'template/no-text 1:2 a list has no text of its own | write `{{join x ","}}` or `{{json x}}`'],
    ['x{{host}}', 'template/no-text 1:2 a map has no text of its own | write `{{json x}}`, or one of its keys'],
    ['{{#each zero}}{{/each}}', 'template/not-a-list 1:9 `#each` goes over a list or a map, not a number'],
    [
      '{{#if "no"}}x{{/if}}',
      'template/not-boolean 1:7 the text `no` would count as true | make it a boolean, or compare it: `(eq x "y")`',
    ],
    [
      '{{b64decode "?"}}',
      'template/helper-value 1:1 this is not base64 | give it another value, or another helper: docs/language.md lists them',
    ],
  ];
  test.each(cases)('%j: %s', (source, problem) => {
    expect(rendered(compileText(scalar(source)), variables)).toEqual([problem]);
  });

  test('all of a text are told, each once', () => {
    const source = '{{a}} {{b}} {{#each list}}{{c}}{{/each}}';
    expect(rendered(compileText(scalar(source)), variables)).toHaveLength(3);
  });
});

describe('problems of syntax', () => {
  const filters = 'filters are written as helpers: `{{upper x}}`';
  const cases: readonly (readonly [source: string, problem: string])[] = [
    [
      'a\n  {{ x == 1 }}',
      'template/syntax 2:8 unexpected `==` in a template | compare with a helper: `{{#if (eq x "y")}}`',
    ],
    ['{{ x | upper }}', `template/syntax 1:6 unexpected \`|\` in a template | ${filters}`],
    ['{{x.0}}', 'template/syntax 1:5 unexpected `0` in a template | write `{{x.[0]}}` for the first of a list'],
    ['a {{#if x}} b', 'template/syntax 1:3 this template does not end | close it with `{{/if}}`'],
    ['a {{x', 'template/syntax 1:3 this template does not end | close it with `}}`'],
    ['{{#if x}}{{/each}}', 'template/syntax 1:4 block `if` is closed as `each` | close it with `{{/if}}`'],
    [
      'x {{/if}}',
      'template/syntax 1:3 nothing is open that could be closed here | take it out, or open it before: `{{#if x}}`',
    ],
    ['{{uper x}}', 'template/unknown-helper 1:3 unknown helper `uper` | did you mean `upper`?'],
    [
      '{{#fi x}}{{/fi}}',
      'template/unknown-helper 1:4 unknown block helper `fi` | known: `if`, `unless`, `each`, `with`',
    ],
    [
      '{{default x}}',
      'template/helper-arguments 1:1 helper `default` does not take 1 values | as in `{{default x "y"}}`',
    ],
    [
      '{{> part}}',
      'template/not-allowed 1:1 partials are not allowed here | write it out, or use `import_tasks` or a `template` file',
    ],
    ['{{../x}}', 'template/no-such-place 1:3 `../x` goes up further than there are blocks'],
    ['{{@index}}', 'template/no-such-place 1:3 `@index` is only known inside `{{#each}}`'],
    ['{{this}}', 'template/no-such-place 1:3 `this` means nothing outside of `{{#each}}` and `{{#with}}`'],
    ['{{ident x}}', 'template/ident-outside-sql 1:1 `ident` writes an SQL identifier, and this is not SQL'],
    ['{{upper (raw x)}}', 'template/mark-inside 1:10 `raw` must stand first, as in `{{raw x}}`'],
    [
      '{% if x %}',
      'template/jinja 1:1 this is Jinja, and templates here are Handlebars | write `{{#if x}} ... {{else}} ... {{/if}}` or `{{#each list}} ... {{/each}}`',
    ],
  ];
  test.each(cases)('%j: %s', (source, problem) => {
    expect(rendered(compileText(scalar(source)), variables)).toEqual([problem]);
  });

  test('raw blocks are refused', () => {
    expect(compileText(scalar('{{{{raw}}}} {{x}} {{{{/raw}}}}')).ok).toBe(false);
  });
});

function value(text: string): Value | readonly string[] {
  const node = parseYaml({ path: 'vars.yml', text });
  if (!node.ok) throw new Error(node.problems.map(told).join());
  return rendered(compileValue(node.value), variables);
}

describe('values', () => {
  test('exactly one expression keeps its type, at any depth', () => {
    expect(value('a: "{{args}}"\nb: ["{{zero}}", "{{ yes }}", "{{nothing}}", "{{zero}}."]\n"{{c}}": 1')).toEqual({
      a: ['a b', "c'd"],
      b: [0, true, null, '0.'],
      '{{c}}': 1,
    });
  });

  test('a problem deep inside points into the file', () => {
    expect(value('a:\n  - b: "x {{nope}}"')).toEqual([
      'variable/undefined 2:13 undefined variable `nope` | say it in `vars`, in the inventory or with `-e`',
    ]);
  });

  test('what came from a host is never a template', () => {
    const scope = Scope.empty.with('result', [data('said', '{{secret}}', 'register'), data('secret', 's', 'register')]);
    const template = compileText(scalar('{{said}}'));
    expect(template.ok && template.value.render(scope)).toEqual(ok('{{secret}}'));
  });

  test('variables refer to others, and a circle is shown', () => {
    const node = parseYaml({
      path: 'v.yml',
      text: 'a: "{{b}}"\nb: "{{c.port}}"\nc: { port: 1 }\nx: "{{y}}"\ny: "v{{x}}"',
    });
    const definitions: Result<readonly Definition[]> =
      node.ok && node.value.kind === 'map' ? definitionsOf(node.value, 'test') : fail();
    if (!definitions.ok) throw new Error('the map did not compile');
    const scope = Scope.empty.with('play', definitions.value);
    expect(scope.get('a')).toEqual(ok(1));
    const circle = scope.get('x');
    expect(circle?.ok === false && circle.problems[0]?.hint).toContain('`x` -> `y` -> `x`');
  });

  test('a variable that cannot be resolved behind a lazy map is a problem at its use', () => {
    const hostvars = lazyMap(['spa'], () =>
      lazyMap(['x'], () => {
        throw new UnresolvedVariable('x', [error('variable/undefined', 'undefined variable `y`')]);
      }),
    );
    const problem = 'variable/unresolved 1:3 `hostvars.spa.x` cannot be resolved: undefined variable `y`';
    expect(rendered(compileText(scalar('{{hostvars.spa.x}}')), { hostvars })).toEqual([problem]);
    expect(rendered(compileValue(scalar('{{hostvars}}')), { hostvars })).toHaveLength(1);
  });
});

test('needs are every variable with its path, and where a missing one is allowed', () => {
  const source =
    '{{a.b}} {{upper c}} {{#each d as |x|}}{{x.y}}{{e}}{{../f}}{{@root.g}}{{this.h}}{{/each}} {{default i.j k}}';
  const compiled = compileText(scalar(source));
  expect(compiled.ok && compiled.value.needs.map((need) => need.path.join('.') + (need.optional ? '?' : ''))).toEqual([
    'a.b',
    'c',
    'd',
    'd.*.y',
    'e?',
    'f',
    'g',
    'd.*.h',
    'i.j?',
    'k',
  ]);
});

test('a template file knows its lines', () => {
  const source = { path: 'a.hbs', text: 'one\n{{#if yes}}\n{{ nope }}\n{{/if}}\n' };
  expect(rendered(compileFileText(source), variables)).toEqual([
    'variable/undefined 3:4 undefined variable `nope` | say it in `vars`, in the inventory or with `-e`',
  ]);
});

test('templates that nest, loop or grow without end are problems', () => {
  const list = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
  const said = (text: string): unknown => rendered(compileText(scalar(text)), { list, long: 'x'.repeat(2 ** 20) });
  expect(said(`${'{{#each list}}'.repeat(9)}x${'{{/each}}'.repeat(9)}`)).toEqual([
    'template/too-large 1:1 this template gives more than 1000000 parts',
  ]);
  expect(said('{{long}}'.repeat(20))).toEqual([
    'template/too-large 1:129 what this template gives is longer than 16 MiB | variables that repeat one another multiply; write less with them',
    'template/too-large 1:137 what this template gives is longer than 16 MiB | variables that repeat one another multiply; write less with them',
    'template/too-large 1:145 what this template gives is longer than 16 MiB | variables that repeat one another multiply; write less with them',
    'template/too-large 1:153 what this template gives is longer than 16 MiB | variables that repeat one another multiply; write less with them',
  ]);
  const deep = (column: number): readonly string[] => [
    `template/too-deep 1:${column} this template nests deeper than 64 levels | make variables of its parts`,
  ];
  expect(said(`{{upper ${'(upper '.repeat(65)}"a"${')'.repeat(65)}}}`)).toEqual(deep(1));
  expect(said(`${'{{#if list}}'.repeat(65)}x${'{{/if}}'.repeat(65)}`)).toEqual(deep(64 * 12 + 1));
  expect(said(`${'(('.repeat(100)}{{upper ${'(upper '.repeat(60)}"a"${')'.repeat(60)}}}`)).toBe(`${'(('.repeat(100)}A`);
});
