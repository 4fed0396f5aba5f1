import { overlay } from './overlay.js';

describe('overlay', () => {
  it('lets what is given above win, 0, false and an empty text included', () => {
    expect(overlay({ a: 1, b: true, c: 'x', d: 4 }, { a: 0, b: false, c: '' })).toEqual({
      a: 0,
      b: false,
      c: '',
      d: 4,
    });
  });

  it('takes null and undefined for "not given", on both floors', () => {
    const below: Record<string, unknown> = { a: 1, b: 2, c: null };
    expect(overlay(below, { a: undefined, b: null, d: null })).toStrictEqual({
      a: 1,
      b: 2,
      c: undefined,
      d: undefined,
    });
  });

  it('changes neither, and no prototype', () => {
    const below = Object.freeze({ a: 1 });
    const above = JSON.parse('{"__proto__": {"evil": 1}}') as object;
    const merged = overlay(below, above) as Record<string, unknown>;
    expect(merged['evil']).toBeUndefined();
    expect(Object.getPrototypeOf(merged)).toBe(Object.prototype);
  });
});
