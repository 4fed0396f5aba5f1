import * as fc from 'fast-check';
import { propertyRuns } from '../../../../test/support/property-runs.js';
import { daysOfChange, ZONES } from '../../../../test/support/wall-clock.js';
import { cron } from './cron.js';
import type { CronOptions } from './cron.js';
import { crontab } from './crontab.js';

const HOUR = 3_600_000;
const LONDON = { tz: 'Europe/London' };

/** Runs from `after` on. */
function runs(text: string, after: string, count: number, options: CronOptions = {}): string[] {
  const schedule = cron(text, options);
  const times = [new Date(after)];
  while (times.length <= count) times.push(schedule.next(times.at(-1) as Date) as Date);
  return times.slice(1).map((time) => time.toISOString().slice(5, 19));
}

describe('cron', () => {
  it.each([
    ['0 9 * * MON-FRI', ['01-01T09:00:00', '01-02T09:00:00', '01-05T09:00:00']],
    ['*/20 * * * * *', ['01-01T00:00:20', '01-01T00:00:40', '01-01T00:01:00']],
    ['@daily', ['01-02T00:00:00', '01-03T00:00:00', '01-04T00:00:00']],
    ['0 0 L * *', ['01-31T00:00:00', '02-28T00:00:00', '03-31T00:00:00']],
    ['0 0 * * 5L', ['01-30T00:00:00', '02-27T00:00:00', '03-27T00:00:00']],
    ['0 0 * * 5#3', ['01-16T00:00:00', '02-20T00:00:00', '03-20T00:00:00']],
    ['0 0 * * 7', ['01-04T00:00:00', '01-11T00:00:00', '01-18T00:00:00']],
    ['5/15 * * * *', ['01-01T00:05:00', '01-01T00:20:00', '01-01T00:35:00']],
  ])('reads %j as standard cron text', (text, times) => {
    expect(runs(text, '2026-01-01T00:00:00Z', 3)).toEqual(times);
  });

  it('takes a day that matches by its date or by its weekday, unlike crontab', () => {
    expect(runs('0 0 13 * 5', '2026-01-08T00:00:00Z', 3)).toEqual([
      '01-09T00:00:00',
      '01-13T00:00:00',
      '01-16T00:00:00',
    ]);
  });

  it('reads its fields on the clocks of its zone', () => {
    const morning = cron('0 9 * * *');
    const after = new Date('2026-01-01T00:00:00Z');
    expect(morning.next(after)).toEqual(new Date('2026-01-01T09:00:00Z'));
    const inSeoul = new Date('2026-01-02T00:00:00Z');
    expect(morning.resolve({ timezone: 'Asia/Seoul' }).next(after)).toEqual(inSeoul);
    expect(cron('0 9 * * *', { timezone: 'Asia/Seoul' }).next(after)).toEqual(inSeoul);
    const own = cron('0 9 * * *', LONDON);
    expect(own.resolve({ timezone: 'Asia/Seoul' })).toBe(own);
    expect(own.timezone).toBe('Europe/London');
  });

  it('neither skips nor doubles when the clocks change', () => {
    expect(runs('30 1 * * *', '2026-03-28T12:00:00Z', 2, LONDON)).toEqual(['03-29T01:00:00', '03-30T00:30:00']);
    expect(runs('30 1 * * *', '2026-10-24T12:00:00Z', 2, LONDON)).toEqual(['10-25T00:30:00', '10-26T01:30:00']);
    expect(runs('30 * * * *', '2026-10-25T00:00:00Z', 2, LONDON)).toEqual(['10-25T00:30:00', '10-25T01:30:00']);
    expect(runs('15 2 * * *', '2026-10-03T00:00:00Z', 1, { tz: 'Australia/Lord_Howe' })).toEqual(['10-03T15:30:00']);
  });

  it('gives the same answer whatever it was asked before', () => {
    const schedule = cron('0 9 * * *');
    const answers = ['2026-01-01', '2030-01-01', '2026-01-01'].map((after) => schedule.next(new Date(after)));
    expect(answers[2]).toEqual(answers[0]);
  });

  it('is when a crontab of the same fields is, around the changes of the clocks in any zone', () => {
    const texts = fc.constantFrom('*/20 * * * *', '30 0-3 * * *', '0 0 * * *', '15 */2 * * MON', '7 2 1-7 * *');
    const times = fc.record({
      zone: fc.constantFrom(...ZONES),
      year: fc.integer({ min: 1995, max: 2036 }),
      which: fc.nat(),
      off: fc.integer({ min: -30 * HOUR, max: 30 * HOUR }),
    });
    fc.assert(
      fc.property(texts, times, (text, { zone, year, which, off }) => {
        const days = daysOfChange(zone, year);
        const after = new Date((days[which % days.length] ?? Date.UTC(year, 5, 1)) + off);
        const same = crontab.fromString(text, { timezone: zone, dst: 'wall' });
        expect(cron(text, { tz: zone }).next(after)).toEqual(same.next(after));
      }),
      propertyRuns(100),
    );
  });

  it('is due as other schedules are', () => {
    const daily = cron('0 4 * * *');
    const [last, now] = [new Date('2026-01-02T04:00Z'), new Date('2026-01-05T05:00Z')];
    expect(daily.isDue(last, now)).toEqual({ isDue: true, next: 23 * 3600 });
    expect(daily.isDue(last, now, { deadline: 60 })).toEqual({ isDue: false, next: 23 * 3600 });
  });

  it('has no next time where there is none', () => {
    expect(cron('@daily').next(new Date(NaN))).toBeUndefined();
    expect(cron('@daily').next(new Date(8.64e15))).toBeUndefined();
  });

  it('describes itself, and equals another of the same text and zone', () => {
    expect(cron(' 0 9  * * MON-FRI ', LONDON).describe()).toBe('cron 0 9 * * MON-FRI (Europe/London)');
    expect(cron('0 9 * * *').equals(cron('0  9 * * *'))).toBe(true);
    expect(cron('0 9 * * *').equals(cron('0 9 * * *', LONDON))).toBe(false);
    expect(cron('0 9 * * *').equals(crontab({ minute: 0, hour: 9 }))).toBe(false);
  });

  it.each([
    ['61 * * * *', 'minute'],
    ['61 * * * * *', 'second'],
    ['0 25 * * *', 'hour'],
    ['0 0 32 * *', 'dayOfMonth'],
    ['0 0 * 13 *', 'monthOfYear'],
    ['0 0 * * FRY', 'dayOfWeek'],
    ['*/0 * * * *', 'minute'],
    ['0 0 31 2 *', 'dayOfMonth'],
    ['0 0 31 4,6 *', 'dayOfMonth'],
    ['H H * * *', 'minute'],
    ['0 H(0-7) * * *', 'hour'],
    ['@reboot', 'cron'],
    ['* * * *', 'cron'],
    ['* * * * * * *', 'cron'],
    ['', 'cron'],
    [undefined, 'cron'],
  ])('refuses %p when it is made, naming %s and the text', (text, field) => {
    expect(() => cron(text as string)).toThrow(expect.objectContaining({ code: 'IMPROPERLY_CONFIGURED', field }));
    expect(() => cron(text as string)).toThrow(`'${String(text)}'`);
  });

  it('says in one sentence what is wrong', () => {
    expect(() => cron('*/0 * * * *')).toThrow(/[^.]\.$/);
    expect(() => cron('@reboot')).toThrow(/give five fields, six with seconds in front, or one of @yearly, .*@daily/);
  });

  it.each([null, 'Asia/Seoul'])('refuses options that are none: %p', (options) => {
    const refusal = expect.objectContaining({ code: 'IMPROPERLY_CONFIGURED', field: 'options' });
    expect(() => cron('@daily', options as never)).toThrow(refusal);
  });

  it('refuses a zone that there is not, and options that it does not know', () => {
    expect(() => cron('@daily', { tz: 'Asia/Soul' })).toThrow(expect.objectContaining({ field: 'timezone' }));
    expect(() => cron('@daily', { zone: 'UTC' } as never)).toThrow(expect.objectContaining({ field: 'zone' }));
  });
});
