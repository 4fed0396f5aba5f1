import type { PeriodicTaskRow, ScheduleRow } from '../contracts/periodic-tasks.js';
import { COLUMN_DEFAULTS } from './column-defaults.js';
import { nextRunsOf } from './next-runs.js';
import { scheduleOf } from './schedule-rows.js';

const MINUTELY: ScheduleRow = { kind: 'interval', every: 1, period: 'minutes' };
const HOURLY = {
  kind: 'crontab',
  minute: '0',
  hour: '*',
  dayOfMonth: '*',
  monthOfYear: '*',
  dayOfWeek: '*',
  timezone: 'UTC',
} as const;
const at = (time: string): Date => new Date(`2026-01-01T${time}Z`);
const NOW = at('12:00:00');

function runs(changed: Partial<PeriodicTaskRow>, { count = 3, from = NOW } = {}): string[] {
  const made = { id: 1, name: 'n', task: 't', schedules: [MINUTELY], dateChanged: at('11:59:30') };
  const row: PeriodicTaskRow = { ...COLUMN_DEFAULTS, ...made, ...changed };
  const schedule = scheduleOf(row.schedules[0] ?? MINUTELY, { timezone: 'UTC' });
  return nextRunsOf(row, schedule, { count, now: NOW, from }).map((date) => date.toISOString().slice(11, 19));
}

const state = {
  lastDueAt: at('11:59:20'),
  sentAt: at('11:59:21'),
  lastTaskId: 'id',
  schedule: 'every minute',
  nextRunAt: null,
};

it('counts a new row from when it was made', () => {
  expect(runs({})).toEqual(['12:00:30', '12:01:30', '12:02:30']);
  expect(runs({ schedules: [HOURLY], dateChanged: at('12:00:00') })).toEqual(['13:00:00', '14:00:00', '15:00:00']);
});

it('keeps step with the last due time, not with when it was sent', () => {
  expect(runs({ lastRunAt: state.sentAt, state })).toEqual(['12:00:20', '12:01:20', '12:02:20']);
});

it('counts from the last run where somebody else has sent it', () => {
  expect(runs({ lastRunAt: at('11:59:45'), state }, { count: 1 })).toEqual(['12:00:45']);
});

it('counts a schedule that was changed from the change', () => {
  const changed = { lastRunAt: state.sentAt, state: { ...state, schedule: 'every hour' } };
  expect(runs(changed, { count: 1 })).toEqual(['12:00:30']);
});

it('begins with the start: an interval at it, dates after it', () => {
  expect(runs({ startTime: at('15:10:05') }, { count: 2 })).toEqual(['15:10:05', '15:11:05']);
  expect(runs({ startTime: at('15:10:05'), schedules: [HOURLY] }, { count: 2 })).toEqual(['16:00:00', '17:00:00']);
  expect(runs({ startTime: at('15:00:00'), schedules: [HOURLY] }, { count: 1 })).toEqual(['15:00:00']);
  expect(runs({ startTime: at('15:10:05'), lastRunAt: at('11:59:45') }, { count: 1 })).toEqual(['15:10:05']);
});

it('keeps step with a start that is past, and makes up for it first, as beat does', () => {
  expect(runs({ startTime: at('11:59:30') })).toEqual(['11:59:30', '12:00:30', '12:01:30']);
  expect(runs({ startTime: at('10:00:07') }, { count: 2 })).toEqual(['11:59:07', '12:00:07']);
  expect(runs({ startTime: at('10:00:07') }, { from: at('12:30:00'), count: 2 })).toEqual(['12:30:07', '12:31:07']);
  expect(runs({ startTime: at('08:30:00'), schedules: [HOURLY] }, { count: 2 })).toEqual(['12:00:00', '13:00:00']);
});

it('begins with what is overdue: one for all, or with fire-all each up to the cap', () => {
  const overdue = { lastRunAt: at('11:55:00') };
  expect(runs(overdue, { count: 2 })).toEqual(['12:00:00', '12:01:00']);
  const policy = { misfire: 'fire-all', misfireCap: 2 } as const;
  expect(runs({ ...overdue, policy }, { count: 4 })).toEqual(['11:59:00', '12:00:00', '12:01:00', '12:02:00']);
  expect(runs({ ...overdue, policy, oneOff: true })).toEqual(['12:00:00']);
  expect(runs({ ...overdue, expires: at('11:58:00') })).toEqual(['11:57:00']);
});

it('is the time of a clocked row, also where that has passed', () => {
  const schedules: ScheduleRow[] = [{ kind: 'clocked', clockedTime: at('11:00:00') }];
  expect(runs({ oneOff: true, schedules })).toEqual(['11:00:00']);
  expect(runs({ oneOff: true, schedules, dateChanged: at('10:00:00') })).toEqual(['11:00:00']);
  expect(runs({ oneOff: true, schedules }, { from: at('12:00:01') })).toEqual([]);
});

it('counts less than a millisecond as a millisecond', () => {
  const schedules: ScheduleRow[] = [{ kind: 'interval', every: 90, period: 'microseconds' }];
  expect(runs({ schedules, lastRunAt: at('11:59:59') }, { count: 2 })).toEqual(['12:00:00', '12:00:00']);
});

it('leaves out the pause, and keeps step over it', () => {
  expect(runs({ policy: { pauseUntil: at('14:00:00') } }, { count: 2 })).toEqual(['14:00:30', '14:01:30']);
  expect(runs({ policy: { pauseUntil: at('14:00:00') }, schedules: [HOURLY] }, { count: 1 })).toEqual(['14:00:00']);
});

it('ends before it expires', () => {
  expect(runs({ expires: at('12:02:30') })).toEqual(['12:00:30', '12:01:30']);
  expect(runs({ expires: at('11:00:00') })).toEqual([]);
});

it('is one for a one-off, and none once it has run', () => {
  expect(runs({ oneOff: true })).toEqual(['12:00:30']);
  expect(runs({ oneOff: true, totalRunCount: 1, lastRunAt: at('11:59:45') })).toEqual([]);
  const schedules: ScheduleRow[] = [{ kind: 'clocked', clockedTime: at('18:00:00') }];
  expect(runs({ oneOff: true, schedules })).toEqual(['18:00:00']);
  expect(runs({ oneOff: true, schedules }, { from: at('18:00:00') })).toEqual([]);
});

it('is for a disabled row what it would be if it were enabled now', () => {
  expect(runs({ enabled: false }, { count: 2 })).toEqual(['12:01:00', '12:02:00']);
  expect(runs({ enabled: false, oneOff: true, totalRunCount: 1 })).toEqual(['12:01:00']);
});

it('looks from any time, however far ahead', () => {
  const from = new Date('2046-01-01T12:00:00Z');
  expect(runs({}, { from, count: 2 })).toEqual(['12:00:30', '12:01:30']);
});
