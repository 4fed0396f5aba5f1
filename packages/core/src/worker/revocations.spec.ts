import { FakeClock } from '../testing/fake-clock.js';
import { Revocations } from './revocations.js';

const make = (max = 3, expires = 100) => {
  const clock = new FakeClock();
  return { clock, revocations: new Revocations(clock, { max, expires }) };
};

const ids = (revocations: Revocations) => revocations.entries().map(([id]) => id);

describe('Revocations', () => {
  it('knows what was revoked, and nothing else', () => {
    const { revocations } = make();
    revocations.add(['a', '__proto__']);
    expect(['a', 'b', '__proto__', 'constructor'].map((id) => revocations.has(id))).toEqual([true, false, true, false]);
  });

  it('keeps the newest', async () => {
    const { revocations } = make();
    revocations.add(['a', 'b', 'c']);
    revocations.add(['a']);
    revocations.add(['d']);
    expect(ids(revocations)).toEqual(['c', 'a', 'd']);
    expect([revocations.size, revocations.has('b')]).toEqual([3, false]);
  });

  it('drops what has expired where there is no room for it', async () => {
    const { clock, revocations } = make();
    revocations.add(['a', 'b']);
    await clock.advance(100_000);
    revocations.add(['c', 'd']);
    expect(['a', 'b', 'c', 'd'].map((id) => revocations.has(id))).toEqual([false, false, true, true]);
  });

  it('obeys what has expired while there is room, since a task may wait for longer, but does not hand it on', async () => {
    const { clock, revocations } = make();
    revocations.add(['a']);
    await clock.advance(100_000);
    expect(revocations.has('a')).toBe(true);
    expect(revocations.entries()).toEqual([]);
  });

  it('takes over what was revoked elsewhere, by its age', () => {
    const { clock, revocations } = make();
    revocations.add(['mine']);
    const now = clock.now().getTime();
    revocations.merge([
      ['new', now + 2],
      ['old', now - 2],
      ['older', now - 3],
    ]);
    expect(ids(revocations)).toEqual(['old', 'mine', 'new']);
    revocations.merge([['old', now + 3]]);
    expect(ids(revocations)).toEqual(['mine', 'new', 'old']);
  });

  it('holds 50,000 ids without a pause worth naming', () => {
    const { revocations } = make(50_000);
    for (let n = 0; n < 60_000; n++) revocations.add([`id-${n}`]);
    expect([revocations.size, revocations.has('id-9999'), revocations.has('id-10000')]).toEqual([50_000, false, true]);
  });
});
