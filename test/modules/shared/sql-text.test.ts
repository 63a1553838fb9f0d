import { array, assert, constantFrom, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { briefly, calledNames, firstWords, splitStatements, tokensOf } from '../../../src/modules/shared/sql-text.js';
import { sqlText } from '../../rigs/modules-database.js';

const texts = (text: string) => splitStatements({ text, values: [] }).map((each) => each.text);

describe('splitting SQL into statements', () => {
  it.each([
    ['a semicolon at the end', 'select 1;', ['select 1']],
    ['blanks and comments only', ' ; -- nothing\n /* here; */ ;', []],
    ['two', 'select 1; select 2', ['select 1', 'select 2']],
    ['a string', `select 'a;b', 'it''s;'; select 2`, [`select 'a;b', 'it''s;'`, 'select 2']],
    ['a backslash that escapes nothing', `select '\\'; select 2`, [`select '\\'`, 'select 2']],
    ['an escape string', `select E'\\';', 1; select 2`, [`select E'\\';', 1`, 'select 2']],
    ['a quoted name', `select 1 as "a;""b"; select 2`, [`select 1 as "a;""b"`, 'select 2']],
    ['a line comment', 'select 1 -- a; b\n, 2; select 3', ['select 1 -- a; b\n, 2', 'select 3']],
    ['nested comments', 'select /* a /* ; */ ; */ 1; select 2', ['select /* a /* ; */ ; */ 1', 'select 2']],
    ['a dollar quote', 'do $$ begin; end; $$; select 2', ['do $$ begin; end; $$', 'select 2']],
    ['a tagged dollar quote', 'do $a$ $$ ; $b$; $a$; select 2', ['do $a$ $$ ; $b$; $a$', 'select 2']],
    ['a dollar in a name', 'select a$b$c; select 2', ['select a$b$c', 'select 2']],
    [
      'a rule of several actions',
      'create rule r as on insert to t do also (delete from a; delete from b); select 2',
      ['create rule r as on insert to t do also (delete from a; delete from b)', 'select 2'],
    ],
    [
      'the body of an SQL-standard function',
      'create function f() returns int begin atomic select case when true then 1 end; select 2; end; select 3',
      ['create function f() returns int begin atomic select case when true then 1 end; select 2; end', 'select 3'],
    ],
    ['quotes that never end', `select 'a; b`, [`select 'a; b`]],
  ])('%s', (_name, text, expected) => {
    expect(texts(text)).toEqual(expected);
  });

  it('gives each statement its own values, numbered anew', () => {
    const sql = sqlText(`update t set a = $1 where n = $2; update t set b = $3 where n = $2 and x = '$1'`, 1, 'B', 3);
    expect(splitStatements(sql)).toEqual([
      { text: 'update t set a = $1 where n = $2', values: [1, 'B'] },
      { text: `update t set b = $1 where n = $2 and x = '$1'`, values: [3, 'B'] },
    ]);
  });

  it('loses no character of any text', () => {
    const piece = constantFrom(
      `'`,
      '"',
      '$$',
      '$a$',
      '$1',
      ';',
      '--',
      '\n',
      '/*',
      '*/',
      'E',
      '\\',
      'x',
      ' ',
      '(',
      '1e5',
    );
    assert(
      property(array(piece, { maxLength: 40 }), (pieces) => {
        const text = pieces.join('');
        expect(
          tokensOf(text)
            .map((each) => each.text)
            .join(''),
        ).toBe(text);
      }),
    );
  });

  it('finds the same statements however strings and comments are filled', () => {
    const filling = string({ unit: constantFrom(';', 'commit', ' ', '$', '"', 'a', '-', '/') });
    assert(
      property(filling, filling, (inString, inComment) => {
        expect(texts(`select '${inString}'; select 2 -- ${inComment}\n; select 3`)).toHaveLength(3);
      }),
    );
  });
});

describe('reading SQL', () => {
  it('finds the first words behind parentheses and comments', () => {
    expect(firstWords('/* x */ ( -- y\n SELECT a', 1)).toEqual(['select']);
    expect(firstWords('create unique index concurrently i on t (a)', 4)).toEqual([
      'create',
      'unique',
      'index',
      'concurrently',
    ]);
    expect(firstWords('42', 1)).toEqual([]);
  });

  it('finds what is called, in any spelling', () => {
    expect(calledNames(`select PG_Promote (), pg_catalog."pg_reload_conf"(), 'lo_import(1)'`)).toEqual([
      'pg_promote',
      'pg_reload_conf',
    ]);
  });

  it('shows a statement on one short line', () => {
    expect(briefly('update t -- why\n  set a = 1')).toBe('update t set a = 1');
    expect(briefly(`select ${'x'.repeat(100)}`, 20)).toBe('select xxxxxxxxxx...');
  });
});
