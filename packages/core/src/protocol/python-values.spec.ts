import { Decimal, PlainDate, PlainTime, PythonDateTime, Uuid } from './python-values.js';

describe('values of Python', () => {
  it('are their text wherever JavaScript asks for text', () => {
    const price = new Decimal('1.10');
    expect(`${price}`).toBe('1.10');
    expect(JSON.stringify({ price, day: new PlainDate('2026-11-20') })).toBe('{"price":"1.10","day":"2026-11-20"}');
  });

  it('write a UUID in lower case with dashes, however it was given', () => {
    expect(new Uuid('6FA459EAEE8A3CA4894EDB77E160355E').text).toBe('6fa459ea-ee8a-3ca4-894e-db77e160355e');
  });

  it.each([
    () => new PlainDate('2026-02-30'),
    () => new PlainDate('20261120'),
    () => new PlainTime('24:00'),
    () => new PlainTime('noon'),
    () => new Decimal('1,10'),
    () => new Decimal(''),
    () => new Uuid('5'),
    () => new PythonDateTime('yesterday'),
  ])('refuse what is none: %s', (make) => {
    expect(make).toThrow(expect.objectContaining({ code: 'ENCODE_ERROR' }));
  });
});

describe('PythonDateTime', () => {
  it('is a Date', () => {
    const date = new PythonDateTime('2026-11-20T23:09:52.275379+05:30');
    expect(date).toBeInstanceOf(Date);
    expect(date.toISOString()).toBe('2026-11-20T17:39:52.275Z');
  });

  it('forgets its text when it is set to another time', () => {
    const date = new PythonDateTime('2026-11-20T23:09:52.275379+05:30');
    expect(date.toPython()).toBe('2026-11-20T23:09:52.275379+05:30');
    date.setTime(0);
    expect(date.toPython()).toBe('1970-01-01T00:00:00+00:00');
  });
});
