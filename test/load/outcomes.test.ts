// What holds for one host holds for all that say the same, and for no other.
import { describe, expect, test } from 'vitest';
import { data, Scope } from '../../src/core/scope.js';
import type { Definition } from '../../src/core/scope.js';
import { Outcomes } from '../../src/load/outcomes.js';

const shared = data('shared', 'of all', 'group all');

function host(name: string, ...definitions: readonly Definition[]): Scope {
  return Scope.empty
    .with('group', [shared])
    .with('host', definitions)
    .withBuiltins({ inventory_hostname: () => name });
}

/** Does a piece of work for each scope; gives the outcomes, and how often it was done. */
function doneFor(scopes: readonly Scope[], work: (scope: Scope) => string): readonly [readonly string[], number] {
  let count = 0;
  const outcomes = new Outcomes<string>();
  const all = scopes.map((scope) =>
    outcomes.of(scope, (watched) => {
      count += 1;
      return work(watched);
    }),
  );
  return [all, count];
}

function valueOf(scope: Scope, name: string): string {
  const value = scope.get(name);
  if (value?.ok !== true) return 'nothing';
  return typeof value.value === 'string' ? value.value : JSON.stringify(value.value);
}

describe('outcomes', () => {
  const rack = data('rack', 1, 'host');

  test('are found again for a host that differs in what nobody asked for', () => {
    const hosts = [host('a', data('port', 1, 'host')), host('b', data('port', 2, 'host')), host('c')];
    expect(doneFor(hosts, (scope) => valueOf(scope, 'shared'))).toEqual([['of all', 'of all', 'of all'], 1]);
  });

  test('are each host’s own where it is asked for its name, or for all names', () => {
    const hosts = [host('a'), host('b'), host('a')];
    expect(doneFor(hosts, (scope) => valueOf(scope, 'inventory_hostname'))).toEqual([['a', 'b', 'a'], 2]);
    expect(doneFor(hosts, (scope) => [...scope.names()].join(' '))[1]).toBe(3);
  });

  test('follow the questions, which depend on earlier answers', () => {
    const ask = (scope: Scope): string =>
      scope.has('rack') ? `${valueOf(scope, 'rack')} ${valueOf(scope, 'port')}` : valueOf(scope, 'shared');
    const [one, two] = [data('port', 1, 'host'), data('port', 2, 'host')];
    const hosts = [host('a'), host('b', rack, one), host('c', rack, two), host('d', one), host('e', rack, two)];
    const wanted = ['of all', '1 1', '1 2', 'of all', '1 2'];
    expect(doneFor(hosts, ask)).toEqual([wanted, 3]);
  });

  test('see what is asked of a scope that was made of the one that is watched, and through a template', () => {
    const template: Definition = {
      name: 'path',
      saidBy: 'play',
      value: {
        kind: 'template',
        template: {
          text: '{{rack}}',
          span: { source: { path: 'x', text: '' }, start: 0, end: 0 },
          needs: [],
          render: (scope) => scope.get('rack') ?? { ok: true, value: 'none' },
        },
      },
    };
    const hosts = [host('a', rack), host('b'), host('c', rack)];
    const ask = (scope: Scope): string => valueOf(scope.with('task', [template]), 'path');
    expect(doneFor(hosts, ask)).toEqual([['1', 'none', '1'], 2]);
  });
});
