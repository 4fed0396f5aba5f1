import { humanizeSeconds } from './humanize-seconds.js';

describe('humanizeSeconds', () => {
  it.each([
    [1, '1 second'],
    [30, '30 seconds'],
    [0.25, '0.25 seconds'],
    [90, '90 seconds'],
    [300, '5 minutes'],
    [3600, '1 hour'],
    [172_800, '2 days'],
    [29.9994, '29.999 seconds'],
    [0, '0 seconds'],
  ])('writes %d as %s', (seconds, text) => {
    expect(humanizeSeconds(seconds)).toBe(text);
  });
});
