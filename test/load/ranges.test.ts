import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { expandRanges } from '../../src/load/ranges.js';

describe('names', () => {
  test.each([
    ['sp', ['sp']],
    ['sp[1:3]', ['sp1', 'sp2', 'sp3']],
    ['sp[08:11].dc', ['sp08.dc', 'sp09.dc', 'sp10.dc', 'sp11.dc']],
    ['sp[0:6:3]', ['sp0', 'sp3', 'sp6']],
    ['db-[a:c]', ['db-a', 'db-b', 'db-c']],
    ['r[1:2]h[x:y]', ['r1hx', 'r1hy', 'r2hx', 'r2hy']],
    ['x[5:5]', ['x5']],
  ])('%s', (name, names) => {
    expect(expandRanges(name)).toEqual({ ok: true, names });
  });

  test.each([
    ['sp[1:3', '`sp[1:3` has a `[` without a `]`'],
    ['sp1:3]', '`sp1:3]` has a `]` without a `[`'],
    ['sp[]', '`[]` is no range'],
    ['sp[1-3]', '`[1-3]` is no range'],
    ['sp[3:1]', '`[3:1]` goes backwards'],
    ['sp[a:3]', '`[a:3]` is neither a range of numbers nor of letters'],
    ['sp[a:C]', '`[a:C]` goes from small to capital letters'],
    ['sp[01:100]', 'the ends of `[01:100]` are not equally long'],
    ['sp[1:9:0]', 'the step of `[1:9:0]` is 0'],
    ['sp[1:99999999]', '`[1:99999999]` stands for more than 10000 hosts'],
    ['a[1:999]b[1:999]', '`a[1:999]b[1:999]` stands for more than 10000 hosts'],
  ])('%s is refused', (name, message) => {
    expect(expandRanges(name)).toMatchObject({ ok: false, message });
  });
});

test('a range of numbers has every number once, in order, as wide as it was written', () => {
  const property = fc.property(fc.nat(300), fc.nat(300), fc.integer({ min: 1, max: 9 }), (from, length, step) => {
    const width = String(from + length).length + 1;
    const pad = (each: number): string => String(each).padStart(width, '0');
    const expanded = expandRanges(`h[${pad(from)}:${pad(from + length)}:${step}]`);
    const wanted = Array.from({ length: Math.floor(length / step) + 1 }, (_, index) => `h${pad(from + index * step)}`);
    expect(expanded).toEqual({ ok: true, names: wanted });
  });
  fc.assert(property);
});
