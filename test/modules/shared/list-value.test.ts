import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hasItem, mentions, withoutItems } from '../../../src/modules/shared/list-value.js';

const rules = { separators: ',; ', withPort: true };

describe('withoutItems', () => {
  it.each([
    ['10.0.0.1,10.0.0.2', '10.0.0.2'],
    ['10.0.0.2,10.0.0.1', '10.0.0.2'],
    ['10.0.0.2, 10.0.0.1; 10.0.0.3', '10.0.0.2; 10.0.0.3'],
    ['10.0.0.1 10.0.0.1 10.0.0.2', '10.0.0.2'],
    ['10.0.0.11,110.0.0.1,10.0.0.1x,x10.0.0.1', '10.0.0.11,110.0.0.1,10.0.0.1x,x10.0.0.1'],
    ['10.0.0.1:5432,10.0.0.2:5432', '10.0.0.2:5432'],
    ['10.0.0.1:x,10.0.0.2', '10.0.0.1:x,10.0.0.2'],
    ['10.0.0.1', ''],
    [',10.0.0.1,', ','],
    ['', ''],
  ])('%j becomes %j', (value, rest) => {
    expect(withoutItems(value, ['10.0.0.1'], rules)).toBe(rest);
  });

  it('leaves ports alone when told so', () => {
    expect(withoutItems('a:1,a', ['a'], { ...rules, withPort: false })).toBe('a:1');
    expect(withoutItems('[::1]:5432,b', ['::1'], rules)).toBe('b');
  });

  it('takes exactly the items, and keeps the order of the others', () => {
    const element = fc.constantFrom('10.0.0.1', '10.0.0.11', '110.0.0.1', 'b', '10.0.0.1:5432', 'x-10.0.0.1');
    fc.assert(
      fc.property(fc.array(element, { minLength: 1 }), fc.constantFrom(',', ';', ' ', ', '), (elements, separator) => {
        const rest = withoutItems(elements.join(separator), ['10.0.0.1'], rules);
        const kept = elements.filter((each) => each !== '10.0.0.1' && each !== '10.0.0.1:5432');
        expect(rest).toBe(kept.join(separator));
        expect(hasItem(rest, '10.0.0.1', rules)).toBe(false);
      }),
    );
  });
});

describe('mentions', () => {
  it.each([
    ['jdbc:postgresql://10.0.0.1:5432/fdb', true],
    ['see 10.0.0.1.', true],
    ['jdbc:postgresql://10.0.0.11/fdb', false],
    ['110.0.0.1', false],
    ['10.0.0.1.example.org', false],
  ])('%j: %j', (value, named) => {
    expect(mentions(value, '10.0.0.1')).toBe(named);
  });
});
