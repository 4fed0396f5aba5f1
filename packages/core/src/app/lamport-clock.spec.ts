import { LamportClock } from './lamport-clock.js';

describe('LamportClock', () => {
  it('goes forward with what happens here, and past what happened elsewhere', () => {
    const clock = new LamportClock();
    expect([clock.forward(), clock.forward()]).toEqual([1, 2]);
    expect(clock.adjust(10)).toBe(11);
    expect(clock.adjust(3)).toBe(12);
    expect(clock.value).toBe(12);
  });

  it.each([Number.NaN, Infinity, 1.5, 2 ** 60])('goes on past %s, which is no value of a clock', (other) => {
    const clock = new LamportClock();
    expect(clock.adjust(other)).toBe(1);
  });
});
