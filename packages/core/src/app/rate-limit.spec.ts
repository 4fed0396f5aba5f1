import { ratePerSecond } from './rate-limit.js';

describe('ratePerSecond', () => {
  it.each([
    ['10/s', 10],
    ['10', 10],
    ['10/', 10],
    ['0.5/s', 0.5],
    ['.5', 0.5],
    ['90/m', 1.5],
    ['1800/h', 0.5],
    ['0/s', 0],
    [2.5, 2.5],
    [0, 0],
    ['', 0],
    [null, 0],
  ])('reads %j as %s per second', (rate, expected) => {
    expect(ratePerSecond(rate)).toBe(expected);
  });

  it.each(['10/d', 'ten', '/s', '10/s/m', '-1/s', -1, Number.NaN, Infinity, true, undefined, [10], {}])(
    'does not take %j for a rate',
    (rate) => {
      expect(ratePerSecond(rate)).toBeUndefined();
    },
  );
});
