import { firstRise } from './first-rise.js';

const DAY = 86_400;
const TURN = (2 * Math.PI) / DAY;

/** As the sun's: 40 degrees up and down in a day, the lowest at 0, about a middle. */
const wave = (middle: number) => ({
  fastest: 40 * TURN,
  heightAt: (second: number) => middle - 40 * Math.cos(second * TURN),
});

describe('firstRise', () => {
  it('finds the first second at which a curve has come from below zero', () => {
    expect(firstRise(wave(0.001), 0, DAY)).toBe(DAY / 4);
    expect(firstRise(wave(0.001), DAY / 4 - 1, DAY)).toBe(DAY / 4);
  });

  it('finds the next one from a rise on', () => {
    expect(firstRise(wave(0.001), DAY / 4, 2 * DAY)).toBe(DAY + DAY / 4);
  });

  it('finds none where the curve stays on one side', () => {
    expect(firstRise(wave(41), 0, 30 * DAY)).toBeUndefined();
    expect(firstRise(wave(-41), 0, 30 * DAY)).toBeUndefined();
  });

  it('finds a top that only just comes above zero, and when it has just passed, the next one', () => {
    const top = wave(-39.9999);
    const rise = firstRise(top, 0, DAY) ?? NaN;
    expect(Math.abs(rise - DAY / 2)).toBeLessThan(60);
    expect(top.heightAt(rise - 1)).toBeLessThan(0);
    expect(top.heightAt(rise)).toBeGreaterThanOrEqual(0);
    expect(firstRise(top, rise - 1, DAY)).toBe(rise);
    expect(firstRise(top, rise, 2 * DAY)).toBe(rise + DAY);
  });

  it('finds the end of a dip that only just comes below zero', () => {
    const dip = wave(39.9999);
    const rise = firstRise(dip, DAY / 2, DAY) ?? NaN;
    expect(Math.abs(rise - DAY)).toBeLessThan(60);
    expect(dip.heightAt(rise - 1)).toBeLessThan(0);
    expect(dip.heightAt(rise)).toBeGreaterThanOrEqual(0);
  });
});
