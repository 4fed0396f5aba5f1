import type { ScheduleRow } from '../contracts/periodic-tasks.js';
import { ScheduleCache } from './schedule-cache.js';

const CRONTAB = {
  kind: 'crontab',
  minute: '0',
  hour: '4',
  dayOfMonth: '*',
  monthOfYear: '*',
  dayOfWeek: '*',
  timezone: 'UTC',
} as const;
const ROWS: readonly ScheduleRow[] = [
  { kind: 'interval', every: 1, period: 'hours' },
  { kind: 'interval', every: 60, period: 'minutes' },
  CRONTAB,
  { ...CRONTAB, hour: '5' },
  { ...CRONTAB, minute: '4', hour: '0' },
  { ...CRONTAB, timezone: 'Asia/Seoul' },
  { kind: 'solar', event: 'sunset', latitude: 1, longitude: 2 },
  { kind: 'solar', event: 'sunrise', latitude: 1, longitude: 2 },
  { kind: 'solar', event: 'sunset', latitude: 2, longitude: 1 },
  { kind: 'clocked', clockedTime: new Date('2026-01-01T00:00:00.000Z') },
  { kind: 'clocked', clockedTime: new Date('2026-01-01T00:00:00.001Z') },
];

describe('ScheduleCache', () => {
  it('has one schedule for all rows that say the same, and another for each that does not', () => {
    const cache = new ScheduleCache('UTC');
    const first = ROWS.map((row) => cache.get(row, 'celery'));
    const second = ROWS.map((row) => cache.get({ ...row }, 'celery'));
    expect(new Set(first).size).toBe(ROWS.length);
    for (const [index, schedule] of second.entries()) expect(schedule).toBe(first[index]);
    expect(cache.get(CRONTAB, 'wall')).not.toBe(cache.get(CRONTAB, 'celery'));
    expect(cache.get(CRONTAB, 'wall').describe()).toContain('dst wall');
  });

  it('refuses a row that cannot be, each time', () => {
    const cache = new ScheduleCache('UTC');
    const broken: ScheduleRow = { ...CRONTAB, dayOfWeek: '7' };
    for (const _ of [1, 2])
      expect(() => cache.get(broken, 'celery')).toThrow(expect.objectContaining({ field: 'dayOfWeek' }));
    expect(() => cache.get({ kind: 'lunar' } as unknown as ScheduleRow, 'celery')).toThrow('lunar');
  });
});
