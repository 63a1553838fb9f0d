import { describe, expect, test } from 'vitest';
import { error } from '../../src/core/diagnostic.js';
import { fail, ok } from '../../src/core/result.js';
import type { Result } from '../../src/core/result.js';
import { data, layers, Scope } from '../../src/core/scope.js';
import type { Definition } from '../../src/core/scope.js';
import type { Lookup } from '../../src/core/template.js';
import type { Value } from '../../src/core/value.js';

const source = { path: 'vars.yml', text: 'a: 1\n' };
const span = { source, start: 0, end: 1 };

/** A definition whose value is computed when it is asked for. */
function computed(name: string, render: (scope: Lookup) => Result<Value>, saidBy = 'vars'): Definition {
  return { name, saidBy, span, value: { kind: 'template', template: { span, text: '', needs: [], render } } };
}

/** A variable that is another one with `!` after it. */
function shouting(name: string, other: string): Definition {
  return computed(name, (scope) => {
    const value = scope.get(other);
    if (value === undefined) return fail(error('test/unknown', `no ${other}`));
    return value.ok ? ok(`${typeof value.value === 'string' ? value.value : JSON.stringify(value.value)}!`) : value;
  });
}

const said = (scope: Scope, name: string): Value | undefined => {
  const value = scope.get(name);
  return value?.ok === true ? value.value : undefined;
};

describe('layers', () => {
  test.each(layers.slice(1).map((stronger, index) => [layers[index] ?? stronger, stronger] as const))(
    '%s gives way to %s, whichever was said first',
    (weaker, stronger) => {
      for (const order of [
        [weaker, stronger],
        [stronger, weaker],
      ]) {
        const scope = order.reduce((before, layer) => before.with(layer, [data('v', layer, layer)]), Scope.empty);
        expect(said(scope, 'v')).toBe(stronger);
      }
    },
  );

  test('are six, weakest first', () => {
    expect(layers).toEqual(['group', 'host', 'play', 'task', 'result', 'cli']);
  });

  test('within one, what is said later wins, in one go or in two', () => {
    const once = Scope.empty.with('play', [data('v', 1, 'vars'), data('v', 2, 'vars_files')]);
    const twice = Scope.empty.with('play', [data('v', 1, 'vars')]).with('play', [data('v', 2, 'vars_files')]);
    expect([said(once, 'v'), said(twice, 'v')]).toEqual([2, 2]);
  });

  test('a value that is null or false still wins over a weaker one', () => {
    for (const value of [null, false, 0, '', []]) {
      const scope = Scope.empty.with('group', [data('v', 'weak', 'all')]).with('cli', [data('v', value, '-e')]);
      expect(scope.get('v')).toEqual({ ok: true, value });
    }
  });
});

describe('a scope', () => {
  test('never changes: `with` makes another', () => {
    const before = Scope.empty.with('host', [data('v', 1, 'h')]);
    const after = before.with('host', [data('v', 2, 'h'), data('w', 3, 'h')]).withBuiltins({ b: () => 4 });
    expect([said(before, 'v'), before.has('w'), before.has('b'), [...before.names()]]).toEqual([
      1,
      false,
      false,
      ['v'],
    ]);
    expect([said(after, 'v'), said(after, 'w'), said(after, 'b')]).toEqual([2, 3, 4]);
    expect([...Scope.empty.names()]).toEqual([]);
  });

  test('knows nothing of a name that nobody said', () => {
    for (const name of ['v', 'constructor', '__proto__', 'toString']) {
      expect([Scope.empty.get(name), Scope.empty.has(name), Scope.empty.definitions(name)]).toEqual([
        undefined,
        false,
        [],
      ]);
    }
  });

  test('takes a variable called `__proto__` or `constructor` for a variable', () => {
    const scope = Scope.empty.with('cli', [data('__proto__', 'x', '-e'), data('constructor', 'y', '-e')]);
    expect([said(scope, '__proto__'), said(scope, 'constructor')]).toEqual(['x', 'y']);
    expect([...scope.names()]).toEqual(['__proto__', 'constructor']);
  });

  test('names every name once', () => {
    const scope = Scope.empty
      .with('group', [data('v', 1, 'all'), data('w', 1, 'all')])
      .with('cli', [data('v', 2, '-e')])
      .withBuiltins({ groups: () => [], w: () => 0 });
    expect([...scope.names()].toSorted()).toEqual(['groups', 'v', 'w']);
  });
});

describe('a value', () => {
  test('is resolved late: it may refer to what is said later, and in a stronger layer', () => {
    const scope = Scope.empty.with('group', [shouting('loud', 'word')]).with('group', [data('word', 'weak', 'all')]);
    expect(said(scope, 'loud')).toBe('weak!');
    expect(said(scope.with('cli', [data('word', 'strong', '-e')]), 'loud')).toBe('strong!');
  });

  test('refers to others that refer to others', () => {
    const scope = Scope.empty.with('play', [shouting('a', 'b'), shouting('b', 'c'), data('c', 'x', 'vars')]);
    expect([said(scope, 'a'), said(scope, 'b')]).toEqual(['x!!', 'x!']);
  });

  test('is computed once in a scope, and anew in the next', () => {
    let times = 0;
    const scope = Scope.empty.with('play', [computed('v', () => ok((times += 1)))]);
    expect([said(scope, 'v'), said(scope, 'v'), times]).toEqual([1, 1, 1]);
    expect(said(scope.with('task', []), 'v')).toBe(2);
  });

  test('is not computed when nobody asks, nor when a stronger one is said', () => {
    const scope = Scope.empty
      .with('play', [computed('v', () => expect.unreachable('nobody asked'))])
      .with('cli', [data('v', 1, '-e')]);
    expect([said(scope, 'v'), scope.has('v'), scope.definitions('v').length]).toEqual([1, true, 2]);
  });

  test('that is data is never read as a template', () => {
    const text = '{{word}}';
    const scope = Scope.empty.with('result', [data('v', text, 'register'), data('word', 'x', 'register')]);
    expect(said(scope, 'v')).toBe(text);
  });

  test('that fails tells its problems to whoever asks', () => {
    const scope = Scope.empty.with('play', [shouting('a', 'b'), shouting('b', 'nowhere')]);
    for (const name of ['a', 'b']) {
      expect(scope.get(name)).toMatchObject({ ok: false, problems: [{ message: 'no nowhere' }] });
    }
  });
});

