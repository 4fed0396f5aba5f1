import fc from 'fast-check';
import { Roster } from './roster.js';

const member = (name: number) => ({ name, place: -1 });

describe('Roster', () => {
  it('holds what a Set would hold, whatever was added and deleted', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 9 }), { maxLength: 60 }), (changes) => {
        const members = Array.from({ length: 10 }, (_, name) => member(name));
        const roster = new Roster<(typeof members)[number]>();
        const set = new Set<(typeof members)[number]>();
        for (const name of changes) {
          const changed = members[name] as (typeof members)[number];
          if (set.delete(changed)) roster.delete(changed);
          else {
            set.add(changed);
            roster.add(changed);
          }
          expect(roster.size).toBe(set.size);
          expect(new Set(roster)).toEqual(set);
        }
      }),
    );
  });

  it('leaves out of a deletion what is no member, or is one no more', () => {
    const roster = new Roster();
    const [first, second] = [member(1), member(2)];
    roster.add(first);
    roster.add(second);
    roster.delete(first);
    roster.delete(first);
    roster.delete(member(3));
    expect([...roster]).toEqual([second]);
  });

  it('gives all its members away at once', () => {
    const roster = new Roster();
    const only = member(1);
    roster.add(only);
    expect(roster.takeAll()).toEqual([only]);
    expect(roster.size).toBe(0);
  });
});
