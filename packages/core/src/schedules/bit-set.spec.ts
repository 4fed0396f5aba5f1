import * as fc from 'fast-check';
import { BitSet } from './bit-set.js';

const members = fc.uniqueArray(fc.integer({ min: 0, max: 63 }));

describe('BitSet', () => {
  it('knows its members', () => {
    fc.assert(
      fc.property(members, fc.integer({ min: 0, max: 63 }), (list, number) => {
        expect(new BitSet(list).has(number)).toBe(list.includes(number));
      }),
    );
  });

  it('finds the smallest member from a number on', () => {
    fc.assert(
      fc.property(members, fc.integer({ min: 0, max: 63 }), (list, number) => {
        const expected = list.filter((member) => member >= number);
        expect(new BitSet(list).from(number)).toBe(expected.length > 0 ? Math.min(...expected) : -1);
      }),
    );
  });
});