function circle(scope: Scope, name: string): unknown {
  const value = scope.get(name);
  return value?.ok === false ? value.problems.map(({ code, message, hint }) => ({ code, message, hint })) : value;
}

describe('a circle', () => {
  test('of one is an error that shows it', () => {
    const scope = Scope.empty.with('play', [shouting('a', 'a')]);
    expect(circle(scope, 'a')).toEqual([
      {
        code: 'variable/cycle',
        message: 'variable `a` refers to itself',
        hint: 'the circle is `a` -> `a`; let one of them say a plain value',
      },
    ]);
  });

  test('of many is an error that shows the circle and not the way to it', () => {
    const scope = Scope.empty
      .with('group', [shouting('b', 'c')])
      .with('host', [shouting('start', 'a'), shouting('c', 'a')])
      .with('cli', [shouting('a', 'b')]);
    expect(circle(scope, 'start')).toEqual([
      {
        code: 'variable/cycle',
        message: 'variable `a` refers to itself',
        hint: 'the circle is `a` -> `b` -> `c` -> `a`; let one of them say a plain value',
      },
    ]);
    expect(scope.get('start')).toMatchObject({ problems: [{ span }] });
  });

  test('is no circle once a stronger layer says a plain value', () => {
    const scope = Scope.empty
      .with('play', [shouting('a', 'b'), shouting('b', 'a')])
      .with('cli', [data('b', 'x', '-e')]);
    expect(said(scope, 'a')).toBe('x!');
  });

  test('is not seen where two ways lead to the same variable', () => {
    const both = computed('both', (scope) => {
      const [left, right] = [scope.get('left'), scope.get('right')];
      return left?.ok === true && right?.ok === true ? ok([left.value, right.value]) : fail();
    });
    const scope = Scope.empty.with('play', [
      both,
      shouting('left', 'x'),
      shouting('right', 'x'),
      shouting('x', 'y'),
      data('y', 1, 'vars'),
    ]);
    expect(said(scope, 'both')).toEqual(['1!!', '1!!']);
  });

  test('a variable cannot refer to the weaker one of its own name', () => {
    const scope = Scope.empty.with('group', [data('v', 'weak', 'all')]).with('host', [shouting('v', 'v')]);
    expect(scope.get('v')).toMatchObject({ ok: false, problems: [{ code: 'variable/cycle' }] });
  });
});

describe('builtins', () => {
  test('cannot be changed by any layer', () => {
    const everywhere = layers.reduce((scope, layer) => scope.with(layer, [data('groups', layer, layer)]), Scope.empty);
    const scope = everywhere.withBuiltins({ groups: () => 'builtin' });
    expect(said(scope, 'groups')).toBe('builtin');
    expect(said(scope.with('cli', [data('groups', 'x', '-e')]), 'groups')).toBe('builtin');
  });

  test('are asked each time, for they may grow while a run goes on', () => {
    let hosts = 0;
    const scope = Scope.empty.withBuiltins({ hosts: () => (hosts += 1) });
    expect([said(scope, 'hosts'), said(scope, 'hosts')]).toEqual([1, 2]);
    expect(scope.has('hosts')).toBe(true);
  });

  test('of later scopes add to and replace those before', () => {
    const scope = Scope.empty.withBuiltins({ a: () => 1, b: () => 2 }).withBuiltins({ b: () => 3 });
    expect([said(scope, 'a'), said(scope, 'b')]).toEqual([1, 3]);
  });

  test('are seen by templates', () => {
    const scope = Scope.empty.with('play', [shouting('v', 'me')]).withBuiltins({ me: () => 'spa' });
    expect(said(scope, 'v')).toBe('spa!');
  });
});

test('every saying of a name is listed for `explain`, strongest first, with its layer and by whom', () => {
  const scope = layers
    .toReversed()
    .reduce(
      (before, layer) => before.with(layer, [data('v', layer, `by ${layer}`), data('w', 0, 'other')]),
      Scope.empty,
    );
  expect(scope.definitions('v')).toEqual(
    layers.toReversed().map((layer) => ({
      layer,
      name: 'v',
      saidBy: `by ${layer}`,
      value: { kind: 'data', data: layer },
    })),
  );
  const overridden = scope.with('host', [data('v', 'later', 'by host again')]);
  expect(overridden.definitions('v').map((each) => each.saidBy)).toEqual([
    'by cli',
    'by result',
    'by task',
    'by play',
    'by host again',
    'by group',
  ]);
});
