import { BeatLazyFunc, evaluated } from './beat-lazy-func.js';

describe('BeatLazyFunc', () => {
  it('is worked out each time that it is asked, with its arguments', () => {
    let calls = 0;
    const lazy = new BeatLazyFunc((word: string, times: number) => `${word.repeat(times)}${(calls += 1)}`, 'ab', 2);
    expect(calls).toBe(0);
    expect([lazy.call(), evaluated(lazy)]).toEqual(['abab1', 'abab2']);
  });

  it('leaves what is not lazy as it is', () => {
    const value = { a: new BeatLazyFunc(() => 1) };
    expect(evaluated(value)).toBe(value);
    expect(evaluated(undefined)).toBeUndefined();
  });
});
