import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Value, ValueMap } from '../../src/core/value.js';
import { compileSql, compileSqlFile } from '../../src/load/template.js';
import { rendered, scalar } from './words.js';

const variables: ValueMap = {
  h: "db'; drop table x",
  p: 5432,
  list: ['a', 'b'],
  nothing: null,
  schema: '_my"cluster',
  own: '$1',
};

describe('values are bound', () => {
  const cases: readonly (readonly [source: string, text: string, values: readonly Value[]])[] = [
    ['select {{h}}, {{p}}::int', 'select $1, $2::int', [variables['h'] ?? null, 5432]],
    ["select 'it''s', {{h}}", "select 'it''s', $1", [variables['h'] ?? null]],
    ['where a = any({{list}}) and b = {{nothing}}', 'where a = any($1) and b = $2', [['a', 'b'], null]],
    ['select * from {{ident schema}}.sl_node', 'select * from "_my""cluster".sl_node', []],
    ["select '%' || {{p}} || '%' -- it's\n, {{p}}", "select '%' || $1 || '%' -- it's\n, $2", [5432, 5432]],
    ['do $$ begin perform f($1); end $$', 'do $$ begin perform f($1); end $$', []],
    ["select e'\\'', E'a\\\\', {{p}}", "select e'\\'', E'a\\\\', $1", [5432]],
    ["select date'x', {{p}} /* a /* b */ ' */, {{p}}", "select date'x', $1 /* a /* b */ ' */, $2", [5432, 5432]],
    ['select a$1, $x$ {{{{ $ $x$, {{p}}'.replace('{{{{', '{ {'), 'select a$1, $x$ { { $ $x$, $1', [5432]],
    ['{{#each list}}{{#unless @first}} or {{/unless}}a = {{this}}{{/each}}', 'a = $1 or a = $2', ['a', 'b']],
    ['in ({{#each list}}{{#unless @first}}, {{/unless}}{{this}}{{/each}})', 'in ($1, $2)', ['a', 'b']],
    ['select {{raw h}}', "select db'; drop table x", []],
    ['select 1.5, 2 + {{p}}', 'select 1.5, 2 + $1', [5432]],
  ];
  test.each(cases)('%j', (source, text, values) => {
    expect(rendered(compileSql(scalar(source)), variables)).toEqual({ text, values });
  });
});

describe('a value may only stand where a parameter can', () => {
  const quotes = "it is sent as a bound parameter: remove the quotes; for a part of a text write `'a' || {{x}}`";
  const space = 'put a space between them; for a part of a text write `a || b`';
  test.each([
    ["select '{{h}}'", `sql/no-value-here 1:9 a value cannot stand inside a quoted string | ${quotes}`],
    ["select E'\\'{{h}}'", `sql/no-value-here 1:12 a value cannot stand inside a quoted string | ${quotes}`],
    [
      'select "{{h}}"',
      'sql/no-value-here 1:9 a value cannot stand inside a quoted identifier | write `{{ident x}}`, without the quotes',
    ],
    ['-- {{h}}', 'sql/no-value-here 1:4 a value cannot stand inside a comment | leave it out of the comment'],
    ['/* /* */ {{h}} */', 'sql/no-value-here 1:10 a value cannot stand inside a comment | leave it out of the comment'],
    [
      'do $a$ {{h}} $a$',
      'sql/no-value-here 1:8 a value cannot stand inside a dollar-quoted text | the body is one text for PostgreSQL; hand the value over with `set_config` and `current_setting`',
    ],
    ['select a{{h}}', `sql/glued-value 1:9 a value cannot stand right after a word or another value | ${space}`],
    ['select {{h}}{{p}}', `sql/glued-value 1:13 a value cannot stand right after a word or another value | ${space}`],
    [
      'from _{{ident schema}}',
      'sql/glued-value 1:7 a value cannot stand right after a word or another value | put the whole name into one variable',
    ],
    ['select {{p}}0', 'sql/glued-value 1:13 `0` cannot stand right after a value | put a space between them'],
    [
      'select {{#if p}}a{{else}}b{{/if}}{{h}}',
      `sql/glued-value 1:34 a value cannot stand right after a word or another value | ${space}`,
    ],
    [
      'select\n $1',
      'sql/own-parameter 2:2 `$1` is not yours to number | write the value itself, as in `{{x}}`; it is bound for you',
    ],
    [
      "select 'a",
      "sql/open-quote 1:1 a quote of this SQL is never closed | close it; a quote that is meant as text is written twice: `''`",
    ],
    [
      "select {{#if p}}'{{/if}}",
      'template/block-in-quotes 1:8 a block must not open or close a quote | let every branch hold whole quoted texts',
    ],
    ['select {{ident p}}', 'sql/not-an-identifier 1:8 an identifier is a text, not a number'],
    ['select {{raw own}}', 'sql/own-parameter 1:8 a raw text with `$1` would take the place of another value'],
  ])('%j: %s', (source, problem) => {
    expect(rendered(compileSql(scalar(source)), variables)).toEqual([problem]);
  });

  test('a file of SQL knows its lines', () => {
    const source = { path: 'a.sql', text: "select 1;\nselect '{{h}}';\n" };
    expect(rendered(compileSqlFile(source), variables)).toEqual([
      `sql/no-value-here 2:9 a value cannot stand inside a quoted string | ${quotes}`,
    ]);
  });
});

test('whatever the values, the text is the same and they are bound as they are', () => {
  const compiled = compileSql(scalar('insert into t values ({{a}}, {{b}}, {{ident c}}.{{a}})'));
  const property = fc.property(fc.jsonValue(), fc.string(), fc.string({ minLength: 1 }), (a, b, c) => {
    fc.pre(!c.includes('\0'));
    // fast-check's JSON values are ours by another name.
    const value = JSON.parse(JSON.stringify(a)) as Value;
    expect(rendered(compiled, { a: value, b, c })).toEqual({
      text: `insert into t values ($1, $2, "${c.replaceAll('"', '""')}".$3)`,
      values: [value, b, value],
    });
  });
  fc.assert(property);
});
