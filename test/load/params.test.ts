// Inputs given with `-e`, against what a playbook declares.
import { describe, expect, test } from 'vitest';
import { data } from '../../src/core/scope.js';
import type { Value } from '../../src/core/value.js';
import { checkParams } from '../../src/load/params.js';
import { playbookOf, tell } from './support/files.js';

const playbook = `params:
  who: { description: the failed appliance }
  count: { type: integer, default: 1 }
  ratio: { type: number, default: 1 }
  sure: { type: boolean, default: false }
  hosts_gone: { type: list, default: [] }
  more: { type: map, default: {} }
  state: { enum: [auto, dead], default: auto }
  level: { type: integer, enum: [1, 2], default: 1 }
  key: { secret: true, enum: [s3cret], default: s3cret }
plays: [{ hosts: all, tasks: [] }]
`;

function check(given: Readonly<Record<string, Value>>) {
  const definitions = Object.entries(given).map(([name, value]) => data(name, value, '-e'));
  return checkParams(playbookOf(playbook).params, definitions, ['pg_port', 'site']);
}

describe('a value is read as the type that is declared', () => {
  test.each<[string, Value, Value]>([
    ['who', '007', '007'],
    ['who', 7, '7'],
    ['count', '3', 3],
    ['count', -3, -3],
    ['ratio', '0.5', 0.5],
    ['ratio', '-1e-2', -0.01],
    ['sure', 'true', true],
    ['sure', false, false],
    ['hosts_gone', '[spa, spb]', ['spa', 'spb']],
    ['hosts_gone', ['spa'], ['spa']],
    ['more', '{a: 1}', { a: 1 }],
    ['state', 'dead', 'dead'],
    ['level', '2', 2],
  ])('%s=%j', (name, value, expected) => {
    const checked = check({ who: 'x', [name]: value });
    const definition = checked.ok ? checked.value.find((each) => each.name === name) : undefined;
    expect(definition).toMatchObject({ saidBy: '-e', value: { kind: 'data', data: expected } });
  });

  test('a variable that is no param stays as it was given', () => {
    expect(check({ who: 'x', pg_port: '5433' })).toMatchObject({
      ok: true,
      value: [{}, { name: 'pg_port', value: { data: '5433' } }],
    });
  });
});

describe('a value that does not fit', () => {
  test.each<[Readonly<Record<string, Value>>, string]>([
    [{ count: '3.5' }, 'param/wrong-type 0:0 `count` must be a whole number, not the string `3.5`'],
    [{ count: '' }, 'param/wrong-type'],
    [{ count: '0x' }, 'param/wrong-type'],
    [{ count: '010' }, 'a whole number, not the string `010`'],
    [{ ratio: '0x10' }, 'param/wrong-type'],
    [{ count: '12345678901234567890' }, 'param/wrong-type'],
    [{ sure: 'yes' }, 'must be true or false, not the string `yes` | give `-e sure=true`'],
    [{ hosts_gone: 'spa' }, "a list, not the string `spa` | give `-e 'hosts_gone=[one, two]'`"],
    [{ more: '[a]' }, 'must be a map'],
    [{ who: ['a'] }, 'must be a string, not a list'],
    [{ state: 'daed' }, 'param/not-allowed 0:0 `state` cannot be the string `daed` | did you mean `dead`?'],
    [{ level: '3' }, 'param/not-allowed 0:0 `level` cannot be `3`'],
    [{ key: 'guess' }, '`key` cannot be what was given'],
    [{ stat: 'dead' }, 'param/unknown 0:0 nothing uses a variable `stat` | did you mean `state`?'],
  ])('%j', (given, words) => {
    const checked = check({ who: 'x', ...given });
    expect(checked.ok ? [] : tell(checked.problems)).toEqual([expect.stringContaining(words)]);
  });

  test('what is missing is told with everything else', () => {
    const checked = check({ sit: 'x', count: 'y' });
    expect(checked.ok ? [] : tell(checked.problems)).toEqual([
      expect.stringContaining('param/unknown 0:0 nothing uses a variable `sit` | did you mean `site`?'),
      expect.stringContaining('param/wrong-type'),
      'param/missing 2:3 `who` was not given (the failed appliance) | add `-e who=VALUE`',
    ]);
  });
});
