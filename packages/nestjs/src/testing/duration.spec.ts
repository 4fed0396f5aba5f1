import { milliseconds } from './duration.js';
import type { Duration } from './duration.js';

describe('a duration', () => {
  it.each([
    [1500, 1500],
    [0, 0],
    ['250ms', 250],
    ['90s', 90_000],
    ['10m', 600_000],
    ['1.5h', 5_400_000],
    ['7d', 604_800_000],
  ] satisfies [Duration, number][])('%s is %i ms', (duration, expected) => {
    expect(milliseconds(duration)).toBe(expected);
  });

  it.each([-1, NaN, Infinity, '1', '1 h', 'h', '-1s', '1.2.3s', '1w'])('%s is none', (text) => {
    expect(() => milliseconds(text as Duration)).toThrow("give milliseconds, or a text such as '90s'");
  });
});
