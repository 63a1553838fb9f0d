import { describe, expect, test } from 'vitest';
import { didYouMean, nearest } from '../../src/core/words.js';

const keywords = ['name', 'hosts', 'when', 'loop', 'register', 'become', 'ignore_errors', 'tags', 'until', 'retries'];
const modules = [
  'postgresql_schema',
  'lineinfile',
  'wait_for',
  'set_fact',
  'service',
  'sql',
  'stat',
  'copy',
  'fail',
  'file',
];
const hosts = ['spa', 'spb', 'taa', 'tab', 'sp', 'tenant'];

describe('a near miss', () => {
  test.each([
    ['a letter missing', 'hots', keywords, 'hosts'],
    ['a letter too many', 'whenn', keywords, 'when'],
    ['two letters exchanged', 'rigester', keywords, 'register'],
    ['two neighbours exchanged in a short word', 'laop', keywords, 'loop'],
    ['another case', 'Become', keywords, 'become'],
    ['all in another case', 'HOSTS', keywords, 'hosts'],
    ['a hyphen for an underscore', 'ignore-errors', keywords, 'ignore_errors'],
    ['no underscore', 'ignoreerrors', keywords, 'ignore_errors'],
    ['the plural', 'names', keywords, 'name'],
    ['two letters missing in a long word', 'postgres_schema', modules, 'postgresql_schema'],
    ['a part missing in a long word', 'postgreschema', modules, 'postgresql_schema'],
    ['one letter of three', 'sqk', modules, 'sql'],
    ['one letter more than two', 'spx', ['spa'], 'spa'],
    ['one letter less', 's', ['sp'], 'sp'],
    ['the nearest of several', 'file_', modules, 'file'],
    ['the first of several that are as near', 'spc', hosts, 'spa'],
    ['the right one in another case before one with another letter', 'SPB', hosts, 'spb'],
  ])('%s: `%s`', (_title, wrong, known, meant) => {
    expect(nearest(wrong, known)).toBe(meant);
    expect(didYouMean(wrong, known)).toBe(`did you mean \`${meant}\`?`);
  });
});

describe('no near miss', () => {
  test.each([
    ['another word', 'shell', modules],
    ['another short word', 'run', ['tag', 'set', 'sql']],
    ['two of three letters', 'foo', ['fab', 'for a', 'bio']],
    ['both of two letters', 'ab', ['xy', 'no']],
    ['a letter for another', 'a', ['b', 'c']],
    ['a word of another length', 'db', ['pg_database', 'spdb']],
    ['an empty word', '', ['a', 'ab', 'name']],
    ['nothing known', 'name', []],
    ['a known word that is empty', 'ab', ['']],
    ['half of a long word', 'register', ['regular_file', 'until']],
  ])('%s: `%s`', (_title, wrong, known) => {
    expect(nearest(wrong, known)).toBeUndefined();
  });
});

describe('a hint without a near miss', () => {
  test('lists what is known when that is short', () => {
    expect(didYouMean('nowhere', ['spa', 'spb'])).toBe('known: `spa`, `spb`');
    expect(
      didYouMean(
        'nowhere',
        Array.from({ length: 12 }, (_, index) => `host${index}`),
      ),
    ).toContain('`host11`');
  });

  test('is nothing when that is long, or nothing is known', () => {
    expect(
      didYouMean(
        'nowhere',
        Array.from({ length: 13 }, (_, index) => `host${index}`),
      ),
    ).toBeUndefined();
    expect(didYouMean('nowhere', [])).toBeUndefined();
  });

  test('reads what is known once', () => {
    expect(didYouMean('tenamt', hosts.values())).toBe('did you mean `tenant`?');
    expect(didYouMean('nowhere', hosts.slice(0, 1).values())).toBe('known: `spa`');
  });
});
