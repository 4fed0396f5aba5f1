import type { ScheduleRow } from '../contracts/periodic-tasks.js';
import { InvalidSchedule } from '../errors/schedule-errors.js';
import { BaseSchedule } from '../schedules/base-schedule.js';
import { clocked } from '../schedules/clocked.js';
import { cron } from '../schedules/cron.js';
import { crontab } from '../schedules/crontab.js';
import { interval } from '../schedules/interval.js';
import { solar } from '../schedules/solar.js';
import { rowOf, scheduleOf } from './schedule-rows.js';

const defaults = { timezone: 'Asia/Seoul' };
const CRONTAB: ScheduleRow = {
  kind: 'crontab',
  minute: '*/15',
  hour: '8-17',
  dayOfMonth: '1,15',
  monthOfYear: '*',
  dayOfWeek: 'mon-fri',
  timezone: 'Europe/Berlin',
};
const CLOCKED: ScheduleRow = { kind: 'clocked', clockedTime: new Date('2031-03-04T05:06:07.890Z') };

describe('The row of a schedule', () => {
  it.each([
    [0.5, { every: 500_000, period: 'microseconds' }],
    [0.000_003, { every: 3, period: 'microseconds' }],
    [0.1 + 0.2, { every: 300_000, period: 'microseconds' }],
    [30, { every: 30, period: 'seconds' }],
    [86_400, { every: 86_400, period: 'seconds' }],
  ])('says %d seconds as Django does', (seconds, row) => {
    expect(rowOf(interval(seconds), defaults)).toEqual({ kind: 'interval', ...row });
  });

  it('keeps the texts of a crontab, and its zone or that of the application', () => {
    const fields = { minute: '*/5', hour: [8, 20], dayOfWeek: 'mon-fri' };
    const row = {
      kind: 'crontab',
      minute: '*/5',
      hour: '8,20',
      dayOfMonth: '*',
      monthOfYear: '*',
      dayOfWeek: 'mon-fri',
    };
    expect(rowOf(crontab(fields), defaults)).toEqual({ ...row, timezone: 'Asia/Seoul' });
    expect(rowOf(crontab({ ...fields, timezone: 'UTC' }), defaults)).toEqual({ ...row, timezone: 'UTC' });
  });

  it('keeps degrees as precise as the column', () => {
    const row = { kind: 'solar', event: 'sunset', latitude: 37.566536, longitude: -126.977969 };
    expect(rowOf(solar('sunset', 37.566_535_7, -126.977_969), defaults)).toEqual(row);
  });

  it('keeps the time of a clocked schedule', () => {
    expect(rowOf(clocked(new Date('2031-03-04T05:06:07.890Z')), defaults)).toEqual(CLOCKED);
  });

  it('is none where Django has no table', () => {
    class Own extends BaseSchedule {
      next = () => undefined;
      describe = () => 'own';
    }
    const relative = interval({ every: 1, period: 'hours', relative: true });
    const tooFine = interval(3_600.5);
    for (const schedule of [cron('0 9 * * *'), new Own(), relative, tooFine]) {
      expect(rowOf(schedule, defaults)).toBeUndefined();
    }
  });
});

describe('The schedule of a row', () => {
  it('is due when the row says', () => {
    const day = { kind: 'interval', every: 1, period: 'days' } as const;
    expect(scheduleOf(day, defaults).describe()).toBe(interval(86_400).describe());
    const microseconds = scheduleOf({ kind: 'interval', every: 2_000_000, period: 'microseconds' }, defaults);
    expect(microseconds.describe()).toBe('every 2 seconds');
    expect(scheduleOf(CRONTAB, defaults).next(new Date('2026-01-01T16:50:00Z'))).toEqual(
      new Date('2026-01-15T07:00:00Z'),
    );
    expect(scheduleOf(CLOCKED, defaults).next(new Date(0))).toEqual(new Date('2031-03-04T05:06:07.890Z'));
    const sunset = { kind: 'solar', event: 'sunset', latitude: 37.566535, longitude: 126.977969 } as const;
    expect(scheduleOf(sunset, defaults).equals(solar('sunset', 37.566535, 126.977969))).toBe(true);
  });

  it('gives the row that it was made of', () => {
    for (const row of [CRONTAB, CLOCKED]) expect(rowOf(scheduleOf(row, defaults), defaults)).toEqual(row);
  });

  it('takes a change of clocks as it is told', () => {
    expect(scheduleOf(CRONTAB, { ...defaults, dst: 'wall' })).toMatchObject({ dst: 'wall', timezone: 'Europe/Berlin' });
    expect(scheduleOf(CRONTAB, defaults)).toMatchObject({ dst: 'celery' });
  });

  it.each<[string, object]>([
    ['minute', { ...CRONTAB, minute: '60' }],
    ['hour', { ...CRONTAB, hour: '' }],
    ['dayOfWeek', { ...CRONTAB, dayOfWeek: '7' }],
    ['monthOfYear', { ...CRONTAB, monthOfYear: '13' }],
    ['dayOfMonth', { ...CRONTAB, dayOfMonth: '31', monthOfYear: '2' }],
    ['timezone', { ...CRONTAB, timezone: 'Mars/Olympus' }],
    ['timezone', { ...CRONTAB, timezone: '' }],
    ['every', { kind: 'interval', every: 0, period: 'days' }],
    ['every', { kind: 'interval', every: 1.5, period: 'days' }],
    ['every', { kind: 'interval', every: '5', period: 'days' }],
    ['every', { kind: 'interval', every: 2 ** 31, period: 'seconds' }],
    ['period', { kind: 'interval', every: 1, period: 'weeks' }],
    ['event', { kind: 'solar', event: 'lunch', latitude: 0, longitude: 0 }],
    ['latitude', { kind: 'solar', event: 'sunset', latitude: 91, longitude: 0 }],
    ['longitude', { kind: 'solar', event: 'sunset', latitude: 0, longitude: -181 }],
    ['clockedTime', { kind: 'clocked', clockedTime: new Date(NaN) }],
    ['clockedTime', { kind: 'clocked', clockedTime: '2031-01-01T00:00:00Z' }],
    ['schedule', { kind: 'lunar' }],
  ])('is refused with its field %s named: %j', (field, row) => {
    const make = () => scheduleOf(row as ScheduleRow, defaults);
    expect(make).toThrow(InvalidSchedule);
    expect(make).toThrow(expect.objectContaining({ field, message: expect.stringContaining(field) }));
  });
});
