import { formatIso, parseIso } from './iso-date.js';

describe('formatIso', () => {
  const date = new Date('2026-11-20T22:53:58.529Z');

  it('writes what Python writes: always an offset, never Z, six digits or none', () => {
    expect(formatIso(date)).toBe('2026-11-20T22:53:58.529000+00:00');
    expect(formatIso(new Date('2026-11-20T22:53:58Z'))).toBe('2026-11-20T22:53:58+00:00');
  });

  it.each<[string | number, string]>([
    ['utc', '2026-11-20T22:53:58.529000+00:00'],
    [330, '2026-11-21T04:23:58.529000+05:30'],
    [-210, '2026-11-20T19:23:58.529000-03:30'],
    ['Asia/Seoul', '2026-11-21T07:53:58.529000+09:00'],
    ['America/New_York', '2026-11-20T17:53:58.529000-05:00'],
  ])('writes the wall time of the zone %s', (zone, text) => {
    expect(formatIso(date, zone)).toBe(text);
  });

  it('knows summer time, and zones of another time', () => {
    expect(formatIso(new Date('2026-07-01T12:00:00Z'), 'Europe/Berlin')).toBe('2026-07-01T14:00:00+02:00');
    expect(formatIso(new Date('1880-01-01T00:00:00Z'), 'Europe/Amsterdam')).toMatch(/^1880-01-01T00:/);
    expect(formatIso(new Date('0099-01-01T00:00:00Z'), 'Asia/Seoul')).toMatch(/^0099-01-01T08:27:52\+08:27:52$/);
  });

  it('refuses what Python has no date for, and unknown zones', () => {
    expect(() => formatIso(new Date(Number.NaN))).toThrow(expect.objectContaining({ code: 'ENCODE_ERROR' }));
    expect(() => formatIso(new Date('+010000-01-01T00:00:00Z'))).toThrow('the years 1 to 9999');
    expect(() => formatIso(new Date('0001-01-01T00:00:00Z'), 'America/New_York')).toThrow('the years 1 to 9999');
    expect(() => formatIso(new Date(Number.NaN), 'Asia/Seoul')).toThrow(
      expect.objectContaining({ code: 'ENCODE_ERROR' }),
    );
    expect(() => formatIso(date, 'Europe/Atlantis')).toThrow(
      expect.objectContaining({
        code: 'IMPROPERLY_CONFIGURED',
        message: expect.stringContaining("'Europe/Atlantis' is no time zone"),
      }),
    );
  });
});

describe('parseIso', () => {
  const instant = (text: string, naive?: string) => parseIso(text, naive === undefined ? {} : { naive }).toISOString();

  it('takes a text without offset as UTC, or as wall time of the zone that it is told', () => {
    expect(instant('2026-11-20T22:53:58')).toBe('2026-11-20T22:53:58.000Z');
    expect(instant('2026-11-20T22:53:58', 'Asia/Seoul')).toBe('2026-11-20T13:53:58.000Z');
    expect(instant('2026-11-20T22:53:58Z', 'Asia/Seoul')).toBe('2026-11-20T22:53:58.000Z');
  });

  it('takes the first of two instants when clocks go back, as Python does', () => {
    expect(instant('2026-10-25T02:30:00', 'Europe/Berlin')).toBe('2026-10-25T00:30:00.000Z');
    expect(instant('2026-10-25T03:30:00', 'Europe/Berlin')).toBe('2026-10-25T02:30:00.000Z');
  });

  it('counts a wall time that clocks leave out by the offset before the change, as Python does', () => {
    expect(instant('2026-03-29T02:30:00', 'Europe/Berlin')).toBe('2026-03-29T01:30:00.000Z');
    expect(instant('2026-03-29T12:00:00', 'Europe/Berlin')).toBe('2026-03-29T10:00:00.000Z');
    expect(instant('2026-03-28T12:00:00', 'Europe/Berlin')).toBe('2026-03-28T11:00:00.000Z');
  });

  it('reads back what formatIso wrote, in every zone', () => {
    for (const zone of ['UTC', 'Asia/Kolkata', 'America/St_Johns', 'Pacific/Chatham']) {
      for (let month = 0; month < 12; month++) {
        const date = new Date(Date.UTC(2026, month, 28, 23, 59, 59, 7));
        expect(parseIso(formatIso(date, zone))).toEqual(date);
      }
    }
  });

  it('says what it wanted, and does not repeat a text of any length', () => {
    expect(() => parseIso('next week')).toThrow('"next week" is no date: send ISO 8601 such as');
    expect(() => parseIso('x'.repeat(1e6))).toThrow(/^.{0,200}$/);
  });
});
